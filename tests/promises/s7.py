"""S7: sign-in holds. Each check gives the faults it found; with its defect planted it must find some."""

from __future__ import annotations

import re
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import migrate, security
from app.accounts import second_factor, service, sessions, sign_in, totp
from app.accounts.models import Account, AccountSession
from app.database import make_engine, now, session_factory
from app.main import create_app
from app.settings import get_settings
from tests.promises import s1
from tests.promises.record import Result, result
from tests.promises.rights_rules import ACTORS, FIELDS, RULES

PASSWORD = "correct horse battery"
WRONG = "wrong horse battery"
Faults = list[str]


@dataclass
class House:
    """An application with two accounts, and browsers to open."""

    app: FastAPI

    @contextmanager
    def browser(self, address: str = "198.51.100.1", **cookies: str) -> Iterator[TestClient]:
        """A browser of its own, with these cookies."""
        with TestClient(
            self.app, follow_redirects=False, raise_server_exceptions=False, client=(address, 50000)
        ) as made:
            for name, value in cookies.items():
                made.cookies.set(name, value)
            yield made

    @contextmanager
    def session(self) -> Iterator[Session]:
        """A writing session."""
        with session_factory(self.app.state.engine)() as made:
            yield made
            made.commit()

    def enter(
        self, client: TestClient, username: str = "wang", password: str = PASSWORD, code: str = ""
    ) -> str:
        """Sign in by the form; the session token, "" when refused."""
        found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/login").text)
        assert found
        body = {"username": username, "password": password, "code": code, "csrf": found[1]}
        answer = client.post("/login", data=body)
        client.cookies.clear()
        if answer.status_code != 303:
            return ""
        token = answer.cookies["dandang"]
        client.cookies.set("dandang", token)
        return str(token)


@contextmanager
def house() -> Iterator[House]:
    """A store of its own with the accounts wang and li."""
    with tempfile.TemporaryDirectory() as home, pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANDANG_HOME", str(Path(home)))
        patch.setenv("DANDANG_SECOND_FACTOR", "optional")
        patch.delenv("DANDANG_DATABASE_URL", raising=False)
        get_settings.cache_clear()
        engine = make_engine(get_settings().database)
        migrate.upgrade(engine)
        engine.dispose()
        made = House(create_app())
        with made.session() as session:
            for name in ("wang", "li"):
                service.create_account(
                    session, username=name, display_name=name, role="researcher", password=PASSWORD
                )
        yield made
        made.app.state.engine.dispose()
    get_settings.cache_clear()


def _csrf(token: str) -> str:
    return security.csrf_token(get_settings().key(), token)


def _open(house: House, token: str) -> bool:
    with house.browser(dandang=token) as client:
        return client.get("/research").status_code == 200


# --- the checks ---


def fixation(house: House) -> Faults:
    """A token planted in the browser before sign-in is worth nothing after it; nor one before a change."""
    faults = []
    with house.browser(dandang="planted") as client:
        client.get("/login")
        token = house.enter(client)
        if token == "planted" or _open(house, "planted"):
            faults.append("the planted token is the session")
        again = house.enter(client)
        if again == token:
            faults.append("a second sign-in gives the same token")
        new = "another long pass phrase"
        body = {"csrf": _csrf(again), "current": PASSWORD, "new": new, "again": new}
        answer = client.post("/account/password", data=body)
        if answer.cookies.get("dandang") in {None, again} or _open(house, again) or _open(house, token):
            faults.append("a change of password keeps the session")
    with house.session() as session:
        service.set_password(session, "wang", PASSWORD)
    return faults


def copied_cookie(house: House) -> Faults:
    """Signing out, idling, deactivation and new rights end the session wherever its cookie was copied."""
    faults = []
    with house.browser() as client:
        token = house.enter(client)
        if not _open(house, token):
            faults.append("a copied cookie should work until signing out: the check is void")
        client.post("/logout", data={"csrf": _csrf(token)})
    if _open(house, token):
        faults.append("the copy lives on after signing out")
    deeds: dict[str, Callable[[Session, Account, Account], None]] = {
        "deactivation": lambda s, a, o: service.deactivate(s, a, officer=o),
        "new rights": lambda s, a, o: service.grant(s, a, role="researcher", units=(), officer=o),
        "a reset of the second factor": lambda s, a, o: service.reset_second_factor(s, a, officer=o),
    }
    for what, deed in deeds.items():
        with house.session() as session:
            li = session.scalars(select(Account).where(Account.username == "li")).one()
            wang = session.scalars(select(Account).where(Account.username == "wang")).one()
            token = sessions.open_session(session, li, 8)
            deed(session, li, wang)
            li.active, li.role = True, "researcher"
        if _open(house, token):
            faults.append(f"the copy lives on after {what}")
    with house.session() as session, pytest.MonkeyPatch.context() as patch:
        li = session.scalars(select(Account).where(Account.username == "li")).one()
        token = sessions.open_session(session, li, 8)
        session.commit()
        later = now() + sessions.IDLE
        patch.setattr(sessions, "now", lambda: later)
        if _open(house, token):
            faults.append("an idle session lives on")
    return faults


def cookie_flags(house: House) -> Faults:
    """HttpOnly and SameSite always; over https Secure and the prefix that ties it to the host."""
    faults = []
    for base, wanted in (
        ("", ("dandang=", "HttpOnly", "SameSite=lax")),
        ("https://d.example", ("__Host-dandang=", "HttpOnly", "Secure", "Path=/")),
    ):
        with pytest.MonkeyPatch.context() as patch:
            patch.setenv("DANDANG_BASE_URL", base)
            get_settings.cache_clear()
            with TestClient(
                house.app, base_url=base or "http://testserver", follow_redirects=False
            ) as client:
                found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/login").text)
                assert found
                body = {"username": "wang", "password": PASSWORD, "csrf": found[1]}
                said = client.post("/login", data=body).headers.get_list("set-cookie")
            set_here = next((line for line in said if line.startswith(wanted[0])), "")
            faults += [f"{base or 'http'}: no {flag}" for flag in wanted if flag not in set_here]
        get_settings.cache_clear()
    return faults


def lock(house: House) -> Faults:
    """Five failures lock the account, from whatever addresses, and no other account."""
    faults = []
    for k in range(5):
        with house.browser(address=f"198.51.100.{k + 10}") as client:
            house.enter(client, "li", WRONG)
    with house.browser() as client:
        if house.enter(client, "li"):
            faults.append("the right password opens a locked account")
        if not house.enter(client, "wang"):
            faults.append("another account at the same address is locked out")
    with house.session() as session:
        service.set_password(session, "li", PASSWORD)
    return faults


def second_factor_holds(house: House) -> Faults:
    """Without a code, with a wrong one, with one used before: refused. (RFC vectors: in the suite.)"""
    faults = []
    with house.session() as session:
        wang = session.scalars(select(Account).where(Account.username == "wang")).one()
        secret = second_factor.offered_secret(wang, "t")
        step = totp.step_of(time.time())
        second_factor.enrol(session, wang, "t", totp.hotp(secret, step))
    with house.browser() as client:
        if house.enter(client) or house.enter(client, code="000000"):
            faults.append("signed in without the code")
        if house.enter(client, code=totp.hotp(secret, step)):
            faults.append("the code that enrolled was taken again")
        code = totp.hotp(secret, step + 1)
        if not house.enter(client, code=code):
            faults.append("the right code is refused")
        if house.enter(client, code=code):
            faults.append("a used code was taken again")
    with house.session() as session:
        wang = session.scalars(select(Account).where(Account.username == "wang")).one()
        service.reset_second_factor(session, wang, officer=None)
        wang.failures, wang.locked_until = 0, None
    return faults


def timing(house: House, rounds: int = 25) -> Faults:
    """An unknown name takes as long as a known one: medians within a quarter of each other."""
    spent: dict[str, list[float]] = {"li": [], "nobody": []}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sign_in, "FAILURES_BEFORE_LOCK", 10**9)
        patch.setattr("app.accounts.limits.WAIT_SECONDS", 0.0)
        for k in range(rounds):
            with house.browser(address=f"198.51.101.{k % 250}") as client:
                found = re.search(r'name="csrf" value="([0-9a-f]{64})"', client.get("/login").text)
                assert found
                for name, times in spent.items():
                    body = {"username": name, "password": WRONG, "csrf": found[1]}
                    start = time.perf_counter()
                    client.post("/login", data=body)
                    times.append(time.perf_counter() - start)
    known, unknown = (statistics.median(times) for times in spent.values())
    ratio = known / unknown
    return [] if 0.8 < ratio < 1.25 else [f"known {known * 1e3:.1f} ms, unknown {unknown * 1e3:.1f} ms"]


def forms(world: s1.World) -> Faults:
    """Every form of every endpoint refuses a missing token and that of another session."""
    faults = []
    with TestClient(world.app, follow_redirects=False, raise_server_exceptions=False) as client:
        for method, path in s1.endpoints(world.app):
            if method == "GET":
                continue
            allowed = RULES[f"{method} {path}"].actors
            actor = next(one for one in ("link", "hr_own", *ACTORS) if one in allowed)
            token = world.tokens.get(actor, "")
            for csrf in ("", "0" * 64, _csrf(world.tokens["hr_sibling"])):
                client.cookies.clear()
                client.cookies.set("dandang", token)
                data = dict(FIELDS.get(f"{method} {path}", {})) | {"csrf": csrf}
                answer = client.request(method, world.path(path, actor), data=data)
                if answer.status_code != 403:
                    faults.append(f"{method} {path} as {actor}: {answer.status_code} without its token")
    return sorted(set(faults))


CHECKS: dict[str, Callable[[House], Faults]] = {
    "fixation": fixation,
    "copied cookie": copied_cookie,
    "cookie flags": cookie_flags,
    "lock": lock,
    "second factor": second_factor_holds,
    "timing": timing,
}


# --- the defects ---


def _verify_known_only(password: str, stored: str | None) -> bool:
    return stored is not None and _real_verify(password, stored)


_real_verify = security.verify_password


def plant(patch: pytest.MonkeyPatch, name: str) -> None:
    """The defect that the check of this name must find."""
    if name == "fixation":
        patch.setattr(security, "new_token", lambda: "planted")
        patch.setattr(sessions, "end_sessions", lambda *_: None)
        patch.setattr(sessions, "open_of", _open_anything)
    elif name == "copied cookie":
        patch.setattr(service, "close_session", lambda *_: None)
    elif name == "cookie flags":
        patch.setattr("app.accounts.routes.session_cookie", lambda: "dandang-unbound")
    elif name == "lock":
        patch.setattr(sign_in, "FAILURES_BEFORE_LOCK", 10**9)
    elif name == "second factor":
        real = totp.matching_step
        patch.setattr(totp, "matching_step", lambda *given, **more: real(*given, **(more | {"after": 0})))
    elif name == "timing":
        patch.setattr(security, "verify_password", _verify_known_only)
    elif name == "forms":
        patch.setattr(security, "csrf_matches", lambda *_: True)


def _open_anything(session: Session, token: str) -> Any:
    account = session.scalars(select(Account).where(Account.username == "wang")).one()
    return account, AccountSession(token_hash="", account_id=account.id, seen_at=now())


def full() -> Result:
    """Every check as it is, then each with its defect planted."""
    faults: dict[str, Faults] = {}
    caught: dict[str, bool] = {}
    with house() as tested:
        for name, check in CHECKS.items():
            faults[name] = check(tested)
    with s1.world() as world:
        faults["forms"] = forms(world)
        posts = sum(method != "GET" for method, _ in s1.endpoints(world.app))
        with pytest.MonkeyPatch.context() as patch:
            plant(patch, "forms")
            caught["forms"] = bool(forms(world))
    for name, check in CHECKS.items():
        with house() as tested, pytest.MonkeyPatch.context() as patch:
            plant(patch, name)
            caught[name] = bool(check(tested))
    found = [f"{name}: {fault}" for name, listed in faults.items() for fault in listed]
    return result(
        "S7",
        figure=f"{len(found)} faults in {len(faults)} checks ({', '.join(faults)}; forms: {posts} endpoints "
        "× 3 wrong tokens; RFC 4226 and 6238 vectors in the suite)" + "".join(f"; {one}" for one in found),
        kept=not found and all(caught.values()),
        control=f"{sum(caught.values())} of {len(caught)} planted defects found "
        f"({', '.join(name for name, seen in caught.items() if not seen) or 'none missed'})",
    )
