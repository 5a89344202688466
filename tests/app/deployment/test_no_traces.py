"""A3, short: the journey of canaries through the real web process, and the search of what it wrote."""

from __future__ import annotations

import base64
from pathlib import Path

import pytest

from tests.promises import a3, searching


@pytest.mark.slow
def test_no_canary_is_written_anywhere_and_planted_ones_are_found(tmp_path: Path) -> None:
    seen = a3.search_after(tmp_path / "a3", with_worker=False)
    assert seen.hits == []
    assert seen.files > 8
    assert a3.caught(seen.planted)
    assert not a3.caught(seen.hits)


@pytest.mark.parametrize("before", ["", "x", "xy", "xyz"])
def test_a_canary_is_found_in_base64_wherever_it_stands(tmp_path: Path, before: str) -> None:
    (tmp_path / "f").write_bytes(base64.b64encode(f"{before}{a3.NAME} and more".encode()))
    hits, _, _ = searching.search({"": tmp_path}, {"name": a3.NAME})
    assert hits
