"""Rights first: HR sees its own part of a survey, and nothing of sibling or parent units anywhere."""

from __future__ import annotations

import io
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.scores.snapshots import close_and_release
from app.surveys.models import Survey
from app.trail.models import TrailEntry

READ = (
    "",
    "/scores",
    "/people",
    "/scores.xlsx",
    "/scores.csv",
    "/units.csv",
    "/scores.manifest.json",
    "/links.csv",
)
WHOLE_ONLY = ("/close", "/reopen")
SignIn = Callable[..., Account]
Csrf = Callable[[], str]


@pytest.fixture
def closed(session: Session, district: Any) -> Any:
    close_and_release(session, district.survey, actor="system")
    session.commit()
    return district


def _codes(client: TestClient, closed: Any) -> set[int]:
    """Status of every page and file of the survey for whoever is signed in."""
    base = f"/hr/surveys/{closed.survey.id}"
    return {client.get(base + rest).status_code for rest in (*READ, *WHOLE_ONLY)}


def test_nobody_without_a_session_gets_in(client: TestClient, closed: Any) -> None:
    assert _codes(client, closed) == {401}
    page = client.get(f"/hr/surveys/{closed.survey.id}", headers={"accept": "text/html"})
    assert page.headers["location"].startswith("/login")


def test_researchers_and_other_hr_get_nothing(client: TestClient, closed: Any, sign_in: SignIn) -> None:
    sign_in("researcher")
    assert _codes(client, closed) == {403}
    sign_in("hr", units=[closed.units["X"].id])
    assert _codes(client, closed) == {404}
    sign_in("hr", units=[])
    assert _codes(client, closed) == {404}
    sign_in("hr", units=[closed.units["D"].id])
    assert _codes(client, closed) == {200}


POSTS = ("/roster/undo", "/open", "/close", "/reopen", "/evidence")


def test_deeds_need_the_right_and_the_token(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    addresses = [f"/hr/surveys/{closed.survey.id}{rest}" for rest in POSTS]
    sign_in("hr", units=[closed.units["D"].id])
    assert {client.post(address, data={"csrf": "0" * 64}).status_code for address in addresses} == {403}
    sign_in("hr", units=[closed.units["X"].id])
    assert {client.post(address, data={"csrf": csrf()}).status_code for address in addresses} == {404}
    session.expire_all()
    assert session.get_one(Survey, closed.survey.id).state == "closed"


def test_a_part_of_a_survey_is_not_run_from_that_part(
    client: TestClient, closed: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("hr", units=[closed.units["S1"].id])
    base = f"/hr/surveys/{closed.survey.id}"
    assert client.get(f"{base}/reopen").status_code == 403
    assert client.post(f"{base}/reopen", data={"csrf": csrf()}).status_code == 403
    assert client.get(base).status_code == 200


def _everything(client: TestClient, base: str) -> str:
    """All text that the account can get of a survey."""
    texts = []
    for rest in READ:
        answer = client.get(base + rest)
        assert answer.status_code == 200, rest
        if rest == "/scores.xlsx":
            book = openpyxl.load_workbook(io.BytesIO(answer.content))
            texts += [str(c) for sheet in book for row in sheet.iter_rows(values_only=True) for c in row]
        else:
            texts.append(answer.text)
    return "\n".join(texts)


def test_own_units_only_in_every_page_and_file(client: TestClient, closed: Any, sign_in: SignIn) -> None:
    sign_in("hr", units=[closed.units["S1"].id])
    seen = _everything(client, f"/hr/surveys/{closed.survey.id}")
    for code in ("S1", "C1", "C2"):
        assert closed.units[code].name in seen
        assert f"{code}某0" in seen
    for code in ("S2", "S3", "D"):
        assert closed.units[code].name not in seen.replace("某区组织部", ""), code
        assert f"{code}-0" not in seen
        assert f"{code}某" not in seen


def test_the_whole_is_seen_from_the_top(client: TestClient, closed: Any, sign_in: SignIn) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    seen = _everything(client, f"/hr/surveys/{closed.survey.id}")
    assert all(f"{code}某0" in seen for code in ("S1", "C1", "C2", "S2", "S3"))


def test_answers_and_tokens_are_in_no_page_or_score_file(
    client: TestClient, closed: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    for rest in (r for r in READ if r != "/links.csv"):
        text = client.get(f"/hr/surveys/{closed.survey.id}{rest}").text
        assert "j_zc1" not in text
        assert "/q/" not in text


def test_every_reading_of_personal_data_is_on_the_trail(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn
) -> None:
    account = sign_in("hr", units=[closed.units["S1"].id])
    for rest in ("/people", "/scores.xlsx", "/scores.csv", "/units.csv", "/links.csv"):
        client.get(f"/hr/surveys/{closed.survey.id}{rest}")
    entries = session.scalars(select(TrailEntry).where(TrailEntry.actor == str(account.id))).all()
    read = [entry.action for entry in entries if entry.subject == f"survey:{closed.survey.id}"]
    assert read == [
        "score.read",
        "score.download",
        "score.download",
        "unit_scores.download",
        "links.download",
    ]
    kept = str([entry.detail for entry in entries])
    assert "某" not in kept
    assert "/q/" not in kept


def test_the_list_shows_own_surveys_and_own_counts(client: TestClient, closed: Any, sign_in: SignIn) -> None:
    sign_in("hr", units=[closed.units["S1"].id])
    page = client.get("/hr").text
    assert "28／28" in page
    assert "只含您单位的部分" in page
    sign_in("hr", units=[closed.units["X"].id])
    assert "还没有涉及您单位的测评" in client.get("/hr").text
    sign_in("researcher")
    assert client.get("/hr").status_code == 403
