"""Servers for the promises of durability: the honest one, and planted defects that the checks must catch."""

from __future__ import annotations

import contextlib
import threading
import uuid
from collections.abc import Iterator
from typing import Any

from fastapi import FastAPI, Request
from sqlalchemy import event
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session, sessionmaker

from app.database import get_session
from app.main import create_app
from app.responses import routes, service

LATE_SECONDS = 0.05


def honest() -> FastAPI:
    """The application as it is."""
    return create_app()


def _late_session(request: Request) -> Iterator[Session]:
    factory: sessionmaker[Session] = request.app.state.sessions
    session = factory()
    yield session

    def _commit() -> None:
        session.commit()
        session.close()

    threading.Timer(LATE_SECONDS, _commit).start()


def answers_before_commit() -> FastAPI:
    """Control of D1: the answer is sent, the commit comes a moment later."""
    app = create_app()
    app.dependency_overrides[get_session] = _late_session
    return app


def _careless_session(request: Request) -> Iterator[Session]:
    factory: sessionmaker[Session] = request.app.state.sessions
    with factory() as session:
        yield session
        with contextlib.suppress(OperationalError):
            session.commit()


def says_saved_when_it_is_not() -> FastAPI:
    """Control of D3: a commit that fails is answered as if it had not."""
    app = create_app()
    app.dependency_overrides[get_session] = _careless_session
    return app


def does_not_wait_for_the_disk() -> FastAPI:
    """Control of D2: SQLite with synchronous=NORMAL, PostgreSQL with synchronous_commit=off."""
    app = create_app()
    engine = app.state.engine
    careless = (
        "PRAGMA synchronous = NORMAL" if engine.dialect.name == "sqlite" else "SET synchronous_commit = off"
    )

    def _careless(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute(careless)
        cursor.close()
        if engine.dialect.name == "postgresql":
            connection.commit()

    event.listen(engine, "connect", _careless)
    return app


def stores_what_it_is_sent() -> FastAPI:
    """Control of D4: every submission becomes a row, whoever sent it before."""

    def _store(session: Session, _asked: Any, survey: Any, **content: Any) -> Any:
        content.pop("response_id", None)
        return service.store_response(session, survey, response_id=uuid.uuid4(), **content)

    app = create_app()
    vars(routes)["service"] = _Weak(_store)
    return app


class _Weak:
    """The service of responses without a memory of what it has stored."""

    def __init__(self, store: Any) -> None:
        self.submit_response = store
        self.response_of = lambda *_a: None

    def __getattr__(self, name: str) -> Any:
        return getattr(service, name)


FACTORIES = {
    made.__name__: made
    for made in (
        honest,
        answers_before_commit,
        says_saved_when_it_is_not,
        does_not_wait_for_the_disk,
        stores_what_it_is_sent,
    )
}
