"""Settings: production refuses what is convenient in a demo."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from app.settings import Settings

GOOD_SECRET = "kJ3v9QmZx7Lw2RtY8uHb5NcE4sGd6FpA"


def production(monkeypatch: pytest.MonkeyPatch, **changes: str) -> Settings:
    values = {
        "ENVIRONMENT": "production",
        "SECRET": GOOD_SECRET,
        "BASE_URL": "https://dandang.example",
        "KEY_DIRECTORY": "/etc/dandang/keys",
    } | changes
    for name, value in values.items():
        monkeypatch.setenv(f"DANDANG_{name}", value)
    return Settings()


def test_production_starts_with_a_secret_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = production(monkeypatch)
    assert settings.key() == GOOD_SECRET.encode()
    assert settings.secure_cookies
    assert settings.needs_second_factor


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("SECRET", "", "DANDANG_SECRET"),
        ("SECRET", "changeme", "DANDANG_SECRET"),
        ("SECRET", "short-secret", "DANDANG_SECRET"),
        ("SECRET", "a" * 64, "DANDANG_SECRET"),
        ("DEBUG", "true", "DANDANG_DEBUG"),
        ("BASE_URL", "http://dandang.example", "DANDANG_BASE_URL"),
        ("BASE_URL", "", "DANDANG_BASE_URL"),
        ("KEY_DIRECTORY", "var/keys", "DANDANG_KEY_DIRECTORY"),
    ],
)
def test_production_refuses(monkeypatch: pytest.MonkeyPatch, name: str, value: str, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        production(monkeypatch, **{name: value})


def test_a_secret_is_made_once_and_only_its_owner_can_read_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANDANG_HOME", str(tmp_path / "home"))
    first, second = Settings().key(), Settings().key()
    assert first == second
    assert len(first) == 64
    assert stat.S_IMODE((tmp_path / "home" / "secret").stat().st_mode) == 0o600


def test_port_is_plain_and_home_is_var_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PORT", "9123")
    monkeypatch.delenv("DANDANG_HOME", raising=False)
    settings = Settings()
    assert settings.port == 9123
    assert settings.home == Path("var")
