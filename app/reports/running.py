"""The worker's side of a report: read the item matrix once, build, store, render."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import importlib.metadata
import json
import logging
import math
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import cast

import numpy as np
import pandas as pd
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session, load_only, sessionmaker

from analysis.evidence import Evidence, evidence_from
from analysis.render import to_json, write_draft, write_report
from analysis.report import Draft, Report, ReportSource, build_report
from analysis.report.gate import evidence_of_nobody, gate_evidence
from analysis.report.steps import Depth
from app.database import now
from app.reports.models import ReportRun
from app.reports.service import DEFAULT_SEED, DRAFT, directory
from app.responses.models import Response
from app.responses.service import answer_matrix
from app.scores.models import ScoreEvidence
from app.scores.pool import Pool, fingerprint, judged_alike, pool_of
from app.scores.service import evidence_for, queue_evidence, record_evidence
from app.surveys.models import Survey
from app.surveys.service import instrument_of
from instruments import Instrument

logger = logging.getLogger(__name__)
HEARTBEAT_SECONDS = 1.0
PULSE_SECONDS = 15.0  # well under the silence after which a run counts as interrupted
FIRST_SECTIONS = 4  # sample, instrument, items, quality of answers: there within seconds
DRAFT_SECONDS = 15.0  # drawing the figures again takes a second or two
Sessions = sessionmaker[Session]
Progress = Callable[[str, float], None]


def engine_version() -> str:
    """The version of the analysis code that numbers are bound to."""
    return importlib.metadata.version("dandang")


def survey_frame(session: Session, survey: Survey, instrument: Instrument) -> tuple[pd.DataFrame, str]:
    """Respondents × (items as answered, background, diligence, unit, page times) and the fingerprint of
    exactly these data.

    不了解-type answers count as missing, as the instrument's scoring rules say. `page_ms` (page number →
    milliseconds) is there only where times were kept.
    """
    _ids, items, matrix, background, units = answer_matrix(session, survey.id)
    frame = pd.DataFrame(matrix, columns=list(items))
    for code in items:
        scale = instrument.scales[(instrument.items.get(code) or instrument.quality.attention[code]).scale]
        if scale.na_code is not None:
            frame[code] = frame[code].where(frame[code] != scale.na_code)
    digest = hashlib.sha256(instrument.fingerprint.encode())
    digest.update(",".join(items).encode())
    digest.update(np.nan_to_num(matrix, nan=-1.0).astype("<i2").tobytes())
    for question in (*instrument.background, *instrument.quality.diligence):
        frame[question.id] = pd.Series([row.get(question.id) for row in background], dtype=object)
    frame["unit"] = pd.Series(list(units), dtype=object)
    digest.update(json.dumps([background, list(units)], ensure_ascii=False, sort_keys=True).encode())
    times = _page_times(session, survey.id)
    if any(times):
        frame["page_ms"] = pd.Series(times, dtype=object)
        digest.update(json.dumps(times, sort_keys=True).encode())
    return frame, f"sha256:{digest.hexdigest()}"


def _page_times(session: Session, survey_id: uuid.UUID) -> list[dict[str, int]]:
    """Milliseconds by page of every response, in the order of `answer_matrix`."""
    rows = session.scalars(
        select(Response)
        .options(load_only(Response.page_ms_sealed))
        .where(Response.survey_id == survey_id)
        .order_by(Response.id)
    )
    return [row.page_ms or {} for row in rows]


def _source(survey: Survey, fingerprint: str, run_id: uuid.UUID) -> ReportSource:
    return ReportSource(
        kind="survey",
        title=survey.title,
        simulated=survey.origin == "simulated",
        data_fingerprint=fingerprint,
        engine_version=engine_version(),
        filter="全部已提交答卷 / all submitted responses",
        run_id=str(run_id),
    )


def _build(
    sessions: Sessions,
    survey_id: uuid.UUID,
    run_id: uuid.UUID,
    *,
    language: str,
    seed: int,
    progress: Progress,
    depth: Depth,
    so_far: Callable[[Draft], None],
) -> tuple[Report, str, int]:
    with sessions() as session:
        survey = session.get_one(Survey, survey_id)
        instrument = instrument_of(survey)
        frame, fingerprint = survey_frame(session, survey, instrument)
        source = _source(survey, fingerprint, run_id)
    report = build_report(
        frame, instrument, source=source, language=language, seed=seed, depth=depth, progress=progress,
        so_far=so_far,
    )  # fmt: skip
    return report, fingerprint, len(frame)


def _heartbeat(sessions: Sessions, run_id: uuid.UUID) -> Progress:
    last = 0.0

    def _beat(step: str, share: float) -> None:
        nonlocal last
        if time.monotonic() - last < HEARTBEAT_SECONDS and share < 1.0:
            return
        last = time.monotonic()
        with _unhurt(), sessions.begin() as session:
            run = session.get_one(ReportRun, run_id)
            run.step, run.progress, run.heartbeat_at = step[:64], share, now()

    return _beat


@contextlib.contextmanager
def _unhurt() -> Iterator[None]:
    """A sign of life that a busy database refuses costs nothing; the next one may reach it."""
    try:
        yield
    except SQLAlchemyError as error:
        logger.warning("a report's heartbeat was not written: %s", type(error).__name__)


@contextlib.contextmanager
def alive(beat: Callable[[], None], every: float = PULSE_SECONDS) -> Iterator[None]:
    """Beat while the work lasts, however long one step takes: silence then means that the worker is gone."""
    done = threading.Event()

    def _pulse() -> None:
        while not done.wait(every):
            with _unhurt():
                beat()

    pulse = threading.Thread(target=_pulse, daemon=True, name="report-heartbeat")
    pulse.start()
    try:
        yield
    finally:
        done.set()
        pulse.join()


def drafting(where: Path) -> Callable[[Draft], None]:
    """Writes the page of what there is so far: when the quick sections are there, then now and again."""
    last = -math.inf

    def _write(draft: Draft) -> None:
        nonlocal last
        there = sum(section.status not in {"pending", "omitted"} for section in draft.sections)
        if there < FIRST_SECTIONS or not draft.pending or time.monotonic() - last < DRAFT_SECONDS:
            return
        try:
            write_draft(draft, where, name=DRAFT, stylesheet_href="report.css")
        except OSError as error:  # a full disk costs the draft, not the report
            logger.warning("the draft of a report was not written: %s", type(error).__name__)
        last = time.monotonic()

    return _write


def _still_here(sessions: Sessions, run_id: uuid.UUID) -> None:
    with sessions.begin() as session:
        session.get_one(ReportRun, run_id).heartbeat_at = now()


def run_exists(sessions: Sessions, run_id: uuid.UUID) -> bool:
    """Whether the request that queued this run has been committed."""
    with sessions() as session:
        return session.get(ReportRun, run_id) is not None


def compute(sessions: Sessions, run_id: uuid.UUID) -> None:
    """Build, render and store one report; doing it again overwrites the same run with the same numbers."""
    with sessions.begin() as session:
        run = session.get_one(ReportRun, run_id)
        run.state, run.heartbeat_at, run.problem = "running", now(), ""
        survey_id, language, seed = run.survey_id, run.language, run.seed
        depth = cast("Depth", run.depth)
    beat = _heartbeat(sessions, run_id)
    with alive(lambda: _still_here(sessions, run_id)):
        report, fingerprint, n = _build(
            sessions, survey_id, run_id, language=language, seed=seed, progress=beat, depth=depth,
            so_far=drafting(directory(run_id)),
        )  # fmt: skip
        beat("写出报告 / rendering", 0.97)
        write_report(report, directory(run_id), language=language, stylesheet_href="report.css")
        (directory(run_id) / DRAFT).unlink(missing_ok=True)
    # all computing comes before: on SQLite people who submit wait as long as this transaction lasts
    result = to_json(report)
    with sessions.begin() as session:
        run = session.get_one(ReportRun, run_id)
        run.result = result
        run.n_responses, run.data_fingerprint, run.engine_version = n, fingerprint, engine_version()
        run.state, run.progress, run.step, run.finished_at = "done", 1.0, "", now()


def mark_failed(sessions: Sessions, run_id: uuid.UUID, problem: str) -> None:
    """Say on the run why it failed."""
    with sessions.begin() as session:
        run = session.get(ReportRun, run_id)
        if run is not None:
            run.state, run.problem, run.finished_at = "failed", problem[:1000], now()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Answers:
    """What the evidence of one survey is computed from, read at one moment."""

    instrument: Instrument
    pool: Pool
    pooled: pd.DataFrame | None
    pool_fingerprint: str
    own: pd.DataFrame
    own_fingerprint: str
    simulated: bool
    known: Evidence | None  # the verdict on exactly this sample, where it has been computed already


def is_closed(sessions: Sessions, survey_id: uuid.UUID) -> bool:
    """Whether the request that closed the survey and queued its evidence has been committed."""
    with sessions() as session:
        survey = session.get(Survey, survey_id)
        return survey is not None and survey.state == "closed"


def compute_evidence(sessions: Sessions, survey_id: uuid.UUID) -> None:
    """The evidence that scores carry: the verdict of the calibration sample, the survey's own beside it.

    Dynamic cut-offs take a minute and more: they are simulated for real answers, where they decide, and not
    for a demo's. Other surveys that the same answers speak of are queued where theirs is out of date.
    """
    run_id = uuid.uuid4()
    with sessions() as session:
        answers = _read(session, session.get_one(Survey, survey_id))
    own = gate_evidence(
        answers.own, answers.instrument, source=_own_source(answers, run_id), seed=DEFAULT_SEED,
        reach="estimates",
    )  # fmt: skip
    verdict = (answers.known or _verdict(answers, run_id)).with_units_of(own)
    with sessions.begin() as session:
        record_evidence(
            session,
            survey_id,
            run_id=run_id,
            pool=answers.pool,
            pool_fingerprint=answers.pool_fingerprint,
            n_responses=len(answers.own),
            data_fingerprint=answers.own_fingerprint,
            engine_version=engine_version(),
            evidence=verdict.to_dict(),
            own=own.to_dict(),
        )
    with sessions() as session:
        for other in judged_alike(session, session.get_one(Survey, survey_id)):
            if evidence_for(session, other).state != "current":
                queue_evidence(session, other)


def _read(session: Session, survey: Survey) -> _Answers:
    """The survey's own answers, and those of its calibration sample without their units.

    Units of other surveys are other groups: agreement is looked at where units are compared, in the own ones.
    """
    instrument, pool = instrument_of(survey), pool_of(session, survey)
    own, own_fingerprint = survey_frame(session, survey, instrument)
    frames, parts = [], []
    for member in pool.members:
        frame, data = own, own_fingerprint
        if member.survey_id != survey.id:
            frame, data = survey_frame(session, session.get_one(Survey, member.survey_id), instrument)
        frames.append(frame.drop(columns="unit"))
        parts.append((member.survey_id, len(frame), data))
    bound = fingerprint(parts)
    return _Answers(
        instrument=instrument,
        pool=pool,
        pooled=pd.concat(frames, ignore_index=True) if frames else None,
        pool_fingerprint=bound,
        own=own,
        own_fingerprint=own_fingerprint,
        simulated=survey.origin == "simulated",
        known=_known(session, survey, bound),
    )


def _known(session: Session, survey: Survey, bound: str) -> Evidence | None:
    """The verdict that another survey's evidence holds on exactly this sample, by the same engine."""
    others = [other.id for other in judged_alike(session, survey)]
    for row in session.scalars(select(ScoreEvidence).where(ScoreEvidence.survey_id.in_(others))):
        sample = row.evidence.get("pool") or {}
        if row.engine_version == engine_version() and sample.get("fingerprint") == bound:
            return evidence_from(row.evidence)
    return None


def _verdict(answers: _Answers, run_id: uuid.UUID) -> Evidence:
    if answers.pooled is None:
        return evidence_of_nobody(answers.instrument)
    return gate_evidence(
        answers.pooled,
        answers.instrument,
        source=dataclasses.replace(
            _own_source(answers, run_id),
            simulated=answers.pool.simulated,
            data_fingerprint=answers.pool_fingerprint,
        ),
        seed=DEFAULT_SEED,
        reach="comparisons" if answers.pool.simulated else "everything",
    )


def _own_source(answers: _Answers, run_id: uuid.UUID) -> ReportSource:
    return ReportSource(
        kind="survey",
        title="",
        simulated=answers.simulated,
        data_fingerprint=answers.own_fingerprint,
        engine_version=engine_version(),
        filter="全部已提交答卷 / all submitted responses",
        run_id=str(run_id),
    )
