"""What a person reads before the first question: who sees what, and until when.

The words belong to the instrument version and the mode of the survey. What was shown is stored under its
hash, and the hash with the response, so that nobody can say later that it was something else.
"""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from app.errors import Conflict
from app.responses.models import ConsentText
from app.responses.service import Consent
from app.surveys import retention
from app.surveys.models import Survey
from instruments import Instrument


@dataclass(frozen=True, slots=True)
class ConsentView:
    """The short lines, the whole text one tap away, and the record of having agreed to them.

    points: each line as pieces (text, bold); shown: the whole of it as one text.
    """

    points: tuple[tuple[tuple[str, bool], ...], ...]
    paragraphs: tuple[str, ...]
    record: Consent
    shown: str


def consent_view(instrument: Instrument, survey: Survey) -> ConsentView:
    """The consent of a survey, in its language and mode. Raises Conflict when the version has none."""
    words = instrument.words(survey.language).consent.get(survey.mode)
    if words is None:
        raise Conflict("这份问卷没有这种方式的知情同意", "请告知组织测评的部门。")
    term = retention.sentence(survey)
    shown = "\n".join((survey.office, *words.points, *([term] if term else []), words.full))
    return ConsentView(
        points=tuple(_pieces(point) for point in (*words.points, *([term] if term else []))),
        paragraphs=tuple(line.strip() for line in words.full.splitlines() if line.strip()),
        record=Consent.to(shown, mode=survey.mode, version=words.version),
        shown=shown,
    )


def keep_text(session: Session, survey: Survey, view: ConsentView) -> None:
    """Store the text under its hash, the first time anybody agrees to it."""
    record = view.record
    if session.get(ConsentText, record.hash) is not None:
        return
    kept = ConsentText(
        hash=record.hash,
        mode=record.mode,
        version=record.version,
        language=survey.language,
        shown=view.shown,
    )
    # on PostgreSQL somebody else may have agreed to the same text just now
    with contextlib.suppress(IntegrityError), session.begin_nested():
        session.add(kept)


def _pieces(line: str) -> tuple[tuple[str, bool], ...]:
    """The line cut at its ** marks; every second piece is bold."""
    return tuple((piece, bool(i % 2)) for i, piece in enumerate(line.split("**")) if piece)
