"""The worker: takes jobs from the durable queue, one at a time, and finishes what a crash interrupted.

DBOS recovers only work of the same executor id and application version, so both are fixed: a worker
slot that restarts is itself again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
import uuid
from collections.abc import Callable
from functools import lru_cache, wraps

from dbos import DBOS, DBOSConfig
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.database import make_engine, session_factory
from app.errors import place_of
from app.jobs import ANALYSIS_QUEUE, APPLICATION, APPLICATION_VERSION
from app.reports import running
from app.research import running as own_files
from app.research import service as research
from app.responses import forgetting
from app.scores.expiry import expire_due
from app.scores.service import queue_evidence
from app.scores.snapshots import close_and_release
from app.sealing import check_keys
from app.settings import get_settings
from app.surveys import campaign
from app.surveys import service as surveys

log = logging.getLogger("dandang.worker")
TIDY_SECONDS = 30
NICENESS = 10  # analysis takes what the questionnaire leaves; not 19, for it holds SQLite's lock at times


class JobFailed(Exception):
    """A step failed; it says the type of error only, for the queue keeps what it raises, and logs it."""


class NotCommittedYet(Exception):
    """The job arrived before the request that queued it was committed; the step is tried again."""


@lru_cache
def _sessions() -> sessionmaker[Session]:
    return session_factory(make_engine(get_settings().database))


def _untold(step: Callable[[str], None]) -> Callable[[str], None]:
    """The step, with the type and place of its errors told and nothing of what they quote."""

    @wraps(step)
    def _run(subject: str) -> None:
        try:
            step(subject)
        except Exception as error:
            log.error("%s %s: %s at %s", step.__name__, subject, type(error).__name__, place_of(error))
            raise JobFailed(type(error).__name__) from None

    return _run


@DBOS.step(name="wait_for_request", retries_allowed=True, interval_seconds=0.2, max_attempts=8)
def _wait_for_request(run_id: str) -> None:
    if not running.run_exists(_sessions(), uuid.UUID(run_id)):
        raise NotCommittedYet(run_id)


@DBOS.step(name="compute_report")
@_untold
def _compute_report(run_id: str) -> None:
    running.compute(_sessions(), uuid.UUID(run_id))


@DBOS.step(name="mark_failed")
def _mark_failed(run_id: str, problem: str) -> None:
    running.mark_failed(_sessions(), uuid.UUID(run_id), problem)


def _kind(error: Exception) -> str:
    return str(error) if isinstance(error, JobFailed) else type(error).__name__


@DBOS.workflow(name="run_report")
def run_report(run_id: str) -> None:
    """One report. A failure is told on its page; the type and place only, never a respondent's words."""
    try:
        _wait_for_request(run_id)
        _compute_report(run_id)
    except Exception as error:
        _mark_failed(run_id, _kind(error))
        raise


@DBOS.step(name="wait_for_close", retries_allowed=True, interval_seconds=0.2, max_attempts=8)
def _wait_for_close(survey_id: str) -> None:
    if not running.is_closed(_sessions(), uuid.UUID(survey_id)):
        raise NotCommittedYet(survey_id)


@DBOS.step(name="compute_evidence")
@_untold
def _compute_evidence(survey_id: str) -> None:
    running.compute_evidence(_sessions(), uuid.UUID(survey_id))


@DBOS.workflow(name="refresh_evidence")
def refresh_evidence(survey_id: str) -> None:
    """Recompute the evidence of one closed survey."""
    _wait_for_close(survey_id)
    _compute_evidence(survey_id)


@DBOS.step(name="wait_for_analysis", retries_allowed=True, interval_seconds=0.2, max_attempts=8)
def _wait_for_analysis(analysis_id: str) -> None:
    if not own_files.analysis_exists(_sessions(), uuid.UUID(analysis_id)):
        raise NotCommittedYet(analysis_id)


@DBOS.step(name="analyse_file")
@_untold
def _analyse(analysis_id: str) -> None:
    own_files.analyse(_sessions(), uuid.UUID(analysis_id))


@DBOS.step(name="mark_analysis_failed")
def _mark_analysis_failed(analysis_id: str, problem: str) -> None:
    own_files.mark_failed(_sessions(), uuid.UUID(analysis_id), problem)


@DBOS.workflow(name="analyse_file")
def analyse_file(analysis_id: str) -> None:
    """A report or a model on a researcher's own file. What failed is told by its type only."""
    try:
        _wait_for_analysis(analysis_id)
        _analyse(analysis_id)
    except Exception as error:
        _mark_analysis_failed(analysis_id, _kind(error))
        raise


def launch() -> None:
    """Start taking jobs in this process."""
    settings = get_settings()
    settings.home.mkdir(parents=True, exist_ok=True)
    check_keys(_sessions())
    config: DBOSConfig = {
        "name": APPLICATION,
        "system_database_url": settings.jobs_database,
        "executor_id": settings.worker_slot,
        "application_version": APPLICATION_VERSION,
        "log_level": "WARNING",
        "run_migrations": True,
    }
    DBOS(config=config)
    DBOS.launch()
    DBOS.register_queue(ANALYSIS_QUEUE, worker_concurrency=1, polling_interval_sec=0.5)


def tidy() -> None:
    """Close anonymous surveys whose time is over, delete answers kept no longer, rewrite the store after a
    survey that keeps no order.
    """
    try:
        with _sessions().begin() as session:
            for survey in surveys.overdue(session):
                close_and_release(session, survey, actor="system")
                queue_evidence(session, survey)
            expire_due(session)
        with _sessions().begin() as session:
            campaign.forget_files(session)
            research.forget_expired(session)
        forgetting.scatter_due(_sessions())
    except (OperationalError, forgetting.StoreBusy) as error:
        log.warning("tidying comes later: %s", type(error).__name__)


def run() -> None:
    """Work until SIGINT or SIGTERM, behind whatever else wants the processor."""
    os.nice(max(0, NICENESS - os.nice(0)))
    launch()
    stop = threading.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        signal.signal(name, lambda _signal, _frame: stop.set())
    while not stop.wait(TIDY_SECONDS):
        tidy()
    DBOS.destroy()
