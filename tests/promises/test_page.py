"""docs/promises.md says what the stored results say, and nothing else."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.promises import record


def test_the_page_is_what_the_results_generate() -> None:
    assert record.PAGE.read_text(encoding="utf-8") == record.page(record.stored())


def test_every_promise_has_a_row_and_those_without_a_result_say_why() -> None:
    text = record.page({})
    for name in record.PROMISES:
        assert f"\n| {name} | " in text
    assert text.count("尚未运行") == len(record.PROMISES)


def test_a_result_that_changes_changes_the_page(tmp_path: Path) -> None:
    found = record.result("D5", figure="30/30", kept=True, control="one flipped byte: refused")
    record.store(found, tmp_path)
    assert record.stored(tmp_path) == {"D5": found}
    kept, broken = record.page({"D5": found}), record.page({"D5": replace(found, kept=False)})
    assert "| 30/30 | 是 / yes | one flipped byte: refused |" in kept
    assert "| 30/30 | 否 / no |" in broken


def test_a_result_under_a_wrong_name_is_refused(tmp_path: Path) -> None:
    found = record.result("D5", figure="x", kept=True, control="y")
    record.store(found, tmp_path).rename(tmp_path / "D6.json")
    with pytest.raises(KeyError):
        record.stored(tmp_path)
