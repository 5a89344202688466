"""Append to the audit record, erase a detail of it, and follow it with the witness.

Entries are written in the caller's transaction; the witness is written once that has been committed.
"""

from __future__ import annotations

import logging
from typing import Any, Final

from sqlalchemy import event, select, text
from sqlalchemy.orm import Session, sessionmaker

from app.database import now
from app.errors import Conflict, NotFound
from app.trail import chain, witness
from app.trail.models import TrailEntry
from app.trail.verification import ERASE, Verification, verify

__all__ = ["Verification", "acknowledge_restore", "append", "erase", "record", "verify"]

log = logging.getLogger("dandang.trail")
WRITERS_LOCK: Final = 7215831
_HEAD: Final = "trail_head"
_REPLACE: Final = "trail_replace"


def append(session: Session, *, actor: str, action: str, subject: str, **detail: Any) -> TrailEntry:
    """Add one deed to the chain, in the caller's transaction.

    actor: account id, "system" or "respondent" (never a respondent's identity); subject: "survey:…".
    detail: numbers, text, lists, mappings; never a name, a token or an address.
    On PostgreSQL writers of the chain wait for each other; on SQLite the write lock already does that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text(f"SELECT pg_advisory_xact_lock({WRITERS_LOCK})"))
    last = _last(session)
    entry = TrailEntry(
        number=last.number + 1 if last else 1,
        at=now(),
        actor=chain.plain(actor),
        action=chain.plain(action),
        subject=chain.plain(subject),
        detail=chain.plain(detail),
        salt=chain.new_salt(),
        previous=last.digest if last else chain.GENESIS,
    )
    assert entry.salt is not None
    entry.commitment = chain.commitment(entry.salt, entry.detail)
    entry.digest = chain.digest(
        chain.trail_key(),
        previous=entry.previous,
        number=entry.number,
        at=entry.at,
        actor=entry.actor,
        action=entry.action,
        subject=entry.subject,
        committed=entry.commitment,
    )
    session.add(entry)
    session.flush()
    if session.info.get(_HEAD) is not None or _agrees_with_witness(session):
        session.info[_HEAD] = witness.Head(entry.number, entry.digest)
    return entry


def record(sessions: sessionmaker[Session], *, actor: str, action: str, subject: str, **detail: Any) -> None:
    """Append in a transaction of its own: for a request that only reads, before anything is sent."""
    with sessions() as own:
        append(own, actor=actor, action=action, subject=subject, **detail)
        own.commit()


def erase(session: Session, number: int, *, actor: str, reason: str) -> TrailEntry:
    """Remove the detail of an entry for good; that it was removed, by whom and why is an entry of its own.

    Raises NotFound, and Conflict for an entry without a detail, erased before, or about an erasure.
    """
    entry = session.get(TrailEntry, number)
    if entry is None:
        raise NotFound(f"没有第 {number} 条记录", "请核对编号。")
    if entry.salt is None or not entry.detail or entry.action == ERASE:
        raise Conflict(f"第 {number} 条记录没有可删除的详情", "记录没有改动。")
    made = append(session, actor=actor, action=ERASE, subject=f"trail:{number}", reason=reason)
    entry.detail, entry.salt = {}, None
    session.flush()
    return made


def acknowledge_restore(session: Session, *, actor: str) -> TrailEntry:
    """Begin anew after a backup was restored: what the witness had seen becomes an entry, then it follows.

    For `dandang restore` only. Entries written after the backup are lost; this entry says up to which number.
    """
    try:
        seen = witness.read()
    except witness.BrokenWitness:
        seen = None
    made = append(
        session,
        actor=actor,
        action="trail.restore",
        subject="trail",
        witnessed=seen.number if seen else None,
        witnessed_digest=seen.digest if seen else None,
    )
    session.info[_HEAD] = witness.Head(made.number, made.digest)
    session.info[_REPLACE] = True
    return made


def _last(session: Session) -> TrailEntry | None:
    return session.scalars(select(TrailEntry).order_by(TrailEntry.number.desc()).limit(1)).first()


def _agrees_with_witness(session: Session) -> bool:
    """Whether the store still holds what the witness saw: only then may the witness go on with it.

    Otherwise a shortened trail would be made good by appending to it.
    """
    try:
        seen = witness.read()
    except witness.BrokenWitness:
        return False
    if seen is None:
        return True
    held = session.scalar(select(TrailEntry.digest).where(TrailEntry.number == seen.number))
    return held == seen.digest


@event.listens_for(Session, "after_commit")
def _follow(session: Session) -> None:
    if session.in_nested_transaction():
        return
    head = session.info.pop(_HEAD, None)
    replace = session.info.pop(_REPLACE, False)
    if head is None:
        return
    try:
        witness.advance(head, replace=replace)
    except (OSError, witness.BrokenWitness) as error:
        # the deed is committed; a witness that lags is caught up by the next one
        log.error("trail witness not written: %s", type(error).__name__)


@event.listens_for(Session, "after_soft_rollback")
def _forget(session: Session, _previous: object) -> None:
    session.info.pop(_HEAD, None)
    session.info.pop(_REPLACE, None)
