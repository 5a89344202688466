"""S9 in short: a building answers undisturbed while somebody in it guesses; nothing of an address is kept."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from fastapi.responses import Response
from fastapi.testclient import TestClient
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.accounts import limits
from app.accounts.models import Account
from app.settings import Settings
from tests.promises import s9

pytestmark = pytest.mark.only_on("sqlite", reason="nothing of it is in the store")
SignIn = Callable[..., Account]


@pytest.fixture(autouse=True)
def _at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "WAIT_SECONDS", 0.0)


def test_a_building_is_not_blocked_while_somebody_in_it_guesses(
    application: FastAPI, session: Session
) -> None:
    links = s9.plant(session, 120)
    found = s9.besiege(application, links, guesses=80)
    assert found.blocked == 0
    assert found.answered == 132
    assert found.refused == 80 - limits.GUESSES
    assert found.unsaid == 0


def test_control_a_limit_by_address_blocks_the_building(application: FastAPI, session: Session) -> None:
    links = s9.plant(session, 120)
    found = s9.besiege(s9.with_plain_limit(application), links, guesses=0)
    assert found.blocked > 0


def test_one_link_alone_may_not_hammer(application: FastAPI, session: Session) -> None:
    (link,) = s9.plant(session, 1)
    strict = limits.Limits(application, refuse=lambda _: Response(status_code=429), token_requests=5)
    with TestClient(strict, follow_redirects=False) as client:
        assert [client.get(link).status_code for _ in range(8)] == [200] * 5 + [429] * 3


def test_links_opened_before_the_survey_begins_are_no_guesses(application: FastAPI, session: Session) -> None:
    links = s9.plant(session, limits.GUESSES + 5)
    session.execute(text("UPDATE survey SET state = 'draft'"))
    session.commit()
    with TestClient(application, follow_redirects=False) as client:
        assert {client.get(link).status_code for link in links} == {404}


def test_guessing_passwords_and_receipt_codes_is_slowed_too(
    client: TestClient, session: Session, sign_in: SignIn, csrf: Any, district: Any
) -> None:
    sign_in("hr", units=[district.units["D"].id])
    address = f"/hr/surveys/{district.survey.id}/withdraw"
    body = {"csrf": csrf(), "code": "AAAAA-AAAAA"}
    codes = [client.post(address, data=body).status_code for _ in range(limits.GUESSES + 2)]
    assert codes == [404] * limits.GUESSES + [429] * 2
    refused = client.post(address, data=body, headers={"accept": "text/html"})
    assert int(refused.headers["retry-after"]) > 0
    assert "尝试次数过多" in refused.text


def test_windows_end_and_old_keys_are_forgotten(monkeypatch: pytest.MonkeyPatch) -> None:
    moment = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: moment[0])
    monkeypatch.setattr(limits, "KEYS_REMEMBERED", 3)
    tally = limits.Tally(2, 60)
    assert [tally.add("a"), tally.add("a"), tally.add("a")] == [0, 0, 60]
    moment[0] += 61
    assert tally.add("a") == 0
    for key in "bcd":
        tally.add(key)
    assert len(tally._counts) == 3


def test_no_address_is_written_anywhere(
    application: FastAPI, settings: Settings, session: Session, caplog: pytest.LogCaptureFixture
) -> None:
    s9.besiege(application, s9.plant(session, 2), guesses=40, address=s9.CANARY)
    written = b"".join(path.read_bytes() for path in Path(settings.home).rglob("*") if path.is_file())
    assert s9.CANARY.encode() not in written
    assert s9.CANARY not in caplog.text
    kept = str(vars(limits.Tally(1, 1))) + str(vars(application.state))
    assert s9.CANARY not in kept
