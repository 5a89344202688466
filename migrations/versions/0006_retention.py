"""How long a survey's answers are kept after it closes, and when they were deleted for it. No way back."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Two columns; earlier surveys said nothing of a term, so none is written into them."""
    op.add_column("survey", sa.Column("keep_months", sa.Integer(), nullable=True))
    op.add_column("survey", sa.Column("cleared_at", sa.DateTime(timezone=True), nullable=True))
