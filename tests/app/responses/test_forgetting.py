"""The worker's tidying: overdue anonymous surveys close, the store is rewritten once, keys left over go."""

from __future__ import annotations

import uuid
from typing import Any

import pytest
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from app import worker
from app.database import now, session_factory
from app.responses import forgetting
from app.responses.models import Response
from app.responses.modes import change_mode
from app.responses.service import Consent, store_response
from app.security import keys
from app.surveys import campaign, codes
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.trail.models import TrailEntry
from tests.app.responses.conftest import Asked


@pytest.fixture
def tidy(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(worker, "_sessions", lambda: session_factory(engine))
    return worker.tidy


def test_an_overdue_anonymous_survey_closes_and_is_scattered_once(
    asked: Asked, session: Session, tidy: Any
) -> None:
    survey = session.get_one(Survey, asked.survey.id)
    change_mode(session, survey, "anonymous", actor="system")
    unit = asked.invitations[0].unit_id
    (slip,) = codes.make_codes(session, survey, {unit: 1}, allowed=frozenset({unit}), actor="system")
    store_response(
        session,
        survey,
        response_id=uuid.uuid4(),
        answers={"j_zc1": 3},
        background={},
        unit_id=unit,
        code_hash=codes.hash_of(slip.code),
        consent=Consent.to("x", mode="anonymous", version="2"),
    )
    session.commit()
    tidy()
    session.expire_all()
    assert (survey.state, survey.scattered_at) == ("open", None)
    survey.closes_at = now()
    session.commit()
    tidy()
    tidy()
    session.expire_all()
    assert survey.state == "closed"
    assert survey.scattered_at is not None
    assert session.scalars(select(Response.code_hash)).all() == [None]
    deeds = session.scalars(select(TrailEntry.action)).all()
    assert deeds.count("survey.scatter") == 1


def test_an_identified_survey_is_left_alone(asked: Asked, session: Session, tidy: Any) -> None:
    survey = session.get_one(Survey, asked.survey.id)
    survey.closes_at = now()
    session.commit()
    tidy()
    session.expire_all()
    assert survey.state == "open"
    surveys.close_survey(session, survey, actor="system")
    session.commit()
    tidy()
    session.expire_all()
    assert survey.scattered_at is None


def test_a_reader_on_the_log_puts_it_off(
    asked: Asked, session: Session, engine: Engine, tidy: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    survey = session.get_one(Survey, asked.survey.id)
    change_mode(session, survey, "anonymous", actor="system")
    surveys.close_survey(session, survey, actor="system")
    session.commit()

    def _busy(_engine: Engine) -> None:
        raise forgetting.StoreBusy

    with monkeypatch.context() as patch:
        patch.setattr(forgetting, "scatter", _busy)
        tidy()
    session.expire_all()
    assert survey.scattered_at is None
    session.rollback()
    tidy()
    session.expire_all()
    assert survey.scattered_at is not None


def test_a_key_file_left_by_a_crash_is_destroyed(asked: Asked, session: Session, tidy: Any) -> None:
    survey = session.get_one(Survey, asked.survey.id)
    change_mode(session, survey, "confidential", actor="system")
    surveys.close_survey(session, survey, actor="system")
    session.commit()
    tidy()
    assert keys.has_campaign_key(survey.id)
    campaign.split(session, survey, actor="system")
    session.commit()  # and here it crashed
    tidy()
    assert not keys.has_campaign_key(survey.id)
