"""The second factor: the RFC's own vectors, no code twice, enrolled once, asked for at every sign-in."""

from __future__ import annotations

import base64
import re
import time
from collections.abc import Callable

import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.accounts import second_factor, service, totp
from app.accounts import sign_in as signing
from app.accounts.models import Account
from app.database import now
from app.settings import get_settings

PASSWORD = "correct horse battery"
SECRETS: dict[totp.Hash, bytes] = {
    "sha1": b"12345678901234567890",
    "sha256": b"12345678901234567890123456789012",
    "sha512": b"1234567890123456789012345678901234567890123456789012345678901234",
}
# RFC 6238, appendix B
VECTORS = (
    (59, "94287082", "46119246", "90693936"),
    (1111111109, "07081804", "68084774", "25091201"),
    (1111111111, "14050471", "67062674", "99943326"),
    (1234567890, "89005924", "91819424", "93441116"),
    (2000000000, "69279037", "90698825", "38618901"),
    (20000000000, "65353130", "77737706", "47863826"),
)
SignIn = Callable[..., Account]
Csrf = Callable[[], str]


@pytest.mark.parametrize("vector", VECTORS, ids=lambda vector: str(vector[0]))
def test_the_vectors_of_rfc_6238(vector: tuple[int, str, str, str]) -> None:
    moment, *codes = vector
    for (name, secret), code in zip(SECRETS.items(), codes, strict=True):
        assert totp.hotp(secret, totp.step_of(moment), digits=8, hash_name=name) == code


def test_the_vectors_of_rfc_4226() -> None:
    codes = ["755224", "287082", "359152", "969429", "338314"]
    codes += ["254676", "287922", "162583", "399871", "520489"]
    assert [totp.hotp(SECRETS["sha1"], k) for k in range(10)] == codes


def test_one_step_of_drift_and_never_the_same_code_again() -> None:
    secret, moment = SECRETS["sha1"], 1_800_000_000.0
    step = totp.step_of(moment)
    for shift, taken in ((-2, False), (-1, True), (0, True), (1, True), (2, False)):
        code = totp.hotp(secret, step + shift)
        assert (totp.matching_step(secret, code, moment=moment, after=0) is not None) == taken
    code = totp.hotp(secret, step)
    assert totp.matching_step(secret, f" {code[:3]} {code[3:]}", moment=moment, after=step - 1) == step
    assert totp.matching_step(secret, code, moment=moment, after=step) is None
    for garbage in ("", "12345", "abcdef", "１２３", "\ud800"):
        assert totp.matching_step(secret, garbage, moment=moment, after=0) is None


def _shown_secret(client: TestClient) -> bytes:
    found = re.search(r'id="secret">([A-Z2-7 ]+)<', client.get("/account/second-factor").text)
    assert found
    text = found[1].replace(" ", "")
    return base64.b32decode(text + "=" * (-len(text) % 8))


def _enrol(client: TestClient, csrf: Csrf) -> bytes:
    secret = _shown_secret(client)
    code = totp.hotp(secret, totp.step_of(time.time()))
    answer = client.post("/account/second-factor", data={"csrf": csrf(), "code": code})
    assert answer.status_code == 303
    fresh = answer.cookies["dandang"]
    client.cookies.clear()
    client.cookies.set("dandang", fresh)
    return secret


def test_enrolling_needs_a_first_right_code(
    client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf
) -> None:
    account = sign_in("hr")
    before = client.cookies["dandang"]
    wrong = client.post("/account/second-factor", data={"csrf": csrf(), "code": "000000"})
    assert wrong.status_code == 422
    secret = _enrol(client, csrf)
    assert client.cookies["dandang"] != before
    session.expire_all()
    stored = session.get_one(Account, account.id).second_factor_sealed
    assert stored is not None
    assert secret not in stored
    session.rollback()
    page = client.get("/account/second-factor").text
    assert "已绑定" in page
    assert 'id="secret"' not in page
    assert client.post("/account/second-factor", data={"csrf": csrf(), "code": "1"}).status_code == 409


def test_sign_in_asks_for_the_code_and_takes_none_twice(
    client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf
) -> None:
    account = sign_in("hr", username="wu")
    secret = _enrol(client, csrf)
    session.expire_all()

    def _authenticate(code: str) -> bool:
        return service.authenticate(session, "wu", PASSWORD, code) is not None

    step = totp.step_of(time.time())
    assert not _authenticate("")
    assert not _authenticate(totp.hotp(secret, step)), "the code that enrolled is used up"
    assert _authenticate(totp.hotp(secret, step + 1))
    assert not _authenticate(totp.hotp(secret, step + 1))
    assert session.get_one(Account, account.id).failures == 1


def test_required_means_nothing_else_before_enrolling(
    client: TestClient, sign_in: SignIn, csrf: Csrf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DANDANG_SECOND_FACTOR", "required")
    get_settings.cache_clear()
    sign_in("hr")
    html = {"accept": "text/html"}
    assert client.get("/hr").status_code == 403
    assert client.get("/hr", headers=html).headers["location"] == "/account/second-factor"
    assert client.get("/").headers["location"] == "/account/second-factor"
    _enrol(client, csrf)
    assert client.get("/hr").status_code == 200


def test_five_wrong_codes_lock_like_wrong_passwords(
    client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf
) -> None:
    account = sign_in("hr", username="wu")
    _enrol(client, csrf)
    session.expire_all()
    for _ in range(signing.FAILURES_BEFORE_LOCK):
        assert service.authenticate(session, "wu", PASSWORD, "000000") is None
    locked = session.get_one(Account, account.id).locked_until
    assert locked is not None
    assert locked > now()


def test_a_secret_sealed_for_one_account_opens_no_other(session: Session) -> None:
    made = [
        service.create_account(session, username=name, display_name=name, role="hr", password=PASSWORD)
        for name in ("a", "b")
    ]
    secret = second_factor.offered_secret(made[0], "token")
    code = totp.hotp(secret, totp.step_of(time.time()))
    assert second_factor.enrol(session, made[0], "token", code)
    made[1].second_factor_sealed = made[0].second_factor_sealed
    with pytest.raises(ValueError, match="account"):
        second_factor.take_code(made[1], code, moment=time.time())
    assert not signing.is_locked(made[1])
