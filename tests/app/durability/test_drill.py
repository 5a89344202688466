"""D5, short: one drill on each store; thirty are the full form."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import Server
from tests.promises.d5 import drill


def test_what_was_destroyed_comes_back_equal(
    scratch: str, tmp_path: Path, request: pytest.FixtureRequest
) -> None:
    store: Server | None = request.getfixturevalue("postgres") if scratch == "postgresql" else None
    seen = drill(tmp_path, 1, store)
    assert (seen.equal, seen.faults) == (1, [])
    assert seen.refused == seen.damaged == 1
