"""Staff: roles, second factor, sessions; the trail keyed, append-only and witnessed.

A trail of 0001 is chained anew under the installation's key. What it had been (how many entries, its last
digest, the first entry that already did not fit) is kept as an entry, and so part of the new chain. Open
sessions end: everybody signs in once more. There is no way back: a keyed trail does not become an open one.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import secrets
from typing import Any

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from app import security
from app.settings import get_settings

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

JSON = sa.JSON().with_variant(postgresql.JSONB(), "postgresql")
GENESIS = "0" * 64
TRAIL = sa.table(
    "trail_entry",
    sa.column("number", sa.BigInteger()),
    sa.column("at", sa.DateTime(timezone=True)),
    *(sa.column(name, sa.String()) for name in ("actor", "action", "subject", "salt", "commitment")),
    *(sa.column(name, sa.String()) for name in ("previous", "digest")),
    sa.column("detail", JSON),
)


def upgrade() -> None:
    """Columns of accounts and sessions; the trail keyed; its triggers last."""
    op.add_column(
        "account", sa.Column("must_change_password", sa.Boolean(), nullable=False, server_default=sa.false())
    )
    op.add_column("account", sa.Column("second_factor_sealed", sa.LargeBinary(), nullable=True))
    op.add_column(
        "account", sa.Column("second_factor_step", sa.BigInteger(), nullable=False, server_default="0")
    )
    op.drop_table("account_session")
    op.create_table(
        "account_session",
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("account_id", sa.Uuid(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_session_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("token_hash", name=op.f("pk_account_session")),
    )
    op.create_index(op.f("ix_account_session_account_id"), "account_session", ["account_id"])
    op.add_column("trail_entry", sa.Column("salt", sa.String(length=32), nullable=True))
    bind = op.get_bind()
    _chain_anew(bind)
    for statement in ON_SQLITE if bind.dialect.name == "sqlite" else ON_POSTGRESQL:
        bind.exec_driver_sql(statement)


def _aware(moment: dt.datetime) -> dt.datetime:
    return moment.replace(tzinfo=dt.UTC) if moment.tzinfo is None else moment.astimezone(dt.UTC)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _fits(row: Any, number: int, previous: str) -> bool:
    """Whether an entry of 0001 fits the one before it, by the rule it was written under."""
    body = _canonical(
        [row.number, _aware(row.at).isoformat(), row.actor, row.action, row.subject, row.detail]
    )
    committed = hashlib.sha256(body.encode("utf-8", "surrogatepass")).hexdigest()
    digest = hashlib.sha256((previous + committed).encode()).hexdigest()
    return bool(
        row.number == number
        and row.previous == previous
        and row.commitment == committed
        and row.digest == digest
    )


def _linked(key: bytes, previous: str, body: dict[str, Any]) -> dict[str, Any]:
    """The entry as it stands in the keyed chain."""
    salt = secrets.token_hex(16)
    committed = security.digest((salt + _canonical(body["detail"])).encode("utf-8", "surrogatepass")).hex()
    plain = [previous, body["number"], _aware(body["at"]).isoformat()]
    sealed = _canonical([*plain, body["actor"], body["action"], body["subject"], committed])
    return body | {
        "salt": salt,
        "commitment": committed,
        "previous": previous,
        "digest": security.derive(key, "trail-entry", sealed).hex(),
    }


def _chain_anew(bind: sa.Connection) -> None:
    rows = bind.execute(sa.select(TRAIL).order_by(TRAIL.c.number)).all()
    if not rows:
        return
    key = security.derive(get_settings().key(), "trail")
    old, new, first_bad = GENESIS, GENESIS, None
    for number, row in enumerate(rows, start=1):
        if first_bad is None and not _fits(row, number, old):
            first_bad = row.number
        old = row.digest
        body = {"number": number, "at": _aware(row.at), "actor": row.actor, "action": row.action}
        made = _linked(key, new, body | {"subject": row.subject, "detail": row.detail})
        bind.execute(sa.update(TRAIL).where(TRAIL.c.number == row.number).values(**made))
        new = made["digest"]
    detail = {"entries": len(rows), "head": old, "first_bad": first_bad}
    body = {"number": len(rows) + 1, "at": dt.datetime.now(dt.UTC), "actor": "system"}
    bind.execute(
        sa.insert(TRAIL).values(
            **_linked(key, new, body | {"action": "trail.chain", "subject": "trail", "detail": detail})
        )
    )


# An entry is added after the last one and never changed, save that a detail goes once an entry says so.
ON_SQLITE = (
    """
    CREATE TRIGGER trail_entry_only_after_the_last BEFORE INSERT ON trail_entry
    WHEN NEW.number IS NOT (SELECT coalesce(max(number), 0) + 1 FROM trail_entry)
    BEGIN SELECT RAISE(ABORT, 'trail_entry: only after the last entry'); END
    """,
    """
    CREATE TRIGGER trail_entry_never_deleted BEFORE DELETE ON trail_entry
    BEGIN SELECT RAISE(ABORT, 'trail_entry: append-only'); END
    """,
    """
    CREATE TRIGGER trail_entry_never_changed BEFORE UPDATE ON trail_entry
    WHEN NOT (
        NEW.number IS OLD.number AND NEW.at IS OLD.at AND NEW.actor IS OLD.actor
        AND NEW.action IS OLD.action AND NEW.subject IS OLD.subject AND NEW.commitment IS OLD.commitment
        AND NEW.previous IS OLD.previous AND NEW.digest IS OLD.digest
        AND NEW.salt IS NULL AND NEW.detail = '{}' AND OLD.action <> 'trail.erase'
        AND EXISTS (
            SELECT 1 FROM trail_entry AS said
            WHERE said.action = 'trail.erase' AND said.subject = 'trail:' || OLD.number
        )
    )
    BEGIN SELECT RAISE(ABORT, 'trail_entry: append-only'); END
    """,
)
ON_POSTGRESQL = (
    """
    CREATE FUNCTION trail_entry_guard() RETURNS trigger LANGUAGE plpgsql AS $guard$
    BEGIN
        IF TG_OP = 'INSERT' THEN
            IF NEW.number = (SELECT coalesce(max(number), 0) + 1 FROM trail_entry) THEN RETURN NEW; END IF;
            RAISE EXCEPTION 'trail_entry: only after the last entry';
        END IF;
        IF TG_OP = 'UPDATE' THEN
            IF (NEW.number, NEW.at, NEW.actor, NEW.action, NEW.subject,
                NEW.commitment, NEW.previous, NEW.digest)
                IS NOT DISTINCT FROM
               (OLD.number, OLD.at, OLD.actor, OLD.action, OLD.subject,
                OLD.commitment, OLD.previous, OLD.digest)
               AND NEW.salt IS NULL AND NEW.detail = '{}'::jsonb AND OLD.action <> 'trail.erase'
               AND EXISTS (
                   SELECT 1 FROM trail_entry AS said
                   WHERE said.action = 'trail.erase' AND said.subject = 'trail:' || OLD.number
               )
            THEN RETURN NEW; END IF;
        END IF;
        RAISE EXCEPTION 'trail_entry: append-only';
    END
    $guard$
    """,
    """
    CREATE TRIGGER trail_entry_guard BEFORE INSERT OR UPDATE OR DELETE ON trail_entry
    FOR EACH ROW EXECUTE FUNCTION trail_entry_guard()
    """,
    """
    CREATE TRIGGER trail_entry_never_emptied BEFORE TRUNCATE ON trail_entry
    FOR EACH STATEMENT EXECUTE FUNCTION trail_entry_guard()
    """,
)
