"""Sign-in: rights first, then the deed."""

from __future__ import annotations

import datetime as dt
import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service
from app.accounts.models import Account, AccountSession
from app.database import now
from app.errors import Conflict, Invalid
from app.trail.models import TrailEntry

PASSWORD = "correct horse battery"
BROWSER = {"accept": "text/html"}


@pytest.fixture
def hr(session: Session) -> Account:
    account = service.create_account(
        session, username="wang", display_name="王", role="hr", password=PASSWORD
    )
    session.commit()
    return account


def form_token(client: TestClient) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/login").text)
    assert found
    return found[1]


def sign_in(client: TestClient, username: str, password: str, **more: str) -> int:
    body = {"username": username, "password": password, "csrf": form_token(client)} | more
    return client.post("/login", data=body).status_code


def test_staff_pages_are_closed_without_a_session(client: TestClient) -> None:
    for path in ("/hr", "/research", "/instruments"):
        answer = client.get(path, headers=BROWSER)
        assert answer.status_code == 303, path
        assert answer.headers["location"] == f"/login?next={path}"
        assert client.get(path).headers["content-type"] == "application/problem+json"


def test_each_role_has_its_own_door(client: TestClient, hr: Account) -> None:
    assert sign_in(client, "wang", PASSWORD) == 303
    assert client.get("/hr").status_code == 200
    assert client.get("/research").status_code == 403


def test_a_wrong_password_and_an_unknown_name_look_alike(client: TestClient, hr: Account) -> None:
    body = {"password": "wrong password x", "csrf": form_token(client)}
    wrong = client.post("/login", data=body | {"username": "wang"})
    unknown = client.post("/login", data=body | {"username": "nobody"})
    assert wrong.status_code == unknown.status_code == 401
    assert wrong.text.replace("wang", "nobody") == unknown.text


def test_five_failures_lock_the_account_and_time_opens_it(
    client: TestClient, session: Session, hr: Account
) -> None:
    for _ in range(5):
        assert sign_in(client, "wang", "wrong password x") == 401
    assert sign_in(client, "wang", PASSWORD) == 401
    session.expire_all()
    account = session.get_one(Account, hr.id)
    assert account.locked_until is not None
    assert session.scalar(select(TrailEntry).where(TrailEntry.action == "account.lock")) is not None
    account.locked_until = now() - dt.timedelta(seconds=1)
    session.commit()
    assert sign_in(client, "wang", PASSWORD) == 303


def test_a_form_of_another_site_is_refused(client: TestClient, hr: Account) -> None:
    client.get("/login")
    answer = client.post("/login", data={"username": "wang", "password": PASSWORD, "csrf": "0" * 64})
    assert answer.status_code == 403
    assert sign_in(client, "wang", PASSWORD) == 303
    assert client.post("/logout", data={}).status_code == 403


def test_the_session_is_new_at_sign_in_and_dead_after_sign_out(
    client: TestClient, session: Session, hr: Account
) -> None:
    client.cookies.set("dandang", "planted-by-someone-else")
    sign_in(client, "wang", PASSWORD)
    token = [c.value for c in client.cookies.jar if c.name == "dandang"][-1]
    assert token != "planted-by-someone-else"
    client.cookies.clear()
    client.cookies.set("dandang", str(token))
    csrf = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/hr").text)
    assert csrf
    assert client.post("/logout", data={"csrf": csrf[1]}).status_code == 303
    client.cookies.set("dandang", str(token))
    assert client.get("/hr", headers=BROWSER).status_code == 303


def test_the_database_does_not_hold_the_session_token(
    client: TestClient, session: Session, hr: Account
) -> None:
    sign_in(client, "wang", PASSWORD)
    stored = session.scalars(select(AccountSession.token_hash)).all()
    assert client.cookies["dandang"] not in stored


@pytest.mark.parametrize("address", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_sign_in_leads_nowhere_else(client: TestClient, hr: Account, address: str) -> None:
    body = {"username": "wang", "password": PASSWORD, "csrf": form_token(client), "next": address}
    assert client.post("/login", data=body).headers["location"] == "/hr"


def test_a_name_that_no_store_can_hold_is_refused(client: TestClient) -> None:
    assert sign_in(client, "wang\0", PASSWORD) in {401, 422}


def test_an_expired_session_is_closed(client: TestClient, session: Session, hr: Account) -> None:
    sign_in(client, "wang", PASSWORD)
    row = session.scalars(select(AccountSession)).one()
    row.expires_at = now() - dt.timedelta(seconds=1)
    session.commit()
    assert client.get("/hr", headers=BROWSER).status_code == 303


def test_accounts_are_checked_when_made(session: Session, hr: Account) -> None:
    with pytest.raises(Conflict):
        service.create_account(session, username="wang", display_name="", role="hr", password=PASSWORD)
    with pytest.raises(Invalid, match="角色"):
        service.create_account(session, username="x", display_name="", role="boss", password=PASSWORD)
    with pytest.raises(Invalid, match="12"):
        service.create_account(session, username="x", display_name="", role="hr", password="short")
    with pytest.raises(Invalid, match="容易猜到"):
        service.create_account(session, username="zhao", display_name="", role="hr", password="zhao-zhao1234")
