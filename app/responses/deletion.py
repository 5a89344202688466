"""A response deleted with its scores, on the wish of the person it comes from; all of them, at their term.

Identified: at any time. Confidential: until closing; afterwards with both custodians' shares of the key,
until it is destroyed. Anonymous: by the code, until closing; afterwards nobody can tell whose it is.
"""

from __future__ import annotations

import uuid

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import security
from app.errors import Conflict, Invalid, NotFound
from app.responses.holders import Asked, find_response, holder_of, own_pseudonym
from app.responses.models import Draft, Response, ScoreRecord
from app.surveys import campaign
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.trail import service as trail
from app.units.models import Person, Unit, staff_index

TOO_LATE = "测评已结束，不能再撤回"


def _delete(session: Session, survey: Survey, response: Response, *, actor: str) -> None:
    session.execute(delete(ScoreRecord).where(ScoreRecord.response_id == response.id))
    session.delete(response)
    session.flush()
    if survey.mode != "anonymous":  # there a single response is on no record
        trail.append(session, actor=actor, action="response.withdraw", subject=f"survey:{survey.id}")


def delete_all(session: Session, survey: Survey) -> None:
    """Every response of a survey with its scores, and whatever was sent and not submitted."""
    own = select(Response.id).where(Response.survey_id == survey.id)
    session.execute(delete(ScoreRecord).where(ScoreRecord.response_id.in_(own)))
    session.execute(delete(Response).where(Response.survey_id == survey.id))
    session.execute(delete(Draft).where(Draft.survey_id == survey.id))


def may_withdraw(survey: Survey) -> bool:
    """Whether a person, or HR with the receipt code, can withdraw now."""
    return survey.mode == "identified" or surveys.accepts_answers(survey)


def _refuse_late(survey: Survey) -> None:
    if not may_withdraw(survey):
        advice = (
            "须由两名密钥保管人共同办理；密钥销毁之后不能再撤回。"
            if survey.mode == "confidential"
            else "已经分不出哪一份答卷是谁的。"
        )
        raise Conflict(TOO_LATE, advice)


def withdraw_own(session: Session, asked: Asked, survey: Survey) -> None:
    """The person withdraws with the link or the code. Raises NotFound, Conflict when it is too late."""
    surveys.hold(session, survey)
    response = find_response(session, asked)
    if response is None:
        raise NotFound("没有已提交的答卷", "没有改动任何内容。")
    _refuse_late(survey)
    session.execute(delete(Draft).where(Draft.holder == holder_of(asked)))
    _delete(session, survey, response, actor="respondent")


def withdraw_response(
    session: Session, survey: Survey, code: str, *, actor: str, units: frozenset[uuid.UUID] | None = None
) -> None:
    """Delete the response behind a receipt code, with its scores: the answer to a request for withdrawal.

    units: where the response must come from (None: anywhere). Raises NotFound when no response there has
    the code, Conflict when it is too late. The trail keeps that it happened.
    """
    _refuse_late(survey)
    wanted = security.hash_token(code.strip().upper())
    response = session.scalar(
        select(Response).where(Response.survey_id == survey.id, Response.receipt_hash == wanted)
    )
    if response is None or (units is not None and response.unit_id not in units):
        raise NotFound("没有这个回执码", "请核对回执码和测评名称。")
    _delete(session, survey, response, actor=actor)


def withdraw_with_shares(
    session: Session, survey: Survey, unit: Unit, staff_number: str, shares: tuple[str, str], *, actor: str
) -> None:
    """After closing a confidential survey: two custodians delete the response of one person.

    Raises NotFound when this person is not on the unit's roster or has not answered, else as
    `campaign.joined`. The use of the key goes on the trail whatever comes of it: commit after a refusal too.
    """
    try:
        key = campaign.joined(survey, shares)
    except Invalid:
        campaign.record_use(session, survey, actor=actor, purpose="withdraw", outcome="wrong shares")
        raise
    index = staff_index(unit.id, staff_number.strip())
    person = session.scalar(select(Person.id).where(Person.unit_id == unit.id, Person.staff_index == index))
    response = person and session.scalar(
        select(Response).where(
            Response.survey_id == survey.id, Response.pseudonym == own_pseudonym(key, person)
        )
    )
    outcome = "withdrawn" if response else "nobody"
    campaign.record_use(session, survey, actor=actor, purpose="withdraw", outcome=outcome)
    if not response:
        raise NotFound("这个人没有提交过答卷", "请核对单位编码和工号。没有改动任何内容。")
    _delete(session, survey, response, actor=actor)
