"""The short form of A2: 100 people, one survey on each store, and the attacker's controls."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from psycopg import sql

from tests.postgres import Server
from tests.promises import a2
from tests.promises.anonymous_world import IN_A_UNIT

SHORT = 10  # units of ten


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def attacked(request: pytest.FixtureRequest) -> Iterator[tuple[a2.Attack, a2.Attack, a2.World]]:
    if request.param == "sqlite":
        yield a2.one_world(in_units=SHORT, seed=5)
        return
    server: Server = request.getfixturevalue("postgres")
    name = server.create()
    server.execute(sql.SQL("ALTER SYSTEM SET wal_recycle = off"))  # as the operator's guide asks
    server.execute(sql.SQL("SELECT pg_reload_conf()"))
    yield a2.one_world(server.url(name), in_units=SHORT, seed=5)
    server.execute(sql.SQL("ALTER SYSTEM RESET wal_recycle"))
    server.execute(sql.SQL("SELECT pg_reload_conf()"))
    server.drop(name)


def test_after_the_close_no_order_tells_who_came_when(
    attacked: tuple[a2.Attack, a2.Attack, a2.World],
) -> None:
    before, after, world = attacked
    assert len(world.arrived) == SHORT * IN_A_UNIT
    assert len(after.hits) >= 10
    # one hundred people are too few for the ratio of the full form; an order that tells would name them all
    assert after.worst < 0.4, "rank correlation of an order in the files with the order of completion"
    assert after.best[1] <= 2.5 * after.chance
    # before the close the files do tell: the same attacker sees it
    assert before.best[1] > after.best[1]


def test_the_attacker_relinks_rows_that_keep_their_order_or_their_time(
    attacked: tuple[a2.Attack, a2.Attack, a2.World],
) -> None:
    for control in (a2.with_row_order, a2.with_times):
        assert control(attacked[2]).best[1] == SHORT * IN_A_UNIT


def test_a_store_that_was_not_rewritten_is_seen_through() -> None:
    with a2.installation() as engine:
        world = a2.answer(engine, a2.get_settings().home / "service.log", in_units=3, seed=6)
        a2.close(world, scattered=False)
        assert a2.attack(world).worst > 0.4
