"""S3 and D7 in short (in full: make promise-S3, promise-D7): a survey's life, and its answers."""

from __future__ import annotations

import os
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import jobs
from app.accounts.models import Account
from app.database import session_factory
from app.settings import Settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units import service as units
from tests.app.bad_input.edits import DEEDS, TOUCHES, Deed, shake
from tests.app.bad_input.life import House, add_people, live, live_by_the_book

SignIn = Callable[..., Account]
LIVES = int(os.environ.get("DANDANG_PROMISE_LIVES", "3"))
STEPS = int(os.environ.get("DANDANG_PROMISE_STEPS", "12"))


@pytest.fixture
def house(
    settings: Settings,
    real_queue: None,
    client: TestClient,
    session: Session,
    engine: Engine,
    sign_in: SignIn,
) -> House:
    jobs.client.cache_clear()
    jobs.prepare_store()
    unit = units.create_unit(session, code=f"L{uuid.uuid4().hex[:6]}", name="一生街道")
    add_people(session, unit)
    session.commit()
    sign_in("hr", units=[unit.id])
    return House(client, session_factory(engine), client.cookies["dandang"], unit.id)


def test_the_store_does_what_the_model_says(house: House) -> None:
    live_by_the_book(house)
    live(house, lives=LIVES, steps=STEPS)
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
def shaken(district: Any, engine: Engine) -> tuple[Any, uuid.UUID]:
    return session_factory(engine), district.survey.id


def test_edits_change_no_answer(shaken: tuple[Any, uuid.UUID]) -> None:
    assert shake(*shaken, LIVES * 3, DEEDS) == 0


@pytest.mark.only_on("sqlite", reason="the control is of the check, not of the store")
@pytest.mark.parametrize("touch", TOUCHES)
def test_the_control_an_edit_that_touches_an_answer_is_found(
    shaken: tuple[Any, uuid.UUID], touch: Deed
) -> None:
    assert shake(*shaken, 1, [touch]) == 1
