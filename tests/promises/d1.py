"""D1: kill -9 of the web process while people submit, and of the worker in the middle of a report."""

from __future__ import annotations

import http.client
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import select

from app import jobs
from app.database import session_on
from app.reports import service as reports
from app.reports.models import ReportRun
from app.settings import get_settings
from tests.postgres import server
from tests.promises.house import ROOT, Door, Serving, compare, home, plant, simulated_survey, submit
from tests.promises.record import Result, result

CYCLES = int(os.environ.get("DANDANG_D1_CYCLES", "10000"))
BATCH = 100
PEOPLE_A_CYCLE = 12


@dataclass
class Tally:
    """What was seen over all cycles."""

    cycles: int = 0
    acknowledged: set[uuid.UUID] = field(default_factory=set)
    unanswered: int = 0
    lost: int = 0
    duplicated: int = 0
    torn: int = 0
    refused: int = 0


def _people(port: int, doors: list[Door], tally: Tally, lock: threading.Lock) -> None:
    """Submit one person after another until the server is gone; who got no answer comes again later."""
    while True:
        with lock:
            if not doors:
                return
            door = doors.pop()
        try:
            answer = submit(port, door)
        except (OSError, http.client.HTTPException):
            with lock:
                tally.unanswered += 1
                doors.insert(0, door)
            return
        with lock:
            if answer.acknowledged:
                tally.acknowledged.add(door.person)
            else:
                tally.refused += 1


def kill_while_submitting(
    cycles: int, *, factory: str = "honest", forked: bool = False, seed: int = 1, longest: float = 0.25
) -> Tally:
    """Start, let two people at a time submit, kill -9 at a random moment; over and over, on one store."""
    rng = random.Random(seed)
    tally, lock = Tally(), threading.Lock()
    doors: list[Door] = []
    for _ in range(cycles):
        if len(doors) < PEOPLE_A_CYCLE * 4:
            doors += plant(PEOPLE_A_CYCLE * min(cycles, BATCH))
        serving = Serving(factory, forked=forked)
        people = [threading.Thread(target=_people, args=(serving.port, doors, tally, lock)) for _ in range(2)]
        for one in people:
            one.start()
        time.sleep(rng.uniform(0.005, longest))
        serving.kill()
        for one in people:
            one.join()
        tally.cycles += 1
    serving = Serving(factory, forked=forked)  # those who were left without an answer ask once more
    while doors:
        _people(serving.port, doors, tally, lock)
    time.sleep(0.3)
    found = compare(tally.acknowledged)
    tally.lost, tally.duplicated, tally.torn = found.lost, found.duplicated, found.torn
    serving.kill()
    return tally


def kill_the_worker(seed: int = 1) -> str:
    """Kill the worker in the middle of computing a report, start it again; returns how the run ended."""
    jobs.prepare_store()
    jobs.client.cache_clear()
    with session_on(get_settings().database) as session:
        survey, account = simulated_survey(session, seed=seed)
        run = reports.request_report(session, survey, account, language="zh-CN")
        session.commit()
        run_id = run.id
    try:
        first = _worker()
        _until(run_id, lambda state, progress: state != "queued" and progress > 0)
        first.kill()
        first.wait()
        killed_at = _state(run_id)
        second = _worker()
        _until(run_id, lambda state, _progress: state in {"done", "failed"})
        second.terminate()
        second.wait(30)
    finally:
        jobs.client().destroy()
        jobs.client.cache_clear()
    return f"{killed_at[0]} → {_state(run_id)[0]}"


def _worker() -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], cwd=ROOT)


def _state(run_id: uuid.UUID) -> tuple[str, float]:
    with session_on(get_settings().database) as session:
        row = session.execute(select(ReportRun.state, ReportRun.progress).where(ReportRun.id == run_id)).one()
    return row.state, row.progress


def _until(run_id: uuid.UUID, holds: object) -> None:
    deadline = time.monotonic() + 240
    while time.monotonic() < deadline:
        if holds(*_state(run_id)):  # type: ignore[operator]  # a function of state and progress
            return
        time.sleep(0.1)
    raise TimeoutError(f"the report stands at {_state(run_id)}")


def full() -> Result:
    """10,000 cycles (DANDANG_D1_CYCLES for fewer), half on each store, some by the real command; workers."""
    tallies, workers = [], []
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, server(durable=True) as running:
        for number, store in enumerate((None, running)):
            with home(Path(scratch) / f"web{number}", store):
                tallies.append(kill_while_submitting(CYCLES // 2, forked=True, seed=number))
            with home(Path(scratch) / f"command{number}", store):
                tallies.append(kill_while_submitting(5, seed=number, longest=1.0))
        for number in range(3):
            with home(Path(scratch) / f"worker{number}"):
                workers.append(kill_the_worker(number + 1))
        with home(Path(scratch) / "control"):
            control = kill_while_submitting(20, factory="answers_before_commit", forked=True)
    cycles = sum(tally.cycles for tally in tallies)
    acknowledged = sum(len(tally.acknowledged) for tally in tallies)
    lost, duplicated, torn = (
        sum(getattr(tally, name) for tally in tallies) for name in ("lost", "duplicated", "torn")
    )
    finished = sum(run.endswith("→ done") for run in workers)
    clean = lost == duplicated == torn == 0 and finished == len(workers) and control.lost > 0
    return result(
        "D1",
        figure=(
            f"{cycles} cycles on SQLite and PostgreSQL, {acknowledged} acknowledged: {lost} lost,"
            f" {duplicated} duplicated, {torn} torn; {finished}/{len(workers)} reports finished after the"
            " worker was killed in mid-step"
        ),
        kept=clean and cycles >= 10_000,
        control=(
            f"a server that answers before it commits: {control.lost} of {len(control.acknowledged)} lost"
            f" in {control.cycles} cycles"
        ),
        note=(
            f"{time.monotonic() - started:.0f} s. "
            + (
                ""
                if cycles >= 10_000
                else f"{cycles} of the 10,000 cycles promised were run; 0 lost so far. "
            )
            + "Forked children of an imported parent, and 10 cycles of the real command."
        ),
    )
