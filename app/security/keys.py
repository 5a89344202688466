"""The key directory: data keys and campaign keys, one file each, outside the database and its backups.

A data key has a number; every sealed value names the number it was sealed under. The highest number seals,
the others only open. A campaign key belongs to one survey and may be split between two custodians.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import threading
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from app.security import suites
from app.settings import Settings, get_settings

CAMPAIGN_KEY_BYTES: Final = 32
MAX_KEY_NUMBER: Final = 0xFFFF
LOOK_AGAIN_SECONDS: Final = 0.5


class MissingKey(RuntimeError):
    """A key that sealed something is not in the key directory."""


@dataclass(frozen=True, slots=True)
class DataKey:
    """One key of the ring. `key` never leaves the process; `repr` does not show it."""

    number: int
    cipher: suites.CipherName
    key: bytes

    def __repr__(self) -> str:
        """The number and the cipher only."""
        return f"DataKey({self.number}, {self.cipher})"


def _directory() -> Path:
    directory = get_settings().keys
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    return directory


def _write_once(path: Path, text: str) -> None:
    """Write a file that must not exist, readable by its owner only, whole and on disk before it is seen."""
    making = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(making, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w", encoding="ascii") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(making, path)
    finally:
        making.unlink()
    _sync_directory(path.parent)


def _sync_directory(directory: Path) -> None:
    descriptor = os.open(directory, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _path(number: int) -> Path:
    return get_settings().keys / f"data-{number:05d}.key"


def _read(path: Path) -> DataKey:
    body = json.loads(path.read_text(encoding="ascii"))
    return DataKey(int(body["number"]), body["cipher"], bytes.fromhex(body["key"]))


class Ring:
    """Every data key of one directory; read again within half a second of a change in it.

    A value that another process seals under the former key in that time still opens; `reseal` and
    `retire` look at what is stored, not at what a process believes.
    """

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._looked = float("-inf")
        self._seen: int | None = None
        self._keys: dict[int, DataKey] = {}
        self._active: DataKey | None = None
        self._lock = threading.Lock()

    def keys(self) -> dict[int, DataKey]:
        """Number → key, in order. The first key is made when there is none."""
        if time.monotonic() - self._looked > LOOK_AGAIN_SECONDS:
            with self._lock:
                self._look()
        return self._keys

    def look_again(self) -> None:
        """Read the directory now if it has changed."""
        with self._lock:
            self._look()

    def _look(self) -> None:
        if self._seen is None or self._seen != self._changed():
            if not any(self.directory.glob("data-*.key")):
                _make(1)
            self._seen = self._changed()
            self._keys = {key.number: key for key in map(_read, sorted(self.directory.glob("data-*.key")))}
            self._active = self._keys[max(self._keys)]
        self._looked = time.monotonic()

    def _changed(self) -> int:
        try:
            return self.directory.stat().st_mtime_ns
        except FileNotFoundError:
            return -1

    def active(self) -> DataKey:
        """The key that seals."""
        self.keys()
        assert self._active is not None
        return self._active

    def __getitem__(self, number: int) -> DataKey:
        """The key of this number. Raises MissingKey."""
        found = self.keys().get(number)
        if found is None:
            self.look_again()
            found = self._keys.get(number)
        if found is None:
            raise MissingKey(
                f"密钥目录 {self.directory} 里没有 {number} 号数据密钥 / data key {number} is not there"
            )
        return found


@lru_cache(maxsize=16)
def _ring(directory: str) -> Ring:
    return Ring(Path(directory))


_of_settings: tuple[Settings, Ring] | None = None


def ring() -> Ring:
    """The ring of this installation's key directory."""
    global _of_settings  # noqa: PLW0603 - one pair, replaced whole when the settings are read anew
    settings = get_settings()
    known = _of_settings
    if known is None or known[0] is not settings:
        known = _of_settings = (settings, _ring(str(settings.keys.resolve())))
    return known[1]


def _make(number: int) -> None:
    """Make a data key; another process may have been first, which is as good."""
    if number > MAX_KEY_NUMBER:
        raise ValueError(f"no more than {MAX_KEY_NUMBER} data keys")
    _directory()
    cipher = suites.CIPHER_OF[get_settings().suite]
    key = secrets.token_bytes(suites.KEY_BYTES[cipher]).hex()
    with contextlib.suppress(FileExistsError):
        _write_once(_path(number), json.dumps({"number": number, "cipher": cipher, "key": key}))


def rotate() -> DataKey:
    """Make the next data key, of the installation's suite; from now on it seals."""
    number = max(ring().keys()) + 1
    _make(number)
    ring().look_again()
    return ring()[number]


def retire(number: int) -> None:
    """Destroy a data key that seals nothing any more. Raises ValueError for the active one, MissingKey."""
    if ring().active().number == ring()[number].number:
        raise ValueError("the active key cannot be retired")
    _destroy(_path(number))
    ring().look_again()


def _destroy(path: Path) -> None:
    """Overwrite a key file, then remove it."""
    size = path.stat().st_size
    with path.open("r+b") as file:
        file.write(secrets.token_bytes(size))
        file.flush()
        os.fsync(file.fileno())
    path.unlink()
    _sync_directory(path.parent)


def _campaign_path(survey: uuid.UUID) -> Path:
    return get_settings().keys / f"campaign-{survey}.key"


def make_campaign_key(survey: uuid.UUID) -> None:
    """Make the key of a confidential survey, unless there is one."""
    _directory()
    with contextlib.suppress(FileExistsError):
        _write_once(_campaign_path(survey), secrets.token_hex(CAMPAIGN_KEY_BYTES))


def campaign_key(survey: uuid.UUID) -> bytes:
    """The key of a confidential survey. Raises MissingKey once it was split or destroyed."""
    try:
        return bytes.fromhex(_campaign_path(survey).read_text(encoding="ascii"))
    except FileNotFoundError:
        raise MissingKey(
            f"测评 {survey} 的密钥不在密钥目录里 / its key is not in the key directory"
        ) from None


def has_campaign_key(survey: uuid.UUID) -> bool:
    """Whether the key of this survey lies in the key directory."""
    return _campaign_path(survey).exists()


def destroy_campaign_key(survey: uuid.UUID) -> None:
    """Destroy the key of a survey: nobody can be linked to a response of it any more."""
    with contextlib.suppress(FileNotFoundError):
        _destroy(_campaign_path(survey))


def split(key: bytes) -> tuple[str, str]:
    """Two shares, each alone random; both together are the key. Each carries a check of 4 bytes."""
    one = secrets.token_bytes(len(key))
    other = bytes(a ^ b for a, b in zip(key, one, strict=True))
    return tuple(_with_check(share) for share in (one, other))  # type: ignore[return-value]  # two of them


def _with_check(share: bytes) -> str:
    return (share + suites.digest("international", share)[:4]).hex()


def combine(shares: tuple[str, str]) -> bytes:
    """The key of two shares. Raises ValueError naming the share that was mistyped."""
    parts: list[bytes] = []
    for number, typed in enumerate(shares, start=1):
        try:
            raw = bytes.fromhex(typed.strip())
        except ValueError:
            raw = b""
        if len(raw) != CAMPAIGN_KEY_BYTES + 4 or _with_check(raw[:-4]) != raw.hex():
            raise ValueError(f"第 {number} 份密钥不完整或有误 / share {number} is incomplete or mistyped")
        parts.append(raw[:-4])
    return bytes(a ^ b for a, b in zip(*parts, strict=True))


def key_files() -> Iterator[Path]:
    """Every file of the key directory, for the operator's check."""
    yield from sorted(get_settings().keys.glob("*.key"))
