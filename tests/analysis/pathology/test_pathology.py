"""Bad data in every statistic: each answer is whole, flagged, or refused by name.

The full form (every statistic on every data set): `make promise-S11`.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from tests.analysis.pathology.data_sets import DATA_SETS, ITEMS, good
from tests.analysis.pathology.judge import outcome
from tests.analysis.pathology.statistics import HEAVY, LIGHT, SEM, Statistic
from tests.analysis.pathology.sweep import sweep


def test_there_are_enough_data_sets() -> None:
    assert len(DATA_SETS) >= 40


@pytest.mark.parametrize(
    ("statistics", "every"), [(LIGHT, 19), (SEM, 29), (HEAVY, 57)], ids=["light", "sem", "heavy"]
)
def test_nothing_is_silent(statistics: dict[str, Statistic], every: int) -> None:
    found = sweep(statistics, every=every)
    assert found.broken == []
    assert sum(found.tally.values()) > 5


PLANTED: dict[str, Statistic] = {
    "a silent NaN": lambda f: {"alpha": float("nan")},
    "an infinity": lambda f: pd.DataFrame({"t": [np.inf]}),
    "a bare error": lambda f: f["no such item"],
    "a division": lambda f: 1 / 0,
    "a matrix that is singular": lambda f: np.linalg.inv(np.zeros((2, 2))),
    "a warning of numpy": lambda f: np.float64(1.0) / np.zeros(2),
    "a refusal that says nothing": lambda f: float("x"),
}


@pytest.mark.parametrize("name", PLANTED)
def test_the_judge_finds_what_is_planted(name: str) -> None:
    assert outcome(PLANTED[name], good()).startswith("BROKEN")


def test_every_statistic_works_on_good_data() -> None:
    """Without it a suite that refuses everything would pass."""
    for name, statistic in {**LIGHT, **SEM}.items():
        assert outcome(statistic, good(200)) in {"value", "flagged"}, name
    assert ITEMS[0] == "v1"
