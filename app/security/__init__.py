"""Passwords, tokens, CSRF, response headers, sealing. The only room that touches keys."""

from app.security.headers import CONTENT_SECURITY_POLICY, security_headers
from app.security.passwords import MIN_PASSWORD_LENGTH, guessable, hash_password, verify_password
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
    "BrokenSeal",
    "csrf_matches",
    "csrf_token",
    "derive",
    "digest",
    "guessable",
    "hash_password",
    "hash_token",
    "link_token",
    "new_access_code",
    "new_token",
    "normal_code",
    "receipt_code",
    "security_headers",
    "verify_password",
]
