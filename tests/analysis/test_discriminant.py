"""AVE, composite reliability and HTMT with intervals, on constructs that are apart and on twins."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.discriminant import construct_validity
from analysis.validity import heterotrait_ratios

GROUPS = {g: [f"{g}{i}" for i in range(4)] for g in "abc"}


def answers(r: float, n: int = 1500) -> pd.DataFrame:
    """Three factors: a and b correlate r, c stands .3 from both; loadings .8."""
    rng = np.random.default_rng(12)
    common = rng.multivariate_normal([0, 0, 0], [[1, r, 0.3], [r, 1, 0.3], [0.3, 0.3, 1]], n)
    return pd.DataFrame(
        {
            item: 0.8 * common[:, k] + 0.6 * rng.standard_normal(n)
            for k, items in enumerate(GROUPS.values())
            for item in items
        }
    )


def test_truth_is_recovered_and_covered() -> None:
    found = construct_validity(answers(0.5), GROUPS, resamples=200)
    own = found.constructs.loc["a"]
    assert own["ave"] == pytest.approx(0.64, abs=0.03)
    assert own["ave_lower"] < 0.64 < own["ave_upper"]
    assert own["cr"] == pytest.approx(10.24 / (10.24 + 4 * 0.36), abs=0.02)
    pair = found.pairs.iloc[0]
    assert (pair["one"], pair["other"]) == ("a", "b")
    assert pair["r"] == pytest.approx(0.5, abs=0.05)
    assert pair["htmt_lower"] < 0.5 < pair["htmt_upper"]
    assert pair["htmt2_lower"] < pair["htmt2"] < pair["htmt2_upper"]
    assert bool(found.pairs["fornell_larcker"].all())


def test_twins_fail_the_criterion() -> None:
    """The negative control: two constructs that are one."""
    found = construct_validity(answers(0.97), GROUPS, resamples=100)
    pair = found.pairs.iloc[0]
    assert not pair["fornell_larcker"]
    assert pair["htmt"] > 0.9
    assert pair["htmt_upper"] > pair["htmt"]


def test_point_values_are_those_of_the_ratios() -> None:
    data = answers(0.5, 300)
    found = construct_validity(data, GROUPS, resamples=100)
    pd.testing.assert_frame_equal(
        found.pairs[["one", "other", "htmt", "htmt2"]],
        heterotrait_ratios(data, GROUPS).table.drop(columns="n_negative"),
    )


def test_few_people_leave_htmt_and_say_why() -> None:
    found = construct_validity(answers(0.5, 30), GROUPS, resamples=100)
    assert found.constructs.empty
    assert found.reason
    assert len(found.pairs) == 3
