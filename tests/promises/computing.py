"""A web process that computes reports itself, the control of S10. Apart: it loads all of the statistics."""

from __future__ import annotations

import contextlib
import threading
import uuid

from fastapi import FastAPI
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.main import create_app
from app.reports import running
from app.reports.models import ReportRun


def _compute(sessions: sessionmaker[Session], run_id: uuid.UUID) -> None:
    with contextlib.suppress(OperationalError):  # twenty at once wait too long for SQLite's lock
        running.compute(sessions, run_id)


def computes_reports_itself() -> FastAPI:
    """Control of S10: on one word, every report that waits is computed by threads of the web process."""
    app = create_app()

    def _compute_everything() -> None:
        sessions: sessionmaker[Session] = app.state.sessions
        with sessions() as session:
            waiting = list(session.scalars(select(ReportRun.id)))
        for run_id in waiting:
            threading.Thread(target=_compute, args=(sessions, run_id), daemon=True).start()

    app.post("/compute-everything")(_compute_everything)
    return app
