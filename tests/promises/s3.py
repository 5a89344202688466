"""S3: the life of a survey against a model: many random lives on each store, and written ones as control."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from app import jobs
from app.accounts import service as accounts
from app.database import make_engine, session_factory
from app.main import create_app
from app.settings import get_settings
from app.surveys import service as surveys
from app.units import service as units
from tests.app.bad_input.life import House, add_people, live, live_by_the_book
from tests.postgres import Server, server
from tests.promises.house import home
from tests.promises.record import Result, result

LIVES = int(os.environ.get("DANDANG_S3_LIVES", "60"))
STEPS = int(os.environ.get("DANDANG_S3_STEPS", "40"))
BOOKS = 10


@contextmanager
def house(path: Path, store: Server | None) -> Iterator[House]:
    """An application on a fresh store, HR signed in, one unit."""
    with home(path, store):
        jobs.client.cache_clear()
        jobs.prepare_store()
        engine = make_engine(get_settings().database)
        sessions = session_factory(engine)
        with sessions() as session:
            unit = units.create_unit(session, code="L", name="一生街道")
            add_people(session, unit)
            account = accounts.create_account(
                session,
                username="hr",
                display_name="人事",
                role="hr",
                password=uuid.uuid4().hex,
                units=[unit.id],
            )
            session.flush()
            token, place = accounts.open_session(session, account, 24), unit.id
            session.commit()
        with TestClient(create_app(), follow_redirects=False, raise_server_exceptions=False) as client:
            yield House(client, sessions, token, place)
        jobs.client().destroy()
        jobs.client.cache_clear()
        engine.dispose()


def lived(path: Path, store: Server | None, *, lives: int, steps: int) -> tuple[Counter[str], str]:
    """So many lives; how often each deed came to its end, and the first break."""
    with house(path, store) as place:
        try:
            live(place, lives=lives, steps=steps, repeatable=False)
        except AssertionError as error:
            return place.reached, " ".join(str(error).split())[:200] or "an assertion"
        return place.reached, ""


def weakened(path: Path) -> int:
    """Control: a service that takes answers after closing. In how many of BOOKS written lives is it found?"""
    found = 0
    with house(path, None) as place, pytest.MonkeyPatch.context() as patch:
        live_by_the_book(place)
        patch.setattr(surveys, "accepts_answers", lambda survey: survey.state != "draft")
        for _ in range(BOOKS):
            try:
                live_by_the_book(place)
            except AssertionError:
                found += 1
    return found


def full() -> Result:
    """60 lives of 40 steps on each store; the control on SQLite, written and random."""
    started = time.monotonic()
    reached: dict[str, Counter[str]] = {}
    broken: list[str] = []
    with tempfile.TemporaryDirectory() as scratch, server() as running:
        stores: dict[str, Server | None] = {"SQLite": None, "PostgreSQL": running}
        for name, store in stores.items():
            reached[name], said = lived(Path(scratch) / name, store, lives=LIVES, steps=STEPS)
            broken += [f"{name}: {said}"] if said else []
        found = weakened(Path(scratch) / "control")
    deeds = sum(reached.values(), Counter())
    deep = all(one[deed] > 0 for one in reached.values() for deed in ("submit", "change", "refused"))
    return result(
        "S3",
        figure=f"{LIVES} lives of {STEPS} steps on each of {' and '.join(stores)}:"
        f" {len(broken)} breaks; reached "
        + ", ".join(f"{deed} {count}" for deed, count in sorted(deeds.items())),
        kept=LIVES >= 60 and not broken and deep and found == BOOKS,
        control=f"answers taken after closing: found in {found} of {BOOKS} lives",
        note=f"{time.monotonic() - started:.0f} s" + "".join(f"; {one}" for one in broken),
    )
