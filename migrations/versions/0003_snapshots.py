"""Released results as immutable snapshots.

A snapshot is inserted once; the database itself refuses to change, replace or delete it. What a snapshot
was made of may be sealed anew (a key changed) or deleted (a survey purged); the snapshot holds its digest,
so any other change shows. There is no way back.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

REFUSED = "a released snapshot is never changed"
REFUSE_REPLACE = """
CREATE TRIGGER score_snapshot_refuses_replace BEFORE INSERT ON score_snapshot
WHEN EXISTS (
    SELECT 1 FROM score_snapshot WHERE id = NEW.id OR (survey_id = NEW.survey_id AND number = NEW.number)
)
BEGIN SELECT RAISE(ABORT, 'a released snapshot is never changed'); END
"""


def upgrade() -> None:
    """Snapshots, what they were made of, and what came of the last release."""
    _make_tables()
    if op.get_bind().dialect.name == "sqlite":
        _refuse_on_sqlite()
    else:
        _refuse_on_postgresql()


def _make_tables() -> None:
    op.create_table(
        "score_snapshot",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.String(length=64), nullable=False),
        sa.Column("content", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_snapshot")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_score_snapshot_survey_id")),
        sa.UniqueConstraint("survey_id", "number", name=op.f("uq_score_snapshot_survey_id_number")),
    )
    op.create_table(
        "snapshot_membership",
        sa.Column("snapshot_id", sa.Uuid(), nullable=False),
        sa.Column("members_sealed", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", name=op.f("pk_snapshot_membership")),
        sa.ForeignKeyConstraint(
            ["snapshot_id"], ["score_snapshot.id"], name=op.f("fk_snapshot_membership_snapshot_id")
        ),
    )
    op.create_table(
        "score_release",
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("outcome", sa.String(length=8), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("survey_id", name=op.f("pk_score_release")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_score_release_survey_id"), ondelete="CASCADE"
        ),
        sa.CheckConstraint(
            "outcome in ('made', 'same', 'few', 'unsafe')", name=op.f("ck_score_release_outcome")
        ),
    )


def _refuse_on_sqlite() -> None:
    for deed in ("UPDATE", "DELETE"):
        op.execute(
            f"CREATE TRIGGER score_snapshot_refuses_{deed.lower()} BEFORE {deed} ON score_snapshot"
            f" BEGIN SELECT RAISE(ABORT, '{REFUSED}'); END"
        )
    # INSERT OR REPLACE deletes without asking the trigger above
    op.execute(REFUSE_REPLACE)


def _refuse_on_postgresql() -> None:
    op.execute(
        "CREATE FUNCTION refuse_snapshot_change() RETURNS trigger LANGUAGE plpgsql AS"
        f" $$ BEGIN RAISE EXCEPTION '{REFUSED}'; END $$"
    )
    op.execute(
        "CREATE TRIGGER score_snapshot_refuses_change BEFORE UPDATE OR DELETE ON score_snapshot"
        " FOR EACH ROW EXECUTE FUNCTION refuse_snapshot_change()"
    )
    op.execute(
        "CREATE TRIGGER score_snapshot_refuses_truncate BEFORE TRUNCATE ON score_snapshot"
        " FOR EACH STATEMENT EXECUTE FUNCTION refuse_snapshot_change()"
    )
