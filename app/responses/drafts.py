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
from app.responses.models import Draft
from app.responses.service import Consent
from app.responses.validation import (
    Problem,
    applies,
    check_answers,
    check_background_codes,
    check_texts,
    refuse,
)
from app.surveys.models import Invitation
from instruments import Instrument


@dataclass(frozen=True, slots=True)
class Sent:
    """What one page sent: answers, background, texts, and how long the page was looked at."""

    answers: dict[str, int] = field(default_factory=dict)
    background: dict[str, str] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    milliseconds: int = 0


def draft_of(session: Session, invitation: Invitation, *, writing: bool = False) -> Draft | None:
    """The draft of an invited person, or None before consent and after submission.

    writing: keep the row locked until the request ends, so that two pages sent at once both count.
    """
    query = select(Draft).where(Draft.holder == invitation.token_hash)
    return session.scalar(query.with_for_update() if writing else query)


def begin_draft(session: Session, invitation: Invitation, consent: Consent) -> Draft:
    """Open a draft on consent; if there is one already (twice on the button), give that back."""
    found = draft_of(session, invitation, writing=True)
    if found is not None:
        return found
    draft = Draft(
        holder=invitation.token_hash,
        survey_id=invitation.survey_id,
        consent_mode=consent.mode,
        consent_version=consent.version,
        consent_hash=consent.hash,
    )
    try:
        with session.begin_nested():
            session.add(draft)
    except IntegrityError:
        # PostgreSQL only: the same button pressed twice at once
        found = draft_of(session, invitation, writing=True)
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
    draft.saved_at = now()


def settled_background(instrument: Instrument, background: Mapping[str, str]) -> dict[str, str]:
    """The background answers whose conditions are met.

    Without JavaScript a page shows every question, and an earlier answer may have been changed since.
    """
    kept = dict(background)
    for question in instrument.background:
        if not applies(question, kept):
            kept.pop(question.id, None)
    return kept
