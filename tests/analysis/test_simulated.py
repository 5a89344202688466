"""Simulated people follow the model they are drawn from, and the same seed draws the same people."""

from __future__ import annotations

import numpy as np
import pytest

import instruments
from analysis.scoring import recode_matrix, score_matrix
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
    assert missing == pytest.approx(0.02, abs=0.006)
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
    assert 0.03 < icc1 < 0.13


def test_gaps_are_gathered_with_few_people(sample: SimulatedSample) -> None:
    gaps = np.array([len(JSJB.forms["full"].items) - sum(c in p for c in JSJB.items) for p in sample.answers])
    assert 0.80 < np.mean(gaps == 0) < 0.90
    known = np.array([all(p.get(c) != 8 for c in JSJB.items_of("xj")) for p in sample.answers])
    assert known.mean() > 0.8


def test_items_load_as_the_truth_says(sample: SimulatedSample) -> None:
    """Cut into categories, an item correlates a little less with its factor than its latent response does."""
    keyed = recode_matrix(JSJB, tuple(JSJB.items), matrix_of(sample))
    careful = ~sample.truth.careless
    for column, (code, item) in enumerate(JSJB.items.items()):
        both = careful & ~np.isnan(keyed[:, column])
        r = np.corrcoef(keyed[both, column], sample.truth.factors[item.construct][both])[0, 1]
        assert -0.14 < r - sample.truth.loadings[code] < 0.05, code


def test_reversed_items_share_more_than_their_factors(sample: SimulatedSample) -> None:
    """What is left of reversed items beyond their factors goes together: the wording factor."""
    keyed = recode_matrix(JSJB, tuple(JSJB.items), matrix_of(sample))
    rest = {}
    for column, (code, item) in enumerate(JSJB.items.items()):
        factor = sample.truth.factors[item.construct]
        rest[code] = keyed[:, column] - sample.truth.loadings[code] * factor * np.nanstd(keyed[:, column])
    careful = ~sample.truth.careless

    def shared(codes: list[str]) -> float:
        part = np.column_stack([rest[c] for c in codes])[careful]
        r = np.corrcoef(part[~np.isnan(part).any(axis=1)].T)
        return float(r[np.triu_indices(len(codes), 1)].mean())

    reversed_items = [c for c, item in JSJB.items.items() if item.reverse]
    others = [f"{c[:-1]}1" for c in reversed_items]
    assert shared(reversed_items) > shared(others) + 0.03


def test_careless_people_hurry_and_say_so_more_often(sample: SimulatedSample) -> None:
    careless = sample.truth.careless
    per_page = np.array([[p[str(k)] for k in range(1, 5)] for p in sample.page_ms]) / 8000
    assert np.median(per_page[careless]) < 2 < np.median(per_page[~careless])
    unfit = np.array([p["q_dil"] == "no" for p in sample.background])
    assert unfit[careless].mean() > 0.15 > 0.05 > unfit[~careless].mean()


def test_what_is_stored_holds_no_truth_and_passes_as_a_response(sample: SimulatedSample) -> None:
    options = {q.id: q.options for q in (*JSJB.background, *JSJB.quality.diligence)}
    shown = {code for page in JSJB.forms["full"].pages for code in page}
    for person, background in zip(sample.answers, sample.background, strict=True):
        assert set(person) <= shown
        assert all(value in options[code] for code, value in background.items())
        assert background["bg_party"] == "cpc" or "bg_partyage" not in background
    assert sample.description.startswith("模拟数据")
    assert "simulated" in sample.description


def test_the_short_form_is_answered_in_its_own_items() -> None:
    drawn = simulate_respondents(JSJB, form="core16", units={"a": 30}, seed=5, missing_share=0)
    assert all(set(p) == {*JSJB.forms["core16"].items, "q_at1"} for p in drawn.answers)
    with pytest.raises(ValueError, match="no form"):
        simulate_respondents(JSJB, form="long", units={"a": 30}, seed=5)


def test_nobody_is_an_error() -> None:
    with pytest.raises(ValueError, match="no people"):
        simulate_respondents(JSJB, units={"a": 0}, seed=1)


def test_it_works_for_plain_factors_too() -> None:
    bfi = instruments.load("ipip-bfi-25")
    drawn = simulate_respondents(bfi, units={"a": 50}, seed=3)
    assert all(v in bfi.scale_of(c).codes for p in drawn.answers for c, v in p.items())
