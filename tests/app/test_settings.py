"""Settings: production refuses what is convenient in a demo."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from pydantic import ValidationError
from sqlalchemy.engine import make_url

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


def file_with(directory: Path, text: str) -> str:
    path = directory / "handed over"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_secret_in_a_file_is_the_same_as_in_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = production(monkeypatch, SECRET="", SECRET_FILE=file_with(tmp_path, f"{GOOD_SECRET}\n"))
    assert settings.key() == GOOD_SECRET.encode()


def test_the_databases_password_comes_from_a_file_whatever_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    password = "p@ss:w/rd?#%41 密"
    settings = production(
        monkeypatch,
        DATABASE_URL="postgresql://dandang@postgres/dandang",
        JOBS_DATABASE_URL="postgresql://dandang@postgres/dandang_jobs",
        DATABASE_PASSWORD_FILE=file_with(tmp_path, f"{password}\n"),
    )
    for address, name in ((settings.database, "dandang"), (settings.jobs_database, "dandang_jobs")):
        url = make_url(address)
        assert (url.username, url.password, url.host, url.database) == ("dandang", password, "postgres", name)


@pytest.mark.parametrize(
    ("changes", "content", "said"),
    [
        ({"SECRET_FILE": "{}"}, GOOD_SECRET, "DANDANG_SECRET_FILE.*只能设一个"),
        ({"SECRET": "", "SECRET_FILE": "/nowhere"}, "", "DANDANG_SECRET_FILE.*/nowhere"),
        ({"SECRET": "", "SECRET_FILE": "{}"}, " \n", "DANDANG_SECRET_FILE.*空"),
        ({"SECRET": "", "SECRET_FILE": "{}"}, "too-short-to-be-one", "DANDANG_SECRET_FILE.*至少"),
        ({"DATABASE_PASSWORD_FILE": "{}"}, "hush-hush", "DANDANG_DATABASE_URL"),
        (
            {"DATABASE_PASSWORD_FILE": "{}", "DATABASE_URL": "postgresql://a:hers@b/c"},
            "hush-hush",
            "不得再有密码",
        ),
        ({"DATABASE_PASSWORD_FILE": "{}", "DATABASE_URL": "sqlite:///x.db"}, "hush-hush", "不得再有密码"),
        ({"DATABASE_PASSWORD_FILE": "{}", "DATABASE_URL": "what"}, "hush-hush", "不是数据库地址"),
    ],
)
def test_a_file_that_is_missing_empty_or_one_too_many_is_named_and_its_content_is_not(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, changes: dict[str, str], content: str, said: str
) -> None:
    path = file_with(tmp_path, content)
    with pytest.raises(ValidationError, match=said) as refused:
        production(monkeypatch, **{name: value.format(path) for name, value in changes.items()})
    for secret in (GOOD_SECRET, "hers", "hush-hush", "too-short-to-be-one"):
        assert secret not in str(refused.value)
