"""Drafts and responses. A response row is written whole, with its scores beside it, all of it sealed.

Tables of answers have no row number on SQLite: rows lie in the order of their random keys, so that the
order of arrival is not kept.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, UtcDateTime
from app.security.sealed import Bound, SealedBytes, SealedJson

IN_KEY_ORDER = {"sqlite_with_rowid": False}


class ConsentText(Base):
    """A consent text that was shown, under its hash, so that it can be shown again word for word."""

    __tablename__ = "consent_text"

    hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    mode: Mapped[str] = mapped_column(String(16))
    version: Mapped[str] = mapped_column(String(16))
    language: Mapped[str] = mapped_column(String(16))
    shown: Mapped[str] = mapped_column(Text)


class Draft(Bound, Base):
    """What somebody has sent so far; one row a link or code, gone when the response is stored.

    `holder` is the hash of the link's token or of the access code. Anonymous drafts carry no time. It never
    names a response: while one is being changed, `changing` says so and the holder leads to it.
    """

    __tablename__ = "draft"
    __table_args__ = (IN_KEY_ORDER,)
    bound_to = ("holder",)

    holder: Mapped[str] = mapped_column(String(64), primary_key=True)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    page: Mapped[int] = mapped_column(default=1)  # furthest page reached, 1-based
    changing: Mapped[bool] = mapped_column(default=False)  # made from a stored response, to change it
    answers_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    background_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    texts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    page_ms_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    consent_mode: Mapped[str] = mapped_column(String(16))
    consent_version: Mapped[str] = mapped_column(String(16))
    consent_hash: Mapped[str] = mapped_column(String(64))
    consented_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    saved_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    answers = SealedJson[dict[str, int]]("answers_sealed", dict)
    background = SealedJson[dict[str, str]]("background_sealed", dict)
    texts = SealedJson[dict[str, str]]("texts_sealed", dict)
    page_ms = SealedJson[dict[str, int]]("page_ms_sealed", dict)


class Response(Bound, Base):
    """One person's submitted answers to one survey: the record.

    `answers` is what was answered, checked against the immutable instrument version; `vector` holds the
    same as int8 in the order of the version's items (rebuildable, for fast reading). Whose it is depends
    on the mode: `person_id` (identified), `pseudonym` (confidential), `code_hash` (anonymous, until close).
    """

    __tablename__ = "response"
    __table_args__ = (
        UniqueConstraint("survey_id", "person_id"),
        UniqueConstraint("survey_id", "source_row"),
        UniqueConstraint("survey_id", "pseudonym"),
        UniqueConstraint("code_hash"),
        CheckConstraint(
            "consent_mode <> 'confidential' or (person_id is null and submitted_at is null"
            " and source_row is null and code_hash is null and seen_at is null)",
            name="confidential",
        ),
        CheckConstraint(
            "consent_mode <> 'anonymous' or (person_id is null and pseudonym is null and source_row is null"
            " and submitted_at is null and submitted_on is null and seen_at is null)",
            name="anonymous",
        ),
        IN_KEY_ORDER,
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    pseudonym: Mapped[str | None] = mapped_column(String(64))
    code_hash: Mapped[str | None] = mapped_column(String(64))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    source_row: Mapped[int | None]  # row of the file, for imported and simulated responses
    form: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(16))
    answers_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    vector_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    background_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    texts_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    page_ms_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    consent_mode: Mapped[str] = mapped_column(String(16), default="")
    consent_version: Mapped[str] = mapped_column(String(16), default="")
    consent_hash: Mapped[str] = mapped_column(String(64), default="")
    receipt_hash: Mapped[str] = mapped_column(String(64), default="")
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    submitted_on: Mapped[dt.date | None]  # confidential: the day only
    seen_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # when the person saw the scores

    answers = SealedJson[dict[str, int]]("answers_sealed")
    vector = SealedBytes("vector_sealed")
    background = SealedJson[dict[str, str]]("background_sealed", dict)
    texts = SealedJson[dict[str, str]]("texts_sealed", dict)
    page_ms = SealedJson[dict[str, int]]("page_ms_sealed", dict)


class ScoreRecord(Bound, Base):
    """The scores of one response under one scoring version.

    `scores`: score id → {"value", "pomp", "answered", "of"}; recomputing from the answers gives the same.
    """

    __tablename__ = "score_record"
    __table_args__ = (IN_KEY_ORDER,)
    bound_to = ("response_id", "scoring_version")

    response_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("response.id", ondelete="CASCADE"), primary_key=True
    )
    scoring_version: Mapped[str] = mapped_column(String(96), primary_key=True)
    scores_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    scores = SealedJson[dict[str, dict[str, Any]]]("scores_sealed")
