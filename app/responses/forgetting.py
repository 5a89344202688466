"""After a confidential or anonymous survey has closed: the store is written anew in the order of its keys.

Until then its files tell in which order answers arrived: pages filled one after the other, a write-ahead
log, on PostgreSQL the numbers of transactions. The worker does this within a minute of closing.
"""

from __future__ import annotations

import logging

from sqlalchemy import Engine, select, text
from sqlalchemy.exc import ProgrammingError
from sqlalchemy.orm import Session, sessionmaker

from app.database import now
from app.surveys.models import Survey
from app.trail import service as trail

log = logging.getLogger("dandang.forgetting")
REWRITTEN = (
    # at closing every row was written by one transaction (trigger `survey_forgets`), so that none is older
    # than another; here the rows are laid in the order of their random keys and what was there before goes
    "CLUSTER response USING pk_response",
    "CLUSTER score_record USING pk_score_record",
    "VACUUM FULL draft",
    "VACUUM FULL access_code",
)
LOG_RENEWED = ("CHECKPOINT", "SELECT pg_switch_wal()", "CHECKPOINT")


class StoreBusy(RuntimeError):
    """Somebody is reading; the write-ahead log could not be emptied. Try again."""


def scatter(engine: Engine) -> None:
    """Rewrite the store so that it keeps no order of arrival. Takes no transaction of its own."""
    if engine.dialect.name == "sqlite":
        _scatter_sqlite(engine)
    else:
        _scatter_postgresql(engine)


def _scatter_sqlite(engine: Engine) -> None:
    connection = engine.raw_connection()
    try:
        cursor = connection.cursor()
        cursor.execute("VACUUM")
        busy = cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
        cursor.close()
    finally:
        connection.close()
    if busy:
        raise StoreBusy("the write-ahead log is being read")


def _scatter_postgresql(engine: Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        for statement in REWRITTEN:
            connection.execute(text(statement))
        try:
            for statement in LOG_RENEWED:
                connection.execute(text(statement))
        except ProgrammingError:
            # needs the right pg_checkpoint; without it the log goes by itself, later
            log.warning("the server's write-ahead log could not be renewed: grant pg_checkpoint")


def scatter_due(sessions: sessionmaker[Session]) -> int:
    """Scatter the store if a confidential or anonymous survey has closed since. Returns how many had.

    Crashed in between: the next call does it again. Raises StoreBusy.
    """
    due = select(Survey).where(
        Survey.state == "closed", Survey.mode != "identified", Survey.scattered_at.is_(None)
    )
    with sessions() as session:
        closed = [survey.id for survey in session.scalars(due)]
        engine = session.get_bind()
    if not closed:
        return 0
    assert isinstance(engine, Engine)
    scatter(engine)
    with sessions.begin() as session:
        for survey in session.scalars(due.where(Survey.id.in_(closed))):
            survey.scattered_at = now()
            trail.append(session, actor="system", action="survey.scatter", subject=f"survey:{survey.id}")
    return len(closed)
