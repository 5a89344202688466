"""D1: kill -9 of the web process while people submit, and of the worker in the middle of a report."""

from __future__ import annotations

import http.client
import math
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
from tests.postgres import Server, server
from tests.promises import sums
from tests.promises.house import ROOT, Door, Serving, compare, home, plant, simulated_survey, submit
from tests.promises.record import Result, result
from tests.promises.sums import Counts, Run

CYCLES = int(os.environ.get("DANDANG_D1_CYCLES", "10000"))
MINUTES = float(os.environ.get("DANDANG_D1_MINUTES", "240"))
PROMISED = 10_000
PART = 100
BATCH = 8
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
    cycles: int,
    *,
    factory: str = "honest",
    forked: bool = False,
    seed: int = 1,
    longest: float = 0.06,
    until: float = math.inf,
) -> Tally:
    """Start, let two people at a time submit, kill -9 at a random moment; over and over, on one store.

    The moment is counted from a random number of acknowledgements (0 to 3), so that a slow machine does not
    kill servers that have promised nothing yet; `longest` seconds is the most that passes after them.
    """
    rng = random.Random(seed)
    tally, lock = Tally(), threading.Lock()
    doors: list[Door] = []
    for _ in range(cycles):
        if time.time() > until:
            break
        if len(doors) < PEOPLE_A_CYCLE * 4:
            doors += plant(PEOPLE_A_CYCLE * min(cycles, BATCH))
        serving = Serving(factory, forked=forked)
        people = [threading.Thread(target=_people, args=(serving.port, doors, tally, lock)) for _ in range(2)]
        for one in people:
            one.start()
        _let_promise(tally, len(tally.acknowledged) + rng.randint(0, 3), people)
        time.sleep(rng.uniform(0.0, longest))
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


def _let_promise(tally: Tally, wanted: int, people: list[threading.Thread]) -> None:
    """Wait until so many submissions are acknowledged, or nobody submits any more."""
    deadline = time.monotonic() + 10
    while len(tally.acknowledged) < wanted and time.monotonic() < deadline:
        if not any(one.is_alive() for one in people):
            return
        time.sleep(0.002)


def kill_the_worker(seed: int = 1) -> str:
    """Kill the worker in the middle of computing a report, start it again; returns how the run ended."""
    jobs.prepare_store()
    jobs.client.cache_clear()
    with session_on(get_settings().database) as session:
        survey, account = simulated_survey(session, seed=seed)
        run = reports.request_report(session, survey, account, language="zh-CN", depth="quick")
        session.commit()
        run_id = run.id
    first = second = None
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
        for worker in (first, second):
            if worker is not None and worker.poll() is None:
                worker.kill()
                worker.wait()
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


def _counts(tally: Tally) -> Counts:
    return {
        "cycles": tally.cycles,
        "acknowledged": len(tally.acknowledged),
        "unanswered": tally.unanswered,
        "lost": tally.lost,
        "duplicated": tally.duplicated,
        "torn": tally.torn,
        "refused": tally.refused,
    }


def _part(address: str, cycles: int, seed: int, until: float) -> Counts:
    """So many cycles on a new store: SQLite, or a database of the server at that address."""
    store = Server(address) if address else None
    with tempfile.TemporaryDirectory() as scratch, home(Path(scratch) / "home", store):
        return _counts(kill_while_submitting(cycles, forked=True, seed=seed, until=until))


def _by_command_and_worker(scratch: Path, running: Server, run: Run) -> None:
    """A few cycles of the real command on each store, a worker killed in mid-report, and the control."""
    with home(scratch / "control"):
        control = kill_while_submitting(20, factory="answers_before_commit", forked=True)
    run.control = (
        f"a server that answers before it commits: {control.lost} of {len(control.acknowledged)} lost"
        f" in {control.cycles} cycles"
    )
    run.add({"control_blind": int(control.lost == 0)})
    for number, store in enumerate((None, running)):
        with home(scratch / f"command{number}", store):
            run.add(_counts(kill_while_submitting(5, seed=number, longest=1.0)))
    with home(scratch / "worker"):
        finished = kill_the_worker(1).endswith("→ done")
    run.add({"workers": 1, "unfinished": int(not finished)})


def full() -> Result:
    """Up to 10,000 cycles more (DANDANG_D1_CYCLES) within DANDANG_D1_MINUTES; 0 minutes: only sum up."""
    run, bounds = sums.begin(), sums.Bounds.of(CYCLES, MINUTES)

    def _kept(found: Counts) -> None:
        run.add(found)
        sums.keep("D1", run)

    if MINUTES > 0:
        with tempfile.TemporaryDirectory() as scratch, server(durable=True) as running:
            _by_command_and_worker(Path(scratch), running, run)
            sums.in_lanes(_part, ("", running.address), bounds, PART, _kept)
    return summed(sums.runs("D1"))


def summed(made: list[Run]) -> Result:
    """The result of all runs there were."""
    total = sums.since_the_last_fault(made)
    cycles = total.get("cycles", 0)
    return result(
        "D1",
        figure=(
            f"{cycles} cycles on SQLite and PostgreSQL, {total.get('acknowledged', 0)} acknowledged,"
            f" {total.get('unanswered', 0)} cut off and asked again: 0 lost, 0 duplicated, 0 torn;"
            f" {total.get('workers', 0)} reports finished after the worker was killed in mid-step"
        ),
        kept=cycles >= PROMISED and total.get("workers", 0) > 0 and not made[-1].faults,
        control=next((run.control for run in reversed(made) if run.control), "none"),
        note=(
            f"{sums.told(made)}. "
            + ("" if cycles >= PROMISED else f"{cycles} of the {PROMISED:,} cycles promised so far. ")
            + "Forked children of an imported parent, and in each run 10 cycles of the real command."
        ),
    )
