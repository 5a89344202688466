"""A migrated SQLite store, the application on it, and signed-in staff."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import migrate
from app.accounts import service as accounts
from app.accounts.models import Account
from app.database import make_engine, session_factory
from app.main import create_app
from app.settings import Settings, get_settings

PASSWORD = "correct horse battery"
SignIn = Callable[..., Account]


@pytest.fixture(scope="session")
def migrated(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An empty database at the newest schema, made once and copied for each test."""
    path = tmp_path_factory.mktemp("store") / "empty.db"
    engine = make_engine(f"sqlite:///{path}")
    migrate.upgrade(engine)
    with engine.connect() as connection:
        connection.exec_driver_sql("COMMIT")
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.exec_driver_sql("BEGIN")
    engine.dispose()
    return path


@pytest.fixture
def settings(tmp_path: Path, migrated: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    home = tmp_path / "home"
    home.mkdir()
    (home / "dandang.db").write_bytes(migrated.read_bytes())
    monkeypatch.setenv("DANDANG_HOME", str(home))
    monkeypatch.setenv("DANDANG_BASE_URL", "http://testserver")
    get_settings.cache_clear()
    yield get_settings()
    get_settings.cache_clear()


@pytest.fixture
def engine(settings: Settings) -> Iterator[Engine]:
    made = make_engine(settings.database)
    yield made
    made.dispose()


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    """A session of the test's own; commit before asking the client, the store is one file."""
    with session_factory(engine)() as made:
        yield made


@pytest.fixture
def application(settings: Settings) -> FastAPI:
    return create_app(settings)


@pytest.fixture
def client(application: FastAPI) -> Iterator[TestClient]:
    with TestClient(application, follow_redirects=False, raise_server_exceptions=False) as made:
        yield made


@pytest.fixture
def sign_in(session: Session, client: TestClient) -> SignIn:
    """`sign_in("hr", units=[unit.id])`: makes an account, signs the client in, returns the account.

    Its CSRF token for forms: `csrf(client)`.
    """

    def _sign_in(role: str, units: list[uuid.UUID] | None = None, username: str | None = None) -> Account:
        name = username or f"{role}-{uuid.uuid4().hex[:6]}"
        account = accounts.create_account(
            session, username=name, display_name=name, role=role, password=PASSWORD, units=units or []
        )
        session.commit()
        token = accounts.open_session(session, account, 8)
        session.commit()
        client.cookies.set("dandang", token)
        return account

    return _sign_in


@pytest.fixture
def csrf(client: TestClient) -> Callable[[], str]:
    """The CSRF token of whoever the client is signed in as."""
    from app import security

    def _csrf() -> str:
        return security.csrf_token(get_settings().key(), client.cookies["dandang"])

    return _csrf
