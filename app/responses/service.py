"""Responses: stored whole or not at all, once a person, with the scores computed from them; changed whole.

A retry is harmless: the same person, or the same client-made id with the same content, gets back what
is stored. What says whose a response is, and the time that is kept of it, depend on the survey's mode.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import uuid
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import NamedTuple
from zoneinfo import ZoneInfo

from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from analysis.scoring import score_answers
from app import security
from app.database import now
from app.errors import Conflict, Gone, NotFound
from app.responses.deletion import withdraw_response
from app.responses.holders import Asked, find_response, holder_of, ownership
from app.responses.models import Draft, Response, ScoreRecord
from app.responses.validation import Problem, check_answers, check_texts, refuse
from app.responses.vectors import AnswerMatrix, answer_matrix, pack, unpack
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey

__all__ = [
    "AnswerMatrix",
    "Consent",
    "Problem",
    "answer_matrix",
    "change_response",
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
LOCAL = ZoneInfo("Asia/Shanghai")


class Content(NamedTuple):
    """What a response says, ready to be sealed."""

    answers: dict[str, int]
    background: dict[str, str]
    texts: dict[str, str]
    page_ms: dict[str, int]


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


def response_of(session: Session, asked: Asked) -> Response | None:
    """The stored response of a personal link or a code, or None."""
    return find_response(session, asked)


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
    pseudonym: str | None = None,
    code_hash: str | None = None,
    unit_id: uuid.UUID | None = None,
    source_row: int | None = None,
    consent: Consent | None = None,
    submitted_at: dt.datetime | None = None,
) -> Response:
    """Check one person's answers against the survey's instrument and write them with their scores.

    Raises Invalid naming every fault; nothing is written then.
    """
    content = _content(answers, background, texts, page_ms)
    scores = _scores(survey, content)
    response = Response(
        id=response_id,
        survey_id=survey.id,
        person_id=person_id,
        pseudonym=pseudonym,
        code_hash=code_hash,
        unit_id=unit_id,
        source_row=source_row,
        form=survey.form,
        language=survey.language,
    )
    _fill(response, survey, content, submitted_at)
    if consent is not None:
        response.consent_mode = consent.mode
        response.consent_version = consent.version
        response.consent_hash = consent.hash
        if survey.mode != "anonymous":
            response.receipt_hash = security.hash_token(receipt_of(response))
    session.add(response)
    session.flush()
    version = surveys.instrument_of(survey).scoring.version
    session.add(ScoreRecord(response_id=response.id, scoring_version=version, scores=scores))
    session.flush()
    return response


def _content(
    answers: Mapping[str, int],
    background: Mapping[str, str],
    texts: Mapping[str, str] | None,
    page_ms: Mapping[str, int] | None,
) -> Content:
    spent = {page: min(max(ms, 0), LONGEST_PAGE_MS) for page, ms in (page_ms or {}).items()}
    return Content(dict(answers), dict(background), _kept(texts), spent)


def _scores(survey: Survey, content: Content) -> dict[str, dict[str, object]]:
    """The scores of answers that the survey's instrument can hold. Raises Invalid naming every fault."""
    instrument = surveys.instrument_of(survey)
    refuse(
        (
            *check_answers(instrument, survey.form, content.answers, content.background),
            *check_texts(instrument, content.texts),
        )
    )
    found = score_answers(instrument, survey.form, content.answers)
    return {score: asdict(result) for score, result in found.items()}


def _fill(response: Response, survey: Survey, content: Content, moment: dt.datetime | None) -> None:
    """Put the content and what the mode keeps of the time into the row: a moment, a day, or nothing."""
    response.answers = content.answers
    response.vector = pack(surveys.instrument_of(survey), content.answers)
    response.background = content.background
    response.texts = content.texts
    response.page_ms = {} if survey.mode == "anonymous" else content.page_ms
    response.submitted_at = moment if survey.mode == "identified" else None
    if survey.mode == "confidential" and moment is not None:
        response.submitted_on = moment.astimezone(LOCAL).date()


def submit_response(
    session: Session,
    asked: Asked,
    survey: Survey,
    *,
    answers: Mapping[str, int],
    background: Mapping[str, str],
    texts: Mapping[str, str] | None = None,
    page_ms: Mapping[str, int] | None = None,
    consent: Consent,
    response_id: uuid.UUID | None = None,
) -> Response:
    """Store a person's response, once. A second or simultaneous call gives back the stored one.

    response_id: an id made by the client; the same id with the same content is a replay, with other
    content a Conflict. Raises Gone after close (unless it is a replay), Conflict when the mode consented to
    is not the survey's, and Invalid for wrong codes.
    """
    surveys.hold(session, survey)
    content = (dict(answers), dict(background), _kept(texts))
    stored = _replayed(session, asked, response_id, content)
    if stored is not None:
        return stored
    if not surveys.accepts_answers(survey):
        raise Gone
    if consent.mode != survey.mode:
        raise Conflict("测评方式已经改变", "没有提交。请重新打开链接，阅读说明之后再作答。")
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
                unit_id=asked.unit_id,
                consent=consent,
                submitted_at=now(),
                **ownership(survey, asked),  # type: ignore[arg-type]  # person_id, pseudonym or code_hash
            )
    except IntegrityError:
        # on PostgreSQL a simultaneous submission may have come first; the unique constraint decides
        stored = _replayed(session, asked, response_id, content)
        if stored is None:
            raise
        return stored
    session.execute(delete(Draft).where(Draft.holder == holder_of(asked)))
    return response


def change_response(
    session: Session,
    asked: Asked,
    survey: Survey,
    *,
    answers: Mapping[str, int],
    background: Mapping[str, str],
    texts: Mapping[str, str] | None = None,
    page_ms: Mapping[str, int] | None = None,
) -> Response:
    """Put new content in the place of a stored response: same id, same receipt, scores computed anew.

    Raises NotFound when nothing is stored, Gone after close, Invalid for wrong codes; then the stored
    response stays as it was.
    """
    surveys.hold(session, survey)
    response = response_of(session, asked)
    if response is None:
        raise NotFound("没有已提交的答卷", "没有改动任何内容。请重新打开链接。")
    if not surveys.accepts_answers(survey):
        raise Gone
    content = _content(answers, background, texts, page_ms)
    scores = _scores(survey, content)
    _fill(response, survey, content, now())
    session.execute(delete(ScoreRecord).where(ScoreRecord.response_id == response.id))
    version = surveys.instrument_of(survey).scoring.version
    session.add(ScoreRecord(response_id=response.id, scoring_version=version, scores=scores))
    session.execute(delete(Draft).where(Draft.holder == holder_of(asked)))
    session.flush()
    return response


def _kept(texts: Mapping[str, str] | None) -> dict[str, str]:
    return {question: text for question, text in (texts or {}).items() if text.strip()}


def _replayed(
    session: Session,
    asked: Asked,
    response_id: uuid.UUID | None,
    content: tuple[dict[str, int], dict[str, str], dict[str, str]],
) -> Response | None:
    stored = response_of(session, asked)
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
