"""Snapshots: made at closing, never changed, never followed by one that tells of few people."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import delete, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import security
from app.accounts.models import Account
from app.errors import Conflict
from app.responses.models import Response, ScoreRecord
from app.responses.service import store_response
from app.scores import snapshots
from app.scores.models import ScoreSnapshot, SnapshotMembership
from app.scores.snapshots import close_and_release, newest, release_scores
from app.surveys.service import close_survey, instrument_of, reopen_survey
from app.trail.models import TrailEntry
from app.units import service as units

SignIn = Callable[..., Account]
Csrf = Callable[[], str]
ROOT = Path(__file__).parent.parent.parent.parent


@pytest.fixture
def closed(session: Session, district: Any) -> Any:
    assert close_and_release(session, district.survey, actor="system") == "made"
    session.commit()
    return district


def _add(session: Session, district: Any, code: str, count: int) -> None:
    items = instrument_of(district.survey).forms[district.survey.form].items
    for k in range(count):
        person = units.add_person(
            session, district.units[code], staff_number=f"late-{uuid.uuid4().hex[:8]}", name="后来者"
        )
        store_response(
            session,
            district.survey,
            response_id=uuid.uuid4(),
            answers={item: 1 + (n + k) % 5 for n, item in enumerate(items)},
            background={},
            person_id=person.id,
            unit_id=person.unit_id,
        )


def _again(session: Session, district: Any) -> str:
    """Close once more and release."""
    return close_and_release(session, district.survey, actor="system")


def _withdraw(session: Session, district: Any, code: str, count: int) -> None:
    for person in district.people[code][:count]:
        response = session.scalars(select(Response).where(Response.person_id == person.id)).one()
        session.execute(delete(ScoreRecord).where(ScoreRecord.response_id == response.id))
        session.delete(response)
    session.flush()


def test_closing_releases_and_says_so_on_the_trail(
    client: TestClient, session: Session, district: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("hr", units=[district.units["D"].id])
    answer = client.post(f"/hr/surveys/{district.survey.id}/close", data={"csrf": csrf()})
    assert answer.status_code == 303
    session.expire_all()
    row = session.scalars(select(ScoreSnapshot)).one()
    assert (row.number, row.digest) == (1, security.digest(row.content.encode()).hex())
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "score.release")).one()
    assert entry.detail["digest"] == row.digest
    assert entry.detail["outcome"] == "made"


@pytest.mark.parametrize(
    "deed",
    [
        "UPDATE score_snapshot SET content = '{}'",
        "UPDATE score_snapshot SET number = 7",
        "DELETE FROM score_snapshot",
    ],
)
def test_the_database_refuses_to_change_a_snapshot(session: Session, closed: Any, deed: str) -> None:
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(deed))
    session.rollback()
    assert newest(session, closed.survey) is not None


def test_a_snapshot_is_not_replaced_either(session: Session, closed: Any) -> None:
    columns = "id, survey_id, number, made_at, made_by, content, digest"
    if session.get_bind().dialect.name == "sqlite":
        deed = f"INSERT OR REPLACE INTO score_snapshot ({columns}) SELECT {columns} FROM score_snapshot"
    else:
        deed = "TRUNCATE score_snapshot CASCADE"
    with pytest.raises(DBAPIError, match="never changed"):
        session.execute(text(deed))


def test_a_snapshot_changed_behind_the_triggers_is_not_shown(session: Session, closed: Any) -> None:
    row = session.scalars(select(ScoreSnapshot)).one()
    row.content = row.content.replace('"kind":"withheld"', '"kind":"empty"', 1)  # in memory only
    with session.no_autoflush, pytest.raises(Conflict, match="摘要不符"):
        newest(session, closed.survey)
    session.rollback()


def test_nothing_of_a_withheld_cell_is_stored(session: Session, closed: Any) -> None:
    content = newest(session, closed.survey).content  # type: ignore[union-attr]  # it was made above
    kinds = set()
    for cell in content["cells"]:
        for said in cell["scores"].values():
            kinds.add(said["kind"])
            if said["kind"] == "withheld":
                assert said == {"kind": "withheld"}
            else:
                assert said.keys() <= {"kind", "n", "mean", "sd", "low", "high", "against"}
    assert kinds == {"withheld", "value"}
    assert next(c for c in content["cells"] if c["unit"] == str(closed.units["C2"].id))["people"] is None


def test_who_a_snapshot_was_made_of_can_be_counted_and_not_read(session: Session, closed: Any) -> None:
    row = session.scalars(select(SnapshotMembership)).one()
    for response in session.scalars(select(Response)):
        for told in (response.id.bytes, response.id.hex.encode(), str(response.id).encode()):
            assert told not in row.members
        assert str(response.id) not in session.scalars(select(ScoreSnapshot)).one().content
    tags = snapshots.unpacked(row.members)["everybody"].tags
    assert (tags[:-1] <= tags[1:]).all()  # in the order of the hash, which says nothing


def test_nobody_changed_keeps_the_first(session: Session, closed: Any) -> None:
    reopen_survey(session, closed.survey, actor="system")
    assert _again(session, closed) == "same"
    assert session.scalars(select(ScoreSnapshot)).one().number == 1


@pytest.mark.parametrize("deed", ["added", "withdrawn", "revised"])
def test_few_changes_keep_the_first_and_the_page_says_why(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, deed: str
) -> None:
    before = newest(session, closed.survey)
    reopen_survey(session, closed.survey, actor="system")
    if deed == "added":
        _add(session, closed, "S3", 3)
    elif deed == "withdrawn":
        _withdraw(session, closed, "S3", 3)
    else:
        response = session.scalars(select(Response).limit(1)).one()
        response.vector = bytes(6 - value if 1 <= value <= 5 else value for value in response.vector)
    assert _again(session, closed) == "few"
    session.commit()
    assert newest(session, closed.survey) == before
    sign_in("hr", units=[closed.units["D"].id])
    page = client.get(f"/hr/surveys/{closed.survey.id}/scores").text
    assert "变动的人数不足下限" in page
    assert client.get(f"/api/surveys/{closed.survey.id}/scores").json()["snapshot"] == 1


def test_many_changes_make_a_second(session: Session, closed: Any) -> None:
    reopen_survey(session, closed.survey, actor="system")
    for code in ("S1", "C1", "S2", "S3"):
        _add(session, closed, code, 15)
    assert _again(session, closed) == "made"
    found = newest(session, closed.survey)
    assert found is not None
    assert found.number == 2
    assert session.scalars(select(ScoreSnapshot.number).order_by(ScoreSnapshot.number)).all() == [1, 2]


def test_changes_in_one_corner_are_hidden_or_kept_out(session: Session, closed: Any) -> None:
    """Twelve come to S3 and one to S2: whatever is shown, S2's figure is not shown again beside the old."""
    reopen_survey(session, closed.survey, actor="system")
    _add(session, closed, "S3", 12)
    _add(session, closed, "S2", 1)
    outcome = _again(session, closed)
    found = newest(session, closed.survey)
    assert found is not None
    assert outcome == ("made" if found.number == 2 else "unsafe")
    if found.number == 2:
        s2 = next(c for c in found.content["cells"] if c["unit"] == str(closed.units["S2"].id))
        assert {said["kind"] for said in s2["scores"].values()} == {"withheld"}


def test_without_memory_of_the_first_there_is_no_second(session: Session, closed: Any) -> None:
    session.execute(delete(SnapshotMembership))
    reopen_survey(session, closed.survey, actor="system")
    _add(session, closed, "S3", 20)
    assert _again(session, closed) == "unsafe"


def test_an_open_survey_releases_nothing_and_a_closed_one_waits_for_the_button(
    client: TestClient, session: Session, district: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    with pytest.raises(Conflict):
        release_scores(session, district.survey, actor="system")
    close_survey(session, district.survey, actor="system")
    session.commit()
    base = f"/hr/surveys/{district.survey.id}"
    sign_in("hr", units=[district.units["S1"].id])
    assert "由组织单位汇总" in client.get(f"{base}/scores").text
    assert client.get(f"{base}/units.csv").status_code == 409
    assert client.post(f"{base}/release", data={"csrf": csrf()}).status_code == 403
    sign_in("hr", units=[district.units["D"].id])
    assert "结果尚未汇总" in client.get(f"{base}/scores").text
    assert client.post(f"{base}/release", data={"csrf": csrf()}).status_code == 303
    assert "第 1 次结果" in client.get(f"{base}/scores").text


def test_no_other_code_leads_from_responses_to_group_figures() -> None:
    """Who reads scores or answers of many, by name; a new reader must be thought about here."""
    readers: dict[str, set[str]] = {}
    for path in sorted((ROOT / "app").rglob("*.py")):
        source = path.read_text(encoding="utf-8")
        for word in ("ScoreRecord", "answer_matrix", "population_of", "score_matrix", "Moments"):
            if re.search(rf"\b{word}\b", source):
                readers.setdefault(word, set()).add(str(path.relative_to(ROOT / "app")))
    assert readers["population_of"] == {"scores/gathering.py", "scores/snapshots.py"}
    assert readers["score_matrix"] == {"scores/gathering.py"}
    assert readers["Moments"] == {"scores/statistics.py", "scores/engine.py"}
    # these hold, write, show or delete one person's scores; none of them sums
    assert readers["ScoreRecord"] <= ONE_PERSON_EACH
    sums = re.compile(r"\bfunc\.(avg|sum)\b|\bmean\(|\bsum\(.*scores")
    assert sums.search("select(func.avg(ScoreRecord.value))")
    for name in readers["ScoreRecord"]:
        assert not sums.search((ROOT / "app" / name).read_text(encoding="utf-8")), name


ONE_PERSON_EACH = {
    "exports/imports.py",
    "responses/deletion.py",
    "responses/models.py",
    "responses/service.py",
    "scores/own.py",
    "scores/people.py",
}
