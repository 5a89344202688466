"""Drafts and responses. A response row is written once, whole, with its scores beside it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Json, UtcDateTime, now


class Draft(Base):
    """What an invited person has sent so far; one row a person, gone when the response is stored."""

    __tablename__ = "draft"

    invitation_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("invitation.id", ondelete="CASCADE"), primary_key=True
    )
    response_id: Mapped[uuid.UUID] = mapped_column(default=uuid.uuid4)
    page: Mapped[int] = mapped_column(default=1)  # furthest page reached, 1-based
    answers: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    background: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    texts: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    page_ms: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    consent_mode: Mapped[str] = mapped_column(String(16))
    consent_version: Mapped[str] = mapped_column(String(16))
    consent_hash: Mapped[str] = mapped_column(String(64))
    consented_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    saved_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)


class Response(Base):
    """One person's submitted answers to one survey: the record.

    `answers` (JSON) is what was answered, checked against the immutable instrument version; `vector`
    holds the same as int8 in the order of the version's items (rebuildable, for fast reading).
    """

    __tablename__ = "response"
    __table_args__ = (UniqueConstraint("survey_id", "person_id"), UniqueConstraint("survey_id", "source_row"))

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id"))
    person_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    source_row: Mapped[int | None]  # row of the file, for imported and simulated responses
    form: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(16))
    answers: Mapped[dict[str, int]] = mapped_column(Json)
    vector: Mapped[bytes] = mapped_column(LargeBinary)
    background: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    texts: Mapped[dict[str, str]] = mapped_column(Json, default=dict)
    page_ms: Mapped[dict[str, int]] = mapped_column(Json, default=dict)
    consent_mode: Mapped[str] = mapped_column(String(16), default="")
    consent_version: Mapped[str] = mapped_column(String(16), default="")
    consent_hash: Mapped[str] = mapped_column(String(64), default="")
    receipt_hash: Mapped[str] = mapped_column(String(64), default="")
    submitted_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)


class ScoreRecord(Base):
    """The scores of one response under one scoring version.

    `scores`: score id → {"value", "pomp", "answered", "of"}; recomputing from the answers gives the same.
    """

    __tablename__ = "score_record"

    response_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("response.id", ondelete="CASCADE"), primary_key=True
    )
    scoring_version: Mapped[str] = mapped_column(String(96), primary_key=True)
    scores: Mapped[dict[str, dict[str, Any]]] = mapped_column(Json)
