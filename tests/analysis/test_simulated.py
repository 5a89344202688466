"""Simulated people follow the model they are drawn from, and the same seed draws the same people."""

from __future__ import annotations

import numpy as np
import pytest

import instruments
from analysis.scoring import score_matrix
from analysis.simulated import SimulatedSample, simulate_respondents

JSJB = instruments.load("dandang-jsjb/0.1.0")
UNITS = {f"u{k:02d}": 40 for k in range(40)}


@pytest.fixture(scope="module")
def sample() -> SimulatedSample:
    return simulate_respondents(JSJB, units=UNITS, seed=7)


def matrix_of(sample: SimulatedSample) -> np.ndarray:
    return np.array([[p.get(c, np.nan) for c in JSJB.items] for p in sample.answers], dtype=float)


def test_the_same_seed_draws_the_same_people(sample: SimulatedSample) -> None:
    again = simulate_respondents(JSJB, units=UNITS, seed=7)
    assert again.answers == sample.answers
    assert again.background == sample.background
    assert simulate_respondents(JSJB, units=UNITS, seed=8).answers != sample.answers


def test_answers_are_codes_of_the_scale(sample: SimulatedSample) -> None:
    for person in sample.answers:
        for code, value in person.items():
            assert value in JSJB.scale_of(code).codes


def test_categories_are_used_and_skewed(sample: SimulatedSample) -> None:
    matrix = matrix_of(sample)
    for column, (code, item) in enumerate(JSJB.items.items()):
        values = matrix[:, column]
        values = values[(values >= 1) & (values <= 5)]
        mean = 6 - values.mean() if item.reverse else values.mean()
        assert set(values) == {1, 2, 3, 4, 5}, code
        assert 3.2 < mean < 4.6, code


def test_missing_and_careless_shares_are_as_declared(sample: SimulatedSample) -> None:
    asked = [c for c in JSJB.items if JSJB.scale_of(c).na_code is None]
    missing = np.mean([[c not in p for c in asked] for p in sample.answers])
    assert missing == pytest.approx(0.02, abs=0.004)
    assert sample.truth.careless.mean() == pytest.approx(0.06, abs=0.02)
    failed = np.array([p["q_at1"] != 2 or p["q_at2"] != 4 for p in sample.answers])
    assert failed[sample.truth.careless].mean() > 0.8
    assert failed[~sample.truth.careless].mean() < 0.06


def test_scores_follow_the_true_factors_and_units_differ(sample: SimulatedSample) -> None:
    scores = score_matrix(JSJB, "full", tuple(JSJB.items), matrix_of(sample))
    careful = ~sample.truth.careless
    for dimension in ("zz", "gz", "sy", "dy"):
        both = careful & ~np.isnan(scores[dimension])
        r = np.corrcoef(scores[dimension][both], sample.truth.factors[dimension][both])[0, 1]
        assert r > 0.75
    zz = scores["zz"]
    unit = np.array(sample.unit)
    k = 40
    groups = [zz[(unit == u) & ~np.isnan(zz)] for u in UNITS]
    within = np.mean([g.var(ddof=1) for g in groups])
    between = k * np.var([g.mean() for g in groups], ddof=1)
    icc1 = (between - within) / (between + (k - 1) * within)
    assert 0.02 < icc1 < 0.2


def test_nobody_is_an_error() -> None:
    with pytest.raises(ValueError, match="no people"):
        simulate_respondents(JSJB, units={"a": 0}, seed=1)


def test_it_works_for_plain_factors_too() -> None:
    bfi = instruments.load("ipip-bfi-25")
    drawn = simulate_respondents(bfi, units={"a": 50}, seed=3)
    assert all(v in bfi.scale_of(c).codes for p in drawn.answers for c, v in p.items())
