"""KMO, Bartlett, eigenvalues and MAP equal psych; parallel analysis equals a long run of R's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.dimensionality import (
    factorability,
    minimum_average_partial,
    parallel_analysis,
    random_correlations,
)


def test_kmo_and_bartlett_equal_psych(bfi_keyed: pd.DataFrame, reference: dict[str, Any]) -> None:
    expected, found = reference["dimensionality"], factorability(bfi_keyed)
    assert found.n == expected["n"]
    assert found.kmo == pytest.approx(expected["kmo"], abs=1e-9)
    assert found.kmo_items is not None
    assert dict(found.kmo_items["kmo"]) == pytest.approx(expected["kmo_items"], abs=1e-9)
    assert found.bartlett_df == expected["bartlett"]["df"]
    assert found.bartlett_chisq == pytest.approx(expected["bartlett"]["chisq"], rel=1e-9)


def test_random_eigenvalues_equal_those_of_random_data(
    bfi_keyed: pd.DataFrame, reference: dict[str, Any]
) -> None:
    expected, found = reference["dimensionality"], parallel_analysis(bfi_keyed, seed=1, replications=2000)
    assert found.table is not None
    assert np.allclose(found.table["eigenvalue"], expected["eigenvalues"], atol=1e-9)
    # Monte Carlo error of both runs: means about .0005, percentiles about .002
    assert np.allclose(found.table["random_mean"], expected["random_mean"], atol=0.002)
    assert np.allclose(found.table["random_p95"], expected["random_p95"], atol=0.008)
    assert found.n_components == 5


def test_parallel_analysis_recovers_the_number_of_factors() -> None:
    rng = np.random.default_rng(9)
    loadings = np.kron(np.eye(3), np.full((5, 1), 0.7))
    data = rng.standard_normal((500, 3)) @ loadings.T + 0.71 * rng.standard_normal((500, 15))
    frame = pd.DataFrame(data, columns=[f"x{i}" for i in range(15)])
    assert parallel_analysis(frame, seed=4).n_components == 3
    assert minimum_average_partial(frame).n_squared == 3


def test_the_same_seed_gives_the_same_numbers(bfi_keyed: pd.DataFrame) -> None:
    one, again, other = (parallel_analysis(bfi_keyed, seed=s, replications=50).table for s in (1, 1, 2))
    assert one is not None
    assert again is not None
    assert other is not None
    assert one.equals(again)
    assert not one.equals(other)


def test_random_correlations_are_correlations() -> None:
    drawn = random_correlations(50, 4, 200, np.random.default_rng(2))
    assert np.allclose(np.einsum("cii->ci", drawn), 1)
    assert np.abs(drawn[:, 0, 1]).max() <= 1
    assert drawn[:, 0, 1].std() == pytest.approx(1 / np.sqrt(49), rel=0.15)  # SE of r under independence


def test_map_equals_psych(bfi_keyed: pd.DataFrame, reference: dict[str, Any]) -> None:
    found = minimum_average_partial(bfi_keyed)
    assert found.table is not None
    expected = reference["dimensionality"]["map"]
    assert list(found.table["squared"].iloc[1 : 1 + len(expected)]) == pytest.approx(expected, abs=1e-9)


TROUBLE = {
    "constant": pd.DataFrame({"a": [1.0, 2, 3] * 20, "b": [3.0, 1, 2] * 20, "c": [1.0] * 60}),
    "collinear": pd.DataFrame({"a": [1.0, 2, 3, 5] * 20, "b": [3.0, 1, 2, 2] * 20}).assign(
        c=lambda d: d.a + d.b
    ),
    "fewer people than items": pd.DataFrame(np.arange(12.0).reshape(3, 4)),
    "nobody": pd.DataFrame(np.full((30, 4), np.nan)),
    "two items": pd.DataFrame({"a": [1.0, 2] * 20, "b": [2.0, 1] * 20}),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_trouble_is_a_reason(case: str) -> None:
    data = TROUBLE[case]
    assert factorability(data).reason
    assert parallel_analysis(data, seed=1).reason
    assert minimum_average_partial(data).reason
