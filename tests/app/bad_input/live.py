"""A running server on a copy of the district's store, and what each kind of person holds."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import security
from app.accounts import service as accounts
from app.accounts.models import Account
from app.reports.models import ReportRun
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.codes import make_codes
from app.surveys.models import Survey
from app.units import service as units
from app.units.models import Unit

PASSWORD = "correct horse battery"
STAFF = ("hr", "researcher", "admin", "security", "auditor")
ACTORS = (*STAFF, "link", "code", "nobody")


@contextmanager
def served(app: FastAPI) -> Iterator[str]:
    """The address of the application on a real port, in a thread of this process."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_level="critical", access_log=False, ws="none"
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    deadline = time.monotonic() + 30
    while not server.started and time.monotonic() < deadline:
        time.sleep(0.02)
    assert server.started
    yield f"http://127.0.0.1:{port}"
    server.should_exit = True
    thread.join(timeout=15)


@dataclass
class World:
    """What to aim at: ids for the path, fields of forms, questions; accounts, a link and a code."""

    values: dict[str, list[str]]
    fields: dict[str, Any]
    questions: tuple[str, ...] = ()
    accounts: dict[str, Account] = field(default_factory=dict)
    link: str = ""
    code: str = ""

    def token(self, session: Session, actor: str) -> str:
        """A fresh session for an account of the staff; "" for everybody else."""
        if actor not in self.accounts:
            return ""
        made = accounts.open_session(session, self.accounts[actor], 8)
        session.commit()
        return made

    def holder(self, actor: str, token: str, path: str) -> str:
        """Whom a CSRF token on this path must belong to."""
        if path.startswith("/q/"):
            return self.link
        if path.startswith("/a/"):
            return self.code
        return token or "browser"

    def csrf(self, actor: str, token: str, path: str) -> str:
        """The CSRF token of a form that came from our own page."""
        return security.csrf_token(get_settings().key(), self.holder(actor, token, path))


def world(session: Session, survey: Survey, top: Unit) -> World:
    """People of every kind around a survey of the unit `top`; a survey with a code beside it."""
    instrument = surveys.instrument_of(survey)
    made = World(
        values={"identifier": ["dandang-jsjb"], "version": ["0.1.0"], "number": list("12345")},
        fields={
            "title": "再测",
            "office": "部",
            "instrument": survey.instrument_ref,
            "units": [str(top.id)],
            "closes_at": "2040-01-01T10:00",
            "mode": "identified",
            "reason": "论文",
            "file": f"工号,姓名,单位编码\nX-1,某,{top.code}\n".encode(),
        },
        questions=instrument.forms[survey.form].pages[0],
    )
    for role in STAFF:
        made.accounts[role] = accounts.create_account(
            session,
            username=f"{role}-one",
            display_name=role,
            role=role,
            password=PASSWORD,
            units=[top.id] if role == "hr" else [],
        )
    person = units.add_person(session, top, staff_number="L-1", name="持链接者")
    (invitation,) = surveys.invite(session, survey, [person])
    made.link = surveys.invitation_link(invitation).rsplit("/", 1)[1]
    nameless = surveys.create_survey(
        session,
        title="匿名",
        office="部",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[top.id],
        mode="anonymous",
    )
    surveys.open_survey(session, nameless, actor="system")
    (slip,) = make_codes(
        session, nameless, {top.id: 1}, allowed=frozenset(session.scalars(select(Unit.id))), actor="system"
    )
    made.code = slip.code
    bystander = accounts.create_account(  # whom officers may deactivate, so that no role is lost on the way
        session, username="bystander", display_name="旁人", role="hr", password=PASSWORD, units=[top.id]
    )
    runs = [
        ReportRun(survey_id=survey.id, purpose=purpose, seed=1, requested_by=made.accounts["researcher"].id)
        for purpose in ("report", "evidence")
    ]
    session.add_all(runs)
    session.flush()
    made.values |= {
        "survey_id": [str(survey.id), str(survey.id), str(nameless.id)],
        "account_id": [str(bystander.id)],
        "run_id": [str(run.id) for run in runs],
        "name": ["report.html", "report.pdf", "estimates.csv"],
    }
    session.commit()
    return made
