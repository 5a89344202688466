"""R6 for the evidence: below 30 people HR reads a band, on the page, in every file and through the API."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import io
import re
import uuid
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from app.scores import service, statistics, told, verdicts
from app.scores.pool import pool_of
from app.scores.snapshots import close_and_release
from tests.app.conftest import SignIn

pytestmark = pytest.mark.only_on("sqlite", reason="what is told is worked out after the store was read")


@pytest.fixture
def closed(session: Session, district: Any) -> Any:
    close_and_release(session, district.survey, actor="system")
    session.commit()
    return district


def _text(n: int) -> str:
    return (
        f"可用人数 = {n}（要求 ≥ 200）：未达到。共 {n} 人作答，作答质量规则筛除 {n - 20} 人，其余的须答全各题"
    )


def _record(session: Session, closed: Any, n: int) -> None:
    """Evidence of n people wherever a number of people can stand."""
    of_groups = f"测量等值（学历）：–：无法判断（不足两组达到 50 人（硕士（含在职） {n}，本科 9））"
    body = {
        "verdict": "insufficient data",
        "reasons": [
            {"rule": "usable_n", "value": n, "limit": 200, "met": False, "text_zh": _text(n)},
            {
                "rule": "invariance:edu",
                "value": None,
                "met": None,
                "text_zh": of_groups,
                "part": "comparison",
            },
        ],
        "comparisons": [
            {"grouping": "unit", "scores": [], "obstacles": [{"text_zh": f"有得分的 {n} 人"}]},
        ],
        "simulated": False,
        "n": n,
        "cfa": {"model": "m", "n": n, "chisq": 31.5 + n, "df": 12, "rmsea": 0.06},
        "scores": [
            {"id": s, "n": n, "alpha": 0.8, "sem": 0.3, "note": f"完整作答 {n} 人，不足 50 人"}
            for s in ("zz", "gz", "sy", "dy")
        ],
    }
    pool = pool_of(session, closed.survey)
    service.record_evidence(
        session,
        closed.survey.id,
        run_id=uuid.UUID(int=1),
        pool=dataclasses.replace(pool, members=(dataclasses.replace(pool.own, n=n),)),
        pool_fingerprint="sha256:y",
        n_responses=n,
        data_fingerprint="sha256:x",
        engine_version=importlib.metadata.version("dandang"),
        evidence=body,
        own=body,
    )
    session.commit()


def _read(client: TestClient, closed: Any) -> dict[str, str]:
    """All that HR can read of scores, without the times at which it was made."""
    base, found = f"/hr/surveys/{closed.survey.id}", {}
    for place in (
        f"{base}/scores",
        f"{base}/scores.manifest.json",
        f"{base}/units.csv",
        f"{base}/scores.csv",
        f"/api/surveys/{closed.survey.id}/scores",
    ):
        answer = client.get(place)
        assert answer.status_code == 200, place
        found[place] = answer.text
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{base}/scores.xlsx").content))
    for sheet in book:
        found[sheet.title] = "\n".join(str(row) for row in sheet.iter_rows(values_only=True))
    return {place: re.sub(r"\d\d:\d\d(:\d\d)?", "", text) for place, text in found.items()}


def _told_apart(client: TestClient, session: Session, closed: Any) -> tuple[set[str], dict[str, str]]:
    """Where 21 people read otherwise than 23 do, and what is read of 23."""
    read = []
    for n in (21, 23):
        _record(session, closed, n)
        read.append(_read(client, closed))
    return {place for place in read[0] if read[0][place] != read[1][place]}, read[1]


def test_nobody_in_hr_can_tell_21_people_from_23(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    apart, read = _told_apart(client, session, closed)
    assert apart == set()
    page = read[f"/hr/surveys/{closed.survey.id}/scores"]
    assert "1 次测评、20–24 份答卷" in page
    assert "其中可用 20–24 份" in page
    assert "本次测评自己的信度（20–24 份答卷）" in page
    assert "不足 5 人" in page
    assert '"sample_n":"20–24"' in read[f"/api/surveys/{closed.survey.id}/scores"]
    assert "'usable_n', '20–24', 200" in read["证据"]
    monkeypatch.setattr(statistics, "EXACT_N", 0)  # the control: exact numbers are caught in every place
    monkeypatch.setattr(told, "EXACT_N", 0)
    apart, _ = _told_apart(client, session, closed)
    assert {place.rsplit("/", 1)[-1] for place in apart} >= {"scores", "scores.manifest.json", "证据", "说明"}


@pytest.mark.parametrize(
    ("said", "heard"),
    [
        (_text(24), _text(24).replace("24", "20–24").replace("筛除 4 人", "筛除 不足 5 人")),
        (_text(240), _text(240)),
        ("20 usable people, fewer than 5 per item (60)", "20–24 usable people, fewer than 5 per item (60)"),
        ("作答 12 人，不足 20 人", "作答 10–14 人，不足 20 人"),
        ("有的组不足 20 人", "有的组不足 20 人"),
        ("fewer than two groups of 20 people (女 12)", "fewer than two groups of 20 people)"),
        ("ω = .712（要求 ≥ .7）：达到", "ω = .712（要求 ≥ .7）：达到"),
    ],
)
def test_numbers_of_people_in_a_sentence_are_banded_and_limits_are_not(said: str, heard: str) -> None:
    assert told.told_text(said) == heard


def test_from_thirty_people_the_fit_and_the_numbers_are_told() -> None:
    assert told.told_fit({"n": 29, "cfi": 0.9}) is None
    assert told.told_fit({"n": 30, "cfi": 0.9}) == {"n": 30, "cfi": 0.9}
    (one,) = verdicts.reliabilities({"scores": [{"id": "zz", "n": 31}]})
    assert one.n == "31"
