"""Runs add up, a fault starts the count anew and stays to be seen."""

from __future__ import annotations

from pathlib import Path

from tests.promises import d1, sums
from tests.promises.sums import Run


def _run(day: int, **counts: int) -> Run:
    return Run(f"2026-11-{day:02}T00:00:00+00:00", f"commit{day}", counts, "caught")


def test_runs_add_up_and_a_run_written_again_counts_once(tmp_path: Path) -> None:
    first, second = _run(1, cycles=6_000, workers=1), _run(2, cycles=10)
    for run in (second, first):
        sums.keep("D1", run, tmp_path)
    second.add({"cycles": 4_000})
    sums.keep("D1", second, tmp_path)
    made = sums.runs("D1", tmp_path)
    assert made == [first, second]
    assert sums.since_the_last_fault(made) == {"cycles": 10_010, "workers": 1}
    found = d1.summed(made)
    assert found.kept
    assert "commit1, commit2" in found.note


def test_a_lost_row_starts_the_count_anew_and_stays_to_be_seen() -> None:
    made = [_run(1, cycles=20_000, workers=1), _run(2, cycles=5, lost=1), _run(3, cycles=9_999, workers=1)]
    found = d1.summed(made)
    assert not found.kept
    assert "9999 cycles" in found.figure
    assert "FAULT 2026-11-02T00:00:00+00:00 at commit2: 1 lost" in found.note
    assert not d1.summed([*made, _run(4, cycles=1, torn=1)]).kept
    assert d1.summed([*made, _run(4, cycles=1)]).kept
