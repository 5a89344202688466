"""S10: analysis cannot starve the questionnaire: twenty reports are computed while people submit."""

from __future__ import annotations

import http.client
import itertools
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import func, select

from app import jobs
from app.database import session_on
from app.reports import service as reports
from app.reports.models import ReportRun
from app.settings import get_settings
from tests.postgres import Server, server
from tests.promises.house import ROOT, Door, Serving, home, plant, simulated_survey, submit
from tests.promises.record import Result, result

REPORTS = int(os.environ.get("DANDANG_S10_REPORTS", "20"))
PER_SECOND = 6.0  # a nine o'clock of 20,000 people an hour on a machine of two cores
QUIET = 240  # submissions before the reports, for the ratio
MOST = 6000
CONTROL = 180
LIMIT = 0.3


@dataclass
class Arrivals:
    """Seconds each submission took, and those that were not acknowledged."""

    seconds: list[float] = field(default_factory=list)
    failed: int = 0

    @property
    def p95(self) -> float:
        """The 95th percentile; infinite where nothing arrived, as nobody was served."""
        if len(self.seconds) < 20:
            return float("inf")
        return statistics.quantiles(self.seconds, n=20)[-1]


def submit_steadily(port: int, doors: Iterator[Door], goes_on: Callable[[], bool], most: int) -> Arrivals:
    """So many a second whatever the server does; a wait counts from the moment it was due."""
    seen, held = Arrivals(), threading.Lock()

    def _one(door: Door, due: float) -> None:
        try:
            ok = submit(port, door, timeout=60).acknowledged
        except (OSError, http.client.HTTPException):
            ok = False
        with held:
            seen.seconds.append(time.monotonic() - due)
            seen.failed += not ok

    start = time.monotonic()
    with ThreadPoolExecutor(max_workers=32) as pool:
        for number, door in enumerate(itertools.islice(doors, most)):
            due = start + number / PER_SECOND
            time.sleep(max(0.0, due - time.monotonic()))
            if not goes_on():
                break
            pool.submit(_one, door, due)
    return seen


def queue_reports(number: int) -> None:
    """So many reports of one survey of simulated people, asked for at once."""
    jobs.client.cache_clear()
    jobs.prepare_store()
    with session_on(get_settings().database) as session:
        survey, account = simulated_survey(session, seed=1)
        session.commit()
        for _ in range(number):
            reports.request_report(session, survey, account, language="zh-CN")
        session.commit()
    jobs.client().destroy()
    jobs.client.cache_clear()


def finished() -> int:
    """How many reports are done."""
    with session_on(get_settings().database) as session:
        return session.scalar(select(func.count()).where(ReportRun.state == "done")) or 0


@contextmanager
def worker() -> Iterator[None]:
    """The worker as operators start it."""
    process = subprocess.Popen([sys.executable, "-m", "app.cli", "worker"], cwd=ROOT)
    try:
        yield
    finally:
        process.terminate()
        with suppress(subprocess.TimeoutExpired):
            process.wait(60)
        process.kill()


@dataclass
class Siege:
    """Submissions before and during the reports, and how many reports were finished in that time."""

    before: Arrivals
    during: Arrivals
    done: int

    @property
    def words(self) -> str:
        return (
            f"p95 {1000 * self.during.p95:.0f} ms while {self.done} reports were computed"
            f" ({len(self.during.seconds)} submissions, {self.during.failed} not acknowledged),"
            f" without reports {1000 * self.before.p95:.0f} ms, ratio {self.during.p95 / self.before.p95:.1f}"
        )

    @property
    def held(self) -> bool:
        """What the promise says."""
        return self.during.p95 < LIMIT and self.during.failed == 0 and self.done >= REPORTS


def besieged() -> Siege:
    """The real web process, then the real worker with REPORTS reports waiting."""
    doors = iter(plant(QUIET + MOST))
    queue_reports(REPORTS)
    serving = Serving()
    try:
        before = submit_steadily(serving.port, doors, lambda: True, QUIET)
        with worker():
            ended = _Watch()
            during = submit_steadily(serving.port, doors, ended.not_yet, MOST)
    finally:
        serving.kill()
    return Siege(before, during, finished())


class _Watch:
    """Looks every two seconds whether all reports are done; a look at every submission would be a load."""

    def __init__(self) -> None:
        self._next, self._ended = 0.0, False

    def not_yet(self) -> bool:
        if time.monotonic() >= self._next and not self._ended:
            self._next = time.monotonic() + 2.0
            self._ended = finished() >= REPORTS
        return not self._ended


def reports_in_the_web_process() -> Siege:
    """Control: the same reports, all at once, in threads of the process that people submit to."""
    doors = iter(plant(2 * CONTROL))
    queue_reports(REPORTS)
    serving = Serving("tests.promises.computing:computes_reports_itself")
    try:
        before = submit_steadily(serving.port, doors, lambda: True, CONTROL // 3)
        with suppress(OSError, http.client.HTTPException):
            begin = http.client.HTTPConnection("127.0.0.1", serving.port, timeout=60)
            begin.request("POST", "/compute-everything")
            begin.getresponse().read()
        during = submit_steadily(serving.port, doors, lambda: True, CONTROL)
    finally:
        serving.kill()
    return Siege(before, during, finished())


def full() -> Result:
    """Twenty reports on each store; then the control on SQLite."""
    started = time.monotonic()
    sieges: dict[str, Siege] = {}
    with tempfile.TemporaryDirectory() as scratch, server(durable=True) as running:
        stores: dict[str, Server | None] = {"SQLite": None, "PostgreSQL": running}
        for name, store in stores.items():
            with home(Path(scratch) / name, store):
                sieges[name] = besieged()
            sys.stdout.write(f"{name}: {sieges[name].words}\n")
            sys.stdout.flush()
        with home(Path(scratch) / "control"):
            control = reports_in_the_web_process()
    found = control.during.p95 >= LIMIT
    return result(
        "S10",
        figure="; ".join(f"{name}: {siege.words}" for name, siege in sieges.items()),
        kept=REPORTS >= 20 and found and all(siege.held for siege in sieges.values()),
        control=f"the reports in threads of the web process: p95 {1000 * control.during.p95:.0f} ms"
        + ("" if found else ", NOT found"),
        note=f"{PER_SECOND:.0f} submissions/s on {os.cpu_count()} cores, load {os.getloadavg()[2]:.1f};"
        f" {time.monotonic() - started:.0f} s",
    )
