"""The witness: a file outside the database that remembers how far the trail had come.

It is written after each commit, never backwards, under a lock that all processes share. A database ahead of
it (a crash came between) is fine; a database that has lost what the witness saw has been cut or replaced.
"""

from __future__ import annotations

import contextlib
import fcntl
import hmac
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from app import security
from app.settings import get_settings
from app.trail.chain import trail_key

FILE: Final = "trail.witness"


class BrokenWitness(ValueError):
    """The witness file was not written by this installation, or was changed."""


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry that was seen: its number and digest."""

    number: int
    digest: str


def path() -> Path:
    """Where the witness lies: in the key directory."""
    return get_settings().keys / FILE


def _seal(head: Head) -> str:
    return security.derive(trail_key(), "trail-witness", str(head.number), head.digest).hex()


def read() -> Head | None:
    """What the witness saw; None where there is no witness yet. Raises BrokenWitness."""
    try:
        body = json.loads(path().read_text(encoding="utf-8"))
        head = Head(int(body["number"]), str(body["digest"]))
        if hmac.compare_digest(_seal(head).encode(), str(body["seal"]).encode("utf-8", "replace")):
            return head
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise BrokenWitness(str(path())) from error
    raise BrokenWitness(str(path()))


def advance(head: Head, *, replace: bool = False) -> None:
    """Remember a later head; an earlier one changes nothing, unless a restore has been acknowledged.

    Raises OSError when the file cannot be written, BrokenWitness when what is there is not ours.
    """
    with _alone():
        seen = None if replace else read()
        if seen is None or head.number > seen.number:
            _write(json.dumps({"number": head.number, "digest": head.digest, "seal": _seal(head)}))


@contextlib.contextmanager
def _alone() -> Iterator[None]:
    directory = path().parent
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(directory / f"{FILE}.lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(body: str) -> None:
    """Whole or not at all, and on disk before we go on."""
    fresh = path().with_suffix(".new")
    descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(body)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path())
    directory = os.open(path().parent, os.O_RDONLY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
