"""Sealing: authenticated encryption of one value, bound to its column and its row.

Sealed bytes: format (1) ‖ key number (2) ‖ nonce (12) ‖ ciphertext ‖ tag (16). The associated data name
the column and the row, so that a value moved to another row or column does not open (BrokenSeal).
Every column has a key of its own, derived from the data key; nonces are random, which NIST SP 800-38D
allows for 2^32 values under one key.
"""

from __future__ import annotations

import json
import os
from functools import lru_cache
from typing import Any, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from app.security.keys import ring
from app.security.suites import KEY_BYTES, NONCE_BYTES, TAG_BYTES, Aead, BrokenSeal, CipherName, aead

FORMAT: Final = 1
HEAD_BYTES: Final = 3
OVERHEAD: Final = HEAD_BYTES + NONCE_BYTES + TAG_BYTES


@lru_cache(maxsize=256)
def _cipher(cipher: CipherName, key: bytes, column: str) -> Aead:
    hashed = hashes.SHA256() if cipher == "AES-256-GCM" else hashes.SM3()
    derived = HKDF(hashed, KEY_BYTES[cipher], salt=None, info=b"column:" + column.encode()).derive(key)
    return aead(cipher, derived)


def seal(column: str, row: str, data: bytes) -> bytes:
    """Encrypt a value of this column ("table.column") and row (its key as text) under the active key."""
    key = ring().active()
    nonce = os.urandom(NONCE_BYTES)
    head = bytes((FORMAT,)) + key.number.to_bytes(2, "big")
    bound = f"{column}|{row}".encode()
    return head + nonce + _cipher(key.cipher, key.key, column).encrypt(nonce, data, head + bound)


def unseal(column: str, row: str, sealed: bytes) -> bytes:
    """What `seal` was given. Raises BrokenSeal for bytes changed or moved, MissingKey without their key."""
    if len(sealed) < OVERHEAD or sealed[0] != FORMAT:
        raise BrokenSeal(f"{column}: not a sealed value")
    head, nonce, data = sealed[:HEAD_BYTES], sealed[HEAD_BYTES : HEAD_BYTES + NONCE_BYTES], sealed[15:]
    key = ring()[key_number(sealed)]
    bound = f"{column}|{row}".encode()
    try:
        return _cipher(key.cipher, key.key, column).decrypt(nonce, data, head + bound)
    except InvalidTag:
        raise BrokenSeal(f"{column}: the value was changed, or belongs to another row") from None


def key_number(sealed: bytes) -> int:
    """The number of the data key a value was sealed under."""
    return int.from_bytes(sealed[1:HEAD_BYTES], "big")


def seal_json(column: str, row: str, value: Any) -> bytes:
    """Seal a JSON value."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return seal(column, row, text.encode("utf-8", "surrogatepass"))


def unseal_json(column: str, row: str, sealed: bytes) -> Any:
    """The JSON value that was sealed."""
    return json.loads(unseal(column, row, sealed).decode("utf-8", "surrogatepass"))
