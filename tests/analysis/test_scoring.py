"""Scores follow the instrument's rules to the letter."""

from __future__ import annotations

import csv
import json
import math
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import instruments
from analysis.scoring import recode_matrix, score_answers, score_matrix
from instruments import Instrument

ROOT = Path(__file__).parents[2]
JSJB = instruments.load("dandang-jsjb/0.1.0")
ZC = ("j_zc1", "j_zc2", "j_zc3", "j_zc4")
WM = ("j_wm1", "j_wm2", "j_wm3", "j_wm4")


def answers(*values: int | None, items: tuple[str, ...] = (*ZC, *WM)) -> dict[str, int]:
    return {code: value for code, value in zip(items, values, strict=True) if value is not None}


def test_the_worked_example() -> None:
    """Answers (5,4,4,2 | 4,4,3,2), last of each reversed: zc 4.25, wm 3.75, zz 4.00, POMP 75."""
    scores = score_answers(JSJB, "full", answers(5, 4, 4, 2, 4, 4, 3, 2))
    assert scores["zc"].value == pytest.approx(4.25)
    assert scores["wm"].value == pytest.approx(3.75)
    assert scores["zz"].value == pytest.approx(4.00)
    assert scores["zz"].pomp == pytest.approx(75.0)
    assert (scores["zz"].answered, scores["zz"].of) == (8, 8)
    assert scores["gz"].value is None
    assert scores["dandang"].value is None


def test_three_of_four_are_enough_for_an_indicator_and_two_are_not() -> None:
    assert score_answers(JSJB, "full", answers(5, 4, 4, None, items=ZC))["zc"].value == pytest.approx(13 / 3)
    assert score_answers(JSJB, "full", answers(5, 4, None, None, items=ZC))["zc"].value is None


def test_a_dimension_needs_six_of_eight_and_two_in_each_indicator() -> None:
    assert score_answers(JSJB, "full", answers(5, 4, 4, 2, 4, 4, None, None))["zz"].value is not None
    assert score_answers(JSJB, "full", answers(5, 4, 4, None, 4, 4, None, None))["zz"].value is None
    assert score_answers(JSJB, "full", answers(5, 4, 4, 2, 4, None, None, None))["zz"].value is None


def test_a_dimension_is_the_mean_of_its_items_not_of_its_indicators() -> None:
    scores = score_answers(JSJB, "full", answers(5, 5, 5, 1, 1, 1, None, None))
    assert scores["zz"].value == pytest.approx((5 + 5 + 5 + 5 + 1 + 1) / 6)


def test_not_known_counts_as_unanswered() -> None:
    xj = ("j_xj1", "j_xj2", "j_xj3", "j_xj4")
    known = score_answers(JSJB, "full", answers(4, 4, 8, 2, items=xj))["xj"]
    assert known.value == pytest.approx(4.0)
    assert known.answered == 3
    assert score_answers(JSJB, "full", answers(4, 8, 8, 2, items=xj))["xj"].value is None


def test_fractions_count_the_items_of_the_form_served() -> None:
    short = JSJB.forms["core16"].items
    everything = dict.fromkeys(short, 4)
    scores = score_answers(JSJB, "core16", everything)
    assert scores["zc"].of == 2
    assert scores["zz"].of == 4
    three_of_four = {code: 4 for code in short if code != "j_zc2"}
    assert score_answers(JSJB, "core16", three_of_four)["zz"].value is not None
    assert score_answers(JSJB, "full", everything)["zz"].value is None


def test_the_total_needs_all_four_dimensions() -> None:
    everything = {code: (2 if item.reverse else 4) for code, item in JSJB.items.items()}
    assert score_answers(JSJB, "full", everything)["dandang"].value == pytest.approx(4.0)
    without_dy = {c: v for c, v in everything.items() if c not in JSJB.items_of("dy")}
    assert score_answers(JSJB, "full", without_dy)["dandang"].value is None


def test_recoding_turns_reversed_items_and_drops_codes_off_the_scale() -> None:
    got = recode_matrix(JSJB, ("j_zc1", "j_zc4", "j_xj1"), np.array([[1.0, 1.0, 8.0], [5.0, 4.0, np.nan]]))
    np.testing.assert_array_equal(got, [[1, 5, np.nan], [5, 2, np.nan]])


def with_rule(**changes: object) -> Instrument:
    """dandang-jsjb with the first scoring rule (zc) changed."""
    first, *others = JSJB.scoring.scores
    scoring = JSJB.scoring.model_copy(update={"scores": (first.model_copy(update=changes), *others)})
    return JSJB.model_copy(update={"scoring": scoring})


def test_an_indicator_served_with_one_item_has_no_score() -> None:
    form = JSJB.forms["core16"]
    without = tuple(code for code in form.items if code != "j_zc4")
    served = JSJB.model_copy(update={"forms": {"fifteen": form.model_copy(update={"items": without})}})
    scores = score_answers(served, "fifteen", dict.fromkeys(without, 4))
    assert scores["zc"].value is None
    assert (scores["zc"].of, scores["zz"].of) == (1, 3)
    assert scores["zz"].value is not None, "the dimension still counts the item"


def test_a_score_of_items_that_were_not_served_is_missing() -> None:
    form = JSJB.forms["core16"]
    without = tuple(code for code in form.items if not code.startswith("j_zc"))
    served = JSJB.model_copy(update={"forms": {"fourteen": form.model_copy(update={"items": without})}})
    score = score_answers(served, "fourteen", dict.fromkeys(without, 4))["zc"]
    assert (score.value, score.pomp, score.answered, score.of) == (None, None, 0, 0)


def test_a_weighted_score_stays_on_the_scale() -> None:
    weights = {"j_zc1": 3.0, "j_zc2": 1.0}
    weighted = with_rule(method="weighted_sum", items=(), weights=weights, min_answered=1.0)
    score = score_answers(weighted, "full", answers(5, 1, None, None, items=ZC))["zc"]
    assert score.value == pytest.approx((3 * 5 + 1 * 1) / 4)
    assert score.pomp == pytest.approx(75.0)
    assert score_answers(weighted, "full", {"j_zc1": 5})["zc"].value is None


def test_a_mean_of_scores_follows_its_own_fraction() -> None:
    *others, total, basic, advanced = JSJB.scoring.scores
    loose = total.model_copy(update={"min_answered": 0.75})
    scoring = JSJB.scoring.model_copy(update={"scores": (*others, loose, basic, advanced)})
    instrument = JSJB.model_copy(update={"scoring": scoring})
    three = {c: (1 if i.reverse else 5) for c, i in JSJB.items.items() if c not in JSJB.items_of("dy")}
    assert score_answers(instrument, "full", three)["dandang"].value == pytest.approx(5.0)
    two = {c: v for c, v in three.items() if c not in JSJB.items_of("sy")}
    assert score_answers(instrument, "full", two)["dandang"].value is None


def test_an_indicator_left_out_makes_its_dimension_missing() -> None:
    """Six of eight are answered in both; only the second leaves one indicator with too few."""
    even = answers(5, 4, 4, None, 4, 4, 3, None)
    assert score_answers(JSJB, "full", even)["zz"].value is not None
    strict = JSJB.scoring.scores[8].model_copy(update={"min_answered": 0.5})
    rules = tuple(strict if rule.id == "zz" else rule for rule in JSJB.scoring.scores)
    scoring = JSJB.scoring.model_copy(update={"scores": rules})
    instrument = JSJB.model_copy(update={"scoring": scoring})
    uneven = answers(5, 4, 4, 2, 4, None, None, None)
    assert score_answers(instrument, "full", uneven)["zz"].value is None
    assert score_answers(instrument, "full", answers(5, 4, None, None, 4, 3, None, None))["zz"].value == 4.0


one_answer = st.one_of(st.none(), st.integers(1, 5), st.just(8))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(one_answer, min_size=32, max_size=32), min_size=1, max_size=6),
    st.sampled_from(sorted(JSJB.forms)),
)
def test_one_by_one_equals_all_at_once(rows: list[list[int | None]], form: str) -> None:
    items = tuple(JSJB.items)
    people = [{c: v for c, v in zip(items, row, strict=True) if v is not None} for row in rows]
    matrix = np.array([[math.nan if v is None else float(v) for v in row] for row in rows])
    together = score_matrix(JSJB, form, items, matrix)
    for k, person in enumerate(people):
        for code, score in score_answers(JSJB, form, person).items():
            value = together[code][k]
            assert (score.value is None) == bool(np.isnan(value))
            if score.value is not None:
                assert score.value == pytest.approx(value)
                assert 1.0 <= score.value <= 5.0
                assert score.pomp == pytest.approx((score.value - 1) / 4 * 100)


@pytest.fixture(scope="module")
def bfi() -> tuple[tuple[str, ...], np.ndarray]:
    """2,800 real people: item codes and answers, NaN for the many that are missing."""
    with (ROOT / "tests/data/bfi/bfi.csv").open(encoding="utf-8") as file:
        header, *rows = list(csv.reader(file))
    items = tuple(name.lower() for name in header[:25])
    return items, np.array([[float(cell) if cell else np.nan for cell in row[:25]] for row in rows])


def test_real_people_score_as_psych_scores_them(bfi: tuple[tuple[str, ...], np.ndarray]) -> None:
    """Means, SDs and single people against psych::scoreItems with the published keys."""
    items, matrix = bfi
    golden = json.loads((ROOT / "tests/analysis/golden/scoring/bfi_scores.json").read_text())
    scores = score_matrix(instruments.load("ipip-bfi-25/1.0.0"), "full", items, matrix)
    complete = ~np.isnan(matrix).any(axis=1)
    assert (len(matrix), complete.sum()) == (golden["n"], golden["n_complete"])
    for factor, values in scores.items():
        assert values[complete].mean() == pytest.approx(golden["mean"][factor], abs=1e-12)
        assert values[complete].std(ddof=1) == pytest.approx(golden["sd"][factor], abs=1e-12)
        for k, row in enumerate(golden["first_rows"]):
            assert values[k] == pytest.approx(row[factor], abs=1e-12)


def test_real_gaps_are_missing_only_below_four_of_five(bfi: tuple[tuple[str, ...], np.ndarray]) -> None:
    items, matrix = bfi
    instrument = instruments.load("ipip-bfi-25/1.0.0")
    scores = score_matrix(instrument, "full", items, matrix)
    for factor, values in scores.items():
        columns = [items.index(code) for code in instrument.items_of(factor)]
        answered = (~np.isnan(matrix[:, columns])).sum(axis=1)
        np.testing.assert_array_equal(np.isnan(values), answered < 4)
    assert any(np.isnan(values).any() for values in scores.values())


def test_scoring_needs_numpy_at_most() -> None:
    code = "import sys, analysis.scoring; print([m for m in ('pandas', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
