"""Two suites of algorithms behind one interface: international, and 商密 (GB/T 32905 SM3, GB/T 32907 SM4).

international: AES-256-GCM, SHA-256. shangmi: SM4-GCM (RFC 8998), SM3. Both come from OpenSSL through the
library `cryptography`; nothing here is an algorithm of our own.
"""

from __future__ import annotations

import hashlib
import hmac
from typing import Final, Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hmac import HMAC

NONCE_BYTES: Final = 12  # 96 bits, as GCM wants them
TAG_BYTES: Final = 16
SuiteName = Literal["international", "shangmi"]
CipherName = Literal["AES-256-GCM", "SM4-GCM"]
CIPHER_OF: Final[dict[str, CipherName]] = {"international": "AES-256-GCM", "shangmi": "SM4-GCM"}
KEY_BYTES: Final[dict[CipherName, int]] = {"AES-256-GCM": 32, "SM4-GCM": 16}


class BrokenSeal(ValueError):
    """Sealed bytes were changed, moved to another row, or belong to another key."""


class Aead(Protocol):
    """Authenticated encryption under one key."""

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext followed by the 16-byte tag."""
        ...

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The plaintext. Raises InvalidTag."""
        ...


class Sm4Gcm:
    """SM4 in Galois/Counter mode with the interface of AESGCM. Key: 16 bytes."""

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def encrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """Ciphertext followed by the 16-byte tag."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(associated_data)
        return encryptor.update(data) + encryptor.finalize() + encryptor.tag

    def decrypt(self, nonce: bytes, data: bytes, associated_data: bytes) -> bytes:
        """The plaintext. Raises InvalidTag."""
        if len(data) < TAG_BYTES:
            raise InvalidTag
        mode = modes.GCM(nonce, data[-TAG_BYTES:])
        decryptor = Cipher(self._algorithm, mode).decryptor()
        decryptor.authenticate_additional_data(associated_data)
        return decryptor.update(data[:-TAG_BYTES]) + decryptor.finalize()


def aead(cipher: CipherName, key: bytes) -> Aead:
    """The cipher under this key. Raises ValueError for a key of the wrong length."""
    if len(key) != KEY_BYTES[cipher]:
        raise ValueError(f"{cipher} needs a key of {KEY_BYTES[cipher]} bytes")
    return AESGCM(key) if cipher == "AES-256-GCM" else Sm4Gcm(key)


def digest(suite: SuiteName, data: bytes) -> bytes:
    """SHA-256 or SM3: 32 bytes."""
    if suite == "international":
        return hashlib.sha256(data).digest()
    hashed = hashes.Hash(hashes.SM3())
    hashed.update(data)
    return hashed.finalize()


def mac(suite: SuiteName, key: bytes, data: bytes) -> bytes:
    """HMAC-SHA-256 or HMAC-SM3: 32 bytes."""
    if suite == "international":
        return hmac.digest(key, data, "sha256")
    made = HMAC(key, hashes.SM3())
    made.update(data)
    return made.finalize()
