"""Passwords, tokens, CSRF and response headers. The only room that touches keys.

Tokens that people hold are derived from the master secret and stored as hashes: the database alone
opens nothing.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
import unicodedata
import uuid

from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher

MIN_PASSWORD_LENGTH = 12
TOKEN_BYTES = 16
RECEIPT_ALPHABET = "23456789ABCDEFGHJKMNPQRSTVWXYZ"  # no 0/O, 1/I/L, U

_passwords = PasswordHash((Argon2Hasher(),))
_UNKNOWN_ACCOUNT = _passwords.hash(secrets.token_urlsafe(24))

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "font-src 'self'",
        "connect-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "manifest-src 'self'",
    )
)
SECURITY_HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}


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


def derive(key: bytes, purpose: str, *parts: str) -> bytes:
    """HMAC-SHA-256 of labelled parts under the master key: 32 bytes, one purpose each."""
    message = "\x1f".join((purpose, *parts)).encode()
    return hmac.new(key, message, hashlib.sha256).digest()


def new_token() -> str:
    """A random bearer token, 256 bits, URL-safe."""
    return secrets.token_urlsafe(32)


def hash_token(token: str) -> str:
    """What the database keeps of a bearer token. Text that is no UTF-8 hashes all the same."""
    return hashlib.sha256(token.encode("utf-8", "surrogatepass")).hexdigest()


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


def csrf_token(key: bytes, holder: str) -> str:
    """The token that every form of this holder (session or link token) must send back."""
    return derive(key, "csrf", hash_token(holder)).hex()


def csrf_matches(key: bytes, holder: str, sent: str) -> bool:
    """Whether a form came from our own page for this holder."""
    return hmac.compare_digest(csrf_token(key, holder).encode(), sent.encode("utf-8", "surrogatepass"))
