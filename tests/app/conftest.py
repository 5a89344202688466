"""A migrated SQLite store, the application on it, and signed-in staff."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import migrate
from app.accounts import service as accounts
from app.accounts.models import Account
from app.database import make_engine, now, session_factory
from app.main import create_app
from app.responses.service import store_response
from app.settings import Settings, get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units import service as units
from app.units.models import Person, Unit

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


@pytest.fixture(scope="session")
def planted(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home with the district's store and its secret, planted once and copied for each test."""
    home = tmp_path_factory.mktemp("district")
    (home / "dandang.db").write_bytes(migrated.read_bytes())
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANDANG_HOME", str(home))
        get_settings.cache_clear()
        engine = make_engine(get_settings().database)
        with session_factory(engine)() as session:
            _plant_district(session)
        with engine.connect() as connection:
            connection.exec_driver_sql("COMMIT")
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
            connection.exec_driver_sql("BEGIN")
        engine.dispose()
    get_settings.cache_clear()
    return home


@pytest.fixture
def district(settings: Settings, planted: Path, session: Session) -> District:
    """The survey is open; close it with `surveys.close_survey` to see scores."""
    for name in ("dandang.db", "secret"):
        (settings.home / name).write_bytes((planted / name).read_bytes())
    found = {unit.code: unit for unit in session.scalars(select(Unit))}
    people: dict[str, list[Person]] = {}
    for unit in found.values():
        of_unit = select(Person).where(Person.unit_id == unit.id).order_by(Person.staff_number)
        people[unit.code] = list(session.scalars(of_unit))
    made = District(session.scalars(select(Survey)).one(), found, people)
    session.commit()
    return made
