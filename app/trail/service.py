"""Append to the audit record and verify it.

Entry n: digest = SHA-256(previous digest ‖ commitment), commitment = SHA-256(canonical JSON of the entry).
A removed detail keeps its commitment, so personal data can be erased without breaking the chain.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.database import now
from app.trail.models import TrailEntry

GENESIS = "0" * 64


@dataclass(frozen=True, slots=True)
class Verification:
    """Outcome of a walk over the chain; `first_bad` is the number of the first entry that fails."""

    entries: int
    head: str
    first_bad: int | None


def _commitment(entry: TrailEntry) -> str:
    body = [entry.number, entry.at.isoformat(), entry.actor, entry.action, entry.subject, entry.detail]
    canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode("utf-8", "surrogatepass")).hexdigest()


def _digest(previous: str, commitment: str) -> str:
    return hashlib.sha256((previous + commitment).encode()).hexdigest()


def append(session: Session, *, actor: str, action: str, subject: str, **detail: Any) -> TrailEntry:
    """Add one deed to the chain, in the caller's transaction.

    actor: account id, "system" or "respondent" (never a respondent's identity); subject: "survey:…".
    On PostgreSQL writers of the chain wait for each other; on SQLite the write lock already does that.
    """
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(7215831)"))
    last = session.scalars(select(TrailEntry).order_by(TrailEntry.number.desc()).limit(1)).first()
    entry = TrailEntry(
        number=last.number + 1 if last else 1,
        at=now(),
        actor=actor,
        action=action,
        subject=subject,
        detail=detail,
        previous=last.digest if last else GENESIS,
    )
    entry.commitment = _commitment(entry)
    entry.digest = _digest(entry.previous, entry.commitment)
    session.add(entry)
    session.flush()
    return entry


def verify(session: Session) -> Verification:
    """Walk the whole chain; any edit, deletion, swap or gap is found at its first entry."""
    previous, expected = GENESIS, 1
    for entry in session.scalars(
        select(TrailEntry).order_by(TrailEntry.number).execution_options(yield_per=500)
    ):
        whole = (
            entry.number == expected
            and entry.previous == previous
            and entry.commitment == _commitment(entry)
            and entry.digest == _digest(previous, entry.commitment)
        )
        if not whole:
            return Verification(entries=expected - 1, head=previous, first_bad=expected)
        previous, expected = entry.digest, expected + 1
    return Verification(entries=expected - 1, head=previous, first_bad=None)
