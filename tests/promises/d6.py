"""D6: databases of every released schema, upgraded, killed in the middle of it and upgraded again."""

from __future__ import annotations

import hashlib
import json
import os
import signal
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import sqlalchemy as sa
from sqlalchemy import event

from app import migrate
from app.database import engine_on, make_engine, session_on
from app.responses.models import Draft, Response
from app.settings import get_settings
from app.units.models import Person
from tests.postgres import Server, server
from tests.promises.record import Result, result

RELEASED = Path(__file__).parents[1] / "migrations" / "released"
VERSIONS = ("0001",)
CONTENT = ("answers", "background", "texts", "page_ms")
POINTS = int(os.environ.get("DANDANG_D6_POINTS", "25"))


@dataclass
class Upgrades:
    """What was seen: upgrades that kept every answer, and what went wrong in the others."""

    tried: int = 0
    equal: int = 0
    faults: list[str] = field(default_factory=list)


@contextmanager
def released(version: str, directory: Path, store: Server | None) -> Iterator[str]:
    """A populated database of a released schema, as its SQL text made it, with a home of its own."""
    kept = os.environ.get("DANDANG_HOME")
    directory.mkdir(parents=True)
    os.environ["DANDANG_HOME"] = str(directory)
    get_settings.cache_clear()
    name = store.create() if store else ""
    address = store.url(name) if store else f"sqlite:///{directory / 'dandang.db'}"
    text = (RELEASED / f"{version}.{'postgresql' if store else 'sqlite'}.sql").read_text(encoding="utf-8")
    if store:
        with psycopg.connect(address, autocommit=True) as connection:
            connection.execute(text.encode())
    else:
        opened = sqlite3.connect(directory / "dandang.db")
        opened.executescript(text)
        opened.close()
    try:
        yield address
    finally:
        if store:
            store.drop(name)
        if kept is None:
            os.environ.pop("DANDANG_HOME")
        else:
            os.environ["DANDANG_HOME"] = kept
        get_settings.cache_clear()


def _hash(found: list[Any]) -> str:
    return hashlib.sha256(json.dumps(sorted(found), sort_keys=True).encode()).hexdigest()


def before(address: str) -> str:
    """Hash over what people answered, read by plain SQL from schema 0001."""
    people = sa.text(
        "SELECT p.staff_number, p.name, r.answers, r.background, r.texts, r.page_ms, r.consent_hash"
        " FROM response r JOIN person p ON p.id = r.person_id"
    )
    drafts = sa.text(
        "SELECT i.token_hash, '', d.answers, d.background, d.texts, d.page_ms, d.consent_hash"
        " FROM draft d JOIN invitation i ON i.id = d.invitation_id"
    )
    with engine_on(address) as engine, engine.connect() as connection:
        rows = [*connection.execute(people), *connection.execute(drafts)]
    return _hash([[_plain(cell) for cell in row] for row in rows])


def _plain(cell: Any) -> str:
    if isinstance(cell, str) and cell.startswith("{"):
        cell = json.loads(cell)
    return cell if isinstance(cell, str) else json.dumps(cell, sort_keys=True)


def after(address: str) -> str:
    """The same hash over what the application reads."""
    with session_on(address) as session:
        people = {person.id: person for person in session.scalars(sa.select(Person))}
        rows = []
        for response in session.scalars(sa.select(Response)):
            assert response.person_id is not None
            person = people[response.person_id]
            content = [_plain(getattr(response, name)) for name in CONTENT]
            rows.append([person.staff_number, person.name, *content, response.consent_hash])
        for draft in session.scalars(sa.select(Draft)):
            content = [_plain(getattr(draft, name)) for name in CONTENT]
            rows.append([draft.holder, "", *content, draft.consent_hash])
    return _hash(rows)


def _upgrade(address: str, *, kill_at: int | None, transactions: bool) -> int:
    """Upgrade in a child; kill -9 before that statement. Returns how many statements there were."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        engine = make_engine(address)
        if not transactions:
            _without_transactions(engine)
        count = 0

        def _counted(*_: Any) -> None:
            nonlocal count
            count += 1
            if count == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(engine, "before_cursor_execute", _counted)
        try:
            migrate.upgrade(engine)
            os.write(writing, str(count).encode())
        finally:
            os._exit(0)
    os.close(writing)
    os.waitpid(child, 0)
    with os.fdopen(reading) as pipe:
        return int(pipe.read() or 0)


def _without_transactions(engine: sa.Engine) -> None:
    """The planted defect: each statement is committed on its own."""
    if engine.dialect.name == "sqlite":
        event.listen(engine, "begin", lambda connection: connection.exec_driver_sql("COMMIT"))
    else:
        event.listen(engine, "connect", lambda connection, _: setattr(connection, "autocommit", True))


def upgrade_and_kill(
    scratch: Path, store: Server | None, points: int, *, transactions: bool = True
) -> Upgrades:
    """Upgrade each released database undisturbed, then killed at so many statements spread over it."""
    seen = Upgrades()
    for version in VERSIONS:
        with released(version, scratch / f"{version}-whole", store) as address:
            statements = _upgrade(address, kill_at=None, transactions=True)
        for number in range(points):
            kill_at = 1 + (number + 1) * statements // (points + 1)
            with released(version, scratch / f"{version}-{number}", store) as address:
                expected = before(address)
                _upgrade(address, kill_at=kill_at, transactions=transactions)
                seen.tried += 1
                try:
                    with engine_on(address) as engine:
                        migrate.upgrade(engine)
                    found = after(address)
                except Exception as error:  # whatever keeps an upgrade from going on is the finding
                    seen.faults.append(f"at {kill_at} of {statements}: {type(error).__name__}")
                    continue
                if found == expected:
                    seen.equal += 1
                else:
                    seen.faults.append(f"at {kill_at} of {statements}: answers differ")
    return seen


def full() -> Result:
    """25 points on each store, and the control."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, server(durable=True) as running:
        done = {
            "SQLite": upgrade_and_kill(Path(scratch) / "a", None, POINTS),
            "PostgreSQL": upgrade_and_kill(Path(scratch) / "b", running, POINTS),
        }
        control = {
            "SQLite": upgrade_and_kill(Path(scratch) / "c", None, 6, transactions=False),
            "PostgreSQL": upgrade_and_kill(Path(scratch) / "d", running, 6, transactions=False),
        }
    return result(
        "D6",
        figure="; ".join(
            f"{name} 0001 → {migrate.head()}: killed at {u.tried} places, answers equal {u.equal}/{u.tried}"
            for name, u in done.items()
        ),
        kept=all(u.equal == u.tried >= 25 for u in done.values()) and all(u.faults for u in control.values()),
        control="statements committed one by one: "
        + "; ".join(f"{name} {len(u.faults)} of {u.tried} broken" for name, u in control.items()),
        note=f"{time.monotonic() - started:.0f} s"
        + "".join(f"; {name} {fault}" for name, u in done.items() for fault in u.faults[:3]),
    )
