"""D3, short: a small disk, full again and again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.promises import d3


@pytest.mark.slow
def test_a_full_disk_is_said_clearly_and_loses_nothing(tmp_path: Path) -> None:
    reason = d3.impossible()
    if reason:
        pytest.skip(reason)
    seen = d3.fill_the_disk(tmp_path, 5)
    assert seen.clear > 0
    assert seen.unclear == []
    assert seen.acknowledged == seen.steps == 5
    assert (seen.lost, seen.duplicated) == (0, 0)
    assert seen.slowest < 10


@pytest.mark.slow
def test_a_server_that_swallows_the_error_is_caught(tmp_path: Path) -> None:
    reason = d3.impossible()
    if reason:
        pytest.skip(reason)
    assert d3.fill_the_disk(tmp_path, 3, factory="says_saved_when_it_is_not").lost > 0
