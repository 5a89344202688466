"""Counts that add up over runs: what takes longer than one night is proved by many shorter ones.

Each run keeps a line of its own in `results/sums/`, written again after every part of it, so that a run which
is killed loses one part at most. A run that found a fault stays; the count begins anew after it.
"""

from __future__ import annotations

import datetime as dt
import json
import multiprocessing
import time
from collections.abc import Callable, Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.promises import record

SUMS = record.RESULTS / "sums"
FAULTS = ("lost", "duplicated", "torn", "refused", "unfinished", "control_blind")

Counts = dict[str, int]


@dataclass
class Run:
    """One run: when, of which commit, what it counted, what its control said."""

    started: str
    commit: str
    counts: Counts = field(default_factory=dict)
    control: str = ""

    def add(self, found: Counts) -> None:
        """Add what a part of the run counted."""
        for name, number in found.items():
            self.counts[name] = self.counts.get(name, 0) + number

    @property
    def faults(self) -> Counts:
        """What should have been 0 and was not."""
        return {name: self.counts[name] for name in FAULTS if self.counts.get(name)}


def begin() -> Run:
    """A run that begins now, of the commit checked out."""
    return Run(dt.datetime.now(dt.UTC).isoformat(timespec="seconds"), record.commit())


def runs(name: str, directory: Path = SUMS) -> list[Run]:
    """Every run of the promise, the oldest first."""
    path = directory / f"{name}.json"
    return [Run(**one) for one in json.loads(path.read_text(encoding="utf-8"))] if path.exists() else []


def keep(name: str, run: Run, directory: Path = SUMS) -> None:
    """Write the run's line, or write it again."""
    kept = [one for one in runs(name, directory) if one.started != run.started]
    directory.mkdir(exist_ok=True)
    path, fresh = directory / f"{name}.json", directory / f"{name}.json.new"
    lines = [asdict(one) for one in sorted([*kept, run], key=lambda one: one.started)]
    fresh.write_text(json.dumps(lines, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    fresh.replace(path)


def since_the_last_fault(made: Iterable[Run]) -> Counts:
    """The sums over the runs after the last one that found a fault."""
    total = Run("", "")
    for run in made:
        if run.faults:
            total = Run("", "")
        else:
            total.add(run.counts)
    return total.counts


def told(made: list[Run]) -> str:
    """How many runs, of which days and commits, and which found a fault: for the note."""
    if not made:
        return "no run yet"
    commits = list(dict.fromkeys(run.commit for run in made))
    words = [
        f"sums of {len(made)} runs, {made[0].started[:10]} to {made[-1].started[:10]},"
        f" commits {', '.join(commits[-8:])}{' and earlier' if len(commits) > 8 else ''}"
    ]
    words += [
        f"FAULT {run.started} at {run.commit}: "
        + ", ".join(f"{number} {fault}" for fault, number in run.faults.items())
        for run in made
        if run.faults
    ]
    return "; ".join(words)


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much a run does at most: units of counting, and the moment after which no part begins."""

    count: int
    until: float

    @classmethod
    def of(cls, count: int, minutes: float) -> Bounds:
        """So many, within so many minutes from now."""
        return cls(count, time.time() + minutes * 60)


def in_lanes(
    part: Callable[[str, int, int, float], Counts],
    lanes: Iterable[str],
    bounds: Bounds,
    size: int,
    each: Callable[[Counts], None],
) -> None:
    """Do parts of `size` in one process a lane until the bounds are met; `each` hears of every part.

    part(lane, size, seed, until) is a function of a module, run in a process of its own.
    """
    context = multiprocessing.get_context("spawn")
    begun, seed = 0, int(time.time())
    running: dict[Future[Counts], str] = {}
    with ProcessPoolExecutor(len(names := list(lanes)), mp_context=context) as pool:
        free = names
        while True:
            for lane in free:
                if begun < bounds.count and time.time() < bounds.until:
                    wanted = min(size, bounds.count - begun)
                    seed += 1
                    running[pool.submit(part, lane, wanted, seed, bounds.until)] = lane
                    begun += wanted
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            free = [running.pop(one) for one in done]
            for one in done:
                each(one.result())
