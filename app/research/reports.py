"""Finished reports that can stand side by side: of surveys, and of the account's own files."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session, load_only

import instruments
from app.accounts.models import Account
from app.errors import Conflict, NotFound
from app.reports.models import ReportRun
from app.research.models import FileAnalysis, ResearchFile
from app.surveys.models import Survey


@dataclass(frozen=True, slots=True)
class Listed:
    """A finished report as one chooses it."""

    id: uuid.UUID
    title: str
    made_at: dt.datetime
    address: str
    subject: str  # as the trail names it: survey:… or file:…


def finished(session: Session, account: Account) -> tuple[Listed, ...]:
    """Every finished report that the account may read, newest first."""
    runs = session.execute(
        select(ReportRun, Survey)
        .options(load_only(ReportRun.survey_id, ReportRun.finished_at, ReportRun.requested_at))
        .join(Survey, Survey.id == ReportRun.survey_id)
        .where(ReportRun.state == "done")
    )
    found = [
        Listed(
            run.id, survey.title, run.finished_at or run.requested_at, f"/research/reports/{run.id}",
            f"survey:{survey.id}",
        )
        for run, survey in runs
    ]  # fmt: skip
    mine = session.execute(
        select(FileAnalysis, ResearchFile)
        .join(ResearchFile, ResearchFile.id == FileAnalysis.file_id)
        .where(
            ResearchFile.account_id == account.id, FileAnalysis.kind == "report", FileAnalysis.state == "done"
        )
    )
    found += [
        Listed(
            analysis.id, kept.name, analysis.finished_at or analysis.requested_at,
            f"/research/analyses/{analysis.id}", f"file:{kept.id}",
        )
        for analysis, kept in mine
    ]  # fmt: skip
    return tuple(sorted(found, key=lambda one: one.made_at, reverse=True))


def chosen(session: Session, account: Account, run_id: uuid.UUID) -> tuple[Listed, dict[str, Any]]:
    """A finished report with everything in it. Raises NotFound."""
    listed = next((one for one in finished(session, account) if one.id == run_id), None)
    if listed is None:
        raise NotFound("没有这份报告，或者还没有完成", "请从列表中选择。")
    run = session.get(ReportRun, run_id)
    analysis = session.get(FileAnalysis, run_id)
    stored = run.result if run is not None else ((analysis and analysis.result) or {}).get("report")
    if not isinstance(stored, dict) or not {"instrument", "evidence", "source"} <= set(stored):
        raise Conflict("这份报告由较早的版本生成，没有可并排的数字", "请重新运行一次再比较。")
    return listed, stored


def score_titles(ref: str) -> dict[str, str]:
    """Score → its title in the words of the instrument; empty for a version that is no longer there."""
    try:
        instrument = instruments.load(ref)
    except instruments.InstrumentError:
        return {}
    words = instrument.words("zh-CN")
    return {**{code: told.title for code, told in words.constructs.items()}, **words.scores}
