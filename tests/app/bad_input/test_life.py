"""S3 and D7 in short: the life of a survey against a model, and its answers against themselves."""

from __future__ import annotations

import os
import random
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from hypothesis import HealthCheck, Phase
from hypothesis import settings as hypothesis_settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import jobs
from app.accounts.models import Account
from app.database import session_factory
from app.responses.models import Response
from app.scores.snapshots import close_and_release
from app.settings import Settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units import service as units
from app.units.models import Unit
from tests.app.bad_input.life import House, Life, add_people, answers_hash

SignIn = Callable[..., Account]
LIVES = int(os.environ.get("DANDANG_PROMISE_LIVES", "3"))
STEPS = int(os.environ.get("DANDANG_PROMISE_STEPS", "12"))


@pytest.fixture
def house(settings: Settings, client: TestClient, session: Session, engine: Engine, sign_in: SignIn) -> House:
    jobs.client.cache_clear()
    jobs.prepare_store()
    unit = units.create_unit(session, code=f"L{uuid.uuid4().hex[:6]}", name="一生街道")
    add_people(session, unit)
    session.commit()
    sign_in("hr", units=[unit.id])
    return House(client, session_factory(engine), client.cookies["dandang"], unit.id)


def live(house: House, *, lives: int = LIVES, steps: int = STEPS) -> None:
    class Here(Life):
        pass

    Here.house = house
    run_state_machine_as_test(
        Here,
        settings=hypothesis_settings(
            max_examples=lives,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            derandomize=True,
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


def test_the_store_does_what_the_model_says(house: House) -> None:
    live_by_the_book(house)
    live(house)
    assert house.reached["submit"] > 0
    assert house.reached["refused"] > 0


@pytest.mark.only_on("sqlite", reason="the control is of the check, not of the store")
def test_the_control_answers_after_closing_are_found(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    live_by_the_book(house)

    def _whenever(survey: Survey) -> bool:
        return survey.state != "draft"

    monkeypatch.setattr(surveys, "accepts_answers", _whenever)
    with pytest.raises(AssertionError):
        live_by_the_book(house)


@pytest.fixture
def shaken(district: Any, engine: Engine) -> tuple[Any, Any]:
    return district, session_factory(engine)


def shake(district: Any, sessions: Any, steps: int, deeds: list[Callable[..., None]]) -> int:
    """Random edits of everything around the answers; how often a deed changed them."""
    chance = random.Random(steps)
    changed = 0
    with sessions() as session:
        before = answers_hash(session)
    for _ in range(steps):
        with sessions() as session:
            survey = session.get_one(Survey, district.survey.id)
            chance.choice(deeds)(session, survey)
            session.commit()
        with sessions() as session:
            after = answers_hash(session)
        changed += after != before
        before = after
    return changed


def _turn(session: Session, survey: Survey) -> None:
    if survey.state == "open":
        close_and_release(session, survey, actor="system")
    else:
        surveys.reopen_survey(session, survey, actor="system")


def _edit(session: Session, survey: Survey) -> None:
    survey.title, survey.office = f"改名 {uuid.uuid4().hex[:4]}", "另一部门"


def _new_version(session: Session, survey: Survey) -> None:
    """Another survey of the same instrument over the same units."""
    made = surveys.create_survey(
        session,
        title="再测",
        office="部",
        instrument_ref="dandang-jsjb/0.1.0",
        units=surveys.survey_roots(session, survey),
    )
    surveys.open_survey(session, made, actor="system")


def _more_people(session: Session, survey: Survey) -> None:
    (root,) = surveys.survey_roots(session, survey)
    unit = session.get_one(Unit, root)
    person = units.add_person(session, unit, staff_number=uuid.uuid4().hex[:8], name="新来")
    if survey.state != "closed":
        surveys.invite(session, survey, [person])


DEEDS = [_turn, _turn, _edit, _new_version, _more_people]


def test_edits_change_no_answer(shaken: tuple[Any, Any]) -> None:
    assert shake(*shaken, steps=LIVES * 5, deeds=DEEDS) == 0


@pytest.mark.only_on("sqlite", reason="the control is of the check, not of the store")
def test_the_control_an_edit_that_touches_an_answer_is_found(shaken: tuple[Any, Any]) -> None:
    def _touch(session: Session, survey: Survey) -> None:
        response = session.query(Response).first()
        assert response is not None
        response.answers = response.answers | {next(iter(response.answers)): 1}
        response.background = {"bg_sex": "m"} if response.background != {"bg_sex": "m"} else {}

    assert shake(*shaken, steps=3, deeds=[_touch]) == 3
