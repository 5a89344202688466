"""The evidence that travels with a survey's scores."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Json, UtcDateTime, now


class ScoreEvidence(Base):
    """The latest evidence computed by the worker for a survey; a download shows what it was computed on.

    `evidence`: the plain form of `analysis.evidence.Evidence`.
    """

    __tablename__ = "score_evidence"

    survey_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True
    )
    run_id: Mapped[uuid.UUID]
    n_responses: Mapped[int]
    data_fingerprint: Mapped[str] = mapped_column(String(80))
    engine_version: Mapped[str] = mapped_column(String(32))
    evidence: Mapped[dict[str, Any]] = mapped_column(Json)
    computed_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
