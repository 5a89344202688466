"""Exploratory factors equal psych's after matching columns and signs."""

from __future__ import annotations

from itertools import permutations
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.efa import explore_factors

CASES = {
    "minres_oblimin": ("minres", "oblimin"),
    "ml_oblimin": ("ml", "oblimin"),
    "minres_varimax": ("minres", "varimax"),
    "minres_promax": ("minres", "promax"),
}


def matched(ours: np.ndarray, theirs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Order and signs of their columns that come closest to ours: columns and signs are arbitrary."""
    signs = np.where(theirs.sum(axis=0) < 0, -1.0, 1.0)
    orders = [list(p) for p in permutations(range(theirs.shape[1]))]
    best = min(orders, key=lambda order: float(np.abs(ours - (theirs * signs)[:, order]).max()))
    return np.array(best), signs[best]


@pytest.mark.parametrize("case", CASES)
def test_loadings_equal_psych(case: str, bfi_keyed: pd.DataFrame, reference: dict[str, Any]) -> None:
    extraction, rotation = CASES[case]
    found = explore_factors(bfi_keyed, 5, extraction=extraction, rotation=rotation)  # type: ignore[arg-type]  # plain strings of the table above
    expected = reference["efa"][case]
    theirs = np.array(expected["loadings"]["values"])
    assert found.loadings is not None
    order, signs = matched(found.loadings.to_numpy(), theirs)
    assert np.abs(found.loadings.to_numpy() - theirs[:, order] * signs).max() < 1e-4
    if found.correlations is not None:
        phi = np.array(expected["phi"]["values"])[np.ix_(order, order)] * np.outer(signs, signs)
        assert np.abs(found.correlations.to_numpy() - phi).max() < 1e-4
    assert found.uniquenesses is not None
    assert dict(found.uniquenesses) == pytest.approx(expected["uniquenesses"], abs=1e-4)


def test_factors_are_ordered_and_point_upwards(bfi_keyed: pd.DataFrame) -> None:
    found = explore_factors(bfi_keyed, 5)
    assert found.variance is not None
    assert found.loadings is not None
    assert found.variance["sum_of_squares"].is_monotonic_decreasing
    assert (found.loadings.sum() > 0).all()
    assert found.correlations is not None
    assert np.allclose(np.diag(found.correlations), 1)


def test_a_heywood_case_is_named() -> None:
    rng = np.random.default_rng(1)
    data = pd.DataFrame(rng.standard_normal((200, 5)), columns=list("abcde"))
    data["b"] = data["a"] + 0.01 * rng.standard_normal(200)
    found = explore_factors(data, 2)
    assert found.reason or set(found.heywood_items) & {"a", "b"}


@pytest.mark.parametrize("n_factors", [0, 4])
def test_an_impossible_number_is_a_reason(n_factors: int) -> None:
    data = pd.DataFrame(np.random.default_rng(0).standard_normal((50, 5)), columns=list("abcde"))
    found = explore_factors(data, n_factors)
    assert found.loadings is None
    assert found.reason
