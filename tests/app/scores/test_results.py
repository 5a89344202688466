"""What pages say of groups and persons: after closing, with evidence, within the rules."""

from __future__ import annotations

import importlib.metadata
import re
import uuid
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import jobs
from app.accounts.models import Account
from app.database import now
from app.responses.models import Response, ScoreRecord
from app.responses.vectors import pack
from app.scores import service as scores
from app.scores.columns import ScoreColumn, score_columns
from app.scores.engine import band, presented
from app.scores.pool import pool_of
from app.scores.results import GroupResults, group_results
from app.scores.snapshots import close_and_release
from app.scores.statistics import Moments
from app.surveys.rights import HrView
from app.surveys.service import instrument_of, reopen_survey
from app.units.service import subtree_ids

SignIn = Callable[..., Account]
Csrf = Callable[[], str]
COLUMN = ScoreColumn("zz", "政治担当", "", "dimension", 1.0, 5.0, frozenset())


@pytest.fixture
def closed(session: Session, district: Any) -> Any:
    close_and_release(session, district.survey, actor="system")
    for response in session.scalars(select(Response)):
        response.seen_at = now()
    session.commit()
    return district


def _record(session: Session, district: Any, verdict: str, n: int = 73, **more: Any) -> None:
    body = {
        "verdict": verdict,
        "reasons": [
            {
                "rule": "min_n",
                "value": n,
                "limit": 300,
                "met": verdict == "supported",
                "text_zh": "理由甲",
                "text_en": "",
            }
        ],
        "simulated": False,
        "n": n,
        "cfa": None,
        "scores": [
            {
                "id": s,
                "n": n,
                "alpha": 0.8,
                "alpha_lower": 0.7,
                "alpha_upper": 0.88,
                "omega": 0.81,
                "omega_lower": 0.71,
                "omega_upper": 0.9,
                "sem": 0.3,
                "sd": 0.7,
                "note": "",
            }
            for s in ("zz", "gz", "sy", "dy")
        ],
    } | more
    scores.record_evidence(
        session,
        district.survey.id,
        run_id=uuid.uuid4(),
        pool=pool_of(session, district.survey),
        pool_fingerprint="sha256:y",
        n_responses=n,
        data_fingerprint="sha256:x",
        engine_version=importlib.metadata.version("dandang"),
        evidence=body,
        own=body,
    )
    session.commit()


def _view(session: Session, district: Any, code: str) -> HrView:
    return HrView(
        Account(), district.survey, subtree_ids(session, [district.units[code].id]), manages=code == "D"
    )


def _results(session: Session, district: Any, code: str) -> GroupResults:
    return group_results(
        session, _view(session, district, code), scores.evidence_for(session, district.survey)
    )


def _kinds(results: GroupResults) -> dict[str, str]:
    return {row.unit.code + ("*" if row.own else ""): row.cells["zz"].kind for row in results.rows}


def test_before_closing_there_is_progress_only(client: TestClient, district: Any, sign_in: SignIn) -> None:
    sign_in("hr", units=[district.units["D"].id])
    base = f"/hr/surveys/{district.survey.id}"
    assert "还没有结束" in client.get(f"{base}/scores").text
    for rest in ("/people", "/scores.xlsx", "/scores.csv", "/units.csv", "/scores.manifest.json"):
        assert client.get(base + rest).status_code == 409, rest


def test_reopening_takes_the_results_away(
    session: Session, client: TestClient, closed: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    assert client.get(f"/hr/surveys/{closed.survey.id}/scores.csv").status_code == 200
    reopen_survey(session, closed.survey, actor="system")
    session.commit()
    assert client.get(f"/hr/surveys/{closed.survey.id}/scores.csv").status_code == 409


def test_the_numbers_are_those_of_the_stored_scores(session: Session, closed: Any) -> None:
    values = [
        record.scores["zz"]["value"]
        for record in session.scalars(
            select(ScoreRecord)
            .join(Response, Response.id == ScoreRecord.response_id)
            .where(Response.unit_id == closed.units["S3"].id)
        )
    ]
    row = _results(session, closed, "D").row(closed.units["S3"].id)
    assert row is not None
    cell = row.cells["zz"]
    assert (cell.mean, cell.sd) == (round(np.mean(values), 2), round(np.std(values, ddof=1), 2))
    assert row.n_words == "31"


def test_a_small_group_and_what_would_reveal_it_are_withheld(session: Session, closed: Any) -> None:
    """C2 has 4; of its siblings (12 own people of S1, and C1 with 12) one must go too."""
    kinds = _kinds(_results(session, closed, "D"))
    assert kinds["C2"] == "withheld"
    assert sorted([kinds["S1*"], kinds["C1"]]) == ["value", "withheld"]
    assert [kinds[code] for code in ("D", "S1", "S2", "S3")] == ["value"] * 4


def test_scores_that_follow_from_one_another_hide_the_same_cells(session: Session, district: Any) -> None:
    """Without this, a missing indicator could turn the choice, and the rest give the hidden one away."""
    survey = district.survey
    for person in district.people["C1"][:3]:
        response = session.scalars(select(Response).where(Response.person_id == person.id)).one()
        response.answers = {k: v for k, v in response.answers.items() if not k.startswith("j_zc")}
        response.vector = pack(instrument_of(survey), response.answers)
    close_and_release(session, survey, actor="system")
    session.commit()
    rows = _results(session, district, "D").rows
    for row in rows:
        hidden = {score: row.cells[score].kind == "withheld" for score in ("zz", "zc", "wm", "gz", "fz")}
        assert hidden["zz"] == hidden["zc"] == hidden["wm"], row.name
        assert hidden["gz"] == hidden["fz"], row.name


def test_every_reader_gets_the_same_decision(session: Session, closed: Any) -> None:
    whole, part = _kinds(_results(session, closed, "D")), _kinds(_results(session, closed, "S1"))
    assert part == {code: whole[code] for code in part}
    assert set(part) == {"S1", "S1*", "C1", "C2"}


def test_the_page_says_withheld_and_never_leaves_a_blank(
    client: TestClient, closed: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    page = client.get(f"/hr/surveys/{closed.survey.id}/scores").text
    assert "〔人数不足，未显示〕" in page
    assert re.search(r'<td class="num">\s*</td>', page) is None
    assert "<svg" in page
    assert " style=" not in page
    small = client.get(f"/hr/surveys/{closed.survey.id}/scores?unit={closed.units['C2'].id}").text
    assert "政治担当不显示" in small
    other = client.get(f"/hr/surveys/{closed.survey.id}/scores?unit={closed.units['X'].id}")
    assert other.status_code == 404


@pytest.mark.parametrize(
    ("values", "kind", "mean"),
    [
        ([3.0, 4.0] * 5, "value", 3.5),
        ([3.0, 4.0, 4.0, 4.0, 4.0, 3.5], "mean", 3.8),
        ([5.0] * 12, "band", None),
    ],
)
def test_how_exactly_a_group_may_be_told(values: list[float], kind: str, mean: float | None) -> None:
    cell = (band if kind == "band" else presented)(Moments.of(values), COLUMN)
    assert (cell["kind"], cell.get("mean")) == (kind, mean)
    assert not {"min", "max"} & cell.keys()
    if kind == "mean":
        assert cell.keys() == {"kind", "n", "mean"}
    if kind == "band":
        assert (cell["low"], cell["high"]) == (4.0, 5.0)


def _over_units(*scores: str) -> dict[str, Any]:
    """The right to compare units in these scores, as the gate writes it."""
    against = {"text_zh": "ICC(2)（工作担当） = .500（要求 ≥ .700）：未达到", "text_en": "", "score": "gz"}
    return {"grouping": "unit", "scores": list(scores), "obstacles": [against]}


def test_what_is_not_compared_is_said_on_the_page_and_in_every_file(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    base, api = f"/hr/surveys/{closed.survey.id}", f"/api/surveys/{closed.survey.id}/scores"
    unit = f"{base}/scores?unit={closed.units['S3'].id}"
    for scores_compared in ((), ("zz",)):
        _record(session, closed, "supported", comparisons=[_over_units(*scores_compared)])
        page = client.get(unit).text
        assert "ICC(2)（工作担当）" in page
        assert ('class="band"' in page) is bool(scores_compared)
        assert page.count('class="band"') == len(scores_compared)
        found = client.get(api).json()
        assert [s["id"] for s in found["scores"] if s["compared"]] == list(scores_compared)
        assert found["evidence"]["not_compared_because"] == [
            "ICC(2)（工作担当） = .500（要求 ≥ .700）：未达到"
        ]
        manifest = client.get(f"{base}/scores.manifest.json").json()
        assert manifest["units_compared"] == (["政治担当"] if scores_compared else [])
        assert manifest["not_compared_because"] == found["evidence"]["not_compared_because"]
    assert "比较" in page
    said = {c["comparison"] for g in found["groups"] for s, c in g["scores"].items() if s != "zz"}
    assert said == {None}


def test_nothing_is_compared_unless_supported(session: Session, closed: Any) -> None:
    _record(session, closed, "insufficient data")
    assert not any(c.comparison for r in _results(session, closed, "D").rows for c in r.cells.values())
    _record(session, closed, "supported", comparisons=[_over_units()])
    assert not any(c.comparison for r in _results(session, closed, "D").rows for c in r.cells.values())
    _record(session, closed, "supported", comparisons=[_over_units("zz")])
    rows = _results(session, closed, "D").rows
    assert not any(row.cells[other].comparison for row in rows for other in ("gz", "sy", "dy", "zc"))
    said = {row.unit.code: row.cells["zz"].comparison for row in rows if not row.own}
    assert said["D"] == ""  # nobody to compare with
    assert said["S3"] in {"与参照组无可靠差异", "高于参照组", "低于参照组"}
    _record(session, closed, "insufficient data", comparisons=[_over_units("zz")])
    assert not any(c.comparison for r in _results(session, closed, "D").rows for c in r.cells.values())
    _record(session, closed, "supported", n=72, comparisons=[_over_units("zz")])  # answers changed: stale
    assert not any(c.comparison for r in _results(session, closed, "D").rows for c in r.cells.values())


def test_marks_follow_the_evidence(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    address = f"/hr/surveys/{closed.survey.id}/scores"
    page = client.get(address).text
    assert "数据不足" in page
    assert "计算证据" in page
    _record(session, closed, "supported")
    page = client.get(address).text
    assert "有支持" in page
    assert "结论依据同一版本、卷型、语言和方式的 1 次测评、73 份答卷" in page
    assert page.index("校准样本的信度") < page.index("本次测评自己的信度（73 份答卷）")
    assert "计算证据</button>" not in page
    _record(session, closed, "supported", n=70)
    page = client.get(address).text
    assert "证据未更新" in page
    assert "计算证据</button>" in page


def test_unsupported_scores_reach_nobody_in_hr(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn
) -> None:
    _record(session, closed, "not supported")
    sign_in("hr", units=[closed.units["D"].id])
    base = f"/hr/surveys/{closed.survey.id}"
    page = client.get(f"{base}/scores").text
    assert "未获支持" in page
    assert "理由甲" in page
    assert "<svg" not in page
    for rest in ("/people", "/scores.xlsx", "/scores.csv", "/units.csv", "/scores.manifest.json"):
        assert client.get(base + rest).status_code == 403, rest
    _record(session, closed, "not supported", n=1)  # stale does not lift it
    assert client.get(f"{base}/scores.csv").status_code == 403


def test_one_unsupported_score_is_held_back_and_the_others_are_not(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn
) -> None:
    one = {"id": "zc", "n": 73, "omega": 0.4, "verdict": "not supported"}
    reason = {
        "rule": "omega",
        "value": 0.4,
        "limit": 0.7,
        "met": False,
        "text_zh": "信度过低",
        "text_en": "",
        "part": "indicator",
        "scores": ["zc"],
    }
    _record(session, closed, "supported", scores=[one], reasons=[reason])
    evidence = scores.evidence_for(session, closed.survey)
    assert evidence.mark("zc").explanation[0] == "信度过低"
    assert evidence.mark("zz").explanation[0] == "事先写明的规则全部满足。"
    results = _results(session, closed, "D")
    assert [c.id for c in results.held_back] == ["zc"]
    assert all("zc" not in row.cells for row in results.rows)
    sign_in("hr", units=[closed.units["D"].id])
    base = f"/hr/surveys/{closed.survey.id}"
    assert "不向人事提供的得分：对党忠诚" in re.sub(r"\s+", "", client.get(f"{base}/scores").text)
    assert "zc_mean" not in client.get(f"{base}/units.csv?bom=0").text
    assert "wm_mean" in client.get(f"{base}/units.csv?bom=0").text


def test_persons_have_a_band_and_no_answers(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    address = f"/hr/surveys/{closed.survey.id}/people"
    assert "±" not in client.get(address).text.split("<tbody>")[1]
    _record(session, closed, "insufficient data")
    page = client.get(address).text
    assert "± 0.59" in page  # 1.96 × 0.30
    assert "第 1 页／共 2 页" in page
    assert client.get(f"{address}?page=2").status_code == 200
    assert client.get(f"{address}?page=3").status_code == 404


@pytest.fixture
def queue(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    held: dict[str, Any] = {"jobs": {}, "status": "ENQUEUED"}

    def _enqueue(workflow: str, *arguments: Any, job_id: str) -> None:
        held["jobs"][job_id] = (workflow, arguments)

    monkeypatch.setattr(jobs, "enqueue", _enqueue)
    monkeypatch.setattr(jobs, "status_of", lambda job: held["status"] if job in held["jobs"] else None)
    return held


def test_evidence_is_asked_for_once_and_the_page_waits(
    client: TestClient, closed: Any, sign_in: SignIn, csrf: Csrf, queue: dict[str, Any]
) -> None:
    sign_in("hr", units=[closed.units["S1"].id])
    base = f"/hr/surveys/{closed.survey.id}"
    answer = client.post(f"{base}/evidence", data={"csrf": csrf()})
    assert answer.status_code == 303
    assert list(queue["jobs"].values()) == [("refresh_evidence", (str(closed.survey.id),))]
    page = client.get(answer.headers["location"]).text
    assert "正在计算证据" in page
    assert 'http-equiv="refresh"' in page
    assert 'http-equiv="refresh"' not in client.get(f"{base}/scores").text
    queue["status"] = "ERROR"
    assert "证据没有算完" in client.get(answer.headers["location"]).text
    assert 'http-equiv="refresh"' not in client.get(f"{base}/scores?job=evidence-of-others").text


def test_scores_shown_are_those_reported_by_default(session: Session, district: Any) -> None:
    instrument = instrument_of(district.survey)
    columns = score_columns(instrument, district.survey.form)
    assert [c.id for c in columns if c.rank == "dimension"] == ["zz", "gz", "sy", "dy"]
    assert [c.id for c in columns][:3] == ["zz", "zc", "wm"]
    assert not [c for c in columns if c.rank == "total"]  # the instrument keeps its total back
