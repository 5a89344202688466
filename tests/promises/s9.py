"""S9: limits do not hurt a building: 5,000 links from one address, none blocked; guessing there is slowed."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from app import migrate, security
from app.accounts import limits
from app.database import make_engine, session_factory
from app.main import create_app
from app.settings import get_settings
from app.surveys import service as surveys
from app.units import service as units
from tests.promises.record import Result, result

CANARY = "203.0.113.77"
TOO_MANY = 429
LINKS = 5_000
GUESSES = 500
MINUTES = 10
EVERY = 10  # of these one goes on to agree, which writes


EXPECTED = LINKS + LINKS // EVERY


@dataclass
class Siege:
    """What a building got, and what the guesser in it got."""

    answered: int = 0  # requests with a right link, let through
    blocked: int = 0
    refused: int = 0  # guesses answered 429
    unsaid: int = 0  # … without Retry-After
    seconds: float = 0.0


def plant(session: Session, people: int) -> list[str]:
    """An open survey with so many personal links; gives their paths."""
    unit = units.create_unit(session, code="B", name="大楼")
    survey = surveys.create_survey(
        session, title="测评", office="组织部", instrument_ref="dandang-jsjb/0.1.0", units=[unit.id]
    )
    surveys.open_survey(session, survey, actor="system")
    invited = [units.add_person(session, unit, staff_number=str(k), name=f"人{k}") for k in range(people)]
    paths = [
        f"/q/{surveys.invitation_link(one).rsplit('/', 1)[-1]}"
        for one in surveys.invite(session, survey, invited)
    ]
    session.commit()
    return paths


def besiege(app: ASGIApp, links: Sequence[str], *, guesses: int, address: str = "198.51.100.9") -> Siege:
    """Open each link, agree on every tenth, all from one address, with guesses in between."""
    found, made, start = Siege(), 0, time.monotonic()
    with TestClient(app, follow_redirects=False, client=(address, 50000)) as client:
        for place, link in enumerate(links):
            csrf = security.csrf_token(get_settings().key(), link.rsplit("/", 1)[-1])
            answers = [client.get(link)]
            if place % EVERY == 0:
                answers.append(client.post(f"{link}/consent", data={"csrf": csrf}))
            for answer in answers:
                if answer.status_code == TOO_MANY:
                    found.blocked += 1
                elif answer.status_code in {200, 303}:
                    found.answered += 1
            while made < guesses * (place + 1) // len(links):
                made += 1
                door = "/q" if made % 2 else "/a"
                guess = client.get(f"{door}/{security.new_token()[:22]}")
                if guess.status_code == TOO_MANY:
                    found.refused += 1
                    found.unsaid += "retry-after" not in guess.headers
    found.seconds = time.monotonic() - start
    return found


class PlainLimit:
    """The control: so many requests a minute from one address, right or wrong."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app
        self.tally = limits.Tally(100, 60)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse by address alone."""
        if scope["type"] == "http" and self.tally.add(Request(scope).client.host):  # type: ignore[union-attr]  # the test client has one
            await Response(status_code=TOO_MANY)(scope, receive, send)
            return
        await self.app(scope, receive, send)


def with_plain_limit(app: FastAPI) -> ASGIApp:
    """The application behind the control."""
    return PlainLimit(app)


def full() -> Result:
    """5,000 links, with 500 guesses in between; then the control on 200 of them."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANDANG_HOME", home)
        patch.delenv("DANDANG_DATABASE_URL", raising=False)
        patch.setattr(
            limits, "WAIT_SECONDS", 0.0
        )  # the guesser does not wait here, so that the building is faster
        get_settings.cache_clear()
        engine = make_engine(get_settings().database)
        migrate.upgrade(engine)
        with session_factory(engine)() as session:
            links = plant(session, LINKS)
        engine.dispose()
        found = besiege(create_app(), links, guesses=GUESSES)
        control = besiege(with_plain_limit(create_app()), links[:200], guesses=0)
    get_settings.cache_clear()
    slowed = found.refused == GUESSES - limits.GUESSES and found.unsaid == 0
    in_time = found.seconds < MINUTES * 60
    return result(
        "S9",
        figure=f"{LINKS:,} distinct links from one address in {found.seconds / 60:.1f} min: "
        f"{found.answered:,} of {EXPECTED:,} requests answered, {found.blocked} blocked; "
        f"of {GUESSES} guesses from the same address {found.refused} answered 429 with Retry-After",
        kept=found.blocked == 0 and found.answered == EXPECTED and slowed and in_time,
        control=f"with a plain limit of 100 requests a minute by address {control.blocked} of 220 are lost",
    )
