"""Passwords: argon2id, with the same work for an unknown account as for a known one."""

from __future__ import annotations

import secrets
import unicodedata

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

MIN_PASSWORD_LENGTH = 12

MIN_LETTERS = 6  # different ones
ROWS = (
    "abcdefghijklmnopqrstuvwxyz",
    "01234567890123456789",
    "qwertyuiopasdfghjklzxcvbnm",
    "1qaz2wsx3edc4rfv5tgb6yhn",
)
COMMON = (
    "password",
    "passw0rd",
    "letmein",
    "welcome",
    "admin",
    "dandang",
    "担当",
    "组织部",
    "woaini",
    "iloveyou",
)

_passwords = PasswordHash((Argon2Hasher(),))
_UNKNOWN_ACCOUNT = _passwords.hash(secrets.token_urlsafe(24))


def guessable(password: str, *own: str) -> str:
    """Why a password would be among the first guessed, or an empty text.

    What is left after runs along the alphabet, the digits or the keyboard, common words and the account's
    `own` words are taken out must still be long enough to have to be guessed.
    """
    plain = unicodedata.normalize("NFKC", password).casefold()
    if len(set(plain)) < MIN_LETTERS:
        return f"不同的字符太少（至少 {MIN_LETTERS} 个） / too few different characters"
    rest = plain
    for word in (*COMMON, *(word.casefold() for word in own if len(word) > 2)):
        rest = rest.replace(word, "")
    for row in (*ROWS, *(row[::-1] for row in ROWS)):
        for start in range(len(row) - 3):
            rest = rest.replace(row[start : start + 4], "")
    if len(rest) < MIN_LETTERS or len(set(rest)) < MIN_LETTERS // 2 + 1:
        return "由账号名、常用词或连续字符组成 / made of the account's name, common words, rows of keys"
    return ""


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
