"""The second factor: time-based one-time passwords, RFC 6238 (over HOTP, RFC 4226).

Six digits, HMAC-SHA-1, steps of 30 seconds: what every authenticator app speaks. One step of drift is taken.
"""

from __future__ import annotations

import base64
import hmac
import unicodedata
from typing import Final, Literal
from urllib.parse import quote

STEP_SECONDS: Final = 30
DIGITS: Final = 6
DRIFT: Final = 1
SECRET_BYTES: Final = 20
Hash = Literal["sha1", "sha256", "sha512"]


def hotp(secret: bytes, counter: int, *, digits: int = DIGITS, hash_name: Hash = "sha1") -> str:
    """The one-time password of a counter (RFC 4226, section 5.3).

    >>> hotp(b"12345678901234567890", 1)
    '287082'
    """
    mac = hmac.digest(secret, counter.to_bytes(8, "big"), hash_name)
    offset = mac[-1] & 0xF
    number = int.from_bytes(mac[offset : offset + 4], "big") & 0x7FFF_FFFF
    return str(number % 10**digits).zfill(digits)


def step_of(moment: float) -> int:
    """The time step of a moment in seconds since 1970."""
    return int(moment) // STEP_SECONDS


def matching_step(secret: bytes, code: str, *, moment: float, after: int) -> int | None:
    """The time step whose password this is, within the drift and later than `after`; None when there is none.

    Give the step of the last password that was taken as `after`: no password is taken twice.
    """
    typed = "".join(unicodedata.normalize("NFKC", code).split()).encode("utf-8", "replace")
    now, found = step_of(moment), None
    for step in range(now - DRIFT, now + DRIFT + 1):
        if hmac.compare_digest(hotp(secret, step).encode(), typed) and step > after:
            found = step
    return found


def secret_text(secret: bytes) -> str:
    """The secret as people type it into an app: base32 in groups of four."""
    text = base64.b32encode(secret).decode().rstrip("=")
    return " ".join(text[k : k + 4] for k in range(0, len(text), 4))


def app_address(secret: bytes, username: str, issuer: str = "Dandang") -> str:
    """The otpauth address that an authenticator app opens."""
    label = quote(f"{issuer}:{username}", safe="")
    return f"otpauth://totp/{label}?secret={secret_text(secret).replace(' ', '')}&issuer={quote(issuer)}"
