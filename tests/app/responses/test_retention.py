"""Answers are kept as long as people were told, no longer: the term, the deletion, what stays."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

from app import worker
from app.database import now, session_factory
from app.errors import Conflict, Invalid
from app.responses.models import ConsentText, Draft, Response, ScoreRecord
from app.responses.modes import change_mode
from app.responses.service import Consent, store_response
from app.scores.models import ScoreSnapshot, SnapshotMembership
from app.scores.snapshots import close_and_release
from app.security import keys
from app.surveys import retention
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey
from app.trail.models import TrailEntry
from tests.app.responses.conftest import Asked, Respondent

GONE = (Response, ScoreRecord, Draft, Invitation, SnapshotMembership)


@pytest.fixture
def tidy(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(worker, "_sessions", lambda: session_factory(engine))
    return worker.tidy


def answered(session: Session, asked: Asked, *, mode: str = "identified") -> Survey:
    """One person has answered, the survey is closed and its results are released."""
    survey = session.get_one(Survey, asked.survey.id)
    if mode != "identified":
        change_mode(session, survey, mode, actor="system")
    survey.keep_months = 6
    invitation = asked.invitations[0]
    store_response(
        session,
        survey,
        response_id=uuid.uuid4(),
        answers={"j_zc1": 3},
        background={},
        unit_id=invitation.unit_id,
        person_id=invitation.person_id if mode == "identified" else None,
        pseudonym="x" * 64 if mode == "confidential" else None,
        consent=Consent.to("x", mode=mode, version="2"),
    )
    close_and_release(session, survey, actor="system")
    session.commit()
    return survey


def counts(session: Session) -> list[int]:
    return [session.scalar(select(func.count()).select_from(table)) or 0 for table in GONE]


def closed_ago(session: Session, survey: Survey, days: float) -> None:
    survey.closed_at = now() - dt.timedelta(days=days)
    session.commit()


@pytest.mark.parametrize(
    ("start", "months", "end"),
    [("2026-01-31", 1, "2026-02-28"), ("2027-08-31", 6, "2028-02-29"), ("2026-12-15", 24, "2028-12-15")],
)
def test_months_are_those_of_the_calendar(start: str, months: int, end: str) -> None:
    assert retention.add_months(dt.datetime.fromisoformat(start), months) == dt.datetime.fromisoformat(end)


@pytest.mark.parametrize("mode", ["identified", "confidential"])
def test_when_the_term_is_over_nothing_leads_to_a_person(
    mode: str, asked: Asked, session: Session, tidy: Any
) -> None:
    survey = answered(session, asked, mode=mode)
    closed_ago(session, survey, 180)
    tidy()
    session.expire_all()
    assert survey.cleared_at is None
    assert counts(session)[0] == 1  # control: a day early, all is there
    closed_ago(session, survey, 190)
    tidy()
    tidy()
    session.expire_all()
    assert counts(session) == [0] * len(GONE)
    assert survey.cleared_at is not None
    assert session.scalar(select(func.count()).select_from(ScoreSnapshot)) == 1  # what was released stays
    assert session.scalars(select(TrailEntry.action)).all().count("survey.expire") == 1
    if mode == "confidential":
        assert survey.campaign_state == "destroyed"
        assert not keys.has_campaign_key(survey.id)
        assert survey.scattered_at is not None


def test_without_a_term_answers_stay(asked: Asked, session: Session, tidy: Any) -> None:
    survey = answered(session, asked)
    survey.keep_months = None
    closed_ago(session, survey, 4000)
    tidy()
    session.expire_all()
    assert counts(session)[0] == 1
    assert survey.cleared_at is None


def test_an_old_backup_brings_nothing_back_for_long(asked: Asked, session: Session, tidy: Any) -> None:
    survey = answered(session, asked)
    survey.cleared_at = now()
    closed_ago(session, survey, 190)
    tidy()
    session.expire_all()
    assert counts(session)[0] == 0


def test_what_needs_answers_says_that_they_are_gone(asked: Asked, session: Session, tidy: Any) -> None:
    survey = answered(session, asked)
    closed_ago(session, survey, 190)
    tidy()
    session.expire_all()
    with pytest.raises(Conflict, match="已按期删除"):
        surveys.reopen_survey(session, survey, actor="system")
    with pytest.raises(Conflict, match="已按期删除"):
        retention.require_answers(survey)


def test_people_read_the_term_before_they_agree(asked: Asked, session: Session, client: TestClient) -> None:
    said = "答卷在测评结束后保存 6 个月，到期删除"
    assert said not in client.get(f"/q/{asked.tokens[0]}").text  # no term was set
    session.get_one(Survey, asked.survey.id).keep_months = 6
    session.commit()
    respondent = Respondent(client, asked.tokens[0])
    page = client.get(f"/q/{asked.tokens[0]}").text
    assert said in page
    respondent.consent()
    session.expire_all()
    assert said in session.scalars(select(ConsentText.shown)).one()


def test_other_terms_are_refused(asked: Asked, session: Session) -> None:
    with pytest.raises(Invalid, match="保存期限"):
        surveys.create_survey(
            session,
            title="期限",
            office="部",
            instrument_ref="dandang-jsjb/0.1.0",
            units=[asked.invitations[0].unit_id],
            keep_months=7,
        )
