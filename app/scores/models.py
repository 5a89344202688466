"""The evidence that travels with a survey's scores, and the snapshots in which group results are released."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, Json, UtcDateTime, now
from app.security.sealed import Bound, SealedBytes


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


class ScoreSnapshot(Base):
    """Group results as they were released: numbered from 1 within a survey, never changed (triggers refuse).

    `content`: canonical JSON of what may be said and nothing else; `digest`: its hash.
    """

    __tablename__ = "score_snapshot"
    __table_args__ = (UniqueConstraint("survey_id", "number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    survey_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("survey.id"))
    number: Mapped[int]
    made_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    made_by: Mapped[str] = mapped_column(String(64))  # account id, or "system"
    content: Mapped[str] = mapped_column(Text)
    digest: Mapped[str] = mapped_column(String(64))


class SnapshotMembership(Bound, Base):
    """Who a snapshot was made of, as keyed hashes: enough to count changes, no road back to a response.

    Its deletion is allowed (a survey purged): no further snapshot can be made then.
    """

    __tablename__ = "snapshot_membership"
    bound_to = ("snapshot_id",)

    snapshot_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("score_snapshot.id"), primary_key=True)
    members_sealed: Mapped[bytes] = mapped_column(LargeBinary)

    members = SealedBytes("members_sealed")


class ScoreRelease(Base):
    """What came of it when results were last due.

    made: a new snapshot; same: nobody had changed; few: fewer changed than the threshold; unsafe: a new
    snapshot beside the old ones would have told something of few people.
    """

    __tablename__ = "score_release"
    __table_args__ = (CheckConstraint("outcome in ('made', 'same', 'few', 'unsafe')", name="outcome"),)

    survey_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("survey.id", ondelete="CASCADE"), primary_key=True
    )
    outcome: Mapped[str] = mapped_column(String(8))
    at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
