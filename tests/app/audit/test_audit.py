"""The auditor reads, verifies and takes the trail away; that it was taken is on the trail itself."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable

from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.trail import service as trail
from app.trail.models import TrailEntry
from tests.promises import d8

SignIn = Callable[..., Account]


def _fill(session: Session, count: int = 60) -> None:
    for k in range(count):
        trail.append(
            session, actor="system", action=f"score.{'read' if k % 2 else 'download'}", subject=f"s:{k}"
        )
    session.commit()


def test_only_the_auditor_enters(client: TestClient, sign_in: SignIn) -> None:
    for role in ("hr", "researcher", "admin", "security"):
        sign_in(role)
        for path in ("/audit/entries", "/audit/verification", "/audit/entries.csv"):
            assert client.get(path).status_code == 403, (role, path)
    sign_in("auditor")
    assert client.get("/audit/entries").status_code == 200
    for path in ("/hr", "/research", "/admin/accounts", "/security/accounts"):
        assert client.get(path).status_code == 403


def test_entries_by_action_actor_and_day(client: TestClient, session: Session, sign_in: SignIn) -> None:
    _fill(session)
    auditor = sign_in("auditor", username="shen")
    everything = client.get("/audit/entries").text
    assert "共 62 条" in everything
    assert "第 1 页／共 2 页" in everything
    assert client.get("/audit/entries?page=3").status_code == 404
    assert "共 30 条" in client.get("/audit/entries?action=score.read").text
    assert "共 1 条" in client.get("/audit/entries?actor=shen").text
    assert "共 1 条" in client.get(f"/audit/entries?actor={auditor.id}").text
    assert "共 0 条" in client.get("/audit/entries?day=2001-01-01").text
    assert client.get("/audit/entries?day=yesterday").status_code == 422
    assert client.get("/audit/entries?action=&actor=&day=").status_code == 200


def test_the_file_holds_every_entry_and_is_on_the_trail(
    client: TestClient, session: Session, sign_in: SignIn
) -> None:
    _fill(session)
    auditor = sign_in("auditor")
    answer = client.get("/audit/entries.csv")
    table = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert [int(row[0]) for row in table[1:]] == list(range(1, 64))  # with the entry on this very download
    session.expire_all()
    said = session.scalars(select(TrailEntry).order_by(TrailEntry.number.desc()).limit(1)).one()
    assert (said.actor, said.action, said.detail) == (str(auditor.id), "trail.download", {"rows": 62})
    assert trail.verify(session).whole


def test_a_filtered_file_is_on_the_trail_with_its_filter(
    client: TestClient, session: Session, sign_in: SignIn
) -> None:
    _fill(session, 3)
    auditor = sign_in("auditor")
    assert client.get(f"/audit/entries.csv?action=trail.download&actor={auditor.id}").status_code == 200
    said = session.scalars(select(TrailEntry).order_by(TrailEntry.number.desc()).limit(1)).one()
    assert (said.actor, said.action) == (str(auditor.id), "trail.download")
    assert said.detail == {
        "rows": 0,
        "filter_action": "trail.download",
        "filter_actor": str(auditor.id),
    }


def test_verification_says_whole_or_names_the_entry(
    client: TestClient, session: Session, sign_in: SignIn
) -> None:
    _fill(session, 5)
    sign_in("auditor")
    assert "记录完整：7 条" in client.get("/audit/verification").text
    d8.drop_triggers(session.connection())
    session.execute(text("UPDATE trail_entry SET actor = 'x' WHERE number = 3"))
    session.commit()
    shown = client.get("/audit/verification").text
    assert "首先出现在第 3 条" in shown
    assert "被改动" in shown


def test_an_erased_detail_says_so(client: TestClient, session: Session, sign_in: SignIn) -> None:
    sign_in("auditor")
    trail.append(session, actor="system", action="x", subject="y", who="somebody-to-forget")
    session.commit()
    assert "somebody-to-forget" in client.get("/audit/entries").text
    trail.erase(session, 3, actor="system", reason="法定期限届满")
    session.commit()
    shown = client.get("/audit/entries").text
    assert "somebody-to-forget" not in shown
    assert "（已删除）" in shown
