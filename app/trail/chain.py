"""What binds one entry of the trail to the next.

Entry n: commitment = H(salt ‖ detail), digest = HMAC(key, digest of n−1 ‖ number ‖ moment ‖ actor ‖ action ‖
subject ‖ commitment). Who has the database but not the key cannot make a digest; who erases a detail with its
salt leaves a commitment that says nothing of it, and the chain holds. (Haber & Stornetta 1991; Schneier &
Kelsey 1999 for the keyed form.)
"""

from __future__ import annotations

import datetime as dt
import hmac
import json
import secrets
from collections.abc import Mapping
from typing import Any, Final

from app import security
from app.settings import get_settings

GENESIS: Final = "0" * 64


def trail_key() -> bytes:
    """The key of the chain, derived from the master secret."""
    return security.derive(get_settings().key(), "trail")


def new_salt() -> str:
    """128 random bits that blind one commitment."""
    return secrets.token_hex(16)


def _canonical(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def plain(value: Any) -> Any:
    """A detail as both stores give it back: text without NUL or half characters, fractions as text."""
    if isinstance(value, str):
        return value.replace("\0", "�").encode("utf-8", "replace").decode()
    if isinstance(value, Mapping):
        return {plain(str(key)): plain(one) for key, one in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(one) for one in value]
    if value is None or isinstance(value, bool | int):
        return value
    return plain(str(value))


def commitment(salt: str, detail: Mapping[str, Any]) -> str:
    """The blinded hash that stands for a detail."""
    return security.digest((salt + _canonical(detail)).encode("utf-8", "surrogatepass")).hex()


def digest(
    key: bytes,
    *,
    previous: str,
    number: int,
    at: dt.datetime,
    actor: str,
    action: str,
    subject: str,
    committed: str,
) -> str:
    """The keyed hash of one entry, over the digest of the entry before it."""
    body = _canonical([previous, number, at.isoformat(), actor, action, subject, committed])
    return security.derive(key, "trail-entry", body).hex()


def same(one: object, other: str) -> bool:
    """Whether a stored value is this text, in time that does not depend on where they differ."""
    return isinstance(one, str) and hmac.compare_digest(one.encode("utf-8", "replace"), other.encode())
