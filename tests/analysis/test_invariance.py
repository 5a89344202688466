"""The verdict on invariance: Chen's limits, small groups, planted non-invariance that is found and named."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from analysis.invariance import STRICT, USUAL, group_invariance, level_of, limits_for
from analysis.rivals import Rival

MODEL = Rival(id="m", syntax="f =~ x1 + x2 + x3 + x4 + x5\ng =~ y1 + y2 + y3 + y4 + y5")
ITEMS = [f"{k}{i}" for k in "xy" for i in range(1, 6)]


def two_groups(n: int, shift: dict[str, float], seed: int = 3) -> tuple[pd.DataFrame, pd.Series]:
    """n people a group on two factors that correlate .5; `shift` moves intercepts of the second group."""
    rng = np.random.default_rng(seed)
    group = np.repeat(["a", "b"], n)
    common = rng.multivariate_normal([0, 0], [[1, 0.5], [0.5, 1]], 2 * n)
    columns = {
        item: 0.75 * common[:, "xy".index(item[0])]
        + 0.66 * rng.standard_normal(2 * n)
        + np.where(group == "b", shift.get(item, 0.0), 0.0)
        for item in ITEMS
    }
    return pd.DataFrame(columns), pd.Series(group, dtype=object)


def test_equal_groups_reach_strict() -> None:
    data, groups = two_groups(400, {})
    found = group_invariance(MODEL, data, groups, grouping="g")
    assert found.level == "strict"
    assert found.sizes == {"a": 400, "b": 400}
    assert found.released == ()
    assert list(found.table["step"]) == ["configural", "metric", "scalar", "strict"]


def test_one_shifted_intercept_is_found_and_named() -> None:
    """The negative control of the test above: the same data with a planted shift."""
    data, groups = two_groups(400, {"x2": 1.0})
    found = group_invariance(MODEL, data, groups)
    held = dict(zip(found.table["step"], found.table["holds"], strict=True))
    assert held["metric"]
    assert not held["scalar"]
    assert found.level == "partial scalar"
    assert found.proposed_step == "scalar"
    assert found.released == ("x2~1",)
    assert not found.table["partial"].any() if "partial" in found.table else True


def test_many_shifted_intercepts_leave_it_at_metric() -> None:
    data, groups = two_groups(400, {"x1": 1.0, "x2": -1.0, "x3": 0.8, "y1": 1.0, "y2": -1.0, "y4": 0.8})
    found = group_invariance(MODEL, data, groups)
    assert found.level == "metric"
    assert found.proposal_holds is False


def test_small_groups_are_left_out_by_name() -> None:
    data, groups = two_groups(150, {})
    groups[-80:] = "c"
    found = group_invariance(MODEL, data, groups)
    assert found.level is None
    assert found.left_out == {"b": 70, "c": 80}
    assert "a 150" in found.reason
    assert found.table.empty


def test_limits_are_stricter_for_few_or_unequal_groups() -> None:
    assert limits_for({"a": 400, "b": 300}) == USUAL
    assert limits_for({"a": 150, "b": 150}) == STRICT
    assert limits_for({"a": 900, "b": 200}) == STRICT
    assert USUAL.allow("metric", -0.010, 0.02, 0.030)
    assert not USUAL.allow("scalar", -0.010, 0.02, 0.030)
    assert not USUAL.allow("metric", -0.011, 0.0, 0.0)
    assert not USUAL.allow("metric", math.nan, 0.0, 0.0)


@pytest.mark.parametrize(
    ("holds", "level"),
    [([False, True, True], "none"), ([True, False, True], "configural"), ([True, True, True], "scalar")],
)
def test_a_level_needs_all_below_it(holds: list[bool], level: str) -> None:
    assert level_of(["configural", "metric", "scalar"], holds) == level


def cut(data: pd.DataFrame) -> pd.DataFrame:
    """The same answers in four categories."""
    return pd.DataFrame({name: np.digitize(data[name], [-0.8, 0, 0.8]) for name in data}, dtype=float)


def test_ordered_categories_go_by_thresholds_first() -> None:
    data, groups = two_groups(400, {})
    found = group_invariance(MODEL, cut(data), groups, ordinal=True)
    assert list(found.table["step"]) == ["configural", "thresholds", "metric", "scalar", "strict"]
    assert (found.estimator, found.variant, found.level) == ("WLSMV", "scaled", "strict")


def test_a_shifted_item_of_ordered_categories_stops_at_metric() -> None:
    """The negative control of the test above."""
    data, groups = two_groups(400, {"x2": 1.0})
    found = group_invariance(MODEL, cut(data), groups, ordinal=True)
    held = dict(zip(found.table["step"], found.table["holds"], strict=True))
    assert (held["thresholds"], held["metric"], held["scalar"]) == (True, True, False)
    assert found.level == "metric"
    assert found.released == ()  # no search by WLSMV


def test_a_category_missing_in_a_group_has_a_reason() -> None:
    data, groups = two_groups(150, {})
    coarse = cut(data)
    coarse.loc[(groups == "b") & (coarse["x1"] == 3), "x1"] = 2
    found = group_invariance(MODEL, coarse, groups, ordinal=True)
    assert found.table.empty
    assert found.level is None
    assert found.estimator == "WLSMV"
    assert "x1" in found.reason
