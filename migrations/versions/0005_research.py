"""A researcher's own files, sealed, and the analyses made of them; how much a report holds. No way back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two tables and a column."""
    op.add_column(
        "report_run", sa.Column("depth", sa.String(length=8), nullable=False, server_default="standard")
    )
    op.create_table(
        "research_file",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("simulated", sa.Boolean(), nullable=False),
        sa.Column("name_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("content_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("columns_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("uploaded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_research_file")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_research_file_account_id")),
    )
    op.create_index(op.f("ix_research_file_account_id"), "research_file", ["account_id"])
    op.create_index(op.f("ix_research_file_expires_at"), "research_file", ["expires_at"])
    op.create_table(
        "file_analysis",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("file_id", sa.Uuid(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("progress", sa.Double(), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.String(length=1000), nullable=False),
        sa.Column("options_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("result_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("requested_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_file_analysis")),
        sa.ForeignKeyConstraint(
            ["file_id"], ["research_file.id"], name=op.f("fk_file_analysis_file_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint("kind in ('report', 'model')", name=op.f("ck_file_analysis_kind")),
        sa.CheckConstraint(
            "state in ('queued', 'running', 'done', 'refused', 'failed')", name=op.f("ck_file_analysis_state")
        ),
    )
    op.create_index(op.f("ix_file_analysis_file_id"), "file_analysis", ["file_id"])
