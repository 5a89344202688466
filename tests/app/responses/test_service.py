"""Stored whole or not at all, once a person, whoever comes first."""

from __future__ import annotations

import threading
import uuid

import numpy as np
import pytest
from sqlalchemy import Engine, func, select
from sqlalchemy.orm import Session

import instruments
from analysis.scoring import score_answers
from app.database import session_factory
from app.errors import Conflict, Gone, Invalid, NotFound
from app.responses import service
from app.responses.models import Response, ScoreRecord
from app.responses.service import Consent
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey
from app.trail.models import TrailEntry
from tests.app.responses.conftest import Asked

JSJB = instruments.load("dandang-jsjb/0.1.0")
CONSENT = Consent.to("读过的文字", mode="identified", version="1")
ANSWERS = {item: 1 + i % 5 for i, item in enumerate(JSJB.forms["full"].items)}


def _submit(session: Session, asked: Asked, person: int = 0, **changed: object) -> Response:
    values: dict[str, object] = {"answers": ANSWERS, "background": {"bg_sex": "f"}, "consent": CONSENT}
    return service.submit_response(session, asked.invitations[person], asked.survey, **(values | changed))  # type: ignore[arg-type]  # values are made per test


def test_scores_are_stored_with_the_answers_and_recomputing_gives_the_same(
    session: Session, asked: Asked
) -> None:
    stored = _submit(session, asked)
    record = session.scalars(select(ScoreRecord)).one()
    again = score_answers(JSJB, "full", stored.answers)
    assert {score: (r["value"], r["answered"]) for score, r in record.scores.items()} == {
        score: (r.value, r.answered) for score, r in again.items()
    }
    assert record.scoring_version == JSJB.scoring.version
    assert service.unpack(JSJB, stored.vector) == stored.answers == ANSWERS


def test_three_at_once_store_one_response_and_all_get_it(
    engine: Engine, session: Session, asked: Asked
) -> None:
    together = threading.Barrier(3)
    got: list[uuid.UUID] = []
    failed: list[BaseException] = []

    def _one() -> None:
        try:
            with session_factory(engine)() as own:
                together.wait(timeout=10)
                invitation = own.get_one(Invitation, asked.invitations[0].id)
                survey = own.get_one(Survey, asked.survey.id)
                made = service.submit_response(
                    own, invitation, survey, answers=ANSWERS, background={}, consent=CONSENT
                )
                own.commit()
                got.append(made.id)
        except BaseException as error:
            failed.append(error)

    session.rollback()
    threads = [threading.Thread(target=_one) for _ in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=60)
    assert failed == []
    assert len(got) == 3
    assert len(set(got)) == 1
    assert session.scalar(select(func.count()).select_from(Response)) == 1
    assert session.scalar(select(func.count()).select_from(ScoreRecord)) == 1


def test_where_the_lock_does_not_help_the_unique_constraint_decides(
    session: Session, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As on PostgreSQL: the other submission becomes visible only after we have looked for it."""
    first = _submit(session, asked)
    seen: list[None] = []

    def _late(found: Session, invitation: Invitation) -> Response | None:
        if not seen:
            seen.append(None)
            return None
        return found.scalar(select(Response).where(Response.person_id == invitation.person_id))

    monkeypatch.setattr(service, "response_of", _late)
    assert _submit(session, asked) is first
    session.commit()
    assert session.scalar(select(func.count()).select_from(Response)) == 1
    assert session.scalar(select(func.count()).select_from(ScoreRecord)) == 1


def test_a_client_made_id_can_be_sent_again_but_not_with_other_content(
    session: Session, asked: Asked
) -> None:
    made = uuid.uuid4()
    first = _submit(session, asked, response_id=made)
    assert first.id == made
    assert _submit(session, asked, response_id=made) is first
    with pytest.raises(Conflict):
        _submit(session, asked, response_id=made, answers=ANSWERS | {"j_zc1": 5})
    with pytest.raises(Conflict):
        _submit(session, asked, response_id=uuid.uuid4())
    with pytest.raises(Conflict):
        _submit(session, asked, person=1, response_id=made)
    assert session.scalar(select(func.count()).select_from(Response)) == 1


def test_a_replay_after_close_still_finds_the_receipt_but_nothing_new_is_taken(
    session: Session, asked: Asked
) -> None:
    first = _submit(session, asked)
    surveys.close_survey(session, asked.survey, actor="system")
    assert _submit(session, asked) is first
    with pytest.raises(Gone):
        _submit(session, asked, person=1)


@pytest.mark.parametrize(
    ("answers", "background", "texts", "place", "value"),
    [
        ({"j_zc1": 6}, {}, {}, "j_zc1", "6"),
        ({"j_zc1": True}, {}, {}, "j_zc1", "True"),
        ({"j_zc9": 3}, {}, {}, "j_zc9", "3"),
        ({}, {"bg_sex": "x"}, {}, "bg_sex", "x"),
        ({}, {"bg_none": "x"}, {}, "bg_none", "x"),
        ({}, {"bg_partyage": "5_9"}, {}, "bg_partyage", "5_9"),
        ({}, {}, {"oe_none": "x"}, "oe_none", ""),
        ({}, {}, {"oe_case": "x" * 6000}, "oe_case", "6000 字"),
    ],
)
def test_faults_are_named_and_nothing_is_written(
    session: Session,
    asked: Asked,
    answers: dict[str, int],
    background: dict[str, str],
    texts: dict[str, str],
    place: str,
    value: str,
) -> None:
    with pytest.raises(Invalid) as refused:
        _submit(session, asked, answers=ANSWERS | answers, background=background, texts=texts)
    (problem,) = refused.value.detail["problems"]
    assert (problem["place"], problem["value"]) == (place, value)
    assert session.scalar(select(func.count()).select_from(Response)) == 0
    assert session.scalar(select(func.count()).select_from(ScoreRecord)) == 0


def test_an_item_of_another_form_is_refused() -> None:
    left_out = next(iter(set(JSJB.items) - set(JSJB.forms["core16"].items)))
    (problem,) = service.check_answers(JSJB, "core16", {left_out: 3}, {})
    assert problem.place == left_out
    assert service.check_answers(JSJB, "full", {left_out: 3}, {}) == ()


def test_the_matrix_holds_what_was_answered(session: Session, asked: Asked) -> None:
    known = next(item for item, i in JSJB.items.items() if JSJB.scales[i.scale].na_code is not None)
    na_code = JSJB.scale_of(known).na_code
    assert na_code is not None
    first = _submit(session, asked, answers={known: na_code, "j_zc1": 2, "q_at1": 5})
    second = _submit(session, asked, person=1)
    ids, items, matrix, background, units = service.answer_matrix(session, asked.survey.id)
    rows = {made: matrix[i] for i, made in enumerate(ids)}
    assert items == (*JSJB.items, *JSJB.quality.attention)
    assert matrix.shape == (2, 34)
    assert rows[first.id][items.index("j_zc1")] == 2
    assert rows[first.id][items.index("q_at1")] == 5
    assert np.isnan(rows[first.id]).sum() == 32  # all skipped but two: 不了解 counts as missing
    assert [rows[second.id][items.index(item)] for item in ANSWERS] == list(ANSWERS.values())
    assert list(background) == [{"bg_sex": "f"}] * 2
    assert units == ("T01", "T01")
    assert service.unpack(JSJB, first.vector)[known] == na_code


def test_an_empty_survey_has_an_empty_matrix(session: Session, asked: Asked) -> None:
    assert service.answer_matrix(session, asked.survey.id).matrix.shape == (0, 34)
    with pytest.raises(NotFound):
        service.answer_matrix(session, uuid.uuid4())


def test_a_receipt_code_withdraws_answers_and_scores(session: Session, asked: Asked) -> None:
    stored = _submit(session, asked)
    _submit(session, asked, person=1)
    code = service.receipt_of(stored)
    assert code not in str(stored.__dict__)
    with pytest.raises(NotFound):
        service.withdraw_response(session, asked.survey, "AAAAA-AAAAA", actor="system")
    service.withdraw_response(session, asked.survey, f" {code.lower()} ", actor="system")
    assert session.scalars(select(Response.person_id)).all() == [asked.invitations[1].person_id]
    assert session.scalar(select(func.count()).select_from(ScoreRecord)) == 1
    last = session.scalars(select(TrailEntry).order_by(TrailEntry.number.desc())).first()
    assert last is not None
    assert last.action == "response.withdraw"
    assert code not in str(last.detail)
