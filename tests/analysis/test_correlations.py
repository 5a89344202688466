"""Tests of two correlations equal psych::r.test; the intervals cover as often as they say."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.correlations import (
    compare_disjoint,
    compare_independent,
    compare_overlapping,
    fisher_interval,
)

GOLDEN = json.loads((Path(__file__).parent / "golden" / "report" / "correlation_tests.json").read_text())[
    "r_test"
]


def _case(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    return GOLDEN[name]["inputs"], GOLDEN[name]["result"]


def test_the_interval_of_one_correlation_equals_psych() -> None:
    asked, theirs = _case("one")
    assert fisher_interval(asked["r12"], asked["n"]) == pytest.approx(theirs["ci"], rel=1e-9)
    assert fisher_interval(1.0, 20) == (1.0, 1.0)


def test_williams_equals_psych() -> None:
    asked, theirs = _case("williams")
    found = compare_overlapping(asked["r12"], asked["r13"], asked["r23"], asked["n"])
    assert (found.statistic, found.pvalue) == pytest.approx((theirs["t"], theirs["p"]), rel=1e-9)
    assert found.df == 100
    assert found.interval is not None
    assert found.interval.upper < 0  # as p says


def test_steiger_equals_psych() -> None:
    asked, theirs = _case("steiger_disjoint")
    found = compare_disjoint(**asked)
    assert (found.statistic, found.pvalue) == pytest.approx((theirs["z"], theirs["p"]), rel=1e-9)
    assert found.interval is not None
    assert found.interval.lower < 0 < found.interval.upper


@pytest.mark.parametrize("name", ["independent", "independent_n2"])
def test_two_samples_equal_psych(name: str) -> None:
    asked, theirs = _case(name)
    found = compare_independent(asked["r12"], asked["r34"], asked["n"], asked.get("n2"))
    assert found.statistic is not None
    assert (abs(found.statistic), found.pvalue) == pytest.approx((theirs["z"], theirs["p"]), rel=1e-9)


def test_zous_interval_covers_the_difference() -> None:
    rng = np.random.default_rng(4)
    r12, r13, r23, n = 0.5, 0.3, 0.4, 120
    root = np.linalg.cholesky(np.array([[1, r12, r13], [r12, 1, r23], [r13, r23, 1]]))
    covered = 0
    for _ in range(1000):
        r = np.asarray(np.corrcoef(rng.standard_normal((n, 3)) @ root.T, rowvar=False))
        interval = compare_overlapping(r[0, 1], r[0, 2], r[1, 2], n).interval
        covered += interval is not None and interval.lower < r12 - r13 < interval.upper
    assert 0.93 <= covered / 1000 <= 0.97


shares = st.floats(-0.99, 0.99)


@settings(max_examples=60, deadline=None)
@given(shares, shares, shares, st.integers(4, 500))
def test_turning_the_two_round_turns_the_sign(r12: float, r13: float, r23: float, n: int) -> None:
    one, other = compare_overlapping(r12, r13, r23, n), compare_overlapping(r13, r12, r23, n)
    assert (one.reason != "") == (one.statistic is None)
    if one.statistic is not None and other.statistic is not None:
        assert one.statistic == pytest.approx(-other.statistic, rel=1e-6, abs=1e-9)
        assert one.interval is not None
        assert one.interval.lower <= one.difference <= one.interval.upper


def test_what_cannot_be_has_a_reason() -> None:
    assert "no sample" in compare_overlapping(0.9, -0.9, 0.9, 50).reason
    assert "no sample" in compare_disjoint(0.9, 0.1, 0.9, 0, -0.9, 0, 50).reason
    assert "four" in compare_overlapping(0.1, 0.2, 0.3, 3).reason
    assert "four" in compare_independent(0.1, 0.2, 3).reason
    assert compare_overlapping(math.nan, 0.2, 0.3, 50).reason
