"""A withdrawal with the receipt code: by HR of the unit, until the survey closes, leaving nothing."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.responses.models import Response, ScoreRecord
from app.responses.service import receipt_of
from app.surveys.service import close_survey
from app.trail.models import TrailEntry
from app.units.models import Unit
from app.units.service import create_unit


@pytest.fixture
def answered(client: TestClient, session: Session, asked: Any, respondent: Any) -> str:
    """One person has submitted; gives the receipt code."""
    respondent.finish()
    session.rollback()
    return receipt_of(session.scalars(select(Response)).one())


def _withdraw(client: TestClient, asked: Any, csrf: Any, code: str) -> Any:
    return client.post(f"/hr/surveys/{asked.survey.id}/withdraw", data={"csrf": csrf(), "code": code})


def test_only_hr_of_the_unit_may(
    client: TestClient, session: Session, asked: Any, answered: str, sign_in: Any, csrf: Any
) -> None:
    session.commit()
    address = f"/hr/surveys/{asked.survey.id}/withdraw"
    assert client.post(address, data={"code": answered}).status_code == 401
    sign_in("researcher")
    assert _withdraw(client, asked, csrf, answered).status_code == 403
    elsewhere = create_unit(session, code="ELSE", name="别处")
    session.commit()
    sign_in("hr", units=[elsewhere.id])
    assert _withdraw(client, asked, csrf, answered).status_code == 404
    unit = session.scalars(select(Unit).where(Unit.code == "T01")).one()
    sign_in("hr", units=[unit.id])
    assert client.post(address, data={"code": answered}).status_code == 403  # not from our form
    session.rollback()
    assert session.scalars(select(Response)).all()


def test_it_deletes_answers_and_scores_and_says_so_on_the_trail(
    client: TestClient, session: Session, asked: Any, answered: str, sign_in: Any, csrf: Any, respondent: Any
) -> None:
    unit = session.scalars(select(Unit).where(Unit.code == "T01")).one()
    session.commit()
    sign_in("hr", units=[unit.id])
    wrong = _withdraw(client, asked, csrf, "22222-22222")
    assert wrong.status_code == 404
    assert "没有这个回执码" in wrong.text
    done = _withdraw(client, asked, csrf, f" {answered.lower()} ")
    assert done.status_code == 200
    assert "已撤回" in done.text
    session.rollback()
    assert session.scalars(select(Response)).all() == []
    assert session.scalars(select(ScoreRecord)).all() == []
    deed = session.scalars(select(TrailEntry).where(TrailEntry.action == "response.withdraw")).one()
    assert answered not in str(deed.detail)
    session.rollback()
    assert respondent.get().status_code == 200  # the link can be used again


def test_an_identified_response_can_be_withdrawn_after_close_too(
    client: TestClient, session: Session, asked: Any, answered: str, sign_in: Any, csrf: Any
) -> None:
    unit = session.scalars(select(Unit).where(Unit.code == "T01")).one()
    close_survey(session, asked.survey, actor="system")
    session.commit()
    sign_in("hr", units=[unit.id])
    assert _withdraw(client, asked, csrf, answered).status_code == 200
    session.rollback()
    assert session.scalars(select(Response)).all() == []
