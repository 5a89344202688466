"""Answers and names sealed; the three modes.

What was stored in the clear is sealed row by row in the same transaction. There is no way back: a
downgrade would write personal data in the clear again; restore a backup instead.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from alembic import op

from app import security
from app.security import vault
from app.settings import get_settings

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

CHUNK = 500
IN_KEY_ORDER = {"sqlite_with_rowid": False}
NO_BYTES = {"sqlite": "x''", "postgresql": "'\\x'"}


def upgrade() -> None:
    """Seal people, drafts, responses and scores; add what the modes need."""
    bind = op.get_bind()
    _seal_people(bind)
    op.add_column(
        "survey", sa.Column("readers_answer", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    for column, length in (("campaign_state", 16), ("campaign_mark", 64)):
        op.add_column("survey", sa.Column(column, sa.String(length), nullable=False, server_default=""))
    op.add_column("survey", sa.Column("scattered_at", sa.DateTime(timezone=True), nullable=True))
    _make_small_tables()
    for table in ("score_record", "draft", "response"):
        _set_aside(bind, table)
    _make_tables()
    _seal_responses(bind)
    _seal_scores(bind)
    _seal_drafts(bind)
    for table in ("score_record", "draft", "response"):
        op.drop_table(f"old_{table}")
    op.create_index(op.f("ix_response_unit_id"), "response", ["unit_id"])
    op.create_index(op.f("ix_draft_survey_id"), "draft", ["survey_id"])
    _fix_mode(bind)
    _forget_at_close(bind)


def _rows(bind: sa.Connection, query: str) -> Iterator[sa.RowMapping]:
    """Every row, read whole before the first is changed: one cursor reads, one writes."""
    yield from bind.execute(sa.text(query)).mappings().all()


def _uuid(value: Any) -> uuid.UUID:
    return value if isinstance(value, uuid.UUID) else uuid.UUID(str(value))


def _json(value: Any) -> Any:
    return json.loads(value) if isinstance(value, str | bytes) else value


def _seal_people(bind: sa.Connection) -> None:
    op.alter_column("person", "staff_number", new_column_name="staff_index")
    empty = sa.text(NO_BYTES[bind.dialect.name])
    for column in ("staff_number_sealed", "name_sealed"):
        op.add_column("person", sa.Column(column, sa.LargeBinary(), nullable=False, server_default=empty))
    key = get_settings().key()
    change = sa.text(
        "UPDATE person SET staff_index = :hashed, staff_number_sealed = :number, name_sealed = :name"
        " WHERE id = :id"
    )
    for row in _rows(bind, "SELECT id, unit_id, staff_index, name FROM person"):
        person, unit, number = str(_uuid(row["id"])), str(_uuid(row["unit_id"])), row["staff_index"]
        bind.execute(
            change,
            {
                "id": row["id"],
                "hashed": security.derive(key, "staff-number", unit, number).hex(),
                "number": vault.seal("person.staff_number_sealed", person, number.encode()),
                "name": vault.seal("person.name_sealed", person, row["name"].encode()),
            },
        )
    op.drop_column("person", "name")


def _make_small_tables() -> None:
    op.create_table(
        "consent_text",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("version", sa.String(length=16), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("shown", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_consent_text")),
    )
    op.create_table(
        "key_check",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.Column("derived", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_key_check")),
    )
    op.create_table(
        "access_code",
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("unit_id", sa.Uuid(), nullable=False),
        sa.PrimaryKeyConstraint("code_hash", name=op.f("pk_access_code")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_access_code_survey_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_access_code_unit_id")),
        **IN_KEY_ORDER,
    )
    op.create_index(op.f("ix_access_code_survey_id"), "access_code", ["survey_id"])


def _set_aside(bind: sa.Connection, table: str) -> None:
    """Rename a table and free the names of its constraints and indexes."""
    inspector = sa.inspect(bind)
    for index in inspector.get_indexes(table):
        if index["name"] and not index.get("duplicates_constraint"):
            op.drop_index(index["name"], table_name=table)
    if bind.dialect.name == "postgresql":
        names = [foreign["name"] for foreign in inspector.get_foreign_keys(table)]
        names += [unique["name"] for unique in inspector.get_unique_constraints(table)]
        names.append(inspector.get_pk_constraint(table)["name"])
        for name in names:
            bind.execute(sa.text(f'ALTER TABLE "{table}" DROP CONSTRAINT "{name}"'))
    op.rename_table(table, f"old_{table}")


def _sealed_columns(*names: str, nullable: bool) -> tuple[sa.Column[Any], ...]:
    return tuple(sa.Column(f"{name}_sealed", sa.LargeBinary(), nullable=nullable) for name in names)


def _make_tables() -> None:
    op.create_table(
        "response",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("person_id", sa.Uuid(), nullable=True),
        sa.Column("pseudonym", sa.String(length=64), nullable=True),
        sa.Column("code_hash", sa.String(length=64), nullable=True),
        sa.Column("unit_id", sa.Uuid(), nullable=True),
        sa.Column("source_row", sa.Integer(), nullable=True),
        sa.Column("form", sa.String(length=32), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        *_sealed_columns("answers", "vector", nullable=False),
        *_sealed_columns("background", "texts", "page_ms", nullable=True),
        sa.Column("consent_mode", sa.String(length=16), nullable=False),
        sa.Column("consent_version", sa.String(length=16), nullable=False),
        sa.Column("consent_hash", sa.String(length=64), nullable=False),
        sa.Column("receipt_hash", sa.String(length=64), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("submitted_on", sa.Date(), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_response")),
        sa.ForeignKeyConstraint(["survey_id"], ["survey.id"], name=op.f("fk_response_survey_id")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_response_person_id")),
        sa.ForeignKeyConstraint(["unit_id"], ["unit.id"], name=op.f("fk_response_unit_id")),
        sa.UniqueConstraint("survey_id", "person_id", name=op.f("uq_response_survey_id_person_id")),
        sa.UniqueConstraint("survey_id", "source_row", name=op.f("uq_response_survey_id_source_row")),
        sa.UniqueConstraint("survey_id", "pseudonym", name=op.f("uq_response_survey_id_pseudonym")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_response_code_hash")),
        sa.CheckConstraint(
            "consent_mode <> 'confidential' or (person_id is null and submitted_at is null"
            " and source_row is null and code_hash is null and seen_at is null)",
            name=op.f("ck_response_confidential"),
        ),
        sa.CheckConstraint(
            "consent_mode <> 'anonymous' or (person_id is null and pseudonym is null and source_row is null"
            " and submitted_at is null and submitted_on is null and seen_at is null)",
            name=op.f("ck_response_anonymous"),
        ),
        **IN_KEY_ORDER,
    )
    op.create_table(
        "draft",
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("survey_id", sa.Uuid(), nullable=False),
        sa.Column("page", sa.Integer(), nullable=False),
        sa.Column("changing", sa.Boolean(), nullable=False, server_default=sa.false()),
        *_sealed_columns("answers", "background", "texts", "page_ms", nullable=True),
        sa.Column("consent_mode", sa.String(length=16), nullable=False),
        sa.Column("consent_version", sa.String(length=16), nullable=False),
        sa.Column("consent_hash", sa.String(length=64), nullable=False),
        sa.Column("consented_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("holder", name=op.f("pk_draft")),
        sa.ForeignKeyConstraint(
            ["survey_id"], ["survey.id"], name=op.f("fk_draft_survey_id"), ondelete="CASCADE"
        ),
        **IN_KEY_ORDER,
    )
    op.create_table(
        "score_record",
        sa.Column("response_id", sa.Uuid(), nullable=False),
        sa.Column("scoring_version", sa.String(length=96), nullable=False),
        *_sealed_columns("scores", nullable=False),
        sa.ForeignKeyConstraint(
            ["response_id"], ["response.id"], name=op.f("fk_score_record_response_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("response_id", "scoring_version", name=op.f("pk_score_record")),
        **IN_KEY_ORDER,
    )


def _copy(bind: sa.Connection, table: str, rows: list[dict[str, Any]]) -> None:
    """Insert rows into a new table, in chunks."""
    for start in range(0, len(rows), CHUNK):
        part = rows[start : start + CHUNK]
        names = ", ".join(part[0])
        places = ", ".join(f":{name}" for name in part[0])
        bind.execute(sa.text(f"INSERT INTO {table} ({names}) VALUES ({places})"), part)  # noqa: S608  # nosec B608 # our own names


def _sealed(table: str, row: str, old: sa.RowMapping, *names: str) -> dict[str, bytes]:
    return {
        f"{name}_sealed": vault.seal_json(f"{table}.{name}_sealed", row, _json(old[name])) for name in names
    }


RESPONSE_KEPT = (
    "id",
    "survey_id",
    "person_id",
    "unit_id",
    "source_row",
    "form",
    "language",
    "consent_mode",
    "consent_version",
    "consent_hash",
    "receipt_hash",
    "submitted_at",
)
DRAFT_KEPT = ["page", "consent_mode", "consent_version", "consent_hash", "consented_at", "saved_at"]


def _seal_responses(bind: sa.Connection) -> None:
    made = []
    for old in _rows(bind, "SELECT * FROM old_response ORDER BY id"):
        row = str(_uuid(old["id"]))
        made.append(
            {name: old[name] for name in RESPONSE_KEPT}
            | _sealed("response", row, old, "answers", "background", "texts", "page_ms")
            | {"vector_sealed": vault.seal("response.vector_sealed", row, bytes(old["vector"]))}
        )
    _copy(bind, "response", made)


def _seal_scores(bind: sa.Connection) -> None:
    made = []
    for old in _rows(bind, "SELECT * FROM old_score_record ORDER BY response_id"):
        row = f"{_uuid(old['response_id'])}|{old['scoring_version']}"
        kept = {name: old[name] for name in ("response_id", "scoring_version")}
        made.append(kept | _sealed("score_record", row, old, "scores"))
    _copy(bind, "score_record", made)


def _seal_drafts(bind: sa.Connection) -> None:
    made = []
    for old in _rows(
        bind,
        "SELECT old_draft.*, invitation.token_hash AS holder, invitation.survey_id AS survey_id"
        " FROM old_draft JOIN invitation ON invitation.id = old_draft.invitation_id",
    ):
        kept = {name: old[name] for name in ("holder", "survey_id", *DRAFT_KEPT)}
        sealed = _sealed("draft", old["holder"], old, "answers", "background", "texts", "page_ms")
        made.append(kept | sealed)
    _copy(bind, "draft", made)


def _fix_mode(bind: sa.Connection) -> None:
    """The mode of a survey cannot change once somebody has begun to answer."""
    begun = (
        "EXISTS (SELECT 1 FROM response WHERE survey_id = OLD.id)"
        " OR EXISTS (SELECT 1 FROM draft WHERE survey_id = OLD.id)"
    )
    if bind.dialect.name == "sqlite":
        op.execute(
            "CREATE TRIGGER survey_mode_is_fixed BEFORE UPDATE OF mode ON survey"
            f" WHEN OLD.mode <> NEW.mode AND ({begun})"
            " BEGIN SELECT RAISE(ABORT, 'the mode of a survey is fixed at its first response'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION survey_mode_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" IF OLD.mode <> NEW.mode AND ({begun}) THEN"
        " RAISE EXCEPTION 'the mode of a survey is fixed at its first response'; END IF;"
        " RETURN NEW; END $$"
    )
    op.execute(
        "CREATE TRIGGER survey_mode_is_fixed BEFORE UPDATE OF mode ON survey"
        " FOR EACH ROW EXECUTE FUNCTION survey_mode_is_fixed()"
    )


FORGET = (
    # every row is written anew in one transaction: on PostgreSQL none is older than another afterwards
    "UPDATE response SET code_hash = NULL WHERE survey_id = NEW.id",
    "UPDATE score_record SET scoring_version = scoring_version"
    " WHERE response_id IN (SELECT id FROM response WHERE survey_id = NEW.id)",
    "DELETE FROM access_code WHERE survey_id = NEW.id",
    "DELETE FROM draft WHERE survey_id = NEW.id AND NEW.mode = 'anonymous'",
)
CLOSING = "NEW.state = 'closed' AND OLD.state <> 'closed' AND NEW.mode <> 'identified'"
REOPENING = "OLD.state = 'closed' AND NEW.state <> 'closed' AND OLD.mode = 'anonymous'"
STAYS_CLOSED = "an anonymous survey cannot be opened again"


def _forget_at_close(bind: sa.Connection) -> None:
    """Whoever closes a survey: what leads from a code to a response is gone in the same transaction."""
    forget = "; ".join(FORGET)
    if bind.dialect.name == "sqlite":
        op.execute(
            f"CREATE TRIGGER survey_forgets AFTER UPDATE OF state ON survey WHEN {CLOSING}"
            f" BEGIN {forget}; END"
        )
        op.execute(
            f"CREATE TRIGGER survey_stays_closed BEFORE UPDATE OF state ON survey WHEN {REOPENING}"
            f" BEGIN SELECT RAISE(ABORT, '{STAYS_CLOSED}'); END"
        )
        return
    op.execute(
        "CREATE FUNCTION survey_forgets() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" {forget}; RETURN NULL; END $$"
    )
    op.execute(
        "CREATE FUNCTION survey_stays_closed() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
        f" RAISE EXCEPTION '{STAYS_CLOSED}'; END $$"
    )
    for when, deed, condition in (
        ("AFTER", "survey_forgets", CLOSING),
        ("BEFORE", "survey_stays_closed", REOPENING),
    ):
        op.execute(
            f"CREATE TRIGGER {deed} {when} UPDATE OF state ON survey FOR EACH ROW WHEN ({condition})"
            f" EXECUTE FUNCTION {deed}()"
        )
