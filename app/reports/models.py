"""A report run and what it is bound to."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Json, UtcDateTime, now


class ReportRun(Base):
    """One run: queued → running → done | failed. Its verdict is on these answers only (`score_evidence`)."""

    __tablename__ = "report_run"
    __table_args__ = (CheckConstraint("state in ('queued', 'running', 'done', 'failed')", name="state"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id"), index=True)
    purpose: Mapped[str] = mapped_column(String(16), default="report")  # "report" or "evidence"
    language: Mapped[str] = mapped_column(String(16), default="zh-CN")
    depth: Mapped[str] = mapped_column(String(8), default="standard", server_default="standard")
    seed: Mapped[int]
    state: Mapped[str] = mapped_column(String(8), default="queued")
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1
    step: Mapped[str] = mapped_column(String(64), default="")
    heartbeat_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str] = mapped_column(String(1000), default="")
    n_responses: Mapped[int | None]
    data_fingerprint: Mapped[str] = mapped_column(String(80), default="")
    engine_version: Mapped[str] = mapped_column(String(32), default="")
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
    requested_by: Mapped[uuid.UUID | None]
    requested_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
