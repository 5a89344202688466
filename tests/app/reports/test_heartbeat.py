"""A report beats as long as it is computed, however long a step takes, and stops when its work has ended."""

from __future__ import annotations

import threading

import pytest
from sqlalchemy.exc import OperationalError

from app.reports.running import PULSE_SECONDS, alive
from app.reports.service import SILENT_SECONDS

SHORT = 0.005
PATIENCE = 5.0


def _beating() -> set[str]:
    return {thread.name for thread in threading.enumerate() if thread.name == "report-heartbeat"}


def test_it_beats_in_a_long_step_and_stops_after_it() -> None:
    third = threading.Event()
    beats: list[int] = []

    def _beat() -> None:
        beats.append(1)
        if len(beats) == 1:
            raise OperationalError(
                "update", {}, Exception("database is locked")
            )  # one beat lost is not the end
        if len(beats) == 3:
            third.set()

    with alive(_beat, SHORT):
        assert third.wait(PATIENCE)
    assert not _beating()


def test_it_stops_when_the_work_fails() -> None:
    with pytest.raises(RuntimeError), alive(lambda: None, SHORT):
        raise RuntimeError
    assert not _beating()


def test_several_beats_fit_into_the_silence_that_means_interrupted() -> None:
    assert 3 * PULSE_SECONDS < SILENT_SECONDS
