"""D7: edits destroy nothing: random publish, edit, close and reopen change no answer."""

from __future__ import annotations

import os
import tempfile
import time
from collections import Counter
from pathlib import Path

from sqlalchemy import select

from app.database import make_engine, session_factory
from app.settings import get_settings
from app.surveys.models import Survey
from tests.app.bad_input.edits import DEEDS, TOUCHES, shake
from tests.postgres import Server, server
from tests.promises.house import Serving, home, plant, submit
from tests.promises.record import Result, result

SEQUENCES = int(os.environ.get("DANDANG_D7_SEQUENCES", "100"))
STEPS = 20
PEOPLE = 12


def shaken(path: Path, store: Server | None, sequences: int) -> tuple[Counter[str], int]:
    """So many random sequences over answers that were submitted; deeds done, and answers changed by them."""
    with home(path, store):
        doors = plant(PEOPLE)
        serving = Serving()
        try:
            submitted = sum(submit(serving.port, door).acknowledged for door in doors)
        finally:
            serving.kill()
        if submitted != PEOPLE:
            raise RuntimeError(f"{submitted} of {PEOPLE} submissions were taken")
        engine = make_engine(get_settings().database)
        sessions = session_factory(engine)
        with sessions() as session:
            survey = session.scalars(select(Survey)).one().id
        done: Counter[str] = Counter()
        changed = sum(
            shake(sessions, survey, STEPS, DEEDS, seed=number, done=done) for number in range(sequences)
        )
        engine.dispose()
    return done, changed


def touched(path: Path) -> int:
    """Control: each deed that touches an answer, once. How many of them are found?"""
    with home(path):
        doors = plant(PEOPLE)
        serving = Serving()
        try:
            for door in doors:
                submit(serving.port, door)
        finally:
            serving.kill()
        engine = make_engine(get_settings().database)
        sessions = session_factory(engine)
        with sessions() as session:
            survey = session.scalars(select(Survey)).one().id
        found = sum(shake(sessions, survey, 1, [touch]) for touch in TOUCHES)
        engine.dispose()
    return found


def full() -> Result:
    """100 sequences of 20 deeds on each store."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, server() as running:
        stores: dict[str, Server | None] = {"SQLite": None, "PostgreSQL": running}
        seen = {name: shaken(Path(scratch) / name, store, SEQUENCES) for name, store in stores.items()}
        found = touched(Path(scratch) / "control")
    changed = sum(count for _, count in seen.values())
    deeds = sum((done for done, _ in seen.values()), Counter())
    return result(
        "D7",
        figure=f"{SEQUENCES} sequences of {STEPS} deeds on each of {' and '.join(seen)}:"
        f" {changed} answers changed; "
        + ", ".join(f"{deed} {count}" for deed, count in sorted(deeds.items())),
        kept=SEQUENCES >= 100 and changed == 0 and found == len(TOUCHES) and len(deeds) == len(set(DEEDS)),
        control=f"{found} of {len(TOUCHES)} deeds that touch an answer were found",
        note=f"{time.monotonic() - started:.0f} s",
    )
