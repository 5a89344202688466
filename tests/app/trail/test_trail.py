"""The audit record: every tampering is found at its first bad row."""

from __future__ import annotations

import random

import pytest
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.trail import service

ENTRIES = 40


@pytest.fixture
def chain(session: Session) -> Session:
    for k in range(ENTRIES):
        service.append(session, actor="system", action=f"deed.{k % 5}", subject=f"survey:{k}", count=k)
    session.commit()
    return session


def test_an_untouched_chain_verifies(chain: Session) -> None:
    found = service.verify(chain)
    assert found.entries == ENTRIES
    assert found.first_bad is None


CHANGES = {
    "edit": "UPDATE trail_entry SET action = 'other' WHERE number = :n",
    "detail": "UPDATE trail_entry SET detail = '{\"count\": -1}' WHERE number = :n",
    "actor": "UPDATE trail_entry SET actor = 'someone' WHERE number = :n",
    "time": "UPDATE trail_entry SET at = '2001-01-01 00:00:00.000000' WHERE number = :n",
    "delete": "DELETE FROM trail_entry WHERE number = :n",
    "digest": "UPDATE trail_entry SET digest = replace(digest, substr(digest, 1, 1), 'z') WHERE number = :n",
}


@pytest.mark.parametrize("kind", CHANGES)
def test_a_change_is_found_at_its_row(chain: Session, kind: str) -> None:
    for n in random.Random(kind).sample(
        range(1, ENTRIES), 5
    ):  # the last row's deletion needs the head, see below
        chain.execute(text(CHANGES[kind]), {"n": n})
        assert service.verify(chain).first_bad == n
        chain.rollback()


def test_swapped_rows_are_found(chain: Session) -> None:
    chain.execute(text("UPDATE trail_entry SET number = -1 WHERE number = 7"))
    chain.execute(text("UPDATE trail_entry SET number = 7 WHERE number = 9"))
    chain.execute(text("UPDATE trail_entry SET number = 9 WHERE number = -1"))
    assert service.verify(chain).first_bad == 7


def test_a_cut_tail_shows_against_the_kept_head(chain: Session) -> None:
    before = service.verify(chain)
    chain.execute(text("DELETE FROM trail_entry WHERE number > 30"))
    after = service.verify(chain)
    assert after.first_bad is None  # a chain alone cannot see its own end: the head kept elsewhere does
    assert (after.entries, after.head) != (before.entries, before.head)
