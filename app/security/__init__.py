"""Passwords, tokens, CSRF, response headers, sealing. The only room that touches keys."""

from app.security.headers import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from app.security.passwords import MIN_PASSWORD_LENGTH, hash_password, verify_password
from app.security.suites import BrokenSeal
from app.security.tokens import (
    RECEIPT_ALPHABET,
    csrf_matches,
    csrf_token,
    derive,
    digest,
    hash_token,
    link_token,
    new_access_code,
    new_token,
    normal_code,
    receipt_code,
)

__all__ = [
    "CONTENT_SECURITY_POLICY",
    "MIN_PASSWORD_LENGTH",
    "RECEIPT_ALPHABET",
    "SECURITY_HEADERS",
    "BrokenSeal",
    "csrf_matches",
    "csrf_token",
    "derive",
    "digest",
    "hash_password",
    "hash_token",
    "link_token",
    "new_access_code",
    "new_token",
    "normal_code",
    "receipt_code",
    "verify_password",
]
