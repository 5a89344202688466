"""A migrated store, SQLite and PostgreSQL in turn, the application on it, and signed-in staff.

Every test that asks for `settings` (or anything built on it) runs once on each store; mark one that speaks
of a single store `only_on("sqlite", reason="…")`.
"""

from __future__ import annotations

import random
import shutil
import uuid
import weakref
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlalchemy import Engine, Pool, event, select
from sqlalchemy.orm import Session

from app import jobs, migrate
from app.accounts import service as accounts
from app.accounts.models import Account
from app.database import make_engine, now, session_factory
from app.main import create_app
from app.responses.service import store_response
from app.security import passwords
from app.settings import Settings, get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units import service as units
from app.units.models import Person, Unit
from tests.postgres import Server

PASSWORD = "correct horse battery"
_REAL, _UNKNOWN = passwords._passwords, passwords._UNKNOWN_ACCOUNT
SignIn = Callable[..., Account]


@dataclass(frozen=True)
class State:
    """A store in a known state, to be copied: a home with its secret, and on PostgreSQL a template."""

    home: Path
    template: str | None = None


class Stores:
    """Makes homes with a store in them, and copies of both; one of each kind of store."""

    def __init__(self, directory: Path, server: Callable[[], Server]) -> None:
        self.directory, self.server = directory, server
        self.states: dict[tuple[str, str], State] = {}

    def state(self, kind: str, name: str) -> State:
        """The state of that name, made the first time it is asked for."""
        if (kind, name) not in self.states:
            self.states[kind, name] = self._make(kind, name)
        return self.states[kind, name]

    def _make(self, kind: str, name: str) -> State:
        home = self.directory / f"{kind}-{name}"
        home.mkdir()
        if name == "empty":
            made = State(home, self.server().create() if kind == "postgresql" else None)
        else:
            made = self.copy(self.state(kind, "empty"), home)
        with pytest.MonkeyPatch.context() as patch:
            self.enter(patch, made)
            engine = make_engine(get_settings().database)
            if name == "empty":
                migrate.upgrade(engine)
            else:
                with session_factory(engine)() as session:
                    _plant_district(session)
            if kind == "sqlite":
                with engine.connect().execution_options(reading=True) as connection:
                    connection.exec_driver_sql("COMMIT")
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                    connection.exec_driver_sql("BEGIN")
            engine.dispose()
        get_settings.cache_clear()
        return made

    def copy(self, state: State, home: Path) -> State:
        """A store of one's own in the same state."""
        shutil.copytree(state.home, home, dirs_exist_ok=True)
        return State(home, self.server().create(state.template) if state.template else None)

    def enter(self, patch: pytest.MonkeyPatch, state: State) -> None:
        """Let the environment point at a state."""
        patch.setenv("DANDANG_HOME", str(state.home))
        patch.setenv("DANDANG_BASE_URL", "http://testserver")
        if state.template:
            patch.setenv("DANDANG_DATABASE_URL", self.server().url(state.template))
            # the queue's own database, which DBOS makes when a test prepares the queue
            patch.setenv("DANDANG_JOBS_DATABASE_URL", self.server().url(f"{state.template}_jobs"))
        get_settings.cache_clear()


@pytest.fixture(scope="session")
def stores(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Stores:
    def _server() -> Server:
        found: Server = request.getfixturevalue("postgres")
        return found

    return Stores(tmp_path_factory.mktemp("stores"), _server)


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> str:
    """Which store this run of the test is on."""
    kind: str = request.param
    only = request.node.get_closest_marker("only_on")
    if only is not None and only.args[0] != kind:
        pytest.skip(only.kwargs["reason"])
    return kind


@pytest.fixture(scope="session", autouse=True)
def _light_passwords() -> Iterator[None]:
    """Hundreds of sign-ins: hashes of the same kind, cheap; `real_passwords` gives those of the product."""
    light = PasswordHash((Argon2Hasher(time_cost=1, memory_cost=256, parallelism=1),))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(passwords, "_passwords", light)
        patch.setattr(passwords, "_UNKNOWN_ACCOUNT", light.hash("nobody has this password"))
        yield


@pytest.fixture
def real_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    """Passwords at the cost they have outside the tests."""
    monkeypatch.setattr(passwords, "_passwords", _REAL)
    monkeypatch.setattr(passwords, "_UNKNOWN_ACCOUNT", _UNKNOWN)


@contextmanager
def _connections_closed() -> Iterator[None]:
    """Close what is still connected at the end; the client of the queue keeps its pool."""
    opened: weakref.WeakSet[psycopg.Connection[Any]] = weakref.WeakSet()

    def _opened(connection: Any, _record: object) -> None:
        if isinstance(connection, psycopg.Connection):
            opened.add(connection)

    event.listen(Pool, "connect", _opened)
    try:
        yield
    finally:
        event.remove(Pool, "connect", _opened)
        for connection in list(opened):
            connection.close()


@pytest.fixture
def settings(
    tmp_path: Path,
    stores: Stores,
    store: str,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> Iterator[Settings]:
    """Settings on a store of the test's own: empty, or with the district where the test asks for it."""
    name = "district" if "district" in request.fixturenames else "empty"
    made = stores.copy(stores.state(store, name), tmp_path / "home")
    stores.enter(monkeypatch, made)
    with _connections_closed():
        yield get_settings()
    get_settings.cache_clear()
    if made.template:
        stores.server().drop(made.template)
        stores.server().drop(f"{made.template}_jobs")


@pytest.fixture(autouse=True)
def _no_queue(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Closing a survey queues its evidence: nothing is queued but in tests that ask for `real_queue`."""
    if "real_queue" not in request.fixturenames:
        monkeypatch.setattr(jobs, "enqueue", lambda *_a, **_k: None)
        monkeypatch.setattr(jobs, "status_of", lambda _job: None)


@pytest.fixture
def real_queue() -> None:
    """Jobs go to the queue's own store, which the test prepares."""


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


@dataclass
class District:
    """A tree of units with an identified survey over all of it, answered by everybody.

    D ─ S1 (12 of its own) ─ C1 (12), C2 (4); S2 (14); S3 (31). X is another root, outside the survey.
    """

    survey: Survey
    units: dict[str, Unit]
    people: dict[str, list[Person]] = field(default_factory=dict)


def _plant_district(session: Session) -> None:
    planted: dict[str, Unit] = {}
    for code, name, parent in (
        ("D", "某区", None),
        ("S1", "东街道", "D"),
        ("C1", "甲社区", "S1"),
        ("C2", "乙社区", "S1"),
        ("S2", "西街道", "D"),
        ("S3", "南街道", "D"),
        ("X", "外区", None),
    ):
        above = planted[parent] if parent else None
        planted[code] = units.create_unit(session, code=code, name=name, parent=above)
    survey = surveys.create_survey(
        session,
        title="担当作为测评",
        office="某区组织部",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[planted["D"].id],
    )
    surveys.open_survey(session, survey, actor="system")
    items = surveys.instrument_of(survey).forms[survey.form].items
    rng = random.Random(11)
    for code, size in (("S1", 12), ("C1", 12), ("C2", 4), ("S2", 14), ("S3", 31)):
        people = [
            units.add_person(session, planted[code], staff_number=f"{code}-{k:02d}", name=f"{code}某{k}")
            for k in range(size)
        ]
        surveys.invite(session, survey, people)
        for person in people:
            store_response(
                session,
                survey,
                response_id=uuid.uuid4(),
                answers={item: rng.choice((2, 3, 4, 4, 5)) for item in items},
                background={},
                person_id=person.id,
                unit_id=person.unit_id,
                submitted_at=now(),
            )
    session.commit()


@pytest.fixture
def district(settings: Settings, session: Session) -> District:
    """The survey is open; close it with `surveys.close_survey` to see scores."""
    found = {unit.code: unit for unit in session.scalars(select(Unit))}
    people: dict[str, list[Person]] = {}
    for unit in found.values():
        of_unit = session.scalars(select(Person).where(Person.unit_id == unit.id))
        people[unit.code] = sorted(of_unit, key=lambda person: person.staff_number)
    made = District(session.scalars(select(Survey)).one(), found, people)
    session.commit()
    return made
