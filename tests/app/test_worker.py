"""A job that fails tells log and queue the type and place of its error, and nothing it quotes."""

from __future__ import annotations

import logging
import pickle

import pytest

from app import worker

CANARY = "张三的原话"


def test_a_failing_step_quotes_nobody(caplog: pytest.LogCaptureFixture) -> None:
    def _step(_subject: str) -> None:
        raise ValueError(f"(sqlite3.IntegrityError) [parameters: ('{CANARY}',)]")

    with caplog.at_level(logging.ERROR), pytest.raises(worker.JobFailed) as raised:
        worker._untold(_step)("run-1")
    assert str(raised.value) == "ValueError"
    assert CANARY not in caplog.text
    assert "ValueError at " in caplog.text
    assert __name__.rpartition(".")[2] in caplog.text, "the place"
    assert CANARY.encode() not in pickle.dumps(raised.value)


def test_the_control_an_error_let_through_quotes(caplog: pytest.LogCaptureFixture) -> None:
    error = ValueError(CANARY)
    logging.getLogger("dandang.worker").error("failed", exc_info=error)
    assert CANARY.encode() in pickle.dumps(error)
    assert CANARY in caplog.text
