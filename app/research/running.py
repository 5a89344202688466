"""The worker's side of a file: open it, check it, report on it or fit the model, store the result."""

from __future__ import annotations

import hashlib
import time
import uuid
from dataclasses import asdict
from typing import Any, Final

from sqlalchemy.orm import Session, sessionmaker

import instruments
from analysis.companions import companion_from
from analysis.render import to_json, write_report
from analysis.report import ReportSource, build_report
from app.database import now
from app.errors import Invalid
from app.exports.companions import columns_in
from app.exports.frames import frame_of
from app.exports.imports import answers_in
from app.exports.sources import Source, open_source
from app.reports.running import HEARTBEAT_SECONDS, Progress, alive, drafting, engine_version
from app.reports.service import DEFAULT_SEED, DRAFT, directory
from app.research.fitting import Refused, fit_model
from app.research.models import FileAnalysis, ResearchFile

SHOWN_PROBLEMS: Final = 200
Sessions = sessionmaker[Session]


def analysis_exists(sessions: Sessions, analysis_id: uuid.UUID) -> bool:
    """Whether the request that queued it has been committed."""
    with sessions() as session:
        return session.get(FileAnalysis, analysis_id) is not None


def analyse(sessions: Sessions, analysis_id: uuid.UUID) -> None:
    """Compute one analysis; doing it again gives the same. A file that is gone meanwhile is left."""
    with sessions.begin() as session:
        analysis = session.get(FileAnalysis, analysis_id)
        if analysis is None:
            return
        analysis.state, analysis.heartbeat_at, analysis.problem = "running", now(), ""
        kept = session.get_one(ResearchFile, analysis.file_id)
        kind, options, name, simulated = analysis.kind, analysis.options, kept.name, kept.simulated
        content, columns = kept.content, kept.columns
    tell = _heartbeat(sessions, analysis_id)
    tell("读取文件 / reading the file", 0.01)
    source = open_source(content, name)
    try:
        with alive(lambda: _still_here(sessions, analysis_id)):
            if kind == "model":
                result = fit_model(source, columns, options, tell)
            else:
                bound = _bound(name, content, analysis_id, simulated=simulated)
                result = _report(source, columns, options, bound, tell)
        state = "done"
    except Refused as refused:
        result, state = (
            {"problems": [asdict(p) for p in refused.problems], "reason": refused.reason},
            "refused",
        )
    with sessions.begin() as session:
        found = session.get(FileAnalysis, analysis_id)
        if found is not None:
            found.result, found.state, found.finished_at = result, state, now()
            found.progress, found.step = 1.0, ""


def _heartbeat(sessions: Sessions, analysis_id: uuid.UUID) -> Progress:
    last = 0.0

    def _beat(step: str, share: float) -> None:
        nonlocal last
        if time.monotonic() - last < HEARTBEAT_SECONDS and share < 1.0:
            return
        last = time.monotonic()
        with sessions.begin() as session:
            analysis = session.get(FileAnalysis, analysis_id)
            if analysis is not None:
                analysis.step, analysis.progress, analysis.heartbeat_at = step[:64], share, now()

    return _beat


def _still_here(sessions: Sessions, analysis_id: uuid.UUID) -> None:
    with sessions.begin() as session:
        analysis = session.get(FileAnalysis, analysis_id)
        if analysis is not None:
            analysis.heartbeat_at = now()


def _bound(name: str, content: bytes, analysis_id: uuid.UUID, *, simulated: bool) -> ReportSource:
    return ReportSource(
        kind="file",
        title=f"{name}（{'模拟数据' if simulated else '文件'}）",
        simulated=simulated,
        data_fingerprint=f"sha256:{hashlib.sha256(content).hexdigest()}",
        engine_version=engine_version(),
        filter="文件中全部有效行 / all valid rows of the file",
        run_id=str(analysis_id),
    )


def _report(
    source: Source,
    columns: list[dict[str, Any]],
    options: dict[str, Any],
    bound: ReportSource,
    tell: Progress,
) -> dict[str, Any]:
    instrument = instruments.load(options["instrument"])
    try:
        table = answers_in(source, instrument, form=options["form"])
        if (table.problems and not options["accept_valid"]) or not table.rows:
            raise Refused("有问题的行不能分析", table.problems[:SHOWN_PROBLEMS])
        companions = [companion_from(text) for text in options.get("companions", ())]
        named = [column for one in companions for column in one.columns]
        places = {column["code"]: k for k, column in enumerate(columns)}
        beside = columns_in(source, [c for c in named if c not in table.items], table.numbers, places)
    except Invalid as error:
        raise Refused(f"{error.title}。{error.advice}".rstrip("。")) from error
    except ValueError as error:
        raise Refused(str(error)) from error
    language, where = options["language"], directory(uuid.UUID(bound.run_id))
    report = build_report(
        frame_of(table, instrument).join(beside),
        instrument,
        source=bound,
        language=language,
        seed=DEFAULT_SEED,
        missing=options.get("missing", "listwise"),
        depth=options.get("depth", "standard"),
        companions=companions,
        progress=tell,
        so_far=drafting(where),
    )
    write_report(report, where, language=language, stylesheet_href="report.css")
    (where / DRAFT).unlink(missing_ok=True)
    refused = len({problem.row for problem in table.problems} - {0})
    used = {columns[places[c]]["name"] if c in places else c for c in named}
    ignored = [column for column in table.ignored if column not in used]
    return {"report": to_json(report), "refused_rows": refused, "ignored": ignored}


def mark_failed(sessions: Sessions, analysis_id: uuid.UUID, problem: str) -> None:
    """Say on the analysis why it failed."""
    with sessions.begin() as session:
        analysis = session.get(FileAnalysis, analysis_id)
        if analysis is not None:
            analysis.state, analysis.problem, analysis.finished_at = "failed", problem[:1000], now()
