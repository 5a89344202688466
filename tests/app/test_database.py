"""The store keeps its promises at every connection, and commits before it answers."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, text
from sqlalchemy.exc import StatementError
from sqlalchemy.orm import Session

from app import database
from app.database import SessionDep, UnsafeDatabase, make_engine, session_factory
from app.settings import Settings
from app.units.models import Unit


@pytest.mark.only_on("sqlite", reason="WAL and synchronous=FULL are SQLite's; PostgreSQL's promises below")
def test_every_connection_runs_wal_full_and_foreign_keys(engine: Engine) -> None:
    for _ in range(3):
        with engine.connect() as connection:
            assert connection.execute(text("PRAGMA journal_mode")).scalar() == "wal"
            assert connection.execute(text("PRAGMA synchronous")).scalar() == 2
            assert connection.execute(text("PRAGMA foreign_keys")).scalar() == 1
        engine.dispose()


def test_a_store_that_cannot_keep_them_is_refused() -> None:
    with pytest.raises(UnsafeDatabase, match="journal_mode=memory"):
        make_engine("sqlite:///:memory:").connect()


@pytest.mark.only_on("postgresql", reason="SQLite has WAL and synchronous=FULL instead, above")
def test_every_connection_waits_for_the_disk(engine: Engine) -> None:
    """The suite's own server starts with synchronous_commit off, so only our connections turn it on."""
    for _ in range(3):
        with engine.connect() as connection:
            assert connection.execute(text("SHOW synchronous_commit")).scalar() == "on"
        engine.dispose()


@pytest.mark.only_on("postgresql", reason="SQLite has no fsync setting of the server's")
def test_production_refuses_a_server_that_does_not_wait_for_the_disk(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    with engine.connect() as connection:
        waits = connection.execute(text("SHOW fsync")).scalar() == "on"
    engine.dispose()
    production = settings.model_copy(update={"environment": "production"})
    monkeypatch.setattr(database, "get_settings", lambda: production)
    if waits:  # TEST_DATABASE_URL names a server as it should be
        engine.connect().close()
    else:
        with pytest.raises(UnsafeDatabase, match="fsync=off, full_page_writes=off"):
            engine.connect()


def test_naive_moments_are_refused_and_aware_ones_come_back_in_utc(session: Session) -> None:
    session.add(Unit(code="a", name="甲", created_at=dt.datetime(2026, 1, 1)))  # noqa: DTZ001 - the fault under test
    with pytest.raises(StatementError, match="time zone"):
        session.flush()
    session.rollback()
    east = dt.timezone(dt.timedelta(hours=8))
    session.add(Unit(code="b", name="乙", created_at=dt.datetime(2026, 1, 1, 8, tzinfo=east)))
    session.commit()
    session.expire_all()
    assert session.query(Unit).one().created_at == dt.datetime(2026, 1, 1, tzinfo=dt.UTC)


@pytest.fixture
def small_app(tmp_path: Path, engine: Engine) -> FastAPI:
    app = FastAPI()
    app.state.sessions = session_factory(engine)

    @app.post("/unit/{code}")
    def add(session: SessionDep, code: str, fail: bool = False) -> dict[str, bool]:
        session.add(Unit(code=code, name=code))
        session.flush()
        if fail:
            raise RuntimeError("after the write")
        return {"ok": True}

    @app.get("/unit/{code}")
    def write_in_a_read(session: SessionDep, code: str) -> dict[str, bool]:
        session.add(Unit(code=code, name=code))
        return {"ok": True}

    return app


def test_commit_comes_before_the_answer_and_failure_keeps_nothing(small_app: FastAPI, engine: Engine) -> None:
    client = TestClient(small_app, raise_server_exceptions=False)
    assert client.post("/unit/kept").status_code == 200
    assert client.post("/unit/lost", params={"fail": True}).status_code == 500
    with engine.connect() as connection:
        assert connection.execute(text("SELECT code FROM unit")).scalars().all() == ["kept"]


def test_a_commit_that_fails_is_not_answered_with_success(
    small_app: FastAPI, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_self: Session) -> None:
        raise OSError("disk full")

    monkeypatch.setattr(Session, "commit", refuse)
    client = TestClient(small_app, raise_server_exceptions=False)
    assert client.post("/unit/x").status_code == 500
