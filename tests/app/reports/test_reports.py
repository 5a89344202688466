"""A report from request to file: rights, progress, numbers that stay, failure that is told."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
import time
import types
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from analysis.report import Section, Text
from analysis.simulated import simulate_respondents
from app import jobs
from app.accounts.models import Account
from app.database import reading, session_factory
from app.errors import Conflict
from app.reports import running, service
from app.reports.models import ReportRun
from app.responses.service import store_response
from app.scores.models import ScoreEvidence
from app.settings import Settings
from app.surveys.models import Survey
from app.surveys.service import create_survey, instrument_of
from app.trail.models import TrailEntry
from app.units.service import create_unit

BROWSER = {"accept": "text/html"}


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[Any, ...]]:
    seen: list[tuple[Any, ...]] = []
    monkeypatch.setattr(jobs, "enqueue", lambda *a, job_id: seen.append((*a, job_id)))
    return seen


@pytest.fixture
def survey(session: Session) -> Survey:
    unit = create_unit(session, code="R1", name="报告单位")
    made = create_survey(
        session,
        title="报告用测评",
        office="组织部",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[unit.id],
        origin="simulated",
    )
    sample = simulate_respondents(instrument_of(made), units={"R1": 160}, seed=5)
    for k, answers in enumerate(sample.answers):
        store_response(
            session,
            made,
            response_id=uuid.UUID(int=k + 1),
            answers=answers,
            background=sample.background[k],
            unit_id=unit.id,
            source_row=k + 1,
        )
    session.commit()
    return made


def test_the_bench_is_the_researchers(
    client: TestClient, sign_in: Callable[..., Account], survey: Survey
) -> None:
    sign_in("hr")
    for path in ("/research", f"/research/reports/{uuid.uuid4()}", f"/api/reports/{uuid.uuid4()}"):
        assert client.get(path).status_code == 403, path
    assert client.post(f"/research/surveys/{survey.id}/reports").status_code == 403
    client.cookies.clear()
    assert client.get("/research").status_code == 401


def test_a_report_is_queued_once_asked_with_the_form_of_our_page(
    client: TestClient, session: Session, sign_in: Any, csrf: Any, survey: Survey, queued: list[Any]
) -> None:
    sign_in("researcher")
    address = f"/research/surveys/{survey.id}/reports"
    assert client.post(address, data={"language": "zh-CN"}).status_code == 403
    answer = client.post(address, data={"csrf": csrf(), "language": "en", "depth": "full"})
    assert answer.status_code == 303
    run = session.query(ReportRun).one()
    session.commit()
    assert queued == [("run_report", str(run.id), f"report-{run.id}")]
    assert (run.language, run.depth) == ("en", "full")
    assert client.post(address, data={"csrf": csrf(), "depth": "endless"}).status_code == 422
    page = client.get(answer.headers["location"], headers=BROWSER).text
    assert "排队中" in page
    assert "模拟数据" in page
    assert client.post(f"/research/surveys/{uuid.uuid4()}/reports", data={"csrf": csrf()}).status_code == 404


def test_without_answers_there_is_no_report(session: Session, sign_in: Any, queued: list[Any]) -> None:
    account = sign_in("researcher")
    empty = create_survey(
        session, title="空", office="组织部", instrument_ref="dandang-jsjb/0.1.0", units=[], origin="imported"
    )
    with pytest.raises(Conflict):
        service.request_report(session, empty, account, language="zh-CN", depth="quick")
    assert queued == []


def test_computed_twice_the_numbers_are_the_same_and_everything_can_be_fetched(
    client: TestClient, session: Session, engine: Engine, sign_in: Any, survey: Survey, queued: list[Any]
) -> None:
    account = sign_in("researcher")
    runs = [
        service.request_report(session, survey, account, language="zh-CN", depth="quick") for _ in range(2)
    ]
    session.commit()
    for run in runs:
        running.compute(session_factory(engine), run.id)
    session.expire_all()
    first, second = (session.get_one(ReportRun, run.id) for run in runs)
    assert session.get(ScoreEvidence, survey.id) is None  # a report judges its own answers only
    session.commit()
    assert first.state == second.state == "done"
    assert first.n_responses == 160
    assert first.data_fingerprint == second.data_fingerprint
    assert first.result is not None
    assert second.result is not None
    assert _without_ids(first.result) == _without_ids(second.result)
    base = f"/research/reports/{first.id}"
    page = client.get(f"{base}/report.html")
    assert page.status_code == 200
    assert str(first.id) in page.text
    assert "模拟数据" in page.text
    assert " style=" not in page.text
    assert "<script" not in page.text
    assert client.get(f"{base}/report.css").headers["content-type"].startswith("text/css")
    assert client.get(f"{base}/report.json").json() == first.result
    assert client.get(f"{base}/tables/items.csv").status_code == 200
    for name, start in (("report.pdf", b"%PDF-"), ("report.docx", b"PK")):
        file = client.get(f"{base}/{name}")
        assert file.content.startswith(start)
        assert file.headers["content-disposition"] == f'attachment; filename="report-{first.id}{name[6:]}"'
    for path in ("../../dandang.db", "..%2f..%2fdandang.db", "tables/nothing.csv", "../secret", "%00.csv"):
        assert client.get(f"{base}/{path}").status_code in {404, 422}, path


def _without_ids(result: dict[str, Any]) -> str:
    text = json.dumps(result, sort_keys=True)
    return text.replace(result["source"]["run_id"], "RUN")


def test_what_is_computed_can_be_read_while_the_rest_is_coming(
    client: TestClient,
    session: Session,
    engine: Engine,
    sign_in: Any,
    survey: Survey,
    queued: list[Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    account = sign_in("researcher")
    run = service.request_report(session, survey, account, language="zh-CN", depth="quick")
    session.commit()
    base = f"/research/reports/{run.id}"
    assert "先看已算完的部分" not in client.get(base, headers=BROWSER).text
    assert client.get(f"{base}/{service.DRAFT}").status_code == 404
    seen: list[tuple[str, str]] = []

    def _look(*given: Any, **named: Any) -> None:
        write_draft(*given, **named)
        seen.append((client.get(base, headers=BROWSER).text, client.get(f"{base}/{service.DRAFT}").text))

    write_draft = running.write_draft
    monkeypatch.setattr(running, "write_draft", _look)
    monkeypatch.setattr(running, "DRAFT_SECONDS", 3600.0)
    running.compute(session_factory(engine), run.id)
    assert len(seen) == 1, "a second draft only after a while"
    told, draft = seen[0]
    assert "先看已算完的部分" in told
    assert "报告还没有算完" in draft
    assert "模拟数据" in draft
    assert str(run.id) in draft
    for text, there in (("项目分析", True), ("偏度", True), ("证据结论：", False)):
        assert (text in draft) is there, text
    assert "先看已算完的部分" not in client.get(base, headers=BROWSER).text
    late = client.get(f"{base}/{service.DRAFT}", follow_redirects=False)
    assert late.headers["location"] == f"{base}/report.html"
    actions = {entry.detail["file"] for entry in session.query(TrailEntry).filter_by(action="report.read")}
    assert service.DRAFT in actions


def test_a_full_disk_costs_the_draft_and_not_the_report(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def _full(*_given: Any, **_named: Any) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(running, "write_draft", _full)
    sections = tuple(Section(id=str(k), title=Text("节", "part")) for k in range(running.FIRST_SECTIONS))
    waiting = Section(id="w", title=Text("节", "part"), status="pending")
    draft = types.SimpleNamespace(sections=(*sections, waiting), pending=1)
    running.drafting(tmp_path)(draft)  # type: ignore[arg-type]


def test_a_run_without_heartbeat_is_said_to_be_interrupted(
    client: TestClient, session: Session, sign_in: Any, csrf: Any, survey: Survey, queued: list[Any]
) -> None:
    account = sign_in("researcher")
    run = service.request_report(session, survey, account, language="zh-CN", depth="quick")
    run.state, run.heartbeat_at = "running", run.requested_at.replace(year=run.requested_at.year - 1)
    session.commit()
    page = client.get(f"/research/reports/{run.id}", headers=BROWSER).text
    assert "中断，可重新运行" in page
    assert client.get(f"/api/reports/{run.id}").json()["interrupted"] is True
    again = client.post(f"/research/reports/{run.id}/again", data={"csrf": csrf()})
    assert again.status_code == 303
    assert str(run.id) not in again.headers["location"]


def test_a_queued_run_waits_in_its_place_and_is_not_called_interrupted(
    client: TestClient, session: Session, sign_in: Any, survey: Survey, queued: list[Any]
) -> None:
    account = sign_in("researcher")
    first, second = (
        service.request_report(session, survey, account, language="zh-CN", depth="quick") for _ in range(2)
    )
    first.requested_at -= dt.timedelta(seconds=service.SILENT_SECONDS + 1)
    session.commit()
    later = client.get(f"/research/reports/{second.id}", headers=BROWSER).text
    assert "排队中，前面还有 1 份报告" in later
    assert "没有运行" not in later
    waited = client.get(f"/research/reports/{first.id}", headers=BROWSER).text
    assert "等了一分钟还没有开始" in waited
    assert "中断" not in waited
    assert client.get(f"/api/reports/{first.id}").json()["interrupted"] is False


def test_a_failure_is_told_by_kind_only(
    client: TestClient, session: Session, engine: Engine, sign_in: Any, survey: Survey, queued: list[Any]
) -> None:
    account = sign_in("researcher")
    run = service.request_report(session, survey, account, language="zh-CN", depth="quick")
    session.commit()
    running.mark_failed(session_factory(engine), run.id, "ValueError")
    page = client.get(f"/research/reports/{run.id}", headers=BROWSER).text
    assert "没有算完（ValueError）" in page


def _state(engine: Engine, run_id: uuid.UUID) -> str:
    """Read in a short transaction that takes no lock: the worker writes meanwhile."""
    with session_factory(engine)() as session:
        return reading(session).get_one(ReportRun, run_id).state


def test_a_worker_takes_a_job_that_was_queued_before_it_started(
    session: Session, engine: Engine, settings: Settings, sign_in: Any, survey: Survey, real_queue: None
) -> None:
    """The real queue and a real worker process; the run's row is committed only after the job is queued."""
    jobs.prepare_store()
    jobs.client.cache_clear()
    account = sign_in("researcher")
    run = service.request_report(session, survey, account, language="zh-CN", depth="quick")
    worker = subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], cwd=Path(__file__).parents[3])
    try:
        session.commit()
        deadline = time.monotonic() + 240
        while (state := _state(engine, run.id)) not in {"done", "failed"} and time.monotonic() < deadline:
            time.sleep(0.5)
        assert state == "done"
        assert (service.directory(run.id) / "report.html").exists()
    finally:
        worker.terminate()
        assert worker.wait(20) == 0
        jobs.client().destroy()
        jobs.client.cache_clear()
