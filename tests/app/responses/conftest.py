"""An open survey with two invited people, their links, and a way to post a page."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app import security
from app.responses.modes import change_mode
from app.settings import get_settings
from app.surveys import codes
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey
from app.units import service as units

OFFICE = "试验区委组织部"


@dataclass
class Asked:
    """One survey, its invitations and the tokens of their links."""

    survey: Survey
    invitations: list[Invitation]
    tokens: list[str] = field(default_factory=list)


@pytest.fixture
def asked(session: Session) -> Asked:
    unit = units.create_unit(session, code="T01", name="试验街道")
    people = [
        units.add_person(session, unit, staff_number=number, name=name)
        for number, name in (("1", "甲"), ("2", "乙"))
    ]
    survey = surveys.create_survey(
        session,
        title="接诉即办试测",
        office=OFFICE,
        instrument_ref="dandang-jsjb/0.1.0",
        units=[unit.id],
    )
    invitations = surveys.invite(session, survey, people)
    surveys.open_survey(session, survey, actor="system")
    session.commit()
    tokens = [surveys.invitation_link(one).rsplit("/", 1)[1] for one in invitations]
    return Asked(survey, invitations, tokens)


class Respondent:
    """One person with a browser that runs no script."""

    def __init__(self, client: TestClient, token: str) -> None:
        self.client, self.token = client, token

    def get(self, rest: str = "") -> Any:
        return self.client.get(f"/q/{self.token}{rest}")

    def post(self, rest: str, **fields: str) -> Any:
        csrf = security.csrf_token(get_settings().key(), self.token)
        return self.client.post(f"/q/{self.token}{rest}", data={"csrf": csrf} | fields)

    def consent(self) -> Any:
        return self.post("/consent")

    def fill(self, number: int, value: str = "4") -> Any:
        """Answer every item of a page, with what the page itself offers, and go on."""
        html = self.get(f"/p/{number}").text
        names = dict.fromkeys(re.findall(r'type="radio" name="((?:j|q_at)_?\w+)"', html))
        return self.post(f"/p/{number}", **dict.fromkeys(names, value), go="next")

    def finish(self) -> Any:
        self.consent()
        for number in range(1, 5):
            assert self.fill(number).headers["location"].endswith(f"/p/{number + 1}")
        return self.post("/p/5", bg_sex="f", bg_party="cpc", bg_partyage="5_9", q_dil="yes")


@pytest.fixture
def respondent(client: TestClient, asked: Asked) -> Respondent:
    return Respondent(client, asked.tokens[0])


@pytest.fixture
def visit_as(client: TestClient) -> Callable[[str], Respondent]:
    return lambda token: Respondent(client, token)


@pytest.fixture
def confidential(asked: Asked, session: Session) -> Asked:
    change_mode(session, session.merge(asked.survey), "confidential", actor="system")
    session.commit()
    return asked


class ByCode(Respondent):
    """Somebody with a code and a browser that runs no script."""

    def get(self, rest: str = "") -> Any:
        return self.client.get(f"/a/{self.token}{rest}")

    def post(self, rest: str, **fields: str) -> Any:
        csrf = security.csrf_token(get_settings().key(), self.token)
        return self.client.post(f"/a/{self.token}{rest}", data={"csrf": csrf} | fields)

    def consent(self) -> Any:
        """Agree, with the own code that the start page shows; go on with that one."""
        shown = re.search(r'name="mine" value="([\w-]+)"', self.get().text)
        assert shown is not None
        answer = self.post("/consent", mine=shown[1])
        self.token = shown[1]
        return answer


@pytest.fixture
def slips(asked: Asked, session: Session) -> list[codes.Slip]:
    survey = session.merge(asked.survey)
    change_mode(session, survey, "anonymous", actor="system")
    unit = asked.invitations[0].unit_id
    made = codes.make_codes(session, survey, {unit: 3}, allowed=frozenset({unit}), actor="system")
    session.commit()
    return made


@pytest.fixture
def somebody(client: TestClient, slips: list[codes.Slip]) -> ByCode:
    return ByCode(client, slips[0].code)
