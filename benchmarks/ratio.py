"""What a benchmark gives back, and how it is printed."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Ratio:
    """`ours` and `peer` in the same unit; a ratio below 1 means that we need less."""

    name: str
    unit: str
    ours: float
    peer: float
    peer_name: str

    def __str__(self) -> str:
        return (
            f"{self.name}: ours {self.ours:.4g} {self.unit}, {self.peer_name} {self.peer:.4g} {self.unit},"
            f" ratio {self.ours / self.peer:.3g}"
        )


def median_seconds(work: Callable[[], object], repeats: int = 5) -> float:
    """Median wall-clock seconds of `work`."""
    taken = []
    for _ in range(repeats):
        started = time.perf_counter()
        work()
        taken.append(time.perf_counter() - started)
    return statistics.median(taken)
