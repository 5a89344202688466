"""An empty database on either store."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from app.settings import get_settings
from tests.postgres import Server


@pytest.fixture(params=["sqlite", "postgresql"])
def address(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The URL of a database with nothing in it; keys and secret in a home of the test's own."""
    monkeypatch.setenv("DANDANG_HOME", str(tmp_path / "home"))
    (tmp_path / "home").mkdir()
    get_settings.cache_clear()
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'fresh.db'}"
    else:
        server: Server = request.getfixturevalue("postgres")
        name = server.create()
        yield server.url(name)
        server.drop(name)
    get_settings.cache_clear()
