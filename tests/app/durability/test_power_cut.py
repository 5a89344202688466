"""D2, short: one power cut on a loop device, where root may have one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.promises import d2


@pytest.mark.slow
@pytest.mark.parametrize("store", d2.STORES)
def test_a_power_cut_loses_nothing_that_was_promised(tmp_path: Path, store: str) -> None:
    reason = d2.impossible()
    if reason:
        pytest.skip(reason)
    seen = d2.cut_while_submitting(tmp_path, 1, store=store)
    assert seen.acknowledged > 0
    assert (seen.lost, seen.duplicated, seen.torn) == (0, 0, 0)
