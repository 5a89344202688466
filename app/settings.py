"""Settings from the environment (prefix DANDANG_), checked once at start.

Secrets may come from files (DANDANG_SECRET_FILE, DANDANG_DATABASE_PASSWORD_FILE), as containers do it.
`production` refuses what is convenient in a demo: a secret made on the spot, debug, simulated people.
"""

from __future__ import annotations

import os
import secrets
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, SecretStr, model_validator
from pydantic_settings import BaseSettings, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

MIN_SECRET_LENGTH = 32
WEAK_SECRETS = frozenset({"changeme", "secret", "dandang", "development", "password"})


class Settings(BaseSettings):
    """What an operator may set. Unset secrets are made and kept in `home` outside production."""

    model_config = SettingsConfigDict(env_prefix="DANDANG_", extra="ignore", hide_input_in_errors=True)

    environment: Literal["development", "demo", "production"] = "development"
    home: Path = Path("var")
    database_url: str = ""
    jobs_database_url: str = ""
    database_password_file: Path | None = None
    secret: SecretStr = SecretStr("")
    secret_file: Path | None = None
    debug: bool = False
    base_url: str = ""
    host: str = "127.0.0.1"
    port: Annotated[int, Field(ge=0, le=65535, validation_alias="PORT")] = 8000
    session_hours: Annotated[int, Field(ge=1, le=72)] = 8
    worker_slot: str = "worker-1"
    key_directory: Path | None = None
    suite: Literal["international", "shangmi"] = "international"
    second_factor: Literal["required", "optional"] = "optional"

    @model_validator(mode="after")
    def _read_files(self) -> Self:
        """Take the secret and the database's password from their files, where files are named."""
        if self.secret_file is not None:
            if self.secret.get_secret_value():
                raise ValueError("DANDANG_SECRET_FILE: 与 DANDANG_SECRET 只能设一个 / set one of the two")
            self.secret = SecretStr(_content("DANDANG_SECRET_FILE", self.secret_file))
        if self.database_password_file is not None:
            name = "DANDANG_DATABASE_PASSWORD_FILE"
            password = _content(name, self.database_password_file)
            if not self.database_url:
                raise ValueError(f"{name}: 须同时设置 DANDANG_DATABASE_URL / needs DANDANG_DATABASE_URL")
            self.database_url = _with_password(name, self.database_url, password)
            if self.jobs_database_url:
                self.jobs_database_url = _with_password(name, self.jobs_database_url, password)
        return self

    @model_validator(mode="after")
    def _refuse_unsafe_production(self) -> Self:
        if self.environment != "production":
            return self
        secret = self.secret.get_secret_value()
        problems = []
        if len(secret) < MIN_SECRET_LENGTH or secret.lower() in WEAK_SECRETS or len(set(secret)) < 8:
            problems.append(
                f"DANDANG_SECRET / DANDANG_SECRET_FILE: 生产环境须自行设置，"
                f"至少 {MIN_SECRET_LENGTH} 个随机字符"
                " / set a random secret of your own (openssl rand -hex 32)"
            )
        if self.debug:
            problems.append("DANDANG_DEBUG: 生产环境不得开启 / must be off in production")
        if not self.base_url.startswith("https://"):
            problems.append(
                "DANDANG_BASE_URL: 生产环境须写明以 https:// 开头的访问地址 / the https:// address people use"
            )
        if self.key_directory is None or self._inside_home(self.key_directory):
            problems.append(
                "DANDANG_KEY_DIRECTORY: 生产环境须指定密钥目录，且不在 DANDANG_HOME 之内"
                " / a directory for keys, outside DANDANG_HOME"
            )
        if problems:
            raise ValueError("；".join(problems))
        return self

    def _inside_home(self, path: Path) -> bool:
        return path.resolve().is_relative_to(self.home.resolve())

    @property
    def keys(self) -> Path:
        """The key directory: `home/keys` unless set; never in the database, never in a backup."""
        return self.key_directory or self.home / "keys"

    @property
    def needs_second_factor(self) -> bool:
        """Whether staff must have a second factor: always in production."""
        return self.second_factor == "required" or self.environment == "production"

    @property
    def is_demo(self) -> bool:
        """Whether pages must say that this is a demo with simulated respondents."""
        return self.environment == "demo"

    @property
    def secure_cookies(self) -> bool:
        """Whether cookies carry the Secure flag: wherever the service is reached over https."""
        return self.base_url.startswith("https://")

    @property
    def address(self) -> str:
        """The address people type, without a trailing slash."""
        return (self.base_url or f"http://{self.host}:{self.port}").rstrip("/")

    @property
    def database(self) -> str:
        """SQLAlchemy URL of the store; an SQLite file in `home` unless set."""
        return self.database_url or f"sqlite:///{(self.home / 'dandang.db').resolve()}"

    @property
    def jobs_database(self) -> str:
        """SQLAlchemy URL of the job queue's own store, kept apart from the answers."""
        return self.jobs_database_url or f"sqlite:///{(self.home / 'jobs.db').resolve()}"

    def key(self) -> bytes:
        """The master secret; outside production made once and kept in `home/secret` (mode 0600)."""
        given = self.secret.get_secret_value()
        if given:
            return given.encode()
        path = self.home / "secret"
        self.home.mkdir(parents=True, exist_ok=True)
        try:
            descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        except FileExistsError:
            return path.read_bytes()
        with os.fdopen(descriptor, "w") as file:
            file.write(secrets.token_hex(32))
            file.flush()
            os.fsync(file.fileno())  # before anything is derived from it: a power cut must not leave it empty
        directory = os.open(self.home, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
        return path.read_bytes()


def _content(name: str, path: Path) -> str:
    """What a file holds, without the line end. The errors name the setting and never the content."""
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "UTF-8"
        raise ValueError(f"{name}: 读不出 {path} / cannot be read ({reason})") from None
    if not text:
        raise ValueError(f"{name}: {path} 是空的 / is empty")
    return text


def _with_password(name: str, address: str, password: str) -> str:
    """A database's address with the password in it, whatever characters that has."""
    try:
        url = make_url(address)
    except ArgumentError:
        raise ValueError(
            f"{name}: DANDANG_DATABASE_URL 不是数据库地址 / is no address of a database"
        ) from None
    if url.password or url.get_backend_name() == "sqlite":
        raise ValueError(
            f"{name}: 数据库地址里不得再有密码 / an address of PostgreSQL without a password in it"
        )
    return url.set(password=password).render_as_string(hide_password=False)


@lru_cache
def get_settings() -> Settings:
    """The process's settings, read once."""
    return Settings()
