"""D1, short: kill -9 of the real server while people submit; of the worker in the middle of a report."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.promises.d1 import kill_the_worker, kill_while_submitting


def test_a_killed_server_loses_nothing_it_promised(scratch: str) -> None:
    tally = kill_while_submitting(6, forked=True, seed=2)
    assert len(tally.acknowledged) > 10
    assert (tally.lost, tally.duplicated, tally.torn, tally.refused) == (0, 0, 0, 0)


def test_a_server_that_answers_before_it_commits_is_caught(scratch_sqlite: Path) -> None:
    lost = 0
    for seed in range(4):
        lost += kill_while_submitting(4, factory="answers_before_commit", forked=True, seed=seed).lost
        if lost:
            break
    assert lost > 0


@pytest.mark.slow
@pytest.mark.usefixtures("real_queue")
def test_a_report_killed_in_mid_step_is_finished_after_restart(scratch_sqlite: Path) -> None:
    assert kill_the_worker() == "running → done"
