"""D8: whoever tampers with the trail in the database is found, and the first bad entry is named.

The attacker owns the database: takes the triggers away, writes what he likes, puts an older copy in its
place. He has neither the key nor the witness, which lie outside it. Each mutation is made and undone in a
transaction.
"""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from app import migrate
from app.database import make_engine, session_factory
from app.settings import get_settings
from app.trail import chain, service
from app.trail.verification import Verification, verify, walk
from tests.promises.record import Result, result
from tests.promises.tampering import (
    COLUMNS,
    ENTRIES,
    ERASED,
    GENUINE,
    MUTATIONS,
    OLDER,
    Mutation,
    Rows,
    World,
    known_key,
)


def plant(engine: Engine) -> World:
    """A trail of ENTRIES deeds; the triggers are gone afterwards, as for somebody who owns the database."""
    with session_factory(engine)() as session:
        _deeds(session, OLDER)
        session.commit()
        drop_triggers(session.connection())
        session.commit()
        old = _read(session.connection())
        _deeds(session, ENTRIES - OLDER)
        fork = _read(session.connection())
        session.rollback()
        _deeds(session, ENTRIES - OLDER - 6)
        session.commit()
        before = _read(session.connection())[ERASED - 1]
        service.erase(session, ERASED, actor="system", reason="到期")
        _deeds(session, 5)
        session.commit()
        rows = _read(session.connection())
        session.rollback()
    assert [r["digest"] for r in old] == [r["digest"] for r in rows[:OLDER]]
    assert len(rows) == len(fork) == ENTRIES
    return World(engine, rows, fork, before)


def _deeds(session: Session, count: int) -> None:
    for k in range(count):
        action = ("account.sign_in", "score.read", "score.download", "links.download")[k % 4]
        service.append(session, actor=f"a{k % 3}", action=action, subject=f"survey:{k % 5}", people=k)


def drop_triggers(connection: Connection) -> None:
    """What an owner of the database does first."""
    if connection.dialect.name == "sqlite":
        named = connection.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'trail_entry'")
        )
        for (name,) in named.all():
            connection.exec_driver_sql(f"DROP TRIGGER {name}")
    else:
        connection.exec_driver_sql("ALTER TABLE trail_entry DISABLE TRIGGER USER")


def _read(connection: Connection) -> Rows:
    shown = ", ".join(f"CAST({c} AS text) AS {c}" if c in {"at", "detail"} else c for c in COLUMNS)
    found = connection.execute(text(f"SELECT {shown} FROM trail_entry ORDER BY number"))
    return [dict(row) for row in found.mappings()]


def _write(connection: Connection, rows: Rows) -> None:
    connection.execute(text("DELETE FROM trail_entry"))
    casts = {"at": "timestamptz", "detail": "jsonb"} if connection.dialect.name == "postgresql" else {}
    places = ", ".join(f"CAST(:{c} AS {casts[c]})" if c in casts else f":{c}" for c in COLUMNS)
    if rows:
        connection.execute(
            text(f"INSERT INTO trail_entry ({', '.join(COLUMNS)}) VALUES ({places})"),
            sorted(rows, key=lambda row: int(row["number"])),
        )


# --- the trial ---


@dataclass
class Trial:
    """What was found of what was done."""

    made: Counter[str] = field(default_factory=Counter)
    missed: Counter[str] = field(default_factory=Counter)
    misnamed: Counter[str] = field(default_factory=Counter)
    blind: Counter[str] = field(default_factory=Counter)  # missed by a walk without the witness

    @property
    def total(self) -> int:
        return self.made.total()


def tamper(
    world: World,
    count: int,
    seed: int,
    mutations: tuple[Mutation, ...] = MUTATIONS,
) -> Trial:
    """Make `count` mutations one by one, each on the untouched trail, and look whether each is found."""
    rng, trial = random.Random(seed), Trial()
    with world.engine.connect() as connection:
        while trial.total < count:
            mutation = rng.choice(mutations)
            rows = mutation([dict(row) for row in world.rows], world, rng)
            first = _first_difference(world.rows, rows)
            if first is None:
                continue  # the dice gave back what was there
            connection.rollback()
            _write(connection, rows)
            name = mutation.__name__
            trial.made[name] += 1
            found = look(connection)
            if found.whole:
                trial.missed[name] += 1
            elif found.first_bad != first and mutation not in GENUINE:
                trial.misnamed[name] += 1
            if look_without_witness(connection).whole:
                trial.blind[name] += 1
        connection.rollback()
    return trial


def _first_difference(before: Rows, after: Rows) -> int | None:
    """The place, from 1, of the first entry that is not as it was."""
    after = sorted(after, key=lambda row: int(row["number"]))
    for place in range(max(len(before), len(after))):
        if before[place : place + 1] != after[place : place + 1]:
            return place + 1
    return None


def look(connection: Connection) -> Verification:
    """What the installation says of the trail."""
    with Session(connection) as session:
        return verify(session)


def look_without_witness(connection: Connection) -> Verification:
    """The control: the same walk by somebody who kept nothing outside the database but the key."""
    with Session(connection) as session:
        return walk(session, key=chain.trail_key(), seen=None)


@contextmanager
def installation() -> Iterator[Engine]:
    """A home of its own with an empty SQLite store."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANDANG_HOME", str(Path(home)))
        patch.delenv("DANDANG_DATABASE_URL", raising=False)
        get_settings.cache_clear()
        engine = make_engine(get_settings().database)
        migrate.upgrade(engine)
        yield engine
        engine.dispose()
    get_settings.cache_clear()


def full() -> Result:
    """10,000 mutations on SQLite, 1,000 more on PostgreSQL."""
    from tests.postgres import server

    trials = []
    with installation() as engine:
        trials.append(tamper(plant(engine), 10_000, seed=8))
        world = plant_again(engine)
        keyless = tamper(world, 200, seed=9, mutations=(known_key,))
    with server() as started, pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as home:
        patch.setenv("DANDANG_HOME", home)
        patch.setenv("DANDANG_DATABASE_URL", started.url(started.create()))
        get_settings.cache_clear()
        engine = make_engine(get_settings().database)
        migrate.upgrade(engine)
        trials.append(tamper(plant(engine), 1_000, seed=10))
        engine.dispose()
    get_settings.cache_clear()
    made = sum(trial.total for trial in trials)
    missed = sum(trial.missed.total() for trial in trials)
    misnamed = sum(trial.misnamed.total() for trial in trials)
    blind = sum(trial.blind.total() for trial in trials)
    return result(
        "D8",
        figure=f"{made:,} mutations of {len(MUTATIONS)} kinds (10,000 SQLite, 1,000 PostgreSQL): "
        f"{made - missed:,} found, {misnamed} named at a wrong entry",
        kept=missed == 0 and misnamed == 0 and blind > 0 and keyless.blind.total() > 0,
        control=f"without the witness {blind:,} of the same mutations are missed; "
        f"with the key known and no witness {keyless.blind.total()} of {keyless.total} edits are missed",
    )


def plant_again(engine: Engine) -> World:
    """The world of an engine that holds one already."""
    with engine.connect() as connection:
        rows = _read(connection)
        connection.rollback()
    return World(engine, rows, rows, rows[ERASED - 1])
