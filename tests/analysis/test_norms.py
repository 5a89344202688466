"""Norms equal R's on forty fixed scores; small groups are refused; change is held against its error."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.norms import norm_table, norms_by_group, percentile_ranks, reliable_change, stanines

GOLDEN = json.loads((Path(__file__).parent / "golden" / "report" / "norms.json").read_text())
SCORES = pd.Series(GOLDEN["x"], dtype=float, name="dandang")


def test_the_table_equals_r() -> None:
    found = norm_table(SCORES, min_n=40)
    theirs = pd.DataFrame(GOLDEN["table"]).set_index("score")
    names = {
        "freq": "freq",
        "percentile": "pr_mid",
        "t": "T_linear",
        "t_normalised": "T_normalized",
        "stanine": "stanine_from_pr",
    }
    for ours, name in names.items():
        np.testing.assert_allclose(found.table[ours], theirs[name], rtol=1e-9, err_msg=ours)
    assert found.table.index.tolist() == theirs.index.tolist()
    assert (found.mean, found.sd) == pytest.approx((GOLDEN["mean"], GOLDEN["sd"]))


def test_a_group_too_small_is_refused_with_its_size() -> None:
    groups = pd.Series(["a"] * 30 + ["b"] * 9 + [None])
    found = norms_by_group(SCORES, groups, min_n=30)
    assert found.refused == {"b": 9}
    assert "9" in found.groups["b"].reason
    assert set(found.to_frame().index.get_level_values("group")) == {"", "a"}
    assert found.groups[""].n == 40
    with pytest.raises(ValueError, match="no norms"):
        found.groups["b"].standing([20.0])
    assert norms_by_group(SCORES).refused == {"": 40}  # by default two hundred are asked for
    assert norms_by_group(SCORES).to_frame().empty


@pytest.mark.parametrize("scores", [pd.Series([3.0] * 300), pd.Series([math.nan] * 300)])
def test_scores_without_differences_or_none_have_no_norms(scores: pd.Series) -> None:
    found = norm_table(scores)
    assert found.reason
    assert found.mean is None
    assert len(found.table) == 0


def test_anybody_can_be_placed_even_outside_the_range() -> None:
    placed = norm_table(SCORES, min_n=10).standing([5.0, 21.0, 21.5, 90.0, math.nan])
    assert placed["percentile"].tolist()[:4] == [
        0.0,
        16.25,
        20.0,
        100.0,
    ]  # of 21: five below and half of three
    assert placed["stanine"].tolist() == [1, 3, 3, 9, 0]
    assert placed["t"][1] == pytest.approx(50 + 10 * (21 - GOLDEN["mean"]) / GOLDEN["sd"])
    assert placed[["percentile", "t"]].iloc[4].isna().all()


norm_groups = st.lists(st.integers(0, 40).map(float), min_size=1, max_size=60)


@settings(max_examples=60, deadline=None)
@given(norm_groups, st.integers(-5, 45), st.integers(-5, 45))
def test_percentiles_keep_the_order_of_scores(norm: list[float], one: int, other: int) -> None:
    low, high = sorted((one, other))
    ranks = percentile_ranks(np.array([low, high], dtype=float), np.array(norm))
    assert 0 <= ranks[0] <= ranks[1] <= 100
    assert 1 <= stanines(ranks)[0] <= stanines(ranks)[1] <= 9


@settings(max_examples=60, deadline=None)
@given(norm_groups)
def test_the_mean_percentile_of_the_norm_group_is_fifty(norm: list[float]) -> None:
    assert percentile_ranks(np.array(norm), np.array(norm)).mean() == pytest.approx(50)


def test_reliable_change_by_hand() -> None:
    first = pd.Series({"a": 20.0, "b": 20.0, "c": 20.0, "d": 20.0})
    second = pd.Series({"a": 30.0, "b": 24.0, "c": 11.0, "e": 20.0})
    found = reliable_change(first, second, sd=7.5, reliability=0.8)
    se = 7.5 * math.sqrt(0.4)
    assert found.se_difference == pytest.approx(se)
    assert found.limit == pytest.approx(1.959964 * se, rel=1e-6)
    assert found.table["verdict"].to_dict() == {
        "a": "increase",
        "b": "no reliable change",
        "c": "no reliable change",
    }
    assert found.table["rci"]["a"] == pytest.approx(10 / se)
    assert found.table["lower"]["a"] > 0
    assert found.table["lower"]["c"] < 0 < found.table["upper"]["c"]
    assert found.counts == {"increase": 1, "decrease": 0, "no reliable change": 2}
    assert found.unlinked == 2


def test_error_alone_passes_for_change_in_five_of_a_hundred() -> None:
    rng = np.random.default_rng(9)
    true = rng.standard_normal(20_000) * math.sqrt(0.7)
    waves = [pd.Series(true + rng.standard_normal(20_000) * math.sqrt(0.3)) for _ in range(2)]
    found = reliable_change(*waves, sd=1.0, reliability=0.7)
    assert found.counts["no reliable change"] / 20_000 == pytest.approx(0.95, abs=0.005)


@pytest.mark.parametrize(
    ("sd", "reliability"), [(None, 0.8), (0.0, 0.8), (math.nan, 0.8), (1.0, None), (1.0, -0.2), (1.0, 1.0)]
)
def test_no_change_without_an_error_to_hold_it_against(sd: float | None, reliability: float | None) -> None:
    found = reliable_change(pd.Series([1.0]), pd.Series([2.0]), sd=sd, reliability=reliability)
    assert found.reason
    assert found.limit is None
    assert len(found.table) == 0


def test_nobody_twice_and_twins() -> None:
    found = reliable_change(pd.Series([1.0]), pd.Series([2.0], index=[5]), sd=1.0, reliability=0.5)
    assert "nobody" in found.reason
    with pytest.raises(ValueError, match="twice"):
        reliable_change(pd.Series([1.0, 2.0], index=[0, 0]), pd.Series([2.0]), sd=1.0, reliability=0.5)
    with pytest.raises(ValueError, match="aligned"):
        norms_by_group(pd.Series([1.0]), pd.Series(["a"], index=[4]))
