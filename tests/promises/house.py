"""A store with people who have answered everything but have not submitted, a server, and a way to kill it."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import sys
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlencode

import uvicorn
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.simulated import simulate_respondents
from app import migrate, security
from app.accounts.models import Account
from app.database import engine_on, session_on
from app.responses import drafts
from app.responses.models import Response, ScoreRecord
from app.responses.service import Consent, store_response
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units import service as units
from app.units.models import Unit
from tests.postgres import Server
from tests.promises.serving import FACTORIES

ROOT = Path(__file__).parents[2]
LAST_PAGE = 5


@dataclass(frozen=True, slots=True)
class Door:
    """One person's link, ready for its last page."""

    token: str
    person: uuid.UUID
    csrf: str


@contextmanager
def home(path: Path, server: Server | None = None) -> Iterator[Path]:
    """A migrated store below `path`, or on a PostgreSQL server if one is given, made the environment's."""
    kept = {
        name: os.environ.get(name) for name in ("DANDANG_HOME", "DANDANG_DATABASE_URL", "DANDANG_BASE_URL")
    }
    path.mkdir(parents=True, exist_ok=True)
    os.environ["DANDANG_HOME"] = str(path)
    os.environ["DANDANG_BASE_URL"] = ""
    os.environ.pop("DANDANG_DATABASE_URL", None)
    name = server.create() if server else ""
    if server:
        os.environ["DANDANG_DATABASE_URL"] = server.url(name)
    get_settings.cache_clear()
    try:
        with engine_on(get_settings().database) as engine:
            migrate.upgrade(engine)
        yield path
    finally:
        for variable, value in kept.items():
            if value is None:
                os.environ.pop(variable, None)
            else:
                os.environ[variable] = value
        get_settings.cache_clear()
        if server:
            server.drop(name)


def plant(number: int) -> list[Door]:
    """That many more people, each with a full draft in the one open survey."""
    key = get_settings().key()
    doors = []
    with session_on(get_settings().database) as session:
        survey = session.scalars(select(Survey)).first()
        if survey is None:
            unit = units.create_unit(session, code="D", name="试验区")
            survey = surveys.create_survey(
                session, title="耐久", office="组织部", instrument_ref="dandang-jsjb/0.1.0", units=[unit.id]
            )
            surveys.open_survey(session, survey, actor="system")
        unit_id = next(iter(surveys.survey_roots(session, survey)))
        unit = session.get_one(Unit, unit_id)
        items = surveys.instrument_of(survey).forms[survey.form].items
        consent = Consent(mode="identified", version="1", hash="0" * 64)
        people = [
            units.add_person(session, unit, staff_number=uuid.uuid4().hex[:12], name=f"耐{k}")
            for k in range(number)
        ]
        for invitation in surveys.invite(session, survey, people):
            token = surveys.invitation_link(invitation).rsplit("/", 1)[1]
            draft = drafts.begin_draft(session, invitation, consent)
            draft.answers, draft.page = dict.fromkeys(items, 4), LAST_PAGE
            doors.append(Door(token, invitation.person_id, security.csrf_token(key, token)))
        session.commit()
    return doors


def simulated_survey(session: Session, *, seed: int, people: int = 160) -> tuple[Survey, Account]:
    """A survey of so many simulated people, to make reports of, and the researcher who asks for them."""
    unit = units.create_unit(session, code=f"W{seed}", name="报告单位")
    survey = surveys.create_survey(
        session,
        title="报告",
        office="组织部",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[unit.id],
        origin="simulated",
    )
    sample = simulate_respondents(surveys.instrument_of(survey), units={unit.code: people}, seed=seed)
    for row, answers in enumerate(sample.answers):
        store_response(
            session,
            survey,
            response_id=uuid.uuid4(),
            answers=answers,
            background=sample.background[row],
            unit_id=unit.id,
            source_row=row + 1,
        )
    account = Account(username=f"y{seed}", display_name="严", role="researcher", password_hash="x")
    session.add(account)
    session.flush()
    return survey, account


@lru_cache(maxsize=2)
def _warm(factory: str, _database: str) -> FastAPI:
    """The application with its routes built, and no connection: what a forked child starts from.

    FastAPI builds its routes at the first request, which costs every new process 0.4 s.
    """
    app = FACTORIES[factory]()
    TestClient(app).get("/nothing-here")  # builds every route, opens no session: nothing runs on at the fork
    return app


class Serving:
    """A server process on a port of its own; `kill` is kill -9."""

    def __init__(self, factory: str = "honest", *, forked: bool = False) -> None:
        self.listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = self.listening.getsockname()[1]
        self._process: subprocess.Popen[bytes] | None = None
        if forked:
            self.pid = self._fork(factory)
        else:
            self.listening.close()
            self._process = subprocess.Popen(
                [
                    *(sys.executable, "-m", "uvicorn", self._place(factory), "--factory"),
                    *("--host", "127.0.0.1", "--port", str(self.port), "--no-access-log"),
                    *("--log-level", "critical"),
                ],
                cwd=ROOT,
            )
            self.pid = self._process.pid
        try:
            self._wait()
        except RuntimeError:
            self.kill()
            raise

    @staticmethod
    def _place(factory: str) -> str:
        return factory if ":" in factory else f"tests.promises.serving:{factory}"

    def _fork(self, factory: str) -> int:
        app = _warm(factory, get_settings().database)
        pid = os.fork()
        if pid:
            self.listening.close()
            return pid
        try:  # a child of a parent that has everything ready: a start costs some hundredths of a second
            config = uvicorn.Config(app, log_level="critical", access_log=False, lifespan="on", ws="none")
            uvicorn.Server(config).run(sockets=[self.listening])
        finally:
            os._exit(1)

    def _wait(self) -> None:
        deadline = time.monotonic() + 300  # a machine that does much else may take long to start one
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException):
                if ask(self.port, "GET", "/healthz", timeout=5).status in {200, 503}:
                    return
            if self._process is not None and self._process.poll() is not None:
                raise RuntimeError("the server did not start")
            time.sleep(0.01)
        raise RuntimeError("the server does not answer")

    def kill(self) -> None:
        """kill -9, and wait until it is gone."""
        with suppress(ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        if self._process is not None:
            self._process.wait()
        else:
            os.waitpid(self.pid, 0)


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back: the status and two headers."""

    status: int
    location: str
    retry_after: str

    @property
    def acknowledged(self) -> bool:
        """The receipt was promised."""
        return self.status == 303 and self.location.endswith("/receipt")


def ask(port: int, method: str, path: str, body: str = "", timeout: float = 30) -> Answer:
    """One request over one connection. Raises OSError or HTTPException when no whole answer comes."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout)
    try:
        headers = {"Content-Type": "application/x-www-form-urlencoded"} if body else {}
        connection.request(method, path, body or None, headers)
        answer = connection.getresponse()
        answer.read()
        return Answer(answer.status, answer.getheader("location", ""), answer.getheader("retry-after", ""))
    finally:
        connection.close()


def submission(door: Door) -> tuple[str, str]:
    """Path and body of the last page."""
    fields = {"csrf": door.csrf, "bg_sex": "f", "go": "next", "checked": "1"}
    return f"/q/{door.token}/p/{LAST_PAGE}", urlencode(fields)


def submit(port: int, door: Door, timeout: float = 30) -> Answer:
    """Send the last page. Raises OSError or HTTPException when no answer comes."""
    path, body = submission(door)
    return ask(port, "POST", path, body, timeout)


@dataclass(frozen=True, slots=True)
class Compared:
    """Rows against acknowledgements."""

    rows: int
    lost: int
    duplicated: int
    torn: int  # a response without its scores, or scores without a response


def compare(acknowledged: set[uuid.UUID], database: str = "") -> Compared:
    """What the store holds of the people to whom a receipt was promised."""
    with session_on(database or get_settings().database) as session:
        stored = list(session.scalars(select(Response.person_id)))
        scored = session.scalar(select(func.count()).select_from(ScoreRecord)) or 0
    return Compared(
        rows=len(stored),
        lost=len(acknowledged - set(stored)),
        duplicated=len(stored) - len(set(stored)) + stored.count(None),
        torn=abs(len(stored) - scored),
    )


def waiting(doors: list[Door]) -> list[Door]:
    """Those who have no row yet."""
    with session_on(get_settings().database) as session:
        stored = set(session.scalars(select(Response.person_id)))
    return [door for door in doors if door.person not in stored]
