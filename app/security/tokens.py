"""Tokens that people hold: derived from the master secret, kept as hashes: the database opens nothing."""

from __future__ import annotations

import base64
import hmac
import secrets
import uuid

from app.security import suites
from app.settings import get_settings

TOKEN_BYTES = 16
CODE_LENGTH = 12
RECEIPT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U


def derive(key: bytes, purpose: str, *parts: str) -> bytes:
    """Keyed hash of labelled parts under the master key: 32 bytes, one purpose each."""
    message = "\x1f".join((purpose, *parts)).encode("utf-8", "surrogatepass")
    return suites.mac(get_settings().suite, key, message)


def digest(data: bytes) -> bytes:
    """The hash of the installation's suite: 32 bytes."""
    return suites.digest(get_settings().suite, data)


def new_token() -> str:
    """A random bearer token, 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the database keeps of a bearer token. Text that is no UTF-8 hashes all the same."""
    return digest(token.encode("utf-8", "surrogatepass")).hex()


def link_token(key: bytes, invitation_id: uuid.UUID) -> str:
    """The token of a personal link, derived: HR can list links again, the database cannot."""
    raw = derive(key, "invitation-link", str(invitation_id))[:TOKEN_BYTES]
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def receipt_code(key: bytes, response_id: uuid.UUID) -> str:
    """The receipt a person keeps: ten characters in two groups, derived from the response id."""
    number = int.from_bytes(derive(key, "receipt", str(response_id)), "big")
    letters = []
    for _ in range(10):
        number, rest = divmod(number, len(RECEIPT_ALPHABET))
        letters.append(RECEIPT_ALPHABET[rest])
    return "".join(letters[:5]) + "-" + "".join(letters[5:])


def new_access_code() -> str:
    """A random one-time code for an anonymous survey: twelve characters in three groups, 58.9 bits."""
    letters = [secrets.choice(RECEIPT_ALPHABET) for _ in range(CODE_LENGTH)]
    return "-".join("".join(letters[i : i + 4]) for i in range(0, CODE_LENGTH, 4))


def normal_code(typed: str) -> str:
    """A code as typed, brought to the form it was given out in; what cannot be a code comes back as it is."""
    letters = "".join(typed.upper().split()).replace("-", "")
    if len(letters) != CODE_LENGTH or any(letter not in RECEIPT_ALPHABET for letter in letters):
        return typed
    return "-".join(letters[i : i + 4] for i in range(0, CODE_LENGTH, 4))


def csrf_token(key: bytes, holder: str) -> str:
    """The token that every form of this holder (session or link token) must send back."""
    return derive(key, "csrf", hash_token(holder)).hex()


def csrf_matches(key: bytes, holder: str, sent: str) -> bool:
    """Whether a form came from our own page for this holder."""
    return hmac.compare_digest(csrf_token(key, holder).encode(), sent.encode("utf-8", "surrogatepass"))
