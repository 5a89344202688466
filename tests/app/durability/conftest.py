"""Short forms of D1 to D4: a home in the environment on either store, as the full forms have it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.postgres import Server
from tests.promises.house import home


@pytest.fixture(params=["sqlite", "postgresql"])
def scratch(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The kind of the store that the environment leads to."""
    server: Server | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    with home(tmp_path / "home", server):
        yield request.param


@pytest.fixture
def scratch_sqlite(tmp_path: Path) -> Iterator[Path]:
    with home(tmp_path / "home") as made:
        yield made
