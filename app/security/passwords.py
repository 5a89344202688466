"""Passwords: argon2id, with the same work for an unknown account as for a known one."""

from __future__ import annotations

import secrets
import unicodedata

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

MIN_PASSWORD_LENGTH = 12

_passwords = PasswordHash((Argon2Hasher(),))
_UNKNOWN_ACCOUNT = _passwords.hash(secrets.token_urlsafe(24))


def hash_password(password: str) -> str:
    """Argon2id hash. Raises ValueError for a password shorter than the minimum."""
    if len(password) < MIN_PASSWORD_LENGTH:
        raise ValueError(f"密码至少 {MIN_PASSWORD_LENGTH} 个字符 / at least {MIN_PASSWORD_LENGTH} characters")
    return _passwords.hash(unicodedata.normalize("NFKC", password))


def verify_password(password: str, stored: str | None) -> bool:
    """Constant work: an unknown account costs as much as a known one."""
    normal = unicodedata.normalize("NFKC", password)
    known = _passwords.verify(normal, stored or _UNKNOWN_ACCOUNT)
    return known and stored is not None
