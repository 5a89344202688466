"""Units against records, refused when few; ordered means with their interval."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.criteria import ordered_means, ordering, unit_correlations


def _units(n: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    rng = np.random.default_rng(3)
    zz = rng.standard_normal(n)
    names = [f"u{k}" for k in range(n)]
    means = pd.DataFrame({"zz": zz, "dy": rng.standard_normal(n)}, index=names)
    records = pd.DataFrame({"满意率": 0.6 * zz + 0.8 * rng.standard_normal(n), "响应率": 1.0}, index=names)
    return means, records.iloc[::-1]


def test_units_are_matched_by_name_and_r_is_that_of_scipy() -> None:
    means, records = _units(40)
    found = unit_correlations(means, records).table
    row, flat = found.iloc[0], found.iloc[1]
    assert (row["score"], row["record"], flat["record"]) == ("zz", "满意率", "响应率")
    theirs = stats.pearsonr(means["zz"], records["满意率"].reindex(means.index))
    interval = theirs.confidence_interval()
    ours = (row["r"], row["pvalue"], row["lower"], row["upper"])
    assert ours == pytest.approx((theirs.statistic, theirs.pvalue, interval.low, interval.high), rel=1e-9)
    assert row["n_units"] == 40
    assert row["reason"] == ""
    assert "no differences" in flat["reason"]
    assert math.isnan(flat["r"])


@pytest.mark.parametrize(("n", "refused"), [(9, True), (10, False)])
def test_below_ten_units_there_is_no_correlation(n: int, *, refused: bool) -> None:
    means, records = _units(n)
    found = unit_correlations(means, records, min_units=2)  # it may be raised, not lowered
    assert found.min_units == 10
    assert (found.table["reason"][0] != "") is refused
    assert math.isnan(found.table["r"][0]) is refused


def test_units_without_a_partner_are_named_and_missing_figures_left_out() -> None:
    means, records = _units(14)
    records.loc["u3", "满意率"] = math.nan
    found = unit_correlations(means.drop(index="u0"), records.drop(index="u1"))
    assert found.unmatched == ("u0", "u1")
    assert found.warnings
    assert found.table["n_units"][0] == 11
    with pytest.raises(ValueError, match="twice"):
        unit_correlations(pd.concat([means, means]), records)


def test_ordered_means_are_the_paired_t_test() -> None:
    rng = np.random.default_rng(8)
    data = pd.DataFrame({"rs": rng.normal(4.2, 0.6, 200), "xt": rng.normal(4.0, 0.6, 200)})
    data.loc[[1, 2], "xt"] = math.nan
    found, turned = ordering(data, [("rs", "xt"), ("xt", "rs")])
    complete = data.dropna()
    theirs = stats.ttest_rel(complete["rs"], complete["xt"])
    interval = theirs.confidence_interval()
    assert (found.t, found.pvalue) == pytest.approx((theirs.statistic, theirs.pvalue))
    assert found.interval is not None
    assert (found.interval.lower, found.interval.upper) == pytest.approx((interval.low, interval.high))
    assert (found.n, found.df) == (198, 197)
    assert (found.verdict, turned.verdict) == ("as expected", "opposite")
    assert found.d == pytest.approx(theirs.statistic / math.sqrt(198))


def test_no_difference_is_undecided() -> None:
    data = pd.DataFrame({"xj": [1.0, 2, 3, 4, 5, 3], "qj": [2.0, 1, 4, 3, 3, 5]})
    assert ordered_means(data, "xj", "qj").verdict == "undecided"


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"a": [1.0, 2.0], "b": [2.0, 2.0]}, "fewer than three"),
        ({"a": [1.0, 2.0, 3.0], "b": [2.0, 3.0, 4.0]}, "constant"),
        ({"a": [math.nan] * 3, "b": [1.0, 2.0, 3.0]}, "fewer than three"),
    ],
)
def test_pairs_without_a_test_say_why(values: dict[str, list[float]], reason: str) -> None:
    found = ordered_means(pd.DataFrame(values), "a", "b")
    assert reason in found.reason
    assert found.interval is None
    assert found.verdict == ""
