"""Answers changed until closing, a copy of one's own, a withdrawal by the person; in every mode."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.responses import service
from app.responses.models import Draft, Response, ScoreRecord
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.trail.models import TrailEntry
from app.units.models import Person
from tests.app.responses.conftest import Asked, Respondent


def _count(session: Session, table: type) -> int:
    session.rollback()
    found = session.scalar(select(func.count()).select_from(table)) or 0
    session.rollback()  # the test's own session must not hold the store while the client writes
    return found


def _close(session: Session, asked: Asked) -> None:
    surveys.close_survey(session, session.get_one(Survey, asked.survey.id), actor="system")
    session.commit()


def _person(mode: str, request: pytest.FixtureRequest) -> Any:
    if mode == "confidential":
        request.getfixturevalue("confidential")
    return request.getfixturevalue("somebody" if mode == "anonymous" else "respondent")


@pytest.mark.parametrize("mode", ["identified", "confidential", "anonymous"])
def test_answers_are_changed_in_place_until_closing(
    mode: str, request: pytest.FixtureRequest, asked: Asked, session: Session
) -> None:
    person = _person(mode, request)
    person.finish()
    first = session.scalars(select(Response)).one()
    kept = (first.id, first.receipt_hash, first.code_hash, first.pseudonym, first.person_id)
    receipt = re.search(r'id="code"[^>]*>([\w-]+)<', person.get("/receipt").text)
    session.rollback()
    assert person.post("/change").headers["location"].endswith("/p/1")
    assert 'name="j_zc1" value="4" checked' in person.get("/p/1").text
    person.post("/p/1", j_zc1="1", go="back")
    assert session.scalars(select(Response)).one().answers["j_zc1"] == 4  # not before it is submitted
    session.rollback()
    for number in range(1, 5):
        person.post(f"/p/{number}", go="next")
    assert person.post("/p/5", oe_case="改过").headers["location"].endswith("/receipt")
    session.expire_all()
    changed = session.scalars(select(Response)).one()
    assert (changed.answers["j_zc1"], changed.texts) == (1, {"oe_case": "改过"})
    assert (changed.id, changed.receipt_hash, changed.code_hash, changed.pseudonym, changed.person_id) == kept
    assert service.unpack(surveys.instrument_of(asked.survey), changed.vector)["j_zc1"] == 1
    assert session.scalars(select(ScoreRecord)).one().scores["zc"]["value"] == pytest.approx(11 / 4)
    assert _count(session, Draft) == 0
    again = re.search(r'id="code"[^>]*>([\w-]+)<', person.get("/receipt").text)
    assert receipt is not None
    assert again is not None
    assert again[1] == receipt[1]
    assert "改过" in person.get("/answers").text
    assert "改过" in person.get("/answers.txt").text
    _close(session, asked)
    assert person.post("/change").status_code == (404 if mode == "anonymous" else 410)
    assert (
        person.get("/answers").status_code == {"identified": 200, "confidential": 410, "anonymous": 404}[mode]
    )


def test_a_change_can_be_dropped_and_a_late_page_of_another_device_changes_nothing(
    respondent: Respondent, visit_as: Callable[[str], Respondent], session: Session
) -> None:
    respondent.finish()
    respondent.post("/change")
    respondent.post("/p/1", j_zc1="1", go="back")
    assert "还没有提交" in respondent.get("/receipt").text
    respondent.post("/change/drop")
    other = visit_as(respondent.token)
    for rest in ("/p/1", "/p/5"):
        assert other.post(rest, checked="1").headers["location"].endswith("/receipt")
    assert session.scalars(select(Response)).one().answers["j_zc1"] == 4
    assert _count(session, Draft) == 0


def test_a_draft_left_from_before_the_submission_never_replaces_it(
    respondent: Respondent, asked: Asked, session: Session
) -> None:
    """As on PostgreSQL, where consent pressed on a second device may come just after the submission."""
    respondent.finish()
    session.add(
        Draft(
            holder=asked.invitations[0].token_hash,
            survey_id=asked.survey.id,
            consent_mode="identified",
            consent_version="1",
            consent_hash="0" * 64,
        )
    )
    session.commit()
    assert respondent.post("/p/5", checked="1").headers["location"].endswith("/receipt")
    assert respondent.get("/p/1").headers["location"].endswith("/receipt")
    session.rollback()
    assert len(session.scalars(select(Response)).one().answers) == 34
    session.rollback()
    respondent.post("/change")
    session.expire_all()
    assert len(session.scalars(select(Draft)).one().answers) == 34


def test_a_person_withdraws_with_the_link_and_may_begin_again(
    respondent: Respondent, session: Session
) -> None:
    respondent.finish()
    respondent.post("/change")
    assert "已撤回" in respondent.post("/withdraw").text
    assert (_count(session, Response), _count(session, ScoreRecord), _count(session, Draft)) == (0, 0, 0)
    assert "同意并开始作答" in respondent.get().text
    assert respondent.post("/withdraw").status_code == 404
    assert (
        session.scalars(select(TrailEntry.actor).where(TrailEntry.action == "response.withdraw")).one()
        == "respondent"
    )
    assert session.scalars(select(Person)).all()
