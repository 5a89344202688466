"""The store: engine, sessions, and the promises asserted at every connection.

SQLite runs in WAL with synchronous=FULL, PostgreSQL with fsync and synchronous_commit; a connection
that cannot keep that is refused.
One commit per request, in one place: `get_session`, before the answer is sent.
"""

from __future__ import annotations

import datetime as dt
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

from fastapi import Depends, Request
from sqlalchemy import JSON, Connection, DateTime, Engine, MetaData, create_engine, event
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Session, sessionmaker
from sqlalchemy.pool import QueuePool
from sqlalchemy.types import TypeDecorator

from app.settings import get_settings

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
SYNCHRONOUS_FULL = 2
CONNECTIONS = 16  # requests at once, see app.gate; fewer than the threads that serve them (40)

Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """Base of every table; constraint names are fixed so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


class UtcDateTime(TypeDecorator[dt.datetime]):
    """A moment in UTC. Naive values are refused; SQLite gives back the same aware value."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Refuse naive moments, store UTC."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs its time zone")
        return value.astimezone(dt.UTC)

    def process_result_value(self, value: dt.datetime | None, dialect: Dialect) -> dt.datetime | None:
        """Give back an aware UTC moment."""
        if value is None:
            return None
        return value.replace(tzinfo=dt.UTC) if value.tzinfo is None else value.astimezone(dt.UTC)


def now() -> dt.datetime:
    """This moment in UTC."""
    return dt.datetime.now(dt.UTC)


class UnsafeDatabase(RuntimeError):
    """A connection does not keep what the store promises."""


def _set_sqlite_promises(connection: Any, _record: Any) -> None:
    if not isinstance(connection, sqlite3.Connection):
        return
    connection.isolation_level = None  # transactions begin where we say so, see _begin
    cursor = connection.cursor()
    cursor.execute("PRAGMA busy_timeout = 15000")
    journal = cursor.execute("PRAGMA journal_mode = WAL").fetchone()[0]
    cursor.execute("PRAGMA synchronous = FULL")
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")
    synchronous = cursor.execute("PRAGMA synchronous").fetchone()[0]
    foreign_keys = cursor.execute("PRAGMA foreign_keys").fetchone()[0]
    cursor.close()
    if journal != "wal" or synchronous != SYNCHRONOUS_FULL or foreign_keys != 1:
        raise UnsafeDatabase(
            f"SQLite: journal_mode={journal}, synchronous={synchronous}, foreign_keys={foreign_keys};"
            " need wal, 2 (FULL), 1"
        )


def _set_postgresql_promises(connection: Any, _record: Any) -> None:
    """Commits reach the disk before they are acknowledged, or the store is refused in production."""
    settings = "fsync", "full_page_writes", "synchronous_commit"
    with connection.cursor() as cursor:
        cursor.execute("SELECT " + ", ".join(f"current_setting('{name}')" for name in settings))
        fsync, whole_pages, synchronous = cursor.fetchone()
        if synchronous in {"off", "local"}:
            cursor.execute("SET synchronous_commit = on")
    connection.commit()
    if "off" in (fsync, whole_pages) and get_settings().environment == "production":
        raise UnsafeDatabase(
            f"PostgreSQL: fsync={fsync}, full_page_writes={whole_pages}; need on, on in production"
        )


def _begin(connection: Connection) -> None:
    if connection.dialect.name == "sqlite":
        reading = connection.get_execution_options().get("reading", False)
        connection.exec_driver_sql("BEGIN" if reading else "BEGIN IMMEDIATE")


def make_engine(url: str) -> Engine:
    """Engine with the promises installed; a write transaction takes SQLite's lock at its start."""
    if url.startswith("postgresql://"):
        url = url.replace("postgresql://", "postgresql+psycopg://", 1)
    engine = create_engine(
        url,
        poolclass=QueuePool,
        pool_pre_ping=not url.startswith("sqlite"),
        pool_size=CONNECTIONS,
        hide_parameters=True,  # what people typed stays out of messages of errors
        max_overflow=CONNECTIONS,
    )
    if engine.dialect.name == "sqlite":
        event.listen(engine, "connect", _set_sqlite_promises)
        event.listen(engine, "begin", _begin)
    else:
        event.listen(engine, "connect", _set_postgresql_promises)
    return engine


def session_factory(engine: Engine) -> sessionmaker[Session]:
    """Sessions that keep loaded objects readable after commit."""
    return sessionmaker(engine, expire_on_commit=False)


@contextmanager
def engine_on(url: str) -> Iterator[Engine]:
    """An engine for the length of a with block; its connections are closed at the end."""
    engine = make_engine(url)
    try:
        yield engine
    finally:
        engine.dispose()


@contextmanager
def session_on(url: str) -> Iterator[Session]:
    """One session outside the web; its connection is closed at the end of the with block."""
    with engine_on(url) as engine, session_factory(engine)() as session:
        yield session


def reading(session: Session) -> Session:
    """Declare, before its first statement, that this session only reads."""
    session.connection(execution_options={"reading": True})
    return session


def get_session(request: Request) -> Iterator[Session]:
    """One session a request; committed when the route has returned, before the answer is sent."""
    factory: sessionmaker[Session] = request.app.state.sessions
    with factory() as session:
        if request.method in SAFE_METHODS:
            reading(session)
        try:
            yield session
            session.commit()
        except BaseException:
            session.expunge_all()  # a rollback would empty the account that the error page names
            session.rollback()
            raise


SessionDep = Annotated[Session, Depends(get_session, scope="function")]
