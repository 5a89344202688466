"""三员分立: one makes accounts, one grants, one reads the trail; nobody touches an account of their own."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import security
from app.accounts import service
from app.accounts.models import Account
from app.settings import get_settings
from app.trail import service as trail
from app.trail.models import TrailEntry
from app.units.models import Unit
from app.units.service import create_unit

SignIn = Callable[..., Account]
Csrf = Callable[[], str]
NEW = "a new long pass phrase"


@pytest.fixture
def unit(session: Session) -> Unit:
    made = create_unit(session, code="U1", name="一街道")
    session.commit()
    return made


@contextmanager
def browser(application: FastAPI) -> Iterator[TestClient]:
    with TestClient(application, follow_redirects=False, raise_server_exceptions=False) as made:
        yield made


def _token(client: TestClient, page: str) -> str:
    found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get(page).text)
    assert found, page
    return found[1]


def _sign_in(client: TestClient, username: str, password: str) -> str:
    body = {"username": username, "password": password, "csrf": _token(client, "/login")}
    answer = client.post("/login", data=body)
    return answer.headers.get("location", str(answer.status_code))


def _make(client: TestClient, csrf: str, username: str) -> tuple[str, str]:
    """A new account's one-time password, and where its forms go."""
    body = {"csrf": csrf, "username": username, "display_name": "新人"}
    shown = client.post("/admin/accounts", data=body)
    found = re.search(r'class="receipt mono">([^<]+)<', shown.text)
    assert found, shown.text
    return found[1], shown.text


def test_from_a_new_account_to_its_first_page(
    application: FastAPI, client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf, unit: Unit
) -> None:
    sign_in("admin")
    password, _ = _make(client, csrf(), "xin")
    assert password not in client.get("/admin/accounts").text
    with browser(application) as own:
        assert _sign_in(own, "xin", password) == "/account/password"
        for path in ("/hr", "/instruments", "/research", "/audit/entries"):
            assert own.get(path).status_code == 403, path
        body = {"csrf": _token(own, "/account/password"), "current": password, "new": NEW, "again": NEW}
        assert own.post("/account/password", data=body).headers["location"] == "/account"
        assert "尚未授权" in own.get("/account").text
        assert own.get("/instruments").status_code == 403
        account = session.scalars(select(Account).where(Account.username == "xin")).one()
        sign_in("security")
        rights = {"csrf": csrf(), "role": "hr", "units": str(unit.id)}
        assert client.post(f"/security/accounts/{account.id}/rights", data=rights).status_code == 303
        assert own.get("/hr").status_code == 401, "rights have changed: sign in anew"
        assert _sign_in(own, "xin", password) == "401"
        assert _sign_in(own, "xin", NEW) == "/hr"
        assert own.get("/hr").status_code == 200
    said = session.scalars(select(TrailEntry).where(TrailEntry.subject == f"account:{account.id}")).all()
    assert [entry.action.removeprefix("account.") for entry in said] == [
        "create",
        "sign_in",
        "password",
        "sign_in",
        "grant",
        "sign_in_failed",
        "sign_in",
    ]
    kept = str([(entry.actor, entry.detail) for entry in said])
    assert "xin" not in kept
    assert "新人" not in kept
    assert trail.verify(session).whole


def test_nobody_changes_an_account_of_their_own(client: TestClient, sign_in: SignIn, csrf: Csrf) -> None:
    admin = sign_in("admin")
    for deed in ("password", "deactivate", "activate"):
        answer = client.post(f"/admin/accounts/{admin.id}/{deed}", data={"csrf": csrf()})
        assert answer.status_code == 403, deed
    officer = sign_in("security")
    for deed in ("rights", "second-factor", "unlock"):
        body = {"csrf": csrf(), "role": "admin"}
        assert client.post(f"/security/accounts/{officer.id}/{deed}", data=body).status_code == 403, deed


@pytest.mark.parametrize("role", ["hr", "researcher", "admin", "auditor"])
def test_nobody_but_the_security_officer_grants(
    client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf, role: str
) -> None:
    victim = sign_in("researcher")
    sign_in(role)
    body = {"csrf": csrf(), "role": "security"}
    assert client.post(f"/security/accounts/{victim.id}/rights", data=body).status_code == 403
    session.expire_all()
    assert session.get_one(Account, victim.id).role == "researcher"


def test_a_reset_password_alone_takes_over_nothing(
    application: FastAPI, client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf
) -> None:
    victim = sign_in("auditor", username="shen")
    sign_in("admin")
    shown = client.post(f"/admin/accounts/{victim.id}/password", data={"csrf": csrf()}).text
    found = re.search(r'class="receipt mono">([^<]+)<', shown)
    assert found
    with browser(application) as own:
        assert _sign_in(own, "shen", found[1]) == "/account/password"
        body = {"csrf": _token(own, "/account/password"), "current": found[1], "new": NEW, "again": NEW}
        assert own.post("/account/password", data=body).headers["location"] == "/account"
        assert own.get("/audit/entries").status_code == 403


def test_deactivation_ends_sessions_and_rights(
    application: FastAPI, client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf
) -> None:
    victim = sign_in("researcher", username="yan")
    copied = client.cookies["dandang"]
    sign_in("admin")
    assert client.post(f"/admin/accounts/{victim.id}/deactivate", data={"csrf": csrf()}).status_code == 303
    with browser(application) as own:
        own.cookies.set("dandang", copied)
        assert own.get("/research").status_code == 401
        assert client.post(f"/admin/accounts/{victim.id}/activate", data={"csrf": csrf()}).status_code == 303
        assert own.get("/research").status_code == 401
    session.expire_all()
    assert session.get_one(Account, victim.id).role == "pending"


def test_a_grant_is_checked(
    client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf, unit: Unit
) -> None:
    victim = sign_in("hr")
    sign_in("security")
    address = f"/security/accounts/{victim.id}/rights"
    for wrong in (
        {"role": "boss"},
        {"role": "hr"},
        {"role": "hr", "units": str(uuid.uuid4())},
        {"role": ""},
    ):
        assert client.post(address, data={"csrf": csrf()} | wrong).status_code == 422, wrong
    # units belong to HR: for any other role they are not kept
    assert (
        client.post(address, data={"csrf": csrf(), "role": "auditor", "units": str(unit.id)}).status_code
        == 303
    )
    session.expire_all()
    assert service.unit_roots(session, session.get_one(Account, victim.id)) == frozenset()


def test_a_locked_account_is_unlocked_by_the_security_officer(
    client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf
) -> None:
    victim = sign_in("hr", username="suo")
    for _ in range(5):
        service.authenticate(session, "suo", "wrong wrong wrong")
    session.commit()
    sign_in("security")
    assert "解除锁定" in client.get(f"/security/accounts/{victim.id}").text
    assert client.post(f"/security/accounts/{victim.id}/unlock", data={"csrf": csrf()}).status_code == 303
    session.expire_all()
    assert service.authenticate(session, "suo", "correct horse battery") is not None


def test_bad_names_make_no_account(client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf) -> None:
    sign_in("admin", username="guan")
    for name in ("", " ", "a\tb", "x" * 65, "guan"):
        body = {"csrf": csrf(), "username": name, "display_name": "某"}
        assert client.post("/admin/accounts", data=body).status_code == 422, name


def test_a_change_of_password_ends_the_other_sessions(
    application: FastAPI, client: TestClient, session: Session, sign_in: SignIn, csrf: Csrf
) -> None:
    account = sign_in("hr", username="gai")
    other = service.open_session(session, account, 8)
    session.commit()
    body = {"csrf": csrf(), "current": "correct horse battery", "new": NEW, "again": NEW}
    for wrong in ({"again": "x" * 20}, {"new": "short", "again": "short"}, {"current": "wrong"}):
        assert client.post("/account/password", data=body | wrong).status_code == 422
    assert client.post("/account/password", data=body).headers["location"] == "/hr"
    assert client.get("/hr").status_code == 200
    with browser(application) as own:
        own.cookies.set("dandang", other)
        assert own.get("/hr").status_code == 401
    assert security.csrf_token(get_settings().key(), other)
