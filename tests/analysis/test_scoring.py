"""Scores follow the instrument's rules to the letter."""

from __future__ import annotations

import math
import subprocess
import sys

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import instruments
from analysis.scoring import recode_matrix, score_answers, score_matrix

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
    nine = answers(5, 4, 4, 2, 4, None, None, None)
    assert score_answers(JSJB, "full", nine)["zz"].value is None


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
    everything = {code: 4 for code in short}
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


one_answer = st.one_of(st.none(), st.integers(1, 5))


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


def test_scoring_needs_numpy_at_most() -> None:
    code = "import sys, analysis.scoring; print([m for m in ('pandas', 'scipy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
