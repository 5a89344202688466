"""The life of a survey as a state machine: what HR and respondents do, beside a plain model of it."""

from __future__ import annotations

import hashlib
import json
import re
import uuid
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from analysis.scoring import score_answers
from app import security
from app.responses.models import Response, ScoreRecord
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey
from app.trail.verification import verify
from app.units.models import Unit
from app.units.service import add_person

PEOPLE = 3
PAGES = 5
OFTEN = st.sampled_from([True, True, True, False])
READ = ("", "/scores", "/people", "/scores.csv", "/scores.xlsx", "/units.csv", "/links.csv")
BACKGROUND = {"bg_sex": "f", "bg_party": "cpc", "bg_partyage": "5_9", "q_dil": "yes"}


@dataclass
class House:
    """What the machine acts on: the application, its store, HR's session, the unit the surveys cover.

    reached: how often each deed came to its end; a search that never submits would find nothing.
    """

    client: TestClient
    sessions: sessionmaker[Session]
    token: str
    unit: uuid.UUID
    reached: Counter[str] = field(default_factory=Counter)
    names: dict[int, list[str]] = field(default_factory=dict)  # the questions of a page, alike for all


@dataclass
class Person:
    """What a person has done, by the model: what was submitted, and whether a change is under way."""

    token: str
    consented: bool = False
    submitted: int | None = None  # the answer given to every item
    changing: bool = False
    code: str = ""


@dataclass
class Model:
    state: str = "draft"
    people: dict[str, Person] = field(default_factory=dict)


def answers_hash(session: Session) -> str:
    """One hash of every answer of every response in the store."""
    rows = sorted(
        (str(r.id), json.dumps([r.answers, r.background, r.texts, r.vector.hex()], sort_keys=True))
        for r in session.scalars(select(Response))
    )
    return hashlib.sha256(json.dumps(rows).encode()).hexdigest()


class Life(RuleBasedStateMachine):
    """HR and three respondents, in any order. `house` is set by the test."""

    house: ClassVar[House]

    def __init__(self) -> None:
        super().__init__()
        self.model = Model()

    @initialize(invited=st.integers(1, PEOPLE), opened=OFTEN, agreed=st.integers(0, PEOPLE))
    def make(self, invited: int = 0, opened: bool = False, agreed: int = 0) -> None:
        """A draft; three times in four it is opened at once, so that a life is not spent in waiting."""
        self._make()
        for who in range(invited):
            self.invite(who)
        if opened:
            self.turn("open")
            for who in range(agreed):
                self.consent(who)

    def _make(self) -> None:
        self._sign_in()
        made = self._post(
            "/hr/surveys",
            title="一生",
            office="部",
            instrument="dandang-jsjb/0.1.0",
            units=str(self.house.unit),
        )
        assert made.status_code == 303, made.text
        self.survey = uuid.UUID(made.headers["location"].split("/")[3].split("?")[0])

    def _sign_in(self) -> None:
        self.house.client.cookies.clear()
        self.house.client.cookies.set("dandang", self.house.token)

    def _post(self, path: str, **fields: str) -> Any:
        csrf = security.csrf_token(get_settings().key(), self.house.token)
        return self.house.client.post(path, data={"csrf": csrf} | fields)

    def _hr(self, deed: str, **fields: str) -> int:
        status: int = self._post(f"/hr/surveys/{self.survey}/{deed}", **fields).status_code
        return status

    def _person(self, who: int) -> Person | None:
        return self.model.people.get(str(who))

    def _send(self, person: Person, rest: str, **fields: str) -> Any:
        csrf = security.csrf_token(get_settings().key(), person.token)
        return self.house.client.post(f"/q/{person.token}{rest}", data={"csrf": csrf} | fields)

    @rule(who=st.integers(0, PEOPLE - 1))
    def invite(self, who: int) -> None:
        with self.house.sessions() as session:
            unit = session.get_one(Unit, self.house.unit)
            code = unit.code
            number = f"{self.survey.hex[:12]}-{who}"
        data = f"工号,姓名,单位编码\n{number},某{who},{code}\n".encode()
        csrf = security.csrf_token(get_settings().key(), self.house.token)
        answer = self.house.client.post(
            f"/hr/surveys/{self.survey}/roster", data={"csrf": csrf}, files={"file": ("r.csv", data)}
        )
        if self.model.state == "closed":
            assert answer.status_code == 422
            return
        assert answer.status_code == 303, answer.text
        if str(who) not in self.model.people:
            with self.house.sessions() as session:
                known = {p.token for p in self.model.people.values()}
                for one in session.scalars(select(Invitation).where(Invitation.survey_id == self.survey)):
                    token = surveys.invitation_link(one).rsplit("/", 1)[1]
                    if token not in known:
                        self.model.people[str(who)] = Person(token)

    @rule(deed=st.sampled_from(["open", "close", "reopen"]))
    def turn(self, deed: str) -> None:
        wanted = {"open": "draft", "close": "open", "reopen": "closed"}[deed]
        status = self._hr(deed)
        if self.model.state != wanted:
            assert status == 409, (deed, self.model.state, status)
            return
        assert status == 303
        self.model.state = "closed" if deed == "close" else "open"
        self.house.reached[deed] += 1

    @rule(who=st.integers(0, PEOPLE - 1))
    def consent(self, who: int) -> None:
        person = self._person(who)
        if person is None:
            return
        status = self._send(person, "/consent").status_code
        if self.model.state == "draft":
            assert status == 404
        elif person.submitted is None and self.model.state == "closed":
            assert status == 410
        else:
            assert status == 303
            person.consented = True

    @rule(who=st.integers(0, PEOPLE - 1), page=st.integers(1, PAGES), value=st.integers(1, 5))
    def save(self, who: int, page: int, value: int) -> None:
        """A page on its own, without going on: it changes no response."""
        person = self._person(who)
        if person is not None:
            self._page(person, page, value, go="stay")

    def _page(self, person: Person, page: int, value: int, go: str = "next") -> Any:
        if page == PAGES:
            return self._send(person, f"/p/{page}", **BACKGROUND, go=go, checked="1")
        if page not in self.house.names:
            shown = self.house.client.get(f"/q/{person.token}/p/{page}").text
            names = list(dict.fromkeys(re.findall(r'type="radio" name="((?:j|q_at)_?\w+)"', shown)))
            if not names:  # nothing to answer yet: no consent, or the survey is not open
                return self._send(person, f"/p/{page}", go=go, checked="1")
            self.house.names[page] = names
        fields = dict.fromkeys(self.house.names[page], str(value))
        return self._send(person, f"/p/{page}", **fields, go=go, checked="1")

    @rule(who=st.integers(0, PEOPLE - 1), value=st.integers(1, 5), times=st.integers(1, 2), first=OFTEN)
    def submit(self, who: int, value: int, times: int, first: bool = False) -> None:
        """Every page and the last one, sent once or twice; first: agree before."""
        person = self._person(who)
        if person is None:
            return
        if first and not person.consented:
            self.consent(who)
        for page in range(1, PAGES):
            self._page(person, page, value)
        for _ in range(times):
            answer = self._page(person, PAGES, value)
        open_now = self.model.state == "open"
        if open_now and person.consented and (person.submitted is None or person.changing):
            assert answer.headers["location"].endswith("/receipt"), answer.text
            self.house.reached["change" if person.changing else "submit"] += 1
            person.submitted, person.changing = value, False
        elif not open_now and person.submitted is None:
            assert answer.status_code in {404, 410}
            self.house.reached["refused"] += 1

    @rule(who=st.integers(0, PEOPLE - 1), drop=st.booleans())
    def change(self, who: int, drop: bool) -> None:
        person = self._person(who)
        if person is None:
            return
        status = self._send(person, "/change").status_code
        possible = self.model.state == "open" and person.submitted is not None
        assert (status == 303) == possible, (status, self.model)
        person.changing = person.changing or possible
        if drop and possible:
            assert self._send(person, "/change/drop").status_code == 303
            person.changing = False

    @rule(who=st.integers(0, PEOPLE - 1))
    def withdraw(self, who: int) -> None:
        person = self._person(who)
        if person is None or self.model.state == "draft":
            return
        status = self._send(person, "/withdraw").status_code
        if person.submitted is None:
            assert status == 404
            return
        if status == 200:
            person.submitted, person.changing, person.consented = None, False, False
            self.house.reached["withdraw"] += 1

    @rule(path=st.sampled_from(READ))
    def read(self, path: str) -> None:
        """Downloads and pages; nothing may change by them."""
        answer = self.house.client.get(f"/hr/surveys/{self.survey}{path}")
        assert answer.status_code in {200, 404, 409}, (path, answer.status_code)

    @precondition(lambda self: self.model.state == "closed")
    @rule()
    def ask_for_evidence(self) -> None:
        assert self._hr("evidence") in {303, 409}

    @invariant()
    def store_is_the_model(self) -> None:
        if not hasattr(self, "survey"):
            return
        with self.house.sessions() as session:
            survey = session.get_one(Survey, self.survey)
            assert survey.state == self.model.state
            stored = list(session.scalars(select(Response).where(Response.survey_id == self.survey)))
            given = {p.token: p.submitted for p in self.model.people.values() if p.submitted is not None}
            assert len(stored) == len(given), "one response a person, and none that was not given"
            assert len({r.person_id for r in stored}) == len(stored)
            instrument = surveys.instrument_of(survey)
            values = []
            for response in stored:
                content = {v for k, v in response.answers.items() if k.startswith("j_")}
                assert len(content) == 1
                values += list(content)
                (record,) = session.scalars(select(ScoreRecord).where(ScoreRecord.response_id == response.id))
                expected = score_answers(instrument, survey.form, response.answers)
                assert {k: v.value for k, v in expected.items()} == {
                    k: v["value"] for k, v in record.scores.items()
                }
            assert sorted(values) == sorted(given.values())

    def teardown(self) -> None:
        with self.house.sessions() as session:
            assert verify(session).whole


def add_people(session: Session, unit: Unit) -> None:
    """Somebody on the roster already, so that a survey is never over an empty unit."""
    add_person(session, unit, staff_number="0", name="在册")


def live(house: House, *, lives: int, steps: int, repeatable: bool = True) -> None:
    """So many random lives of so many steps; repeatable: the same ones every time. Raises AssertionError."""

    class Here(Life):
        pass

    Here.house = house
    run_state_machine_as_test(
        Here,
        settings=settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=repeatable,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        ),
    )


def live_by_the_book(house: House) -> None:
    """One written life, through the same rules, the same model and the same check after every step."""

    class Here(Life):
        pass

    Here.house = house
    one = Here()
    one.make()
    steps: list[Callable[[], object]] = [
        lambda: one.invite(who=0),
        lambda: one.invite(who=1),
        lambda: one.turn(deed="open"),
        lambda: one.consent(who=0),
        lambda: one.consent(who=1),
        lambda: one.submit(who=0, value=4, times=1),
        lambda: one.turn(deed="close"),
        lambda: one.submit(who=1, value=2, times=1),
    ]
    for step in steps:
        step()
        one.store_is_the_model()
    one.teardown()
