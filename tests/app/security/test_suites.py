"""The two suites against the published vectors of their standards."""

from __future__ import annotations

import pytest
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from app.security import suites
from app.security.suites import CipherName

GCM_VECTORS: dict[str, tuple[CipherName, str, str, str, str, str]] = {
    # cipher, key, nonce, associated data, plaintext, ciphertext and tag
    "AES-256-GCM: test case 16 of the GCM specification": (
        "AES-256-GCM",
        "feffe9928665731c6d6a8f9467308308feffe9928665731c6d6a8f9467308308",
        "cafebabefacedbaddecaf888",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "d9313225f88406e5a55909c5aff5269a86a7a9531534f7da2e4c303d8a318a72"
        "1c3c0c95956809532fcf0e2449a6b525b16aedf5aa0de657ba637b39",
        "522dc1f099567d07f47f37a32a84427d643a8cdcbfe5c0c97598a2bd2555d1aa"
        "8cb08e48590dbb3da7b08b1056828838c5f61e6393ba7a0abcc9f662"
        "76fc6ece0f4e1768cddf8853bb2d551b",
    ),
    "SM4-GCM: RFC 8998, appendix A.1": (
        "SM4-GCM",
        "0123456789abcdeffedcba9876543210",
        "00001234567800000000abcd",
        "feedfacedeadbeeffeedfacedeadbeefabaddad2",
        "aaaaaaaaaaaaaaaabbbbbbbbbbbbbbbbccccccccccccccccdddddddddddddddd"
        "eeeeeeeeeeeeeeeeffffffffffffffffeeeeeeeeeeeeeeeeaaaaaaaaaaaaaaaa",
        "17f399f08c67d5ee19d0dc9969c4bb7d5fd46fd3756489069157b282bb200735"
        "d82710ca5c22f0ccfa7cbf93d496ac15a56834cbcf98c397b4024a2691233b8d"
        "83de3541e4c2b58177e065a9bf7b62ec",
    ),
}


@pytest.mark.parametrize("vector", GCM_VECTORS.values(), ids=list(GCM_VECTORS))
def test_authenticated_encryption_gives_the_published_ciphertext(
    vector: tuple[CipherName, str, str, str, str, str],
) -> None:
    cipher, key, nonce, bound, plain, sealed = vector
    made = suites.aead(cipher, bytes.fromhex(key))
    assert made.encrypt(bytes.fromhex(nonce), bytes.fromhex(plain), bytes.fromhex(bound)).hex() == sealed
    assert made.decrypt(bytes.fromhex(nonce), bytes.fromhex(sealed), bytes.fromhex(bound)).hex() == plain
    for changed in (sealed[:-2] + "00", "00" + sealed[2:], sealed[:20]):
        with pytest.raises(InvalidTag):
            made.decrypt(bytes.fromhex(nonce), bytes.fromhex(changed), bytes.fromhex(bound))
    with pytest.raises(InvalidTag):
        made.decrypt(bytes.fromhex(nonce), bytes.fromhex(sealed), b"another row")


def test_the_block_cipher_is_sm4_of_gb_t_32907() -> None:
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    encryptor = Cipher(algorithms.SM4(key), modes.ECB()).encryptor()
    assert encryptor.update(key).hex() == "681edf34d206965e86b3e94f536e4246"


@pytest.mark.parametrize(
    ("data", "hashed"),
    [
        (b"abc", "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"),
        (b"abcd" * 16, "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"),
    ],
    ids=["GB/T 32905 example 1", "GB/T 32905 example 2"],
)
def test_the_hash_is_sm3_of_gb_t_32905(data: bytes, hashed: str) -> None:
    assert suites.digest("shangmi", data).hex() == hashed


def test_the_keyed_hashes_give_published_values() -> None:
    # RFC 4231, test case 2
    made = suites.mac("international", b"Jefe", b"what do ya want for nothing?")
    assert made.hex() == "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843"
    # GB/T 15852.2, HMAC with SM3, first example
    message = b"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq" * 2
    made = suites.mac("shangmi", bytes(range(1, 33)), message)
    assert made.hex() == "ca05e144ed05d1857840d1f318a4a8669e559fc8391f414485bfdf7bb408963a"


def test_a_key_of_the_wrong_length_is_refused() -> None:
    with pytest.raises(ValueError, match="32 bytes"):
        suites.aead("AES-256-GCM", b"short")
    with pytest.raises(ValueError, match="16 bytes"):
        suites.aead("SM4-GCM", b"k" * 32)
