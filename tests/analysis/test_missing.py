"""Counts of missing answers, and Little's test against its formula on lavaan's EM moments."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.missing import describe_missing, little_test


def test_counts_add_up(bfi_keyed: pd.DataFrame) -> None:
    found = describe_missing(bfi_keyed)
    assert (found.n, found.k) == (2800, 25)
    assert found.n_listwise == 2436
    assert found.n_listwise == int(bfi_keyed.notna().all(axis=1).sum())
    assert found.items["missing"].sum() == int(bfi_keyed.isna().sum().sum())
    assert found.persons["persons"].sum() == 2800
    assert (found.persons.index * found.persons["persons"]).sum() == found.items["missing"].sum()
    assert found.patterns.iloc[0]["items"] == ""
    assert found.patterns.iloc[0]["persons"] == 2436


def test_little_equals_the_formula_on_lavaans_moments(
    bfi_keyed: pd.DataFrame, reference: dict[str, Any]
) -> None:
    found, expected = little_test(bfi_keyed), reference["little"]
    assert found.n_patterns == expected["patterns"]
    assert found.df == expected["df"]
    assert found.chisq == pytest.approx(expected["chisq"], rel=1e-4)
    assert found.pvalue == pytest.approx(expected["p"], rel=0.01)


def test_little_holds_its_level_under_mcar_and_sees_what_is_not() -> None:
    rng = np.random.default_rng(5)
    covariance = np.full((4, 4), 0.5) + np.diag([0.5] * 4)
    rejected = 0
    for _ in range(60):
        data = rng.multivariate_normal(np.zeros(4), covariance, size=300)
        data[rng.random(data.shape) < 0.1] = np.nan
        p = little_test(pd.DataFrame(data)).pvalue
        assert p is not None
        rejected += p < 0.05
    assert rejected <= 9  # 3 expected; 10 or more has probability .002
    data = rng.multivariate_normal(np.zeros(4), covariance, size=300)
    data[data[:, 0] > 0.5, 1] = np.nan
    p = little_test(pd.DataFrame(data)).pvalue
    assert p is not None
    assert p < 0.001


@pytest.mark.parametrize(
    "data",
    [
        pd.DataFrame({"a": [1.0, 2, 3], "b": [2.0, np.nan, 1]}),
        pd.DataFrame({"a": [1.0, 2, 3] * 20, "b": [2.0, 3, 1] * 20}),
        pd.DataFrame({"a": [1.0, 2, 3] * 20, "b": [np.nan] * 60}),
        pd.DataFrame({"a": [], "b": []}, dtype=float),
        pd.DataFrame(np.where(np.random.default_rng(0).random((60, 20)) < 0.5, np.nan, 1.0)),
    ],
)
def test_where_there_is_no_test_there_is_a_reason(data: pd.DataFrame) -> None:
    found = describe_missing(data).little
    assert found.pvalue is None
    assert found.reason
