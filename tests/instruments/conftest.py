"""A copy of a real version that a test may spoil."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from instruments import loading
from instruments import shelf as shelves

Spoil = Callable[..., None]


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An instruments folder of the test's own, with dandang-jsjb/0.1.0 and its publication."""
    root = tmp_path / "instruments"
    source = shelves.ROOT / "dandang-jsjb"
    shutil.copytree(source, root / "dandang-jsjb")
    monkeypatch.setattr(shelves, "ROOT", root)
    monkeypatch.setattr(shelves, "PUBLISHED", root / "published.toml")
    loading._load.cache_clear()
    (root / "published.toml").write_text("", encoding="utf-8")
    yield root
    loading._load.cache_clear()


@pytest.fixture
def version(shelf: Path) -> Path:
    return shelf / "dandang-jsjb" / "0.1.0"


@pytest.fixture
def spoil(version: Path) -> Spoil:
    """`spoil("instrument.yaml", "old text", "new text")`: change one place of a file, once."""

    def _spoil(name: str, old: str, new: str) -> None:
        path = version / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) >= 1, f"{old!r} is not in {name}"
        path.write_text(text.replace(old, new, 1), encoding="utf-8")

    return _spoil
