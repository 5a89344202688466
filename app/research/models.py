"""A file that a researcher brought, and the analyses made of it."""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, UtcDateTime, now
from app.security.sealed import Bound, SealedBytes, SealedJson, SealedText


class ResearchFile(Bound, Base):
    """One uploaded file, sealed; gone with its analyses at `expires_at`, or when its owner deletes it.

    columns: as the model page names them: code, name, is_number, filled (cells), distinct (values).
    """

    __tablename__ = "research_file"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id"), index=True)
    size: Mapped[int]
    rows: Mapped[int]
    simulated: Mapped[bool] = mapped_column(default=False)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    content_sealed: Mapped[bytes] = mapped_column(LargeBinary, deferred=True)
    columns_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    uploaded_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, index=True)

    name = SealedText("name_sealed")
    content = SealedBytes("content_sealed")
    columns = SealedJson[list[dict[str, Any]]]("columns_sealed")


class FileAnalysis(Bound, Base):
    """One analysis of a file: queued → running → done | refused (the rows, with reasons) | failed."""

    __tablename__ = "file_analysis"
    __table_args__ = (
        CheckConstraint("kind in ('report', 'model')", name="kind"),
        CheckConstraint("state in ('queued', 'running', 'done', 'refused', 'failed')", name="state"),
    )

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    file_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("research_file.id", ondelete="CASCADE"), index=True)
    kind: Mapped[str] = mapped_column(String(8))
    state: Mapped[str] = mapped_column(String(8), default="queued")
    progress: Mapped[float] = mapped_column(default=0.0)  # 0..1
    step: Mapped[str] = mapped_column(String(64), default="")
    heartbeat_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    problem: Mapped[str] = mapped_column(String(1000), default="")
    options_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    result_sealed: Mapped[bytes | None] = mapped_column(LargeBinary, deferred=True)
    requested_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    finished_at: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)

    options = SealedJson[dict[str, Any]]("options_sealed")
    result = SealedJson[dict[str, Any] | None]("result_sealed", lambda: None)
