"""The service under requests nobody would type: each role, both stores. (In full: make promise-S2.)"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import pytest
from fastapi import FastAPI, Response
from sqlalchemy.orm import Session

from app import jobs
from app.accounts import limits
from app.settings import Settings
from tests.app.bad_input.crash import Crashes, crash_test
from tests.app.bad_input.live import ACTORS, World, served, world

# a client that goes away in the middle of a download leaves its connection to the collector
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
EXAMPLES = int(os.environ.get("DANDANG_PROMISE_EXAMPLES", "1"))


@pytest.fixture
def queue(settings: Settings, monkeypatch: pytest.MonkeyPatch, real_queue: None) -> None:
    """The queue's own store, as `dandang migrate` makes it; nobody waits for having guessed wrong."""
    monkeypatch.setattr(limits, "WAIT_SECONDS", 0.0)
    jobs.client.cache_clear()
    jobs.prepare_store()


@pytest.fixture
def people(queue: None, district: Any, session: Session) -> World:
    return world(session, district.survey, district.units["D"])


def test_nothing_crashes_and_nothing_is_undeclared(
    application: FastAPI,
    people: World,
    session: Session,
    store: str,
    record_property: Callable[[str, object], None],
) -> None:
    document = application.openapi()
    # the short form shares the roles out between the stores
    actors = ACTORS if EXAMPLES > 1 else ACTORS[0::2] if store == "sqlite" else ACTORS[1::2]
    with served(application) as address:
        found = crash_test(document, address, session, people, actors, examples=EXAMPLES)
    record_property("sent", found.sent)
    record_property("statuses", dict(sorted(found.statuses.items())))
    assert found.breaks == []
    assert found.sent >= len(actors) * len(document["paths"]) * EXAMPLES * 0.5
    assert all(found.reached[actor] for actor in actors), "who gets nowhere has tried nothing"


@pytest.mark.only_on("sqlite", reason="the control is of the check, not of the store")
def test_the_control_finds_a_route_that_raises(application: FastAPI, people: World, session: Session) -> None:
    @application.get("/api/planted")
    def planted(k: int = 0) -> dict[str, float]:
        return {"share": 1 / (0 * k)}

    @application.get("/api/undeclared")
    def undeclared() -> Response:
        return Response("", status_code=418)

    application.openapi_schema = None
    document = application.openapi()
    document["paths"] = {k: v for k, v in document["paths"].items() if k.startswith(("/api/pl", "/api/un"))}
    with served(application) as address:
        found: Crashes = crash_test(document, address, session, people, ["nobody"], examples=2)
    assert {line.split()[2] for line in found.breaks} == {"/api/planted", "/api/undeclared"}
