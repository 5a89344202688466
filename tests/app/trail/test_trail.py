"""The audit record: append-only in both stores, every tampering found at its first bad entry."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import uuid
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Engine, inspect, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import migrate
from app.database import make_engine, session_factory
from app.errors import Conflict, NotFound
from app.settings import Settings, get_settings
from app.trail import chain, service, witness
from app.trail.models import TrailEntry
from tests.promises import d8, tampering
from tests.promises.record import ROOT

ENTRIES = 12


@pytest.fixture
def trail(session: Session) -> Session:
    for k in range(ENTRIES):
        service.append(session, actor="system", action=f"deed.{k % 5}", subject=f"survey:{k}", count=k)
    session.commit()
    return session


def test_an_untouched_trail_is_whole_and_witnessed(trail: Session) -> None:
    found = service.verify(trail)
    assert (found.whole, found.entries, found.first_bad, found.witnessed) == (True, ENTRIES, None, ENTRIES)


def test_details_of_every_kind_come_back_as_committed(session: Session) -> None:
    service.append(
        session,
        actor="system",
        action="x",
        subject="y",
        text="名\0字\ud800𠮷",
        share=0.1,
        big=10**30,
        ids=[uuid.UUID(int=7)],
        deep={"b": None, "a": True, 3: ()},
    )
    session.commit()
    session.expire_all()
    assert service.verify(session).whole
    assert session.get_one(TrailEntry, 1).detail["share"] == "0.1"


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE trail_entry SET action = 'other' WHERE number = 3",
        "UPDATE trail_entry SET detail = '{}', salt = NULL WHERE number = 3",
        "DELETE FROM trail_entry WHERE number = 12",
        "DELETE FROM trail_entry",
        "INSERT INTO trail_entry SELECT 99, at, actor, action, subject, detail, commitment, previous, digest,"
        " salt FROM trail_entry WHERE number = 3",
    ],
)
def test_the_store_itself_refuses(trail: Session, statement: str) -> None:
    with pytest.raises(DBAPIError, match="trail_entry"):
        trail.execute(text(statement))
    trail.rollback()
    assert service.verify(trail).whole


@pytest.mark.only_on("postgresql", reason="SQLite has no TRUNCATE")
def test_the_store_refuses_to_be_emptied(trail: Session) -> None:
    with pytest.raises(DBAPIError, match="append-only"):
        trail.execute(text("TRUNCATE trail_entry"))


@pytest.mark.only_on("sqlite", reason="OR REPLACE is SQLite's")
def test_a_row_is_not_replaced_either(trail: Session) -> None:
    with pytest.raises(DBAPIError, match="trail_entry"):
        trail.execute(text("INSERT OR REPLACE INTO trail_entry SELECT * FROM trail_entry WHERE number = 3"))


def test_a_detail_is_erased_and_that_is_an_entry(trail: Session) -> None:
    service.erase(trail, 5, actor="a7", reason="撤回")
    trail.commit()
    trail.expire_all()
    gone, said = trail.get_one(TrailEntry, 5), trail.get_one(TrailEntry, ENTRIES + 1)
    assert (gone.detail, gone.salt) == ({}, None)
    assert (said.actor, said.action, said.subject) == ("a7", "trail.erase", "trail:5")
    assert service.verify(trail).whole
    for number, error in ((5, Conflict), (ENTRIES + 1, Conflict), (99, NotFound)):
        with pytest.raises(error):
            service.erase(trail, number, actor="a7", reason="")


def test_random_mutations_are_all_found_and_named(engine: Engine) -> None:
    world = d8.plant(engine)
    trial = d8.tamper(world, 200, seed=5)
    assert len(trial.made) == len(tampering.MUTATIONS)
    assert not trial.missed
    assert not trial.misnamed
    # the control: without the witness a cut tail, and a whole older copy, are not seen
    assert {"truncate", "other_history"} <= set(trial.blind)


def test_control_a_known_key_hides_an_edit(engine: Engine) -> None:
    world = d8.plant(engine)
    trial = d8.tamper(world, 20, seed=6, mutations=(tampering.known_key,))
    assert trial.blind.total() == trial.total
    assert not trial.missed


@pytest.mark.only_on("sqlite", reason="PostgreSQL does not store what is no moment or JSON")
@pytest.mark.parametrize("column", ["at", "detail"])
def test_an_entry_that_cannot_be_read_is_named(trail: Session, column: str) -> None:
    d8.drop_triggers(trail.connection())
    trail.execute(text(f"UPDATE trail_entry SET {column} = 'garbage' WHERE number = 7"))
    found = service.verify(trail)
    assert (found.first_bad, found.reason) == (7, "unreadable")


# --- the witness ---


def test_a_database_ahead_of_the_witness_is_fine(trail: Session, monkeypatch: pytest.MonkeyPatch) -> None:
    def _crash(*_: object, **__: object) -> None:
        raise OSError("crashed before the witness was written")

    with monkeypatch.context() as patch:
        patch.setattr(witness, "advance", _crash)
        service.append(trail, actor="system", action="late", subject="x")
        trail.commit()
    found = service.verify(trail)
    assert (found.whole, found.entries, found.witnessed) == (True, ENTRIES + 1, ENTRIES)
    service.append(trail, actor="system", action="later", subject="x")
    trail.commit()
    assert service.verify(trail).witnessed == ENTRIES + 2


def test_what_is_rolled_back_is_not_witnessed(trail: Session) -> None:
    service.append(trail, actor="system", action="undone", subject="x")
    trail.rollback()
    trail.commit()
    assert service.verify(trail).witnessed == ENTRIES


def test_a_shortened_trail_is_not_made_good_by_going_on(trail: Session) -> None:
    d8.drop_triggers(trail.connection())
    trail.execute(text("DELETE FROM trail_entry WHERE number > 8"))
    trail.commit()
    for k in range(9):
        service.append(trail, actor="system", action="after", subject=str(k))
        trail.commit()
    found = service.verify(trail)
    assert (found.reason, found.first_bad, found.witnessed) == ("replaced", ENTRIES, ENTRIES)


def test_a_restored_backup_is_acknowledged_by_an_entry(trail: Session) -> None:
    d8.drop_triggers(trail.connection())
    trail.execute(text("DELETE FROM trail_entry WHERE number > 8"))
    trail.commit()
    assert service.verify(trail).reason == "cut"
    service.acknowledge_restore(trail, actor="system")
    trail.commit()
    found = service.verify(trail)
    assert (found.whole, found.witnessed) == (True, 9)
    assert trail.get_one(TrailEntry, 9, populate_existing=True).detail["witnessed"] == ENTRIES


def test_a_witness_that_is_gone_or_changed_is_said(trail: Session) -> None:
    body = witness.path().read_text()
    witness.path().write_text(body.replace(f'"number": {ENTRIES}', '"number": 2'))
    assert service.verify(trail).reason == "broken_witness"
    witness.path().write_text("{")
    assert service.verify(trail).reason == "broken_witness"
    witness.path().unlink()
    assert service.verify(trail).reason == "no_witness"


def test_the_witness_never_goes_back(settings: Settings) -> None:
    witness.advance(witness.Head(5, "e" * 64))
    witness.advance(witness.Head(4, "d" * 64))
    assert witness.read() == witness.Head(5, "e" * 64)
    assert witness.path().stat().st_mode & 0o077 == 0


_APPEND_MANY = """
from app.database import make_engine, session_factory
from app.settings import get_settings
from app.trail import service
for _ in range(15):
    with session_factory(make_engine(get_settings().database))() as session:
        service.append(session, actor="system", action="deed", subject="x")
        session.commit()
"""


def test_several_processes_write_one_trail(settings: Settings, session: Session) -> None:
    running = [subprocess.Popen([sys.executable, "-c", _APPEND_MANY], cwd=ROOT) for _ in range(3)]
    assert [process.wait(60) for process in running] == [0, 0, 0]
    found = service.verify(session)
    assert (found.whole, found.entries, found.witnessed) == (True, 45, 45)


# --- the trail of the first released schema ---


def _old_trail(engine: Engine, count: int) -> str:
    """Entries as 0001 wrote them; gives back the last digest."""
    previous = chain.GENESIS
    with engine.begin() as connection:
        for number in range(1, count + 1):
            at = f"2026-03-0{number} 08:00:00.000000"
            iso = f"2026-03-0{number}T08:00:00+00:00"
            body = json.dumps([number, iso, "a", "b", "c", {"k": number}], separators=(",", ":"))
            committed = hashlib.sha256(body.encode()).hexdigest()
            digest = hashlib.sha256((previous + committed).encode()).hexdigest()
            moment = at + "+00" if engine.dialect.name == "postgresql" else at
            connection.execute(
                text("INSERT INTO trail_entry VALUES (:n, :at, 'a', 'b', 'c', :detail, :c, :p, :d)"),
                {
                    "n": number,
                    "at": moment,
                    "detail": f'{{"k": {number}}}',
                    "c": committed,
                    "p": previous,
                    "d": digest,
                },
            )
            previous = digest
    return previous


@pytest.mark.only_on(
    "sqlite", reason="the same statements on both; PostgreSQL is upgraded in tests of upgrades"
)
@pytest.mark.parametrize("edited", [False, True])
def test_an_old_trail_is_chained_anew_and_what_it_was_is_kept(
    tmp_path: Path, settings: Settings, edited: bool
) -> None:
    engine = make_engine(f"sqlite:///{tmp_path / 'old.db'}")
    config = migrate._config()
    with engine.connect() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0001")
        connection.commit()
    head = _old_trail(engine, 4)
    if edited:
        with engine.begin() as connection:
            connection.execute(text("UPDATE trail_entry SET actor = 'z' WHERE number = 2"))
    migrate.upgrade(engine)
    with session_factory(engine)() as session:
        said = session.get_one(TrailEntry, 5)
        assert said.action == "trail.chain"
        assert said.detail == {"entries": 4, "head": head, "first_bad": 2 if edited else None}
        assert session.get_one(TrailEntry, 2).detail == {"k": 2}
        service.append(session, actor="system", action="x", subject="y")
        session.commit()
        assert service.verify(session).whole
    assert get_settings().keys.exists()
    assert "salt" in {column["name"] for column in inspect(engine).get_columns("trail_entry")}
    engine.dispose()
