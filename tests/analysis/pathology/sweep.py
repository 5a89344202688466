"""Every statistic on every data set, or a share of the pairs that changes from row to row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.analysis.pathology.data_sets import DATA_SETS
from tests.analysis.pathology.judge import outcome
from tests.analysis.pathology.statistics import Statistic


@dataclass
class Sweep:
    """What came out: how many values, flags, refusals; and every pair where nothing was said."""

    tally: Counter[str] = field(default_factory=Counter)
    broken: list[str] = field(default_factory=list)


def sweep(statistics: Mapping[str, Statistic], *, every: int = 1) -> Sweep:
    """every: take each statistic on one data set in so many, a different one for the next statistic."""
    found = Sweep()
    for row, (name, make) in enumerate(DATA_SETS.items()):
        for column, (statistic, compute) in enumerate(statistics.items()):
            if (row + column) % every:
                continue
            said = outcome(compute, make())
            found.tally[said.split(":")[0]] += 1
            if said.startswith("BROKEN"):
                found.broken.append(f"{statistic} on “{name}”: {said.removeprefix('BROKEN: ')}")
    return found
