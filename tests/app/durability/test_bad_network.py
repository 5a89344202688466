"""D4, short: one submission, one row, through a proxy that drops, repeats and delays."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.promises.d4 import submit_over_a_bad_network

PEOPLE = 120  # on each store; make promise-D4 goes on to a hundred thousand


@pytest.mark.slow
def test_one_submission_is_one_row_whatever_the_network_does(scratch: str) -> None:
    tally = submit_over_a_bad_network(PEOPLE, forked=True)
    assert tally.refused == []
    assert len(tally.acknowledged) == tally.people == tally.rows == PEOPLE
    (seen,) = tally.seen
    assert seen.dropped_replies > PEOPLE / 5
    assert seen.repeated > PEOPLE / 10


def test_a_server_that_stores_whatever_comes_is_caught(scratch_sqlite: Path) -> None:
    tally = submit_over_a_bad_network(10, factory="stores_what_it_is_sent")
    assert tally.rows > tally.people
