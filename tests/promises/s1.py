"""S1: nobody sees another's data. Every endpoint of the application × every kind of person × every unit.

The endpoints come from the application itself: its OpenAPI document, and the routes that are not in it. Each
is tried by each actor; what must come of it says `rights_rules.RULES`. After every deed that was let through,
the store is put back.
"""

from __future__ import annotations

import datetime as dt
import random
import re
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session
from starlette.routing import BaseRoute, Route

from app import jobs, migrate, security
from app.accounts import service as accounts
from app.accounts.limits import Limits
from app.accounts.models import PENDING, AccountSession
from app.accounts.rights import HrUser
from app.database import make_engine, now, session_factory
from app.main import create_app
from app.reports import service as reports
from app.reports.models import ReportRun
from app.responses.service import store_response
from app.scores.snapshots import close_and_release
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.codes import make_codes
from app.surveys.models import Survey
from app.units import service as units
from app.units.models import Person, Unit
from tests.promises.own_files import own_file
from tests.promises.record import Result, result
from tests.promises.rights_rules import ACTORS, FIELDS, RULES, Rule

DENIED: Final = frozenset({401, 403, 404})
PASSWORD: Final = "correct horse battery"
INVENTED: Final = "AAAAAAAAAAAAAAAAAAAAAA"
Deed = tuple[str, str]  # method, path as the application writes it


@dataclass
class World:
    """The application on a store with everything in it, and what each actor holds."""

    app: FastAPI
    home: Path
    tokens: dict[str, str]
    values: dict[str, str]
    link: str = ""
    code: str = ""
    kept: dict[str, bytes] = field(default_factory=dict)

    def keep(self) -> None:
        """Remember the store as it is now."""
        self.app.state.engine.dispose()
        self.kept = {path.name: path.read_bytes() for path in self.home.glob("dandang.db*") if path.is_file()}

    def put_back(self) -> None:
        """The store as it was remembered."""
        self.app.state.engine.dispose()
        for path in self.home.glob("dandang.db*"):
            path.unlink()
        for name, body in self.kept.items():
            (self.home / name).write_bytes(body)

    def path(self, path: str, actor: str) -> str:
        """An address with the actor's own link or code, or an invented one, and real things otherwise."""
        values = dict(self.values)
        if actor == "link":
            values["token"] = self.code if path.startswith("/a/") else self.link
        return re.sub(r"\{(\w+)(?::\w+)?\}", lambda found: values[found[1]], path)


# --- what is there ---


def _plant_units(session: Session) -> dict[str, Unit]:
    made: dict[str, Unit] = {}
    for code, above in (("P", None), ("M", "P"), ("C", "M"), ("N", "P")):
        parent = made[above] if above else None
        made[code] = units.create_unit(session, code=code, name=f"单位{code}", parent=parent)
    return made


def _survey(session: Session, unit: Unit, mode: str = "identified") -> Survey:
    survey = surveys.create_survey(
        session,
        title=f"测评 {mode}",
        office="组织部",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[unit.id],
        mode=mode,
    )
    surveys.open_survey(session, survey, actor="system")
    return survey


def _answer(session: Session, survey: Survey, person: Person, rng: random.Random) -> None:
    items = surveys.instrument_of(survey).forms[survey.form].items
    store_response(
        session,
        survey,
        response_id=uuid.uuid4(),
        answers={item: rng.choice((2, 3, 4, 5)) for item in items},
        background={},
        person_id=person.id,
        unit_id=person.unit_id,
        submitted_at=now(),
    )


def _answered(session: Session, planted: dict[str, Unit]) -> Survey:
    """A closed survey of M and C with released results."""
    survey, rng = _survey(session, planted["M"]), random.Random(4)
    for code, size in (("M", 31), ("C", 30)):
        for k in range(size):
            person = units.add_person(session, planted[code], staff_number=f"{code}{k}", name=f"{code}某{k}")
            surveys.invite(session, survey, [person])
            _answer(session, survey, person, rng)
    close_and_release(session, survey, actor="system")
    return survey


def _sign_everybody_in(session: Session, planted: dict[str, Unit]) -> dict[str, str]:
    """A session token for every actor that has one."""
    held: dict[str, tuple[str, list[uuid.UUID]]] = {
        "hr_own": ("hr", [planted["M"].id]),
        "hr_child": ("hr", [planted["C"].id]),
        "hr_parent": ("hr", [planted["P"].id]),
        "hr_sibling": ("hr", [planted["N"].id]),
        "hr_nowhere": ("hr", []),
        "inactive": ("hr", [planted["M"].id]),
        "expired": ("hr", [planted["M"].id]),
        "first": ("hr", [planted["M"].id]),
        "unenrolled": ("hr", [planted["M"].id]),
        "pending": (PENDING, [planted["M"].id]),
    } | {role: (role, []) for role in ("researcher", "admin", "security", "auditor")}
    tokens = {}
    for actor, (role, roots) in held.items():
        account = accounts.create_account(
            session,
            username=actor,
            display_name=actor,
            role=role,
            password=PASSWORD,
            units=roots,
            one_time=actor == "first",
        )
        tokens[actor] = accounts.open_session(session, account, 8)
        if actor == "inactive":
            account.active = False
        elif actor == "expired":
            opened = session.get_one(AccountSession, security.hash_token(tokens[actor]))
            opened.seen_at = now() - dt.timedelta(days=1)
        elif actor != "unenrolled":  # the others have a second factor; which one does not matter here
            account.second_factor_sealed = b"enrolled"
    return tokens


def _plant(session: Session) -> dict[str, Any]:
    planted = _plant_units(session)
    closed = _answered(session, planted)
    opened = _survey(session, planted["M"])
    person = units.add_person(session, planted["M"], staff_number="link", name="答题人")
    (invitation,) = surveys.invite(session, opened, [person])
    _answer(session, opened, person, random.Random(5))
    nameless = _survey(session, planted["M"], "anonymous")
    allowed = frozenset({planted["M"].id})
    (slip,) = make_codes(session, nameless, {planted["M"].id: 1}, allowed=allowed, actor="system")
    run = ReportRun(survey_id=closed.id, seed=1, state="done", result={"title": "报告"})
    session.add(run)
    tokens = _sign_everybody_in(session, planted)
    kept, analysis = own_file(session)
    victim = accounts.create_account(
        session, username="victim", display_name="某", role="researcher", password=PASSWORD
    )
    files = reports.directory(run.id)
    files.mkdir(parents=True)
    (files / "report.html").write_text("<p>报告</p>", encoding="utf-8")
    values = {
        "survey_id": str(closed.id),
        "run_id": str(run.id),
        "file_id": str(kept.id),
        "analysis_id": str(analysis.id),
        "account_id": str(victim.id),
        "identifier": "dandang-jsjb",
        "version": "0.1.0",
        "name": "report.html",
        "number": "1",
        "digest": "00000000",
        "token": INVENTED,
    }
    return {
        "tokens": tokens,
        "values": values,
        "link": surveys.invitation_link(invitation).rsplit("/", 1)[-1],
        "code": slip.code,
    }


@contextmanager
def world(planted_too: Callable[[FastAPI], None] | None = None) -> Iterator[World]:
    """An application on a store of its own; `planted_too` may add endpoints to it."""
    with tempfile.TemporaryDirectory() as directory, pytest.MonkeyPatch.context() as patch:
        home = Path(directory)
        patch.setenv("DANDANG_HOME", directory)
        patch.setenv("DANDANG_SECOND_FACTOR", "required")
        patch.delenv("DANDANG_DATABASE_URL", raising=False)
        patch.setattr(jobs, "enqueue", lambda *_, **__: None)
        # invented links are tried by the hundred here: that guessing is slowed is S9's matter
        patch.setitem(Limits.__init__.__kwdefaults__, "guesses", 10**9)
        get_settings.cache_clear()
        engine = make_engine(get_settings().database)
        migrate.upgrade(engine)
        with session_factory(engine)() as session:
            held = _plant(session)
            session.commit()
        engine.dispose()
        app = create_app()
        if planted_too is not None:
            planted_too(app)
        made = World(app=app, home=home, **held)
        made.keep()
        yield made
        app.state.engine.dispose()
    get_settings.cache_clear()


# --- what is tried ---


def endpoints(app: FastAPI) -> list[Deed]:
    """Every method and path the application answers: its OpenAPI document, and what is kept out of that."""
    found = {
        (method.upper(), path)
        for path, methods in app.openapi()["paths"].items()
        for method in methods
        if method in {"get", "post", "put", "patch", "delete", "options", "head", "trace"}
    }
    for route in _routes(app.routes):
        if isinstance(route, APIRoute) and route.include_in_schema:
            continue
        methods = (route.methods or {"GET"}) if isinstance(route, Route) else {type(route).__name__.upper()}
        shown = getattr(route, "path", "?")
        found |= {(method, shown) for method in methods if method != "HEAD"}
    return sorted(found, key=lambda deed: (deed[0] != "GET", deed[1]))


def _routes(listed: list[BaseRoute]) -> Iterator[BaseRoute]:
    for route in listed:
        inner = getattr(route, "original_router", None)
        if inner is None:
            yield route
        else:
            yield from _routes(inner.routes)


@dataclass
class Matrix:
    """What came of it."""

    tried: int = 0
    endpoints: int = 0
    unruled: list[str] = field(default_factory=list)
    stale: list[str] = field(default_factory=list)
    let_in: list[str] = field(default_factory=list)  # who should have been kept out
    kept_out: list[str] = field(default_factory=list)  # who should have been let in
    broken: list[str] = field(default_factory=list)  # 5xx

    @property
    def wrong(self) -> list[str]:
        """Everything that is not as it must be."""
        return [*self.unruled, *self.stale, *self.let_in, *self.kept_out, *self.broken]


def try_everything(tested: World) -> Matrix:
    """Every endpoint by every actor."""
    found = Matrix()
    deeds = endpoints(tested.app)
    found.endpoints = len(deeds)
    found.stale = [f"{name}: a rule without endpoint" for name in RULES.keys() - {" ".join(d) for d in deeds}]
    with TestClient(tested.app, follow_redirects=False, raise_server_exceptions=False) as client:
        for deed in deeds:
            rule = RULES.get(" ".join(deed))
            if rule is None:
                found.unruled.append(f"{' '.join(deed)}: no rule in rights_rules.RULES")
                continue
            for actor in ACTORS:
                _judge(found, deed, actor, rule, _try(tested, client, deed, actor))
    return found


def _try(tested: World, client: TestClient, deed: Deed, actor: str) -> int:
    method, path = deed
    address = tested.path(path, actor)
    client.cookies.clear()
    token = tested.tokens.get(actor, "")
    if token:
        client.cookies.set("dandang", token)
    holder = address.split("/")[2] if path.startswith(("/q/", "/a/")) else token
    data = dict(FIELDS.get(" ".join(deed), {}))
    if path == "/login":
        client.cookies.set("dandang_sign_in", "browser")
        holder = "browser"
    if method != "GET":
        data["csrf"] = security.csrf_token(get_settings().key(), holder)
    if path.endswith("/{name:path}") and path.startswith("/static/"):
        address = "/static/00000000/dandang.css"
    answer = client.request(method, address, data=data if method != "GET" else None)
    if method != "GET" and answer.status_code < 400:
        tested.put_back()
    return answer.status_code


def _judge(found: Matrix, deed: Deed, actor: str, rule: Rule, status: int) -> None:
    found.tried += 1
    said = f"{' '.join(deed)} as {actor}: {status}"
    if status >= 500:
        found.broken.append(said)
    elif actor in rule.actors:
        if status in DENIED - rule.answers:
            found.kept_out.append(said)
    elif status not in DENIED:
        found.let_in.append(said)


# --- the controls ---


def add_unruled(app: FastAPI) -> None:
    """A planted defect: an endpoint nobody wrote a rule for, and one that is in no document."""

    @app.get("/api/forgotten")
    def forgotten() -> dict[str, str]:
        return {}

    @app.get("/hidden", include_in_schema=False)
    def hidden() -> dict[str, str]:
        return {}


def add_wrong_right(app: FastAPI) -> None:
    """A planted defect: a file of a survey for any HR account, whatever its units."""

    def _leak(account: HrUser, survey_id: uuid.UUID) -> dict[str, str]:
        return {"survey": str(survey_id), "for": account.username}

    path = "/hr/surveys/{survey_id}/units.csv"
    app.router.routes.insert(0, APIRoute(path, _leak, methods=["GET"]))


def caught_unruled() -> bool:
    """Whether the endpoints without a rule are named."""
    app = create_app()
    add_unruled(app)
    named = {" ".join(deed) for deed in endpoints(app)} - RULES.keys()
    app.state.engine.dispose()
    return named == {"GET /api/forgotten", "GET /hidden"}


def caught_wrong_right() -> list[str]:
    """Who is let in by the wrong right and should not be."""
    with world(add_wrong_right) as tested:
        deed = ("GET", "/hr/surveys/{survey_id}/units.csv")
        found = Matrix()
        with TestClient(tested.app, follow_redirects=False, raise_server_exceptions=False) as client:
            for actor in ACTORS:
                _judge(found, deed, actor, RULES[" ".join(deed)], _try(tested, client, deed, actor))
    return found.let_in


def full() -> Result:
    """The whole matrix, and both controls."""
    with world() as tested:
        found = try_everything(tested)
    unruled, leaked = caught_unruled(), caught_wrong_right()
    return result(
        "S1",
        figure=f"{found.endpoints} endpoints × {len(ACTORS)} actors = {found.tried} requests: "
        f"{len(found.unruled)} endpoints without rule, {len(found.let_in)} wrongly let in, "
        f"{len(found.kept_out)} wrongly kept out, {len(found.broken)} 5xx",
        kept=not found.wrong and unruled and bool(leaked),
        control=f"a planted endpoint without rule is named: {'yes' if unruled else 'NO'}; a planted route "
        f"with the wrong right lets in {len(leaked)} who are named: {', '.join(leaked) or 'NONE'}",
    )
