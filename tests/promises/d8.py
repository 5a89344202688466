"""D8: whoever tampers with the trail in the database is found, and the first bad entry is named.

The attacker owns the database: takes the triggers away, writes what he likes, puts an older copy in its
place. He has neither the key nor the witness, which lie outside it. Each mutation is made and undone in a
transaction.
"""

from __future__ import annotations

import hashlib
import json
import random
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.orm import Session

from app import migrate
from app.database import make_engine, session_factory
from app.settings import get_settings
from app.trail import chain, service
from app.trail.verification import Verification, verify, walk
from tests.promises.record import Result, result

ENTRIES, OLDER, ERASED = 48, 30, 9
COLUMNS = (
    "number",
    "at",
    "actor",
    "action",
    "subject",
    "detail",
    "salt",
    "commitment",
    "previous",
    "digest",
)
Row = dict[str, Any]
Rows = list[Row]


@dataclass
class World:
    """A trail with an erased detail, and two older copies: one as it was, one that went on otherwise."""

    engine: Engine
    rows: Rows
    fork: Rows
    erased_detail: Row


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


# --- what the attacker does: rows in, rows out ---

Mutation = Callable[[Rows, World, random.Random], Rows]


def _other_text(rng: random.Random, length: int = 64) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(length))


def edit(rows: Rows, world: World, rng: random.Random) -> Rows:
    """One column of one entry."""
    row, column = rng.choice(rows), rng.choice(COLUMNS[1:])
    donor = rng.choice(rows)[column]
    made: dict[str, Any] = {
        "at": f"2026-0{rng.randint(1, 9)}-11 08:15:{rng.randint(10, 59)}.000000",
        "detail": json.dumps({"people": rng.randint(100, 999)}),
        "salt": rng.choice((None, _other_text(rng, 32))),
        "actor": rng.choice(("system", "", donor)),
        "action": rng.choice(("account.sign_out", row["action"] + " ", donor)),
        "subject": rng.choice(("survey:99", donor)),
    }
    row[column] = made.get(column, rng.choice((_other_text(rng), donor, str(row[column]).upper())))
    return rows


def delete(rows: Rows, world: World, rng: random.Random) -> Rows:
    """One to five entries, anywhere."""
    gone = set(rng.sample(range(len(rows)), rng.randint(1, 5)))
    return [row for k, row in enumerate(rows) if k not in gone]


def delete_and_close_up(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An entry is taken out, those after it are renumbered."""
    del rows[rng.randrange(len(rows))]
    return _numbered(rows)


def swap(rows: Rows, world: World, rng: random.Random) -> Rows:
    """Two entries change places, whole or all but what chains them."""
    one, other = rng.sample(range(len(rows)), 2)
    kept = ("number",) if rng.random() < 0.5 else ("number", "previous", "digest")
    a, b = rows[one], rows[other]
    for column in COLUMNS:
        if column not in kept:
            a[column], b[column] = b[column], a[column]
    return rows


def insert(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An entry of his own, in the middle or at the end: invented, or a copy of another."""
    place = rng.randint(0, len(rows))
    made = dict(rng.choice(rows)) | {"previous": rows[place - 1]["digest"] if place else chain.GENESIS}
    if rng.random() < 0.7:
        made |= {"actor": "a1", "detail": json.dumps({"people": rng.randint(1, 9)}), "salt": "0" * 32}
        _forge(made, b"")
    return _numbered([*rows[:place], made, *rows[place:]])


def renumber(rows: Rows, world: World, rng: random.Random) -> Rows:
    """One entry, or all of them from some place, under other numbers."""
    if rng.random() < 0.5:
        rng.choice(rows)["number"] = rng.choice((0, -7, 900 + rng.randint(0, 99)))
        return rows
    start, by = rng.randrange(len(rows)), rng.randint(1, 9)
    for row in rows[start:]:
        row["number"] += by
    return rows


def truncate(rows: Rows, world: World, rng: random.Random) -> Rows:
    """The tail is cut off; sometimes everything."""
    return rows[: rng.randrange(len(rows))]


def recompute(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An entry is edited or taken out, and every digest from there on made anew, without the key."""
    place = rng.randrange(len(rows))
    if rng.random() < 0.5 and place < len(rows) - 1:
        del rows[place]
    else:
        rows[place]["actor"] = "a9"
    return _rechained(_numbered(rows), place, rng.choice((b"", b"dandang", hashlib.sha256(b"x").digest())))


def older_copy(rows: Rows, world: World, rng: random.Random) -> Rows:
    """The whole table as it once was; the same with forged entries after it."""
    kept = [dict(row) for row in world.fork[: rng.randint(1, ENTRIES - 1)]]
    if rng.random() < 0.5:
        return kept
    while len(kept) < ENTRIES:
        kept.append(dict(rng.choice(rows)) | {"number": len(kept) + 1, "previous": kept[-1]["digest"]})
        _forge(kept[-1], b"")
    return kept


def other_history(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An older copy on which the application itself went on: every digest is genuine."""
    return [dict(row) for row in world.fork]


def erase(rows: Rows, world: World, rng: random.Random) -> Rows:
    """A detail goes without an entry that says so."""
    row = rng.choice([row for row in rows if row["salt"] is not None])
    row["salt"], row["detail"] = None, "{}"
    return rows


def bring_back(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An erased detail is put back from an older copy, or another in its place."""
    detail = world.erased_detail["detail"] if rng.random() < 0.5 else '{"people": 1}'
    rows[ERASED - 1] |= {"detail": detail, "salt": rng.choice((None, world.erased_detail["salt"]))}
    return rows


MUTATIONS: tuple[Mutation, ...] = (
    edit,
    delete,
    delete_and_close_up,
    swap,
    insert,
    renumber,
    truncate,
    recompute,
    older_copy,
    other_history,
    erase,
    bring_back,
)

# copies hold genuine entries: the fault shows where they end or meet the witness, not where they first differ
GENUINE = (older_copy, other_history)


def _numbered(rows: Rows) -> Rows:
    for number, row in enumerate(rows, start=1):
        row["number"] = number
    return rows


def _forge(row: Row, key: bytes) -> None:
    """Commitment and digest as they would be under this key."""
    row["commitment"] = chain.commitment(row["salt"] or "", json.loads(row["detail"]))
    moment = datetime.fromisoformat(row["at"] if "+" in row["at"] else row["at"] + "+00:00")
    row["digest"] = chain.digest(
        key,
        previous=row["previous"],
        number=row["number"],
        at=moment,
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        committed=row["commitment"],
    )


def _rechained(rows: Rows, start: int, key: bytes) -> Rows:
    for place in range(start, len(rows)):
        row = rows[place]
        row["previous"] = rows[place - 1]["digest"] if place else chain.GENESIS
        kept = row["commitment"]
        _forge(row, key)
        if row["salt"] is None:
            row["commitment"] = kept
    return rows


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


def known_key(rows: Rows, world: World, rng: random.Random) -> Rows:
    """The control's defect: a chain whose key everybody knows can be made anew after any change."""
    place = rng.randrange(ERASED, len(rows) - 7)
    rows[place]["actor"] = "a9"
    return _rechained(rows, place, chain.trail_key())


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
