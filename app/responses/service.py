"""Responses: stored whole or not at all, once a person, with the scores computed from them.

A retry is harmless: the same person, or the same client-made id with the same content, gets back what
is stored.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from analysis.scoring import score_answers
from app import security
from app.database import now
from app.errors import Conflict, Gone, NotFound
from app.responses.models import Draft, Response, ScoreRecord
from app.responses.validation import Problem, check_answers, check_texts, refuse
from app.responses.vectors import AnswerMatrix, answer_matrix, pack, unpack
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey
from app.trail import service as trail

__all__ = [
    "AnswerMatrix",
    "Consent",
    "Problem",
    "answer_matrix",
    "check_answers",
    "pack",
    "receipt_of",
    "response_of",
    "store_response",
    "submit_response",
    "unpack",
    "withdraw_response",
]

LONGEST_PAGE_MS = 86_400_000


@dataclass(frozen=True, slots=True)
class Consent:
    """What a person agreed to: the mode, the version of the instrument's words, a hash of the text shown."""

    mode: str
    version: str
    hash: str

    @classmethod
    def to(cls, text: str, *, mode: str, version: str) -> Consent:
        """Consent to exactly this text."""
        return cls(mode, version, hashlib.sha256(text.encode()).hexdigest())


def response_of(session: Session, invitation: Invitation) -> Response | None:
    """The stored response of an invited person, or None."""
    return session.scalar(
        select(Response).where(
            Response.survey_id == invitation.survey_id, Response.person_id == invitation.person_id
        )
    )


def receipt_of(response: Response) -> str:
    """The receipt code of a response: derived, so it can be shown again and is stored only as a hash."""
    return security.receipt_code(get_settings().key(), response.id)


def store_response(
    session: Session,
    survey: Survey,
    *,
    response_id: uuid.UUID,
    answers: Mapping[str, int],
    background: Mapping[str, str],
    texts: Mapping[str, str] | None = None,
    page_ms: Mapping[str, int] | None = None,
    person_id: uuid.UUID | None = None,
    unit_id: uuid.UUID | None = None,
    source_row: int | None = None,
    consent: Consent | None = None,
    submitted_at: dt.datetime | None = None,
) -> Response:
    """Check one person's answers against the survey's instrument and write them with their scores.

    Raises Invalid naming every fault; nothing is written then.
    """
    instrument = surveys.instrument_of(survey)
    refuse(
        (
            *check_answers(instrument, survey.form, answers, background),
            *check_texts(instrument, texts or {}),
        )
    )
    scores = score_answers(instrument, survey.form, answers)
    response = Response(
        id=response_id,
        survey_id=survey.id,
        person_id=person_id,
        unit_id=unit_id,
        source_row=source_row,
        form=survey.form,
        language=survey.language,
        answers=dict(answers),
        vector=pack(instrument, answers),
        background=dict(background),
        texts={question: text for question, text in (texts or {}).items() if text.strip()},
        page_ms={page: min(max(ms, 0), LONGEST_PAGE_MS) for page, ms in (page_ms or {}).items()},
        submitted_at=submitted_at,
    )
    if consent is not None:
        response.consent_mode = consent.mode
        response.consent_version = consent.version
        response.consent_hash = consent.hash
        response.receipt_hash = security.hash_token(receipt_of(response))
    session.add(response)
    session.flush()
    session.add(
        ScoreRecord(
            response_id=response.id,
            scoring_version=instrument.scoring.version,
            scores={score: asdict(result) for score, result in scores.items()},
        )
    )
    session.flush()
    return response


def submit_response(
    session: Session,
    invitation: Invitation,
    survey: Survey,
    *,
    answers: Mapping[str, int],
    background: Mapping[str, str],
    texts: Mapping[str, str] | None = None,
    page_ms: Mapping[str, int] | None = None,
    consent: Consent,
    response_id: uuid.UUID | None = None,
) -> Response:
    """Store an invited person's response, once. A second or simultaneous call gives back the stored one.

    response_id: an id made by the client; the same id with the same content is a replay, with other
    content a Conflict. Raises Gone after close (unless it is a replay) and Invalid for wrong codes.
    """
    content = (dict(answers), dict(background), _kept(texts))
    stored = _replayed(session, invitation, response_id, content)
    if stored is not None:
        return stored
    if not surveys.accepts_answers(survey):
        raise Gone
    try:
        with session.begin_nested():
            response = store_response(
                session,
                survey,
                response_id=response_id or uuid.uuid4(),
                answers=answers,
                background=background,
                texts=texts,
                page_ms=page_ms,
                person_id=invitation.person_id,
                unit_id=invitation.unit_id,
                consent=consent,
                submitted_at=now(),
            )
    except IntegrityError:
        # on PostgreSQL a simultaneous submission may have come first; the unique constraint decides
        stored = _replayed(session, invitation, response_id, content)
        if stored is None:
            raise
        return stored
    session.execute(delete(Draft).where(Draft.holder == invitation.token_hash))
    return response


def withdraw_response(
    session: Session, survey: Survey, code: str, *, actor: str, units: frozenset[uuid.UUID] | None = None
) -> None:
    """Delete the response behind a receipt code, with its scores: the answer to a request for withdrawal.

    units: where the response must come from (None: anywhere). Raises NotFound when no response there has
    the code. The trail keeps that it happened.
    """
    wanted = security.hash_token(code.strip().upper())
    response = session.scalar(
        select(Response).where(Response.survey_id == survey.id, Response.receipt_hash == wanted)
    )
    if response is None or (units is not None and response.unit_id not in units):
        raise NotFound("没有这个回执码", "请核对回执码和测评名称。")
    session.execute(delete(ScoreRecord).where(ScoreRecord.response_id == response.id))
    session.delete(response)
    session.flush()
    trail.append(session, actor=actor, action="response.withdraw", subject=f"survey:{survey.id}")


def _kept(texts: Mapping[str, str] | None) -> dict[str, str]:
    return {question: text for question, text in (texts or {}).items() if text.strip()}


def _replayed(
    session: Session,
    invitation: Invitation,
    response_id: uuid.UUID | None,
    content: tuple[dict[str, int], dict[str, str], dict[str, str]],
) -> Response | None:
    stored = response_of(session, invitation)
    if response_id is None:
        return stored
    named = session.get(Response, response_id)
    if named is None and stored is None:
        return None
    if named is None or named is not stored:
        raise Conflict
    if (named.answers, named.background, named.texts) != content:
        raise Conflict
    return named
