"""Keep a researcher's file, ask for an analysis of it, forget it. Computing is the worker's (`running`).

A file belongs to the account that brought it: nobody else finds it.
"""

from __future__ import annotations

import datetime as dt
import shutil
import uuid
from collections.abc import Mapping
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session

import instruments
from app import jobs
from app.accounts.models import Account
from app.database import now
from app.errors import Conflict, Invalid, NotFound
from app.exports.sources import open_source
from app.reports.service import Depth, directory
from app.research.columns import described
from app.research.models import FileAnalysis, ResearchFile
from app.trail import service as trail

WORKFLOW: Final = "analyse_file"
KEPT_DAYS: Final = 30
MOST_FILES: Final = 20
LONGEST_SYNTAX: Final = 20_000
NAME_LENGTH: Final = 120
ESTIMATORS: Final = ("", "ML", "MLR", "MLM", "GLS", "ULS", "WLSMV", "DWLS", "ULSMV")
MOST_COMPANIONS: Final = 12
SILENT_SECONDS: Final = 300  # one section of a report may take long on a busy machine
MISSING: Final = ("listwise", "fiml", "pairwise")


def keep_file(
    session: Session, account: Account, data: bytes, name: str, *, simulated: bool = False
) -> ResearchFile:
    """Open an uploaded file and keep it sealed. Raises Invalid for no table, Conflict for too many."""
    held = session.scalar(select(func.count()).where(ResearchFile.account_id == account.id)) or 0
    if held >= MOST_FILES:
        raise Conflict(f"已有 {MOST_FILES} 个文件", "请先删去不再需要的文件。")
    source = open_source(data, name)
    if not source.table.rows:
        raise Invalid("文件只有表头，没有数据", "没有存入任何内容。")
    kept = ResearchFile(
        account_id=account.id,
        size=len(data),
        rows=len(source.table.rows),
        simulated=simulated,
        name="".join(c for c in name if c.isprintable())[-NAME_LENGTH:] or "文件",
        content=data,
        columns=described(source),
        expires_at=now() + dt.timedelta(days=KEPT_DAYS),
    )
    session.add(kept)
    session.flush()
    _record(session, account, kept, "file.upload", size=kept.size, rows=kept.rows)
    return kept


def _record(session: Session, account: Account, kept: ResearchFile, action: str, **detail: Any) -> None:
    trail.append(session, actor=str(account.id), action=action, subject=f"file:{kept.id}", **detail)


def files_of(session: Session, account: Account) -> tuple[ResearchFile, ...]:
    """The account's files, newest first."""
    mine = select(ResearchFile).where(ResearchFile.account_id == account.id)
    return tuple(session.scalars(mine.order_by(ResearchFile.uploaded_at.desc())))


def find_file(session: Session, account: Account, file_id: uuid.UUID) -> ResearchFile:
    """The account's own file, or NotFound."""
    found = session.get(ResearchFile, file_id)
    if found is None or found.account_id != account.id:
        raise NotFound("没有这个文件", "可能已经删除或到期。请从文件列表中打开。")
    return found


def analyses_of(session: Session, kept: ResearchFile) -> tuple[FileAnalysis, ...]:
    """The analyses of a file, newest first."""
    of_file = select(FileAnalysis).where(FileAnalysis.file_id == kept.id)
    return tuple(session.scalars(of_file.order_by(FileAnalysis.requested_at.desc())))


def find_analysis(
    session: Session, account: Account, analysis_id: uuid.UUID
) -> tuple[FileAnalysis, ResearchFile]:
    """An analysis of the account's own file with the file, or NotFound."""
    found = session.get(FileAnalysis, analysis_id)
    if found is None:
        raise NotFound("没有这项分析", "可能已经删除或到期。请从文件列表中打开。")
    return found, find_file(session, account, found.file_id)


def request_report(
    session: Session,
    kept: ResearchFile,
    account: Account,
    *,
    instrument: str,
    form: str,
    language: str,
    accept_valid: bool,
    depth: Depth = "standard",
    missing: str = "listwise",
    companions: str = "",
) -> FileAnalysis:
    """Queue a report of the file against an instrument. companions: one a line, name=column,column:role.

    Raises Invalid for an instrument that is not there, and for more companions than a report holds.
    """
    try:
        chosen = instruments.load(instrument)
    except instruments.InstrumentError as error:
        raise Invalid("没有这份问卷", "请从列表中选择。") from error
    if form and form not in chosen.forms:
        raise Invalid("这份问卷没有这个题组", f"题组有 {'、'.join(chosen.forms)}。")
    options = {
        "instrument": chosen.ref,
        "form": form or chosen.default_form,
        "language": language,
        "accept_valid": accept_valid,
        "depth": depth,
        "missing": missing,
        "companions": _lines(companions),
    }
    return _queue(session, kept, account, "report", options)


def _lines(companions: str) -> list[str]:
    lines = [line.strip() for line in companions.splitlines() if line.strip()]
    if len(lines) > MOST_COMPANIONS or any("=" not in line for line in lines):
        raise Invalid(
            "伴随量表没有看懂",
            f"每行一个，写成 名称=列,列:作用，如 赞许=v40,-v41:desirability；最多 {MOST_COMPANIONS} 个。",
        )
    return lines


def request_model(
    session: Session, kept: ResearchFile, account: Account, options: Mapping[str, Any]
) -> FileAnalysis:
    """Queue the fit of a model typed on the page. Raises Invalid for an empty or endless one.

    options: syntax, estimator, ordered, missing, group, std_lv, orthogonal.
    """
    syntax = str(options["syntax"]).replace("\r\n", "\n")
    if not syntax.strip() or len(syntax) > LONGEST_SYNTAX:
        raise Invalid("请写模型", f"用 lavaan 语法，不超过 {LONGEST_SYNTAX} 个字符。")
    codes = {column["code"] for column in kept.columns}
    if options["group"] and options["group"] not in codes:
        raise Invalid("文件中没有这个分组列", "请从列表中选择。")
    if options["estimator"] not in ESTIMATORS or options["missing"] not in MISSING:
        raise Invalid("没有这种估计方法或缺失处理", "请从列表中选择。")
    return _queue(session, kept, account, "model", {**options, "syntax": syntax})


def _queue(
    session: Session, kept: ResearchFile, account: Account, kind: str, options: Mapping[str, Any]
) -> FileAnalysis:
    made = FileAnalysis(file_id=kept.id, kind=kind, options=dict(options))
    session.add(made)
    session.flush()
    _record(session, account, kept, "file.analyse", analysis=str(made.id), kind=kind)
    jobs.enqueue(WORKFLOW, str(made.id), job_id=f"analysis-{made.id}")
    return made


def is_interrupted(analysis: FileAnalysis) -> bool:
    """Running without a heartbeat: the worker died. (In the queue it may wait for another's report.)"""
    if analysis.state != "running" or analysis.heartbeat_at is None:
        return False
    return now() - analysis.heartbeat_at > dt.timedelta(seconds=SILENT_SECONDS)


def delete_file(session: Session, kept: ResearchFile, account: Account) -> None:
    """Delete a file, its analyses and what was rendered of them."""
    _forget(session, kept)
    _record(session, account, kept, "file.delete")


def forget_expired(session: Session) -> int:
    """Delete every file whose days are over. Returns how many."""
    over = session.scalars(select(ResearchFile).where(ResearchFile.expires_at <= now())).all()
    for kept in over:
        _forget(session, kept)
        trail.append(session, actor="system", action="file.expire", subject=f"file:{kept.id}")
    return len(over)


def _forget(session: Session, kept: ResearchFile) -> None:
    for analysis in analyses_of(session, kept):
        shutil.rmtree(directory(analysis.id), ignore_errors=True)
        session.delete(analysis)
    session.flush()
    session.delete(kept)
    session.flush()
