"""Agreement equals R's multilevel, psych and irr; where there is none, it says why."""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.agreement import (
    aggregation,
    agreement_band,
    group_agreement,
    group_icc,
    krippendorff_alpha,
    null_variances,
    r_wg,
    random_groups,
    rater_agreement,
    retest_agreement,
)
from analysis.agreement.krippendorff import Metric

GOLDEN = Path(__file__).parent / "golden" / "report"
AGGREGATION = json.loads((GOLDEN / "aggregation_agreement.json").read_text())
COEFFICIENTS = json.loads((GOLDEN / "agreement_coefficients.json").read_text())
BH = pd.read_csv(GOLDEN / "bh1996_groups1_30.csv")
LQ = pd.read_csv(GOLDEN / "lq2002_lead_25companies.csv")
LEAD = [f"LEAD{k:02d}" for k in range(1, 12)]
CODERS = pd.DataFrame(np.array(COEFFICIENTS["krippendorff_data"]["raters_in_rows"]["values"], dtype=float).T)
JUDGES = pd.DataFrame(COEFFICIENTS["ICC_data"]["subjects_in_rows"]["values"])


def _equal(ours: pd.Series, rows: list[dict[str, Any]], key: str) -> None:
    theirs = pd.Series({row["grpid"]: row[key] for row in rows}, dtype=float)
    assert set(ours.index) == set(theirs.index)
    pd.testing.assert_series_equal(ours.reindex(theirs.index), theirs, check_names=False, rtol=1e-9)


@pytest.mark.parametrize(("item", "key"), [("COHES", "rwg_COHES"), ("WBEING", "rwg_WBEING_range1_5_ranvar2")])
def test_r_wg_of_one_item_equals_multilevel(item: str, key: str) -> None:
    found = group_agreement(BH[[item]], BH["GRP"], low=1, high=5)
    _equal(found.groups["uniform"], AGGREGATION["bh1996"][key], "rwg")


def test_r_wg_j_and_a_wg_equal_multilevel_with_missing_items() -> None:
    found = group_agreement(LQ[LEAD], LQ["COMPID"], low=1, high=5)
    reference = AGGREGATION["lq2002"]
    _equal(found.groups["uniform"], reference["rwg_j_uniform_ranvar2"], "rwg.j")
    _equal(found.groups["slight skew"], reference["rwg_j_slight_skew_ranvar1.34"], "rwg.j")
    _equal(found.groups["a_wg"], reference["awg_items"], "a.wg")
    assert found.dropped == 3
    single = group_agreement(BH[["LEAD"]], BH["GRP"], low=1, high=5)
    _equal(single.groups["a_wg"], AGGREGATION["bh1996"]["awg_LEAD"], "a.wg")


def test_the_summary_counts_what_the_groups_hold() -> None:
    found = group_agreement(LQ[LEAD], LQ["COMPID"], low=1, high=5)
    values = [row["rwg.j"] for row in AGGREGATION["lq2002"]["rwg_j_uniform_ranvar2"]]
    row = found.summary.loc["uniform"]
    assert row["median"] == pytest.approx(np.median(values))
    assert row["share_70"] == np.mean(np.array(values) >= 0.7)
    assert row["band"] == agreement_band(float(np.median(values)))
    medians = found.summary["median"]
    assert medians["uniform"] > medians["slight skew"] > medians["moderate skew"]


@pytest.mark.parametrize("item", ["COHES", "LEAD", "HRS", "WBEING"])
def test_icc_equals_multilevel(item: str) -> None:
    found, theirs = group_icc(BH[item], BH["GRP"]), AGGREGATION["bh1996"]["icc"][item]
    names = {
        "n": "n", "n_groups": "groups", "mean_size": "mean_group_size", "n0": "n0", "ms_between": "MSB",
        "ms_within": "MSW", "df_between": "dfB", "df_within": "dfW", "f": "F", "pvalue": "p",
        "eta_squared": "eta_squared", "icc1": "ICC1_multilevel", "icc2": "ICC2_multilevel",
        "icc1_n0": "ICC1_n0", "design_effect": "deff_meansize",
    }  # fmt: skip
    for ours, name in names.items():
        assert getattr(found, ours) == pytest.approx(theirs[name], rel=1e-9), ours
    assert found.icc1_interval is not None
    assert found.icc1 is not None
    assert found.icc1_interval.lower < found.icc1 < found.icc1_interval.upper


def test_icc_of_a_scale_mean_equals_multilevel() -> None:
    score = LQ[LEAD].mean(axis=1, skipna=False)
    found, theirs = group_icc(score, LQ["COMPID"]), AGGREGATION["lq2002"]["icc_scale_mean"]["mean"]
    assert (found.icc1, found.icc2) == pytest.approx((theirs["ICC1_multilevel"], theirs["ICC2_multilevel"]))


def test_intervals_of_equal_groups_are_those_of_shrout_and_fleiss() -> None:
    long = JUDGES.stack()
    subjects = pd.Series(long.index.get_level_values(0))
    found = group_icc(pd.Series(long.to_numpy()), subjects)
    one, average = COEFFICIENTS["ICC_aov"][0], COEFFICIENTS["ICC_aov"][3]
    assert found.icc1_interval is not None
    assert found.icc2_interval is not None
    for ours, theirs in ((found.icc1_interval, one), (found.icc2_interval, average)):
        bounds = (theirs["lower.bound"], theirs["upper.bound"])
        assert (ours.lower, ours.upper) == pytest.approx(bounds, rel=1e-9)


def test_random_groups_are_near_multilevels_and_the_seed_repeats_them() -> None:
    theirs = AGGREGATION["bh1996"]["rgr_agree_LEAD"]["summary_N_AvgRandomVar_SDRandom_AvgRealVar_z"]
    found = random_groups(BH["LEAD"], BH["GRP"], resamples=500, seed=3)
    assert found.real == pytest.approx(theirs["Av.RealGrp.Var"], rel=1e-9)
    assert found.random == pytest.approx(theirs["Av.RanGrp.Var"], abs=0.005)
    assert found.random_sd == pytest.approx(theirs["SD.Rangrp.Var"], abs=0.005)
    assert found.z == pytest.approx(theirs["Z-value"], abs=0.3)
    assert found.pvalue == pytest.approx(1 / 501)
    assert random_groups(BH["LEAD"], BH["GRP"], resamples=500, seed=3).random == found.random


def test_groups_dealt_at_random_do_not_differ_from_random_ones() -> None:
    rng = np.random.default_rng(1)
    score, group = pd.Series(rng.standard_normal(300)), pd.Series(np.repeat(np.arange(30), 10))
    found = aggregation("s", score.to_frame(), score, group, low=-4, high=4, resamples=300)
    assert found.meets["random_groups"] is False
    assert found.meets["icc1_test"] is False


def test_the_guides_are_read_one_by_one_and_the_row_holds_the_numbers() -> None:
    found = aggregation("lead", BH[["LEAD"]], BH["LEAD"], BH["GRP"], low=1, high=5, resamples=200)
    assert found.meets == {
        "r_wg uniform": True,
        "r_wg slight skew": False,
        "r_wg moderate skew": False,
        "icc1_test": True,
        "icc2": True,
        "random_groups": True,
    }
    row = found.to_frame().loc["lead"]
    assert row["icc1"] == pytest.approx(AGGREGATION["bh1996"]["icc"]["LEAD"]["ICC1_multilevel"])
    assert row["r_wg uniform"] == found.agreement.summary["median"]["uniform"]


def test_the_interval_of_icc1_covers_the_truth_as_often_as_it_says() -> None:
    rng = np.random.default_rng(11)
    group = pd.Series(np.repeat(np.arange(30), 10))
    covered = 0
    for _ in range(300):
        noise = rng.standard_normal(300)
        score = pd.Series(np.sqrt(0.15) * rng.standard_normal(30)[group] + np.sqrt(0.85) * noise)
        interval = group_icc(score, group).icc1_interval
        covered += interval is not None and interval.lower < 0.15 < interval.upper
    assert 0.92 <= covered / 300 <= 0.98


def test_icc_recovers_the_share_that_was_planted() -> None:
    rng = np.random.default_rng(7)
    group = pd.Series(np.repeat(np.arange(400), 8))
    score = pd.Series(
        np.sqrt(0.2) * rng.standard_normal(400)[group] + np.sqrt(0.8) * rng.standard_normal(3200)
    )
    found = group_icc(score, group)
    assert found.icc1 == pytest.approx(0.2, abs=0.04)
    assert found.icc2 == pytest.approx(8 * 0.2 / (1 + 7 * 0.2), abs=0.05)
    assert found.design_effect == pytest.approx(1 + 7 * 0.2, abs=0.3)


@pytest.mark.parametrize(
    ("value", "band"),
    [(0.0, "none"), (0.304, "none"), (0.306, "weak"), (0.5, "weak"), (0.51, "moderate"), (0.7, "moderate"),
     (0.71, "strong"), (0.9, "strong"), (0.91, "very strong"), (1.0, "very strong")],
)  # fmt: skip
def test_bands_of_lebreton_and_senter(value: float, band: str) -> None:
    assert agreement_band(value) == band


def test_skewed_nulls_are_the_variances_of_the_skewed_distributions() -> None:
    shares = {"slight skew": [0.05, 0.15, 0.20, 0.35, 0.25], "moderate skew": [0.0, 0.10, 0.15, 0.40, 0.35]}
    values, nulls = np.arange(1, 6), null_variances(1, 5)
    for name, share in shares.items():
        mean = np.dot(values, share)
        assert nulls[name] == pytest.approx(np.dot((values - mean) ** 2, share), abs=0.005)
    assert set(null_variances(1, 6)) == {"uniform"}


@settings(max_examples=60, deadline=None)
@given(st.floats(0, 5), st.integers(1, 20), st.floats(0.1, 4))
def test_r_wg_is_a_share_and_grows_with_items(variance: float, k: int, null: float) -> None:
    one, more = r_wg(np.array([variance]), k, null)[0], r_wg(np.array([variance]), k + 1, null)[0]
    assert 0 <= one <= more + 1e-12 <= 1 + 1e-9


def test_six_categories_have_no_skewed_null_and_say_so() -> None:
    found = group_agreement(pd.DataFrame({"a": [1, 6, 3, 4]}), pd.Series([1, 1, 2, 2]), low=1, high=6)
    assert found.warnings
    assert list(found.summary.index) == ["uniform", "a_wg"]


PATHOLOGICAL = {
    "one group": ([3.0, 4, 5, 2], ["u"] * 4, "fewer than two groups"),
    "members of one": ([3.0, 4, 5, 2], list("abcd"), "one member"),
    "constant": ([3.0] * 4, list("aabb"), "no differences between"),
    "no differences within": ([3.0, 3, 5, 5], list("aabb"), "within"),
    "nothing": ([math.nan] * 4, list("aabb"), "fewer than two groups"),
    "no groups": ([3.0, 4, 5, 2], [None] * 4, "fewer than two groups"),
}


@pytest.mark.parametrize("case", PATHOLOGICAL)
def test_pathological_groups_have_a_named_reason(case: str) -> None:
    values, groups, reason = PATHOLOGICAL[case]
    score, group = pd.Series(values, dtype=float), pd.Series(groups, dtype=object)
    found = aggregation("s", score.to_frame("item"), score, group, low=1, high=5, resamples=20)
    assert reason in found.icc.reason
    assert found.icc.icc1 is None
    assert found.meets["icc1_test"] is None
    if case in ("members of one", "nothing", "no groups"):
        assert found.agreement.reason
        assert found.random_groups.reason
        assert found.meets["r_wg uniform"] is None
    assert found.to_dict()["icc"]["reason"] == found.icc.reason


def test_a_member_alone_is_named_and_counts_in_no_agreement() -> None:
    group = pd.Series(["a", "a", "b"])
    found = group_agreement(pd.DataFrame({"x": [4, 5, 3]}), group, low=1, high=5)
    assert found.single == ("b",)
    assert found.summary["groups"]["uniform"] == 1


def test_a_negative_icc_is_kept_and_warned_of() -> None:
    score, group = pd.Series([1.0, 5, 1, 5, 1, 5, 2, 4]), pd.Series(list("aabbccdd"))
    found = group_icc(score, group)
    assert found.icc1 is not None
    assert found.icc1 < 0
    assert found.icc2 is None  # every group has the same mean
    assert "negative" in found.warnings[0]


def test_misaligned_groups_are_refused() -> None:
    with pytest.raises(ValueError, match="aligned"):
        group_icc(pd.Series([1.0, 2.0]), pd.Series(["a", "b"], index=[5, 6]))
    with pytest.raises(ValueError, match="aligned"):
        group_agreement(pd.DataFrame({"x": [1.0]}), pd.Series(["a"], index=[3]), low=1, high=5)
    with pytest.raises(ValueError, match="low < high"):
        group_agreement(pd.DataFrame({"x": [1.0]}), pd.Series(["a"]), low=5, high=5)


def test_rater_agreement_equals_psych() -> None:
    found = rater_agreement(JUDGES)
    for form, theirs in zip(found.table.index, COEFFICIENTS["ICC_aov"], strict=True):
        row = found.table.loc[form]
        assert form.replace("(", "").replace(",", "").replace(")", "").removesuffix("1") in theirs["type"]
        ours = (row["icc"], row["f"], row["df1"], row["df2"], row["pvalue"], row["lower"], row["upper"])
        keys = ("ICC", "F", "df1", "df2", "p", "lower.bound", "upper.bound")
        assert ours == pytest.approx([theirs[key] for key in keys], rel=1e-9)
    assert (found.n, found.k, found.dropped) == (6, 4, 0)


def test_subjects_without_every_rating_are_left_out_and_counted() -> None:
    gappy = pd.concat([JUDGES, pd.DataFrame([[9, None, 4, 4]])])
    assert rater_agreement(gappy).dropped == 1
    pd.testing.assert_frame_equal(rater_agreement(gappy).table, rater_agreement(JUDGES).table)


@pytest.mark.parametrize(
    ("ratings", "reason"),
    [
        (pd.DataFrame({"r1": [1.0, 2, 3]}), "two raters"),
        (pd.DataFrame({"r1": [1.0, 2], "r2": [2.0, 2]}), "fewer than 3"),
        (pd.DataFrame({"r1": [2.0, 2, 2], "r2": [2.0, 2, 2]}), "no differences between subjects"),
        (pd.DataFrame({"r1": [1.0, 2, 3], "r2": [2.0, 3, 4]}), "no error to estimate"),
        (pd.DataFrame({"r1": [1.0, 3, 2], "r2": [3.0, 1, 2]}), "no differences between subjects"),
        (pd.DataFrame({"r1": [math.nan] * 4, "r2": [1.0] * 4}), "fewer than 3"),
    ],
)
def test_ratings_without_a_coefficient_say_why(ratings: pd.DataFrame, reason: str) -> None:
    found = rater_agreement(ratings)
    assert reason in found.reason
    assert found.form("ICC(2,1)") is None
    assert len(found.table) == 0


def test_retest_links_people_by_index() -> None:
    rng = np.random.default_rng(2)
    true = rng.standard_normal(2000)
    first = pd.Series(true * np.sqrt(0.8) + rng.standard_normal(2000) * np.sqrt(0.2))
    second = pd.Series(0.3 + true * np.sqrt(0.8) + rng.standard_normal(2000) * np.sqrt(0.2))
    found = retest_agreement(first, second.sample(frac=1, random_state=1).drop(index=[0, 1]))
    assert (found.n, found.unlinked) == (1998, 2)
    assert found.consistency == pytest.approx(0.8, abs=0.02)
    assert found.change == pytest.approx(0.3, abs=0.05)
    assert found.absolute is not None
    assert found.consistency is not None
    assert found.absolute < found.consistency
    assert found.standard_error == pytest.approx(math.sqrt(0.2), abs=0.02)


def test_retest_without_linked_people_has_a_reason_and_twins_are_refused() -> None:
    found = retest_agreement(pd.Series([1.0, 2.0]), pd.Series([1.0, 2.0], index=[7, 8]))
    assert found.absolute is None
    assert found.unlinked == 4
    assert found.reason
    with pytest.raises(ValueError, match="twice"):
        retest_agreement(pd.Series([1.0, 2.0], index=[0, 0]), pd.Series([1.0]))


METRICS: tuple[Metric, ...] = ("nominal", "ordinal", "interval")


@pytest.mark.parametrize("metric", METRICS)
def test_krippendorff_equals_irr(metric: Metric) -> None:
    theirs = COEFFICIENTS["krippendorff"][metric]
    found = krippendorff_alpha(CODERS, metric=metric, resamples=500)
    assert found.alpha == pytest.approx(theirs["alpha"], rel=1e-9)
    assert (found.pairable, found.coders) == (theirs["nmatchval"], theirs["raters"])
    assert (found.n, found.dropped) == (11, 1)
    assert found.interval is not None
    assert found.alpha is not None
    assert found.interval.lower < found.alpha <= found.interval.upper
    assert krippendorff_alpha(CODERS, metric=metric, resamples=500).interval == found.interval


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from([1.0, 2.0, 3.0, None]), min_size=3, max_size=3), min_size=1, max_size=8)
)
def test_krippendorff_minds_neither_the_order_of_coders_nor_of_units(rows: list[list[float | None]]) -> None:
    codes = pd.DataFrame(rows, columns=list("abc"), dtype=float)
    for metric in METRICS:
        found = krippendorff_alpha(codes, metric=metric, resamples=0)
        turned = krippendorff_alpha(codes.iloc[::-1, ::-1], metric=metric, resamples=0)
        assert (found.alpha is None) == (turned.alpha is None) == (found.reason != "")
        assert found.alpha == pytest.approx(turned.alpha)
        assert found.alpha is None or found.alpha <= 1 + 1e-12


def test_words_as_codes_are_nominal_only() -> None:
    codes = pd.DataFrame({"a": ["担当", "作为", "担当", None], "b": ["担当", "作为", "作为", "担当"]})
    numbers = codes.replace({"担当": "1", "作为": "2"}).astype(float)
    assert krippendorff_alpha(codes).alpha == pytest.approx(krippendorff_alpha(numbers).alpha)
    with pytest.raises(ValueError, match="must be numbers"):
        krippendorff_alpha(codes, metric="interval")


@pytest.mark.parametrize(
    ("codes", "reason"),
    [
        (pd.DataFrame({"a": [1.0, 1, 1], "b": [1.0, 1, 1]}), "only one value"),
        (pd.DataFrame({"a": [1.0, 2, 3], "b": [math.nan] * 3}), "two or more"),
        (pd.DataFrame({"a": [], "b": []}), "two or more"),
    ],
)
def test_codes_without_an_alpha_say_why(codes: pd.DataFrame, reason: str) -> None:
    found = krippendorff_alpha(codes)
    assert found.alpha is None
    assert found.interval is None
    assert reason in found.reason
