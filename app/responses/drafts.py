"""What a person has sent so far, page by page, until it is submitted.

A page adds to the draft and takes nothing away: an answer once sent is only replaced by another.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.database import now
from app.responses.holders import Asked, holder_of
from app.responses.models import Draft, Response
from app.responses.service import Consent
from app.responses.validation import (
    Problem,
    applies,
    check_answers,
    check_background_codes,
    check_texts,
    refuse,
)
from instruments import Instrument


@dataclass(frozen=True, slots=True)
class Sent:
    """What one page sent: answers, background, texts, and how long the page was looked at."""

    answers: dict[str, int] = field(default_factory=dict)
    background: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    milliseconds: int = 0


def draft_of(session: Session, asked: Asked, *, writing: bool = False) -> Draft | None:
    """The draft of a link or code, or None before consent and after submission.

    writing: keep the row locked until the request ends, so that two pages sent at once both count.
    """
    query = select(Draft).where(Draft.holder == holder_of(asked))
    return session.scalar(query.with_for_update() if writing else query)


def begin_draft(session: Session, asked: Asked, consent: Consent) -> Draft:
    """Open a draft on consent; if there is one already (twice on the button), give that back.

    One begun under another mode, which the survey had before, is begun anew.
    """
    found = draft_of(session, asked, writing=True)
    if found is not None and found.consent_mode == consent.mode:
        return found
    if found is not None:
        session.delete(found)
        session.flush()
    return _add(session, asked, _draft(asked, consent))


def begin_change(session: Session, asked: Asked, response: Response) -> Draft:
    """A draft that holds what was submitted, to be changed; if there is one already, that."""
    found = draft_of(session, asked, writing=True)
    if found is not None and found.changing:
        return found
    if found is not None:  # of before the submission, by another device: it must not replace what is stored
        session.delete(found)
        session.flush()
    consent = Consent(response.consent_mode, response.consent_version, response.consent_hash)
    draft = _draft(asked, consent)
    draft.changing = True
    draft.answers, draft.background = response.answers, response.background
    draft.texts, draft.page_ms = response.texts, response.page_ms
    return _add(session, asked, draft)


def drop_change(session: Session, asked: Asked) -> None:
    """Forget a change that was begun; what was submitted stays as it is."""
    draft = draft_of(session, asked, writing=True)
    if draft is not None and draft.changing:
        session.delete(draft)
        session.flush()


def _draft(asked: Asked, consent: Consent) -> Draft:
    moment = None if consent.mode == "anonymous" else now()
    draft = Draft(holder=holder_of(asked), survey_id=asked.survey_id)
    draft.consent_mode, draft.consent_version = consent.mode, consent.version
    draft.consent_hash, draft.changing = consent.hash, False
    draft.consented_at = draft.saved_at = moment
    return draft


def _add(session: Session, asked: Asked, draft: Draft) -> Draft:
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        # PostgreSQL only: the same button pressed twice at once
        found = draft_of(session, asked, writing=True)
        if found is None:
            raise
        return found
    return draft


def save_page(
    draft: Draft,
    instrument: Instrument,
    form: str,
    *,
    page: int,
    sent: Sent,
    allowed: frozenset[str],
) -> None:
    """Add what page number `page` sent to the draft. `allowed` are the names of that page's questions.

    Raises Invalid naming every fault; nothing of the page is kept then.
    """
    stray = (set(sent.answers) | set(sent.background) | set(sent.texts)) - allowed
    refuse(
        (
            *(Problem(name[:40], "", "这道题不在这一页") for name in sorted(stray)),
            *check_answers(instrument, form, sent.answers, {}),
            *check_background_codes(instrument, sent.background),
            *check_texts(instrument, sent.texts),
        )
    )
    draft.answers = draft.answers | sent.answers
    draft.background = draft.background | sent.background
    draft.texts = draft.texts | sent.texts
    longest = max(sent.milliseconds, draft.page_ms.get(str(page), 0))
    draft.page_ms = draft.page_ms | {str(page): longest}
    draft.saved_at = None if draft.consent_mode == "anonymous" else now()


def settled_background(instrument: Instrument, background: Mapping[str, str]) -> dict[str, str]:
    """The background answers whose conditions are met.

    Without JavaScript a page shows every question, and an earlier answer may have been changed since.
    """
    kept = dict(background)
    for question in instrument.background:
        if not applies(question, kept):
            kept.pop(question.id, None)
    return kept
