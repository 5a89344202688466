"""Moments, intervals and the words for counts, against scipy and plain arithmetic."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from app.scores.statistics import Moments, people_words, reliably_different, t_quantile

VALUES = st.lists(st.floats(1, 5), min_size=2, max_size=40)


@pytest.mark.parametrize("df", [4, 5, 9, 9.5, 14, 29, 63.2, 99, 1000, 100_000])
def test_quantiles_of_t_equal_scipys(df: float) -> None:
    assert t_quantile(df) == pytest.approx(stats.t.ppf(0.975, df), abs=2e-6)


@given(VALUES)
def test_moments_equal_numpys(values: list[float]) -> None:
    made = Moments.of(values)
    assert made.mean == pytest.approx(np.mean(values))
    assert made.sd == pytest.approx(np.std(values, ddof=1), abs=1e-7)


@given(VALUES, VALUES)
def test_groups_add_up_and_come_apart_again(a: list[float], b: list[float]) -> None:
    both = Moments.of(a).joined(Moments.of(b))
    assert both.mean == pytest.approx(np.mean(a + b))
    assert both.squares == pytest.approx(Moments.of(a + b).squares, abs=1e-6)
    back = both.without(Moments.of(b))
    assert (back.n, back.mean) == (len(a), pytest.approx(np.mean(a)))
    assert back.squares == pytest.approx(Moments.of(a).squares, abs=1e-6)


def test_the_interval_is_students() -> None:
    values = [3.1, 4.2, 2.8, 3.9, 4.4, 3.3, 3.6, 4.0, 2.9, 3.5]
    low, high = stats.t.interval(0.95, 9, np.mean(values), stats.sem(values))
    assert Moments.of(values).interval == (pytest.approx(low, abs=1e-5), pytest.approx(high, abs=1e-5))
    assert math.isnan(Moments.of([3.0]).interval[0])


def test_difference_is_welchs() -> None:
    rng = np.random.default_rng(7)
    verdicts = set()
    for shift in np.linspace(0, 1.2, 40):
        a, b = rng.normal(3, 0.5, 20), rng.normal(3 + shift, 0.9, 45)
        expected = stats.ttest_ind(a, b, equal_var=False).pvalue < 0.05
        assert reliably_different(Moments.of(a), Moments.of(b)) == expected
        verdicts.add(bool(expected))
    assert verdicts == {True, False}


def test_counts_below_thirty_are_told_in_bands() -> None:
    assert [people_words(n) for n in (0, 3, 5, 9, 10, 14, 29, 30, 317)] == [
        "0",
        "不足 5",
        "5–9",
        "5–9",
        "10–14",
        "10–14",
        "25–29",
        "30",
        "317",
    ]
