"""Indices of careless answering equal R's; declared rules flag whom they should and delete nobody."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

import instruments
from analysis.screening import (
    ScreeningRules,
    antonym_pairs,
    average_string,
    declared_rules,
    even_odd,
    intra_individual_sd,
    item_correlations,
    longstring,
    mahalanobis,
    pair_consistency,
    screen,
    synonym_pairs,
)
from analysis.simulated import simulate_respondents

GOLDEN = Path(__file__).parent / "golden" / "report"
REVERSED = ["A1", "C4", "C5", "E1", "E2"]
SAMPLES = ["careless_careless_dataset", "careless_bfi_ace_raw", "careless_bfi_ace_keyed"]
JSJB = instruments.load("dandang-jsjb/0.1.0")

Answers = np.ndarray[Any, np.dtype[np.float64]]


def _reference(name: str) -> tuple[dict[str, Any], Answers]:
    reference = json.loads((GOLDEN / f"{name}.json").read_text())
    data = pd.read_csv(GOLDEN / reference["data"].split(" ")[0])
    if "reversed" in reference["data"]:
        data[REVERSED] = 7 - data[REVERSED]
    return reference, data[reference["items"]].to_numpy(dtype=float)


def _numbers(values: list[float | None]) -> Answers:
    return np.array(values, dtype=float)


@pytest.mark.parametrize("name", SAMPLES)
def test_every_index_equals_r_careless(name: str) -> None:
    reference, answers = _reference(name)
    ends = np.cumsum([0, *reference["factors_items_in_order"]])
    constructs = [list(range(a, b)) for a, b in itertools.pairwise(ends)]
    synonyms = synonym_pairs(item_correlations(answers), above=reference["psychsyn_critval"])
    ours = {
        "longstring": longstring(answers),
        "avgstring": average_string(answers),
        "irv": intra_individual_sd(answers),
        "evenodd": -even_odd(answers, constructs),  # careless 1.2.2 turns the sign
        "psychsyn": pair_consistency(answers, synonyms),
        "mahad_d_sq": mahalanobis(answers)[0],
    }
    for index, values in ours.items():
        np.testing.assert_allclose(values, _numbers(reference[index]), rtol=1e-9, atol=1e-9, err_msg=index)
    assert max(reference["psychsyn_pairs"]) == len(synonyms)
    assert (mahalanobis(answers)[1] < 0.001).tolist() == reference["mahad_flag_999"]


@pytest.mark.parametrize("name", SAMPLES)
def test_antonyms_equal_r_careless_or_are_absent_as_there(name: str) -> None:
    reference, answers = _reference(name)
    pairs = antonym_pairs(item_correlations(answers), below=reference["psychant_critval"])
    if isinstance(reference["psychant"], dict):
        assert reference["psychant"]["error"] == "No Psychometric Antonyms found."
        assert pairs == ()
    else:
        np.testing.assert_allclose(
            pair_consistency(answers, pairs), _numbers(reference["psychant"]), atol=1e-9
        )


def test_item_correlations_are_those_of_pandas_pair_by_pair() -> None:
    _, answers = _reference("careless_bfi_ace_raw")
    np.testing.assert_allclose(item_correlations(answers), pd.DataFrame(answers).corr(), atol=1e-12)


matrices = arrays.arrays(
    np.float64,
    st.tuples(st.integers(1, 6), st.integers(1, 12)),
    elements=st.one_of(st.integers(1, 5).map(float), st.just(math.nan)),
)


@settings(max_examples=60, deadline=None)
@given(matrices)
def test_longstring_is_the_longest_run_found_by_counting(answers: Answers) -> None:
    for row, found in zip(answers, longstring(answers), strict=True):
        runs, run = [], 0
        for j, value in enumerate(row):
            run = run + 1 if j and value == row[j - 1] else 1
            runs.append(run)
        assert found == max(runs)


@settings(max_examples=60, deadline=None)
@given(matrices, st.integers(-3, 3))
def test_indices_do_not_mind_a_shift_of_the_scale(answers: Answers, shift: int) -> None:
    for index in (longstring, average_string, intra_individual_sd):
        np.testing.assert_allclose(index(answers), index(answers + shift), atol=1e-9)


@settings(max_examples=60, deadline=None)
@given(matrices)
def test_whatever_the_answers_the_screening_stands(answers: Answers) -> None:
    names = [f"i{k}" for k in range(answers.shape[1])]
    rules = ScreeningRules(items=tuple(names), constructs={"a": tuple(names)}, longstring=3)
    found = screen(pd.DataFrame(answers, columns=names), rules)
    assert found.n == found.n_kept == len(answers)  # without directed items nobody is proposed
    unapplied = found.summary["n"] == 0
    reasons = found.summary["reason"] != ""
    assert (reasons[unapplied] | (found.summary.index[unapplied] == "longstring")).all()


def _people() -> tuple[pd.DataFrame, list[dict[str, int]]]:
    """Four people on the jsjb form; the second and third give cause."""
    rules = declared_rules(JSJB)
    level = {item: 1.0 + at % 5 for at, items in enumerate(rules.constructs.values()) for item in items}
    row = {
        i: rules.reversed_items[i] - level[i] if i in rules.reversed_items else level[i] for i in rules.items
    }
    frame = pd.DataFrame([row] * 4).assign(q_at1=2.0, q_at2=4.0, q_dil="yes")
    frame.loc[1, list(rules.items)] = 3.0
    frame.loc[1, "q_at1"] = 5.0
    frame.loc[2, "q_dil"] = "no"
    frame.loc[3, ["q_at1", "q_at2"]] = np.nan
    times = [{str(page): 40_000 for page in range(1, 5)} for _ in range(4)]
    times[0]["2"] = 9_000  # nine items in nine seconds
    return frame.set_index(pd.Index(["a", "b", "c", "d"])), times


def test_rules_come_from_the_instrument_and_its_form() -> None:
    full, short = declared_rules(JSJB), declared_rules(JSJB, "core16")
    assert full.declared_in == "dandang-jsjb/0.1.0"
    assert full.directed == {"q_at1": 2, "q_at2": 4}
    assert short.directed == {"q_at1": 2}
    assert full.pages == {"1": 8, "2": 9, "3": 8, "4": 9}
    assert (len(full.constructs), len(full.items), len(short.items)) == (8, 32, 16)
    assert full.use_me == {"q_dil": ("no",)}
    assert all(JSJB.items[item].reverse for item in full.reversed_items)
    assert (full.seconds_per_item, full.longstring, full.mahalanobis_p) == (2.0, 12, 0.001)


def test_two_rules_one_of_them_direct_propose_an_exclusion() -> None:
    frame, times = _people()
    found = screen(frame, declared_rules(JSJB), page_ms=times)
    assert found.flagged("directed") == ("b",)
    assert found.flagged("use_me") == ("c",)
    assert found.flagged("page_time") == ("a",)
    assert found.flagged("longstring") == ("b",)
    assert found.excluded == ("b",)  # c says so herself, but nothing else speaks against her
    assert (found.n, found.n_kept) == (4, 3)
    assert found.kept(frame).index.tolist() == ["a", "c", "d"]
    assert len(frame) == 4
    flag = found.flags[(found.flags["row"] == "b") & (found.flags["rule"] == "longstring")].iloc[0]
    assert (flag["value"], flag["limit"]) == (32.0, 12.0)
    assert math.isnan(found.values["directed"]["d"])  # skipped both: neither passed nor missed
    assert found.values["fastest_page"]["a"] == pytest.approx(1.0)
    assert found.summary.loc["directed", "n"] == 3


def test_a_rule_without_its_column_says_so() -> None:
    frame, _ = _people()
    found = screen(frame.drop(columns=["q_at1", "q_at2", "q_dil", "j_zc1"]), declared_rules(JSJB))
    for rule in ("directed", "use_me", "page_time", "mahalanobis"):
        assert found.summary.loc[rule, "reason"]
        assert found.summary.loc[rule, "n"] == 0
    assert found.excluded == ()
    assert "j_zc1" in found.warnings[0]


def test_constant_items_leave_no_distance_and_no_synonyms() -> None:
    rules = ScreeningRules(items=("x", "y", "z"), longstring=2)
    found = screen(pd.DataFrame({"x": [3.0] * 9, "y": [3.0] * 9, "z": [1.0, 2, 3] * 3}), rules)
    assert "不可逆" in found.summary["reason"]["mahalanobis"]
    assert found.summary["reason"]["synonyms"]
    assert found.summary["flagged"]["longstring"] == 3
    assert found.to_dict()["rules"]["longstring"] == 2


def test_a_limit_that_cannot_be_passed_is_said() -> None:
    rules = ScreeningRules(items=("x", "y"), longstring=12)
    found = screen(pd.DataFrame({"x": [1.0, 2, 4], "y": [2.0, 2, 1]}), rules)
    assert "12" in found.warnings[0]


def test_nobody_at_all() -> None:
    found = screen(pd.DataFrame({"x": [], "y": []}), ScreeningRules(items=("x", "y"), longstring=1))
    assert (found.n, found.n_kept, len(found.flags)) == (0, 0, 0)


@pytest.mark.parametrize("page_ms", [[{}], [{}, {}, {}]])
def test_page_times_of_other_people_are_refused(page_ms: list[dict[str, int]]) -> None:
    with pytest.raises(ValueError, match="page times"):
        screen(pd.DataFrame({"x": [1.0, 2.0]}), ScreeningRules(items=("x",)), page_ms=page_ms)


def test_a_repeated_index_is_refused() -> None:
    with pytest.raises(ValueError, match="repeats"):
        screen(pd.DataFrame({"x": [1.0, 2.0]}, index=[0, 0]), ScreeningRules(items=("x",)))


def test_careless_people_of_a_simulated_sample_are_found() -> None:
    units = {f"u{k}": 50 for k in range(12)}
    sample = simulate_respondents(JSJB, units=units, seed=20240501, careless_share=0.08)
    frame = pd.DataFrame(sample.answers).astype(float)
    frame = frame.where(frame.isin(range(1, 6)))  # 不了解 is no answer
    found = screen(frame, declared_rules(JSJB), page_ms=sample.page_ms)
    proposed = frame.index.isin(found.excluded)
    careless = sample.truth.careless
    assert proposed[careless].mean() > 0.7
    assert proposed[~careless].mean() < 0.02
    assert len(found.kept(frame)) == found.n_kept < found.n
