"""Ask for a report, and see how it stands. Computing is the worker's (`app.reports.running`)."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import jobs
from app.accounts.models import Account
from app.database import now
from app.errors import Conflict, NotFound
from app.reports.models import ReportRun
from app.responses.models import Response
from app.settings import get_settings
from app.surveys.models import Survey
from app.surveys.retention import require_answers
from app.trail import service as trail

WORKFLOW = "run_report"
Depth = Literal["quick", "standard", "full"]  # as in analysis, which the web process does not load
SILENT_SECONDS = 60  # without a heartbeat for so long, a run counts as interrupted
DEFAULT_SEED = 20240501
DRAFT = "so-far.html"  # the sections computed by now, beside the files of a run that is not finished


@dataclass(frozen=True, slots=True)
class SurveyBench:
    """A survey as the researcher's bench lists it."""

    survey: Survey
    n_responses: int
    runs: tuple[ReportRun, ...]


def directory(run_id: uuid.UUID) -> Path:
    """Where the rendered files of a run live."""
    return get_settings().home / "reports" / str(run_id)


def draft_of(run_id: uuid.UUID) -> str:
    """The name of the page with the sections computed so far; "" where there is none."""
    return DRAFT if (directory(run_id) / DRAFT).exists() else ""


def request_report(
    session: Session, survey: Survey, account: Account, *, language: str, depth: Depth = "standard"
) -> ReportRun:
    """Queue a report on all responses of a survey; depth: how much of it is computed.

    Raises Conflict when nobody has answered, and while an anonymous survey is open: two reports would tell
    what those answered who came between them.
    """
    if survey.mode == "anonymous" and survey.state != "closed":
        raise Conflict(
            "匿名测评结束之后才能生成报告", "结束之前先后两份报告之差，会显出其间提交的人答了什么。"
        )
    require_answers(survey)
    count = session.scalar(select(func.count()).where(Response.survey_id == survey.id)) or 0
    if count == 0:
        raise Conflict("还没有人提交答卷", "有答卷之后再生成报告。")
    run = ReportRun(
        survey_id=survey.id, language=language, depth=depth, seed=DEFAULT_SEED, requested_by=account.id
    )
    session.add(run)
    session.flush()
    trail.append(
        session,
        actor=str(account.id),
        action="report.request",
        subject=f"survey:{survey.id}",
        run=str(run.id),
    )
    jobs.enqueue(WORKFLOW, str(run.id), job_id=f"report-{run.id}")
    return run


def rerun_report(session: Session, run: ReportRun, account: Account) -> ReportRun:
    """A new run with the same options and seed: the same data give the same numbers."""
    survey = session.get_one(Survey, run.survey_id)
    again = request_report(session, survey, account, language=run.language)
    again.depth = run.depth
    again.seed = run.seed
    return again


def find_run(session: Session, run_id: uuid.UUID) -> ReportRun:
    """The run, or NotFound."""
    run = session.get(ReportRun, run_id)
    if run is None:
        raise NotFound("没有这份报告", "请从报告列表中打开。")
    return run


def is_interrupted(run: ReportRun) -> bool:
    """Running without a heartbeat: the worker died. (A queued run may wait for others, however long.)"""
    if run.state != "running" or run.heartbeat_at is None:
        return False
    return now() - run.heartbeat_at > dt.timedelta(seconds=SILENT_SECONDS)


@dataclass(frozen=True, slots=True)
class Waiting:
    """Where a run stands in the queue: how many asked for earlier are not done; whether it waits long."""

    ahead: int
    long: bool


def waiting(session: Session, run: ReportRun) -> Waiting | None:
    """The place of a queued run, None for any other."""
    if run.state != "queued":
        return None
    earlier = select(func.count()).where(
        ReportRun.state.in_(("queued", "running")), ReportRun.requested_at < run.requested_at
    )
    long = now() - run.requested_at > dt.timedelta(seconds=SILENT_SECONDS)
    return Waiting(session.scalar(earlier) or 0, long)


def benches(session: Session) -> tuple[SurveyBench, ...]:
    """Every survey with its number of responses and its runs, newest first."""
    counted = select(Response.survey_id, func.count()).group_by(Response.survey_id)
    counts = {row[0]: row[1] for row in session.execute(counted)}
    runs: dict[uuid.UUID, list[ReportRun]] = {}
    for run in session.scalars(select(ReportRun).order_by(ReportRun.requested_at.desc())):
        runs.setdefault(run.survey_id, []).append(run)
    return tuple(
        SurveyBench(survey=survey, n_responses=counts.get(survey.id, 0), runs=tuple(runs.get(survey.id, ())))
        for survey in session.scalars(select(Survey).order_by(Survey.created_at.desc()))
    )
