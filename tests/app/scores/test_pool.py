"""Whose answers a verdict comes from: pooled, real, of one kind; traced, and out of date when they change."""

from __future__ import annotations

import random
import uuid
from typing import Any

import pandas as pd
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from analysis.evidence import Evidence, evidence_from
from analysis.report.gate import evidence_of_nobody
from app import jobs
from app.database import session_factory
from app.reports import running
from app.responses.models import Response
from app.responses.service import store_response
from app.scores import service
from app.scores.models import ScoreEvidence
from app.scores.pool import pool_of
from app.scores.snapshots import close_and_release
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from instruments import Instrument

pytestmark = pytest.mark.only_on("sqlite", reason="the queries are plain; results and downloads run on both")


def _another(session: Session, district: Any, people: int = 12, **of: Any) -> Survey:
    """A closed survey of the same kind, but for what is said, answered by some people."""
    made = surveys.create_survey(
        session,
        title="另一次测评",
        office="某区组织部",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[district.units["D"].id],
        **of,
    )
    surveys.open_survey(session, made, actor="system")
    instrument, rng = surveys.instrument_of(made), random.Random(people)
    for k in range(people):
        level = rng.choice((2, 3, 4))
        keyed = {item: level + rng.choice((-1, 0, 0, 1)) for item in instrument.forms[made.form].items}
        store_response(
            session,
            made,
            response_id=uuid.uuid4(),
            answers={i: 6 - v if instrument.items[i].reverse else v for i, v in keyed.items()},
            background={},
            unit_id=district.units["S3"].id,
            source_row=k + 1 if made.mode == "identified" else None,
        )
    surveys.close_survey(session, made, actor="system")
    session.flush()
    return made


@pytest.fixture
def closed(session: Session, district: Any) -> Any:
    close_and_release(session, district.survey, actor="system")
    session.commit()
    return district


def _members(session: Session, survey: Survey) -> set[uuid.UUID]:
    return {member.survey_id for member in pool_of(session, survey).members}


def test_answers_of_the_same_kind_are_pooled_and_no_others(session: Session, closed: Any) -> None:
    alike = _another(session, closed)
    others = (
        _another(session, closed, origin="imported"),
        _another(session, closed, origin="simulated"),
        _another(session, closed, language="en"),
        _another(session, closed, form="core16"),
        _another(session, closed, people=9),  # fewer than the smallest group
    )
    assert _members(session, closed.survey) == {closed.survey.id, alike.id}
    assert pool_of(session, closed.survey).n == 73 + 12
    assert _members(session, others[0]) == {closed.survey.id, alike.id}  # judged by it, no part of it
    surveys.reopen_survey(session, alike, actor="system")
    assert _members(session, closed.survey) == {closed.survey.id}


def test_simulated_answers_count_in_a_demo_only_and_for_simulated_surveys_only(
    session: Session, closed: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    simulated = _another(session, closed, origin="simulated")
    assert not pool_of(session, simulated).simulated
    assert _members(session, simulated) == {closed.survey.id}
    session.commit()
    monkeypatch.setenv("DANDANG_ENVIRONMENT", "demo")
    get_settings.cache_clear()
    assert pool_of(session, simulated).simulated
    assert _members(session, simulated) == {simulated.id}
    assert _members(session, closed.survey) == {closed.survey.id}


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, bool, str, bool]]:
    """What the gate is asked: people, simulated, reach, whether units are told; the answer is quick."""
    asked: list[tuple[int, bool, str, bool]] = []

    def _gate(data: pd.DataFrame, instrument: Instrument, *, source: Any, seed: int, reach: str) -> Evidence:
        asked.append((len(data), source.simulated, reach, "unit" in data))
        return evidence_of_nobody(instrument)

    monkeypatch.setattr(running, "gate_evidence", _gate)
    return asked


@pytest.fixture
def queued(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    monkeypatch.setattr(jobs, "enqueue", lambda _name, survey, job_id: found.append((survey, job_id)))
    return found


def test_the_verdict_is_the_samples_and_is_computed_once_for_all(
    session: Session, engine: Engine, closed: Any, gate: list[Any], queued: list[tuple[str, str]]
) -> None:
    other = _another(session, closed)
    session.commit()
    running.compute_evidence(session_factory(engine), closed.survey.id)
    assert gate == [(73, False, "estimates", True), (85, False, "everything", False)]
    assert [survey for survey, _ in queued] == [str(other.id)]  # its sample has changed as well
    running.compute_evidence(session_factory(engine), other.id)
    assert gate[2:] == [(12, False, "estimates", True)]
    session.expire_all()
    first, second = (session.get_one(ScoreEvidence, one).evidence for one in (closed.survey.id, other.id))
    assert first["pool"]["fingerprint"] == second["pool"]["fingerprint"]
    assert {one["id"]: one["n"] for one in first["pool"]["surveys"]} == {
        str(closed.survey.id): 73,
        str(other.id): 12,
    }
    assert (first["snapshot"], second["snapshot"]) == (1, None)
    view = service.evidence_for(session, closed.survey)
    assert (view.state, view.surveys, view.n) == ("current", 2, "85")
    assert "2 次测评、85 份答卷" in view.scope


def test_another_survey_that_closes_makes_the_evidence_out_of_date(
    session: Session, engine: Engine, closed: Any, gate: list[Any], queued: list[tuple[str, str]]
) -> None:
    running.compute_evidence(session_factory(engine), closed.survey.id)
    session.commit()
    assert service.evidence_for(session, closed.survey).state == "current"
    _another(session, closed, origin="imported")
    _another(session, closed, people=9)
    assert service.evidence_for(session, closed.survey).state == "current"
    other = _another(session, closed)
    view = service.evidence_for(session, closed.survey)
    assert view.state == "stale"
    assert not view.may_compare()
    session.commit()
    running.compute_evidence(session_factory(engine), other.id)
    assert [survey for survey, _ in queued].count(str(closed.survey.id)) == 1


def test_where_no_real_answers_count_the_own_estimates_give_the_band(
    session: Session, engine: Engine, closed: Any, queued: list[tuple[str, str]]
) -> None:
    """The real gate on a survey of imported answers, whose kind nobody has answered here."""
    imported = _another(session, closed, people=40, origin="imported", language="en")
    session.commit()
    running.compute_evidence(session_factory(engine), imported.id)
    session.expire_all()
    stored = session.get_one(ScoreEvidence, imported.id).evidence
    assert evidence_from(stored).verdict == "insufficient data"
    assert evidence_from(stored).to_dict() == {
        key: value for key, value in stored.items() if key not in {"own", "pool", "snapshot"}
    }
    view = service.evidence_for(session, imported)
    assert (view.verdict, view.surveys, view.scores) == ("insufficient data", 0, ())
    assert view.own is not None
    assert view.own.n == "40"
    assert view.reliability("zz").sem == view.own.reliability("zz").sem is not None
    assert "目前还没有" in view.scope


def test_the_own_estimates_of_few_people_are_not_told(
    session: Session, engine: Engine, closed: Any, gate: list[Any], queued: list[tuple[str, str]]
) -> None:
    few = _another(session, closed, people=9)
    session.commit()
    running.compute_evidence(session_factory(engine), few.id)
    view = service.evidence_for(session, few)
    assert view.own is None
    assert view.n == "73"  # the others judge it


def test_closing_queues_the_evidence_once_and_the_page_waits(
    client: TestClient,
    session: Session,
    district: Any,
    sign_in: Any,
    csrf: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    queued: list[str] = []
    monkeypatch.setattr(jobs, "enqueue", lambda _name, _survey, job_id: queued.append(job_id))
    monkeypatch.setattr(jobs, "status_of", lambda job: "PENDING" if job in queued else None)
    sign_in("hr", units=[district.units["D"].id])
    base = f"/hr/surveys/{district.survey.id}"
    assert client.post(f"{base}/close", data={"csrf": csrf()}).status_code == 303
    session.expire_all()
    assert queued == [service.due_job(session, district.survey)]
    session.commit()
    page = client.get(f"{base}/scores").text
    assert "正在计算证据" in page
    assert 'http-equiv="refresh"' in page
    assert "计算证据</button>" not in page


def test_a_queue_out_of_reach_stops_nobody_from_closing(
    client: TestClient,
    session: Session,
    district: Any,
    sign_in: Any,
    csrf: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def _away(*_arguments: Any, **_more: Any) -> None:
        raise ConnectionError("no queue")

    monkeypatch.setattr(jobs, "enqueue", _away)
    monkeypatch.setattr(jobs, "status_of", _away)
    sign_in("hr", units=[district.units["D"].id])
    base = f"/hr/surveys/{district.survey.id}"
    assert client.post(f"{base}/close", data={"csrf": csrf()}).status_code == 303
    assert "计算证据</button>" in client.get(f"{base}/scores").text


def test_nothing_is_queued_before_the_close_is_committed_to_stay(
    session: Session, engine: Engine, district: Any
) -> None:
    assert not running.is_closed(session_factory(engine), district.survey.id)
    assert not running.is_closed(session_factory(engine), uuid.uuid4())
    close_and_release(session, district.survey, actor="system")
    session.commit()
    assert running.is_closed(session_factory(engine), district.survey.id)
    assert session.scalar(select(Response.id).limit(1)) is not None
