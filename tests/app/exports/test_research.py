"""The researcher's export: nobody stands out, nothing leads back, the reason is on the trail."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import random
import uuid
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyreadstat
import pytest
from click.testing import CliRunner
from fastapi.testclient import TestClient
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.cli import export
from app.exports import alike, research
from app.exports.alike import ALIKE, alike_background
from app.responses.models import Response, ScoreRecord
from app.scores.snapshots import close_and_release
from app.trail.models import TrailEntry
from instruments.instrument import BackgroundQuestion

SignIn = Callable[..., Account]
Csrf = Callable[[], str]
REASON = "课题“担当作为的测量”，检验因子结构"
QUESTIONS = (
    BackgroundQuestion(id="sex", options=("m", "f")),
    BackgroundQuestion(
        id="age", options=("a", "b", "c", "d"), recode={"young": ("a", "b"), "old": ("c", "d")}
    ),
    BackgroundQuestion(id="rank", options=tuple("123456789")),
)


@pytest.fixture
def closed(session: Session, district: Any) -> Any:
    rng = random.Random(5)
    for place, response in enumerate(session.scalars(select(Response).order_by(Response.id))):
        response.background = {"bg_sex": rng.choice("mf"), "bg_edu": rng.choice(("ba", "ma", "col"))}
        response.background = response.background | {"bg_rank": rng.choice(("staff", "ke", "chu", "ju"))}
        response.texts = {"oe_case": f"事例{place}"} if place < 30 else {}
    close_and_release(session, district.survey, actor="system")
    session.commit()
    return district


def _export(client: TestClient, closed: Any, csrf: Csrf, reason: str = REASON) -> Any:
    return client.post(
        f"/research/surveys/{closed.survey.id}/export", data={"csrf": csrf(), "reason": reason}
    )


def _files(body: bytes) -> dict[str, bytes]:
    archive = zipfile.ZipFile(io.BytesIO(body))
    return {name: archive.read(name) for name in archive.namelist()}


def _rows(body: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(body.decode("utf-8-sig"), newline="")))


def _smallest(rows: list[dict[str, str]]) -> int:
    """The fewest people who share any combination of background values."""
    background = [name for name in rows[0] if name.startswith("bg_")]
    return min(Counter(tuple(row[name] for name in background) for row in rows).values())


def test_the_export_is_what_its_manifest_says(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("researcher")
    answer = _export(client, closed, csrf)
    assert answer.status_code == 200
    files = _files(answer.content)
    assert set(files) == {"rows.csv", "variables.csv", "texts.csv", "manifest.json"}
    manifest = json.loads(files["manifest.json"])
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256(files[name]).hexdigest() == digest
    rows = _rows(files["rows.csv"])
    assert (len(rows), manifest["rows"], manifest["reason"]) == (73, 73, REASON)
    assert manifest["instrument"] == "dandang-jsjb/0.1.0"
    assert manifest["evidence_verdict"] == "insufficient data"
    assert _smallest(rows) == manifest["smallest_class"] >= ALIKE
    assert manifest["background"]["bg_lead"] in {"asked", "merged", "dropped"}
    session.expire_all()
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "research.export")).one()
    assert entry.detail["reason"] == REASON
    assert entry.detail["manifest"] == hashlib.sha256(files["manifest.json"]).hexdigest()


def test_nothing_in_it_leads_back(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("researcher")
    one, other = (_files(_export(client, closed, csrf).content) for _ in range(2))
    every = b"".join(one.values()).decode()
    for response in session.scalars(select(Response)):
        assert str(response.id) not in every
        assert response.id.hex[:16] not in every
    for code, people in closed.people.items():
        assert closed.units[code].name not in every
        for person in people:
            assert person.name not in every
            assert person.staff_number not in every
    first, second = _rows(one["rows.csv"]), _rows(other["rows.csv"])
    assert not {row["row"] for row in first} & {row["row"] for row in second}
    items = [name for name in first[0] if name.startswith("j_")]
    orders = [[tuple(row[item] for item in items) for row in rows] for rows in (first, second)]
    assert orders[0] != orders[1]
    assert sorted(orders[0]) == sorted(orders[1])


def test_free_text_is_apart_shuffled_and_only_of_ten(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("researcher")
    texts = [row["text"] for row in _rows(_files(_export(client, closed, csrf).content)["texts.csv"])]
    assert sorted(texts) == sorted(f"事例{k}" for k in range(30))
    assert texts != [f"事例{k}" for k in range(30)]
    assert "事例" not in _files(_export(client, closed, csrf).content)["rows.csv"].decode()
    for place, response in enumerate(session.scalars(select(Response).order_by(Response.id))):
        response.texts = {"oe_case": f"事例{place}"} if place < 9 else {}
    session.commit()
    assert "texts.csv" not in _files(_export(client, closed, csrf).content)


def test_free_text_is_off_where_readers_answer_too(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    closed.survey.readers_answer = True
    session.commit()
    sign_in("researcher")
    assert "texts.csv" not in _files(_export(client, closed, csrf).content)


def test_who_came_or_left_after_the_snapshot_is_not_in_it(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    gone = session.scalars(select(Response).limit(1)).one()
    session.execute(delete(ScoreRecord).where(ScoreRecord.response_id == gone.id))
    session.delete(gone)
    revised = session.scalars(select(Response).where(Response.id != gone.id).limit(1)).one()
    revised.vector = bytes(6 - value if 1 <= value <= 5 else value for value in revised.vector)
    session.commit()
    sign_in("researcher")
    assert len(_rows(_files(_export(client, closed, csrf).content)["rows.csv"])) == 71


def test_a_reason_a_role_and_a_release_are_needed(
    client: TestClient, session: Session, district: Any, sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("researcher")
    assert _export(client, district, csrf).status_code == 409
    close_and_release(session, district.survey, actor="system")
    session.commit()
    for reason in ("", "   ", "太短", "字" * 501):
        assert _export(client, district, csrf, reason).status_code == 422, reason
    assert client.post(f"/research/surveys/{uuid.uuid4()}/export", data={"csrf": csrf()}).status_code == 404
    base = f"/research/surveys/{district.survey.id}/export"
    assert client.post(base, data={"csrf": "0" * 64, "reason": REASON}).status_code == 403
    assert "用途" in client.get(base).text
    assert client.get("/research").text.count("/export") == 1
    sign_in("hr", units=[district.units["D"].id])
    assert client.get(base).status_code == 403
    assert _export(client, district, csrf).status_code == 403
    session.expire_all()
    assert session.scalars(select(TrailEntry).where(TrailEntry.action == "research.export")).all() == []


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10**9), n=st.integers(ALIKE, 120))
def test_everybody_is_alike_with_four_others(seed: int, n: int) -> None:
    made = alike_background(_people(seed, n), QUESTIONS)
    assert len(made.rows) == n
    assert min(Counter(made.rows).values()) == made.smallest >= ALIKE
    assert made.suppressed == sum(row[:1] == ("*",) for row in made.rows)
    assert set(made.how) == {"sex", "age", "rank"}


def _people(seed: int, n: int) -> list[dict[str, str]]:
    rng = random.Random(seed)
    return [
        {q.id: rng.choice(q.options[: rng.randint(1, 9)]) for q in QUESTIONS if rng.random() < 0.9}
        for _ in range(n)
    ]


def test_the_count_finds_an_export_that_leaves_people_standing_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: without coarsening and suppression the same count is below five."""
    monkeypatch.setattr(alike, "_lonely", lambda levels, at: np.zeros(60, dtype=bool))
    made = alike_background(_people(3, 60), QUESTIONS)
    assert min(Counter(made.rows).values()) < ALIKE


def test_fewer_than_five_people_are_refused() -> None:
    with pytest.raises(ValueError, match="fewer"):
        alike_background(_people(1, 4), QUESTIONS)


@pytest.mark.only_on("sqlite", reason="the files are made of the same rows on both")
def test_the_files_for_other_programs_are_of_the_same_rows_and_obey_the_same_rule(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, csrf: Csrf, tmp_path: Path
) -> None:
    sign_in("researcher")
    asked = {"csrf": csrf(), "reason": REASON, "programs": "1"}
    files = _files(client.post(f"/research/surveys/{closed.survey.id}/export", data=asked).content)
    assert {"rows.sav", "rows.csv", "codebook.html", "codebook.xml", "lavaan.R", "spss.sps"} < set(files)
    manifest = json.loads(files["manifest.json"])
    for name, digest in manifest["sha256"].items():
        assert hashlib.sha256(files[name]).hexdigest() == digest
    assert set(manifest["sha256"]) == set(files) - {"manifest.json"}
    (tmp_path / "rows.sav").write_bytes(files["rows.sav"])
    data, meta = pyreadstat.read_sav(tmp_path / "rows.sav", user_missing=True)
    rows = _rows(files["rows.csv"])
    assert list(data["row"]) == [row["row"] for row in rows]
    assert _smallest(data.to_dict("records")) == manifest["smallest_class"] >= ALIKE
    assert "unit" not in data.columns
    assert meta.missing_ranges["j_xj1"] == [{"lo": 8.0, "hi": 8.0}]
    every = b"".join(files.values()).decode(errors="ignore")
    for people in closed.people.values():
        assert not any(person.name in every or person.staff_number in every for person in people)


@pytest.mark.only_on("sqlite", reason="the command goes the way of the page")
def test_the_command_gives_a_researcher_one_format_with_a_reason_and_hr_none(
    session: Session, closed: Any, sign_in: SignIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # the files themselves are read back above
    monkeypatch.setattr(research, "program_files", lambda **asked: {"rows.sav": b"%d" % len(asked["rows"])})
    sign_in("researcher", username="forscher")
    sign_in("hr", username="personal")
    for kind in ("sav", "bundle", "ddi"):
        refused = CliRunner().invoke(
            export.command, [str(closed.survey.id), "--as", "personal", "--format", kind, "--reason", REASON]
        )
        assert refused.exit_code == 1
    asked = [str(closed.survey.id), "--as", "forscher", "--format", "sav", "-o", str(tmp_path / "rows.sav")]
    unreasoned = CliRunner().invoke(export.command, asked)
    assert (unreasoned.exit_code, (tmp_path / "rows.sav").exists()) == (1, False)
    done = CliRunner().invoke(export.command, [*asked, "--reason", REASON])
    assert done.exit_code == 0, done.output
    assert (tmp_path / "rows.sav").read_bytes() == b"73"
    session.expire_all()
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "research.export")).one()
    assert entry.detail["reason"] == REASON
