"""A2: after the close nobody relinks an anonymous response to a person.

Everybody answers through the real service: code exchanged, page after page, submitted, interleaved over
seven days. The attacker knows to the second when each person of a unit submitted, and holds every file: the
store, its write-ahead log, a backup, the service's log, the trail. Every order he can read out of them is
laid against the order of completion, unit by unit.
"""

from __future__ import annotations

import sqlite3
import tempfile
import uuid
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, text

from app import main, migrate
from app.backups.service import write_backup
from app.database import make_engine, session_factory
from app.responses import forgetting
from app.scores.snapshots import close_and_release
from app.settings import get_settings
from app.surveys.models import Survey
from tests.promises.anonymous_world import UNITS, World, answer
from tests.promises.record import Result, result

assert main  # a backup must know every table
Order = list[uuid.UUID]


def close(world: World, *, scattered: bool = True) -> None:
    """HR closes; the worker rewrites the store."""
    with session_factory(world.engine)() as session:
        close_and_release(session, session.get_one(Survey, world.survey), actor="system")
        session.commit()
    if scattered:
        assert forgetting.scatter_due(session_factory(world.engine)) == 1


# --- the attacker


def evidence(world: World, holding: Path) -> dict[str, bytes]:
    """Every byte there is: name → content; with a backup, and on SQLite a copy of the file as well."""
    found = {"log": world.log.read_bytes(), "backup": _backup(world, holding)}
    if world.engine.dialect.name == "sqlite":
        path = Path(str(world.engine.url.database))
        with sqlite3.connect(path) as source, sqlite3.connect(holding / f"{uuid.uuid4()}.db") as target:
            source.backup(target)
            copied = Path(target.execute("PRAGMA database_list").fetchone()[2])
        source.close()
        target.close()
        found["copy"] = copied.read_bytes()
        files = sorted(path.parent.rglob("*"))
        return found | {
            file.name: file.read_bytes() for file in files if file.is_file() and "key" not in file.parts
        }
    with world.engine.connect() as connection:
        home = Path(connection.scalar(text("SHOW data_directory")))
        relations = connection.execute(
            text(
                "SELECT relname, pg_relation_filepath(oid) FROM pg_class"
                " WHERE relkind IN ('r', 'i', 't') AND pg_relation_filepath(oid) LIKE 'base/%'"
                " AND oid >= 16384"
            )
        ).all()
    for name, place in relations:
        found[name] = (home / place).read_bytes()
    for segment in sorted((home / "pg_wal").glob("0*")):
        found["pg_wal"] = found.get("pg_wal", b"") + segment.read_bytes()
    return found


def _backup(world: World, holding: Path) -> bytes:
    path = holding / f"{uuid.uuid4()}.backup"
    write_backup(world.engine, path)
    with zipfile.ZipFile(path) as archive:
        return b"".join(archive.read(name) for name in archive.namelist())


def orders(world: World, files: Mapping[str, bytes]) -> dict[str, Order]:
    """Every order of the responses the attacker can read, by where he read it."""
    found: dict[str, Order] = {}
    for name, content in files.items():
        for which in ("first", "last"):
            places = {made: _place(content, made, which) for made in world.arrived}
            seen = [made for made in world.arrived if places[made] >= 0]
            if len(seen) > len(world.arrived) / 2:
                # who is nowhere in the file is put anywhere: before everybody, in the order of the ids
                found[f"{name}, {which} place"] = sorted(sorted(world.arrived), key=lambda one: places[one])
    with world.engine.connect() as connection:
        for table in ("response", "score_record"):
            found |= _by_columns(connection, table)
    return found


def _place(content: bytes, made: uuid.UUID, which: str) -> int:
    search = content.find if which == "first" else content.rfind
    return max(search(made.bytes), search(made.hex.encode()), search(str(made).encode()))


def _by_columns(connection: Any, table: str) -> dict[str, Order]:
    """As the table gives its rows, and by every column in turn; on PostgreSQL by its hidden ones as well."""
    hidden = (
        ", (ctid::text::point)[0] AS page, (ctid::text::point)[1] AS line, xmin::text::bigint AS written"
        if connection.dialect.name == "postgresql"
        else ""
    )
    rows = connection.execute(text(f"SELECT *{hidden} FROM {table}")).mappings().all()
    name = "id" if table == "response" else "response_id"

    def _id(row: Any) -> uuid.UUID:
        return row[name] if isinstance(row[name], uuid.UUID) else uuid.UUID(row[name])

    found = {f"{table} as read": [_id(row) for row in rows]}
    for column in rows[0]:
        values = {_id(row): row[column] for row in rows}
        # equal values say nothing about order: they are left in the order of the ids
        if len({value for value in values.values() if value is not None}) > 1:
            found[f"{table}.{column}"] = sorted(
                sorted(values), key=lambda one: (values[one] is not None, _sortable(values[one]))
            )
    return found


def _sortable(value: Any) -> Any:
    return bytes(value) if isinstance(value, memoryview) else value if value is not None else 0


def relinked(world: World, order: Sequence[uuid.UUID]) -> int:
    """How many people the attacker names rightly when he lays this order against the order of completion."""
    hits = 0
    for unit in set(world.unit_of.values()):
        truth = [made for made in world.arrived if world.unit_of[made] == unit]
        named = [made for made in order if world.unit_of.get(made) == unit]
        hits += sum(a == b for a, b in zip(truth, named, strict=False))
    return hits


def correlation(world: World, order: Sequence[uuid.UUID]) -> float:
    """Spearman's rank correlation of an order with the order of arrival, over the whole survey."""
    ranks = {made: rank for rank, made in enumerate(order)}
    n = len(world.arrived)
    squares = sum((ranks[made] - rank) ** 2 for rank, made in enumerate(world.arrived))
    return 1 - 6 * squares / (n * (n * n - 1))


@dataclass
class Attack:
    """Orders → people named rightly and rank correlation, over one or several worlds."""

    people: int = 0
    chance: float = 0.0
    hits: dict[str, int] = field(default_factory=dict)
    worst: float = 0.0

    def add(self, world: World, found: Mapping[str, Order]) -> None:
        self.people += len(world.arrived)
        # one right in each unit is what a blind guess names on average
        self.chance += len(set(world.unit_of.values()))
        for name, order in found.items():
            for way, guess in ((name, order), (f"{name}, backwards", order[::-1])):
                self.hits[way] = self.hits.get(way, 0) + relinked(world, guess)
            self.worst = max(self.worst, abs(correlation(world, order)))

    @property
    def best(self) -> tuple[str, int]:
        return max(self.hits.items(), key=lambda one: one[1])

    @property
    def ratio(self) -> float:
        """The best order against chance."""
        return self.best[1] / self.chance


def attack(world: World) -> Attack:
    """Everything the attacker can do with one world."""
    made = Attack()
    with tempfile.TemporaryDirectory() as holding:
        made.add(world, orders(world, evidence(world, Path(holding))))
    return made


# --- controls: the same attacker on copies with a defect


def with_row_order(world: World) -> Attack:
    """A copy whose rows are numbered as they came."""
    return _on_copy(world, "CREATE TABLE response (id TEXT, n INTEGER PRIMARY KEY AUTOINCREMENT)", 1)


def with_times(world: World) -> Attack:
    """A copy in key order that keeps the second of submission."""
    return _on_copy(
        world, "CREATE TABLE response (id TEXT PRIMARY KEY, submitted_at INTEGER) WITHOUT ROWID", 86_400
    )


def _on_copy(world: World, table: str, pace: int) -> Attack:
    with tempfile.TemporaryDirectory() as directory:
        engine = make_engine(f"sqlite:///{directory}/copy.db")
        with engine.begin() as connection:
            connection.execute(text(table))
            connection.execute(text("CREATE TABLE score_record (response_id TEXT PRIMARY KEY) WITHOUT ROWID"))
            column = "n" if "AUTOINCREMENT" in table else "submitted_at"
            for rank, made in enumerate(world.arrived, start=1):
                connection.execute(
                    text(f"INSERT INTO response (id, {column}) VALUES (:id, :at)"),
                    {"id": str(made), "at": rank * pace},
                )
                connection.execute(text("INSERT INTO score_record VALUES (:id)"), {"id": str(made)})
        copied = World(engine, world.survey, world.log, world.arrived, world.unit_of)
        made = Attack()
        made.add(copied, orders(copied, {}))
        engine.dispose()
    return made


# --- places to run it


@contextmanager
def installation(url: str = "") -> Iterator[Engine]:
    """A home of its own with an empty store: SQLite, or the PostgreSQL database at `url`."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANDANG_HOME", home)
        if url:
            patch.setenv("DANDANG_DATABASE_URL", url)
        else:
            patch.delenv("DANDANG_DATABASE_URL", raising=False)
        get_settings.cache_clear()
        engine = make_engine(get_settings().database)
        migrate.upgrade(engine)
        yield engine
        engine.dispose()
    get_settings.cache_clear()


def one_world(url: str = "", *, in_units: int = UNITS, seed: int = 2) -> tuple[Attack, Attack, World]:
    """A survey attacked while it is open and after its close."""
    with installation(url) as engine:
        world = answer(engine, get_settings().home / "service.log", in_units=in_units, seed=seed)
        before = attack(world)
        close(world)
        return before, attack(world), world


def full() -> Result:
    """300 people, four times on each store: so many that chance alone does not reach the limit."""
    from psycopg import sql

    from tests.postgres import server

    after = {"SQLite": Attack(), "PostgreSQL": Attack()}
    open_figures: dict[str, str] = {}
    controls: list[tuple[int, int]] = []
    with server() as started:
        started.execute(sql.SQL("ALTER SYSTEM SET wal_recycle = off"))
        started.execute(sql.SQL("SELECT pg_reload_conf()"))
        for store, times in (("SQLite", 4), ("PostgreSQL", 4)):
            for seed in range(times):
                url = started.url(started.create()) if store == "PostgreSQL" else ""
                before, done, world = one_world(url, seed=seed)
                total = after[store]
                total.people += done.people
                total.chance += done.chance
                total.worst = max(total.worst, done.worst)
                for name, hits in done.hits.items():
                    total.hits[name] = total.hits.get(name, 0) + hits
                open_figures[store] = f"{store} {before.best[1] / before.people:.0%} ({before.best[0]})"
                for control in (with_row_order, with_times):
                    made = control(world)
                    controls.append((made.best[1], made.people))
    words = "; ".join(
        f"{store}: {made.best[1] / made.people:.1%} of {made.people} relinked by the best of {len(made.hits)}"
        f" orders, chance {made.chance / made.people:.1%}, ratio {made.ratio:.2f}"
        for store, made in after.items()
    )
    return result(
        "A2",
        figure=words,
        kept=all(made.ratio <= 1.5 for made in after.values()) and all(hit == of for hit, of in controls),
        control="row numbers and times of submission each relink "
        f"{sum(hit for hit, _ in controls) / sum(of for _, of in controls):.0%} in {len(controls)} copies",
        note="after the close, groups of 10; while the survey is open the files do tell: "
        + ", ".join(open_figures.values())
        + "; PostgreSQL with wal_recycle = off as the operator's guide asks",
    )
