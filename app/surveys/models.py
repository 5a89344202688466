"""Surveys, the units they cover, and personal invitations."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import CheckConstraint, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, UtcDateTime, now

STATES = ("draft", "open", "closed")
MODES = ("identified", "confidential", "anonymous")
ORIGINS = ("collected", "imported", "simulated")


class Survey(Base):
    """One collection. `origin` says where its responses come from; "simulated" is said on every page."""

    __tablename__ = "survey"
    __table_args__ = (
        CheckConstraint("state in ('draft', 'open', 'closed')", name="state"),
        CheckConstraint("origin in ('collected', 'imported', 'simulated')", name="origin"),
        CheckConstraint("mode in ('identified', 'confidential', 'anonymous')", name="mode"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    title: Mapped[str] = mapped_column(String(128))
    office: Mapped[str] = mapped_column(String(128))  # the HR office named to respondents
    instrument_id: Mapped[str] = mapped_column(String(64))
    instrument_version: Mapped[str] = mapped_column(String(16))
    instrument_fingerprint: Mapped[str] = mapped_column(String(80))
    form: Mapped[str] = mapped_column(String(32))
    language: Mapped[str] = mapped_column(String(16), default="zh-CN")
    mode: Mapped[str] = mapped_column(String(16), default="identified")
    origin: Mapped[str] = mapped_column(String(16), default="collected")
    min_group_n: Mapped[int]
    readers_answer: Mapped[bool] = mapped_column(default=False)  # those who read group results answer too
    # confidential: where the campaign key is ("" before opening, kept, split, destroyed), and by what a
    # key put together from two shares is known to be the right one; the key itself is in no database
    campaign_state: Mapped[str] = mapped_column(String(16), default="")
    campaign_mark: Mapped[str] = mapped_column(String(64), default="")
    state: Mapped[str] = mapped_column(String(8), default="draft")
    closes_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    opened_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    closed_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    # months that answers are kept after closing, as respondents were told; None: nothing was said
    keep_months: Mapped[int | None]
    cleared_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)  # when they were deleted for it
    # since when the store keeps no order of arrival of this survey's responses
    scattered_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    created_by: Mapped[uuid.UUID | None]

    @property
    def instrument_ref(self) -> str:
        """The instrument version this survey offers, as "id/version"."""
        return f"{self.instrument_id}/{self.instrument_version}"


class SurveyUnit(Base):
    """A unit (with everything beneath it) that the survey covers."""

    __tablename__ = "survey_unit"

    survey_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"), primary_key=True)


class Invitation(Base):
    """A personal link: who is asked, on behalf of which unit. Only the hash of its token is kept."""

    __tablename__ = "invitation"
    __table_args__ = (UniqueConstraint("survey_id", "person_id"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"))
    person_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("person.id"))
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"), index=True)
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)


class AccessCode(Base):
    """A one-time code of an anonymous survey: its hash and the unit (stratum) it was given out for.

    Nothing says to whom, when, in what order, or whether it was used.
    """

    __tablename__ = "access_code"
    __table_args__ = ({"sqlite_with_rowid": False},)

    code_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id", ondelete="CASCADE"), index=True)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"))
