"""Passwords, tokens, receipts, headers."""

from __future__ import annotations

import uuid

import pytest
from fastapi.testclient import TestClient

from app import security

KEY = b"k" * 32


@pytest.mark.usefixtures("real_passwords")
def test_passwords_are_argon2id_and_verify() -> None:
    stored = security.hash_password("一个足够长的好密码啊啊啊")
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert security.verify_password("一个足够长的好密码啊啊啊", stored)
    assert not security.verify_password("另一个足够长的密码啊啊啊", stored)
    assert not security.verify_password("anything", None)
    with pytest.raises(ValueError, match="12"):
        security.hash_password("short")


@pytest.mark.parametrize(
    "password",
    [
        "aaaaaaaaaaaab",
        "Password1234567",
        "qwertyuiop123456",
        "lisi20262026lisi",
        "1qaz2wsx3edc4rfv",
        "ｐａｓｓｗｏｒｄ１２３４",
    ],
)
def test_passwords_that_are_guessed_first_are_refused(password: str) -> None:
    assert security.guessable(password, "lisi")


@pytest.mark.parametrize(
    "password", ["correct horse battery", "一个足够长的好密码啊啊啊", "KX7M-2PQR-9TVW-4HJC"]
)
def test_others_are_not(password: str) -> None:
    assert security.guessable(password, "lisi") == ""


def test_over_https_browsers_are_told_to_stay_there() -> None:
    assert "Strict-Transport-Security" not in security.security_headers(https=False)
    assert "max-age=" in security.security_headers(https=True)["Strict-Transport-Security"]


def test_derived_secrets_differ_by_purpose_and_key() -> None:
    some = uuid.uuid4()
    assert security.link_token(KEY, some) == security.link_token(KEY, some)
    assert security.link_token(KEY, some) != security.link_token(b"x" * 32, some)
    assert security.derive(KEY, "a", "bc") != security.derive(KEY, "ab", "c")
    assert len(security.link_token(KEY, some)) == 22


def test_receipts_are_readable_and_do_not_collide() -> None:
    codes = {security.receipt_code(KEY, uuid.uuid4()) for _ in range(2000)}
    assert len(codes) == 2000
    assert all(set(code) <= {*security.RECEIPT_ALPHABET, "-"} and len(code) == 11 for code in codes)


def test_csrf_belongs_to_one_holder() -> None:
    token = security.csrf_token(KEY, "holder")
    assert security.csrf_matches(KEY, "holder", token)
    assert not security.csrf_matches(KEY, "other", token)
    assert not security.csrf_matches(KEY, "holder", "")
    assert not security.csrf_matches(KEY, "holder", "错" * 8)


@pytest.mark.parametrize("path", ["/login", "/nowhere", "/healthz", "/api/openapi.json"])
def test_every_answer_carries_the_headers(client: TestClient, path: str) -> None:
    answer = client.get(path)
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert "unsafe-eval" not in policy
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"


@pytest.mark.parametrize("name", ["..%2fmain.py", "%00", "x%00.css", "nothing.css", "", "%2e%2e/main.py"])
def test_static_gives_its_own_files_only(client: TestClient, name: str) -> None:
    assert client.get(f"/static/0/{name}").status_code == 404
    assert client.get("/static/0/dandang.css").status_code == 200
