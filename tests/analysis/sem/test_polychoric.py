"""Thresholds, polychoric and polyserial correlations, asymptotic covariance: lavaan, recovery, limits."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from analysis.sem.bivariate_normal import cell_probabilities, distribution
from analysis.sem.conditional_moments import conditional_moments
from analysis.sem.errors import DataError
from analysis.sem.ordinal_moments import OrdinalMoments, ordinal_moments

GOLDEN = Path(__file__).parents[1] / "golden" / "sem"
BFI = [*(f"A{k}" for k in range(1, 6)), *(f"C{k}" for k in range(1, 6))]
ABILITY = [*(f"r{k}" for k in range(1, 5)), *(f"m{k}" for k in range(1, 5))]
HS = [f"x{k}" for k in range(1, 10)]


def moments_of(csv: str, items: list[str], ordered: list[str], *, listwise: bool) -> OrdinalMoments:
    values = pd.read_csv(GOLDEN / csv)[items].to_numpy(float)
    if listwise:
        values = values[~np.isnan(values).any(axis=1)]
    columns = [values[~np.isnan(values[:, k]), k] for k in range(len(items))]
    levels = [np.unique(c) if i in ordered else None for i, c in zip(items, columns, strict=True)]
    return ordinal_moments(values, items, levels)


@pytest.mark.parametrize(
    ("name", "items", "ordered", "listwise", "tolerance"),
    [
        ("bfi_2f_wlsmv_gamma", BFI, BFI, True, 1e-6),
        ("ord_binary_gamma", ABILITY, ABILITY, True, 1e-6),
        ("ord_binary_pairwise_gamma", ABILITY, ABILITY, False, 1e-6),
        ("ord_mixed_gamma", HS, ["x4", "x5", "x6", "x8"], True, 1e-6),
        # lavaan's polyserial and pairwise Pearson optimiser stops at about 3e-6
        ("ord_mixed_pairwise_gamma", HS, ["x4", "x5", "x6", "x8"], False, 1e-5),
    ],
)
def test_statistics_and_asymptotic_covariance_equal_lavaan(
    name: str, items: list[str], ordered: list[str], listwise: bool, tolerance: float
) -> None:
    reference = json.loads((GOLDEN / f"{name}.json").read_text())
    gamma = reference["gamma"] if isinstance(reference["gamma"], dict) else reference["gamma"][0]
    wls_obs = reference["wls_obs"]
    wls_obs = np.array(list(wls_obs.values()) if isinstance(wls_obs, dict) else wls_obs)
    found = moments_of(reference["data"], items, ordered, listwise=listwise)
    is_mean = ~found.ordered[found.location_variable]
    sign = np.where(np.append(is_mean, np.zeros(len(found.vector) - len(is_mean), bool)), -1.0, 1.0)
    np.testing.assert_allclose(found.vector * sign, wls_obs, atol=tolerance)
    expected = np.array(gamma["values"], float)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(found.gamma * np.outer(sign, sign) / scale, expected / scale, atol=tolerance)


def test_bivariate_normal_distribution_equals_scipy() -> None:
    points = np.array([[-1.2, 0.4], [0.0, 0.0], [0.0, 1.0], [2.5, -2.5], [-0.3, -0.3]])
    for rho in (-0.999, -0.5, 0.0, 0.3, 0.95, 0.999):
        ours = distribution(points[:, 0], points[:, 1], np.array(rho))
        theirs = [stats.multivariate_normal([0, 0], [[1, rho], [rho, 1]]).cdf(p) for p in points]
        np.testing.assert_allclose(ours, theirs, atol=2e-6)  # scipy's own accuracy near |rho| = 1
    table = cell_probabilities(np.array([[-1.0, 0.5]]), np.array([[0.2, 9.0]]), np.array([0.7]))
    assert table.shape == (1, 3, 3)
    assert table.sum() == pytest.approx(1.0)


def test_recovers_known_correlations_whatever_the_order_of_items() -> None:
    rng = np.random.default_rng(5)
    truth = np.array([[1.0, 0.6, -0.4], [0.6, 1.0, 0.0], [-0.4, 0.0, 1.0]])
    latent = rng.multivariate_normal(np.zeros(3), truth, size=20_000)
    values = np.column_stack(
        [np.digitize(latent[:, k], cuts) for k, cuts in enumerate(([-1, 0.2], [0.5], [-1.5, -0.5, 1]))]
    )
    levels = [np.unique(values[:, k]).astype(float) for k in range(3)]
    found = ordinal_moments(values.astype(float), ["a", "b", "c"], levels)
    np.testing.assert_allclose(found.covariance, truth, atol=0.03)
    turned = ordinal_moments(values[:, ::-1].astype(float), ["c", "b", "a"], levels[::-1])
    np.testing.assert_allclose(turned.covariance[::-1, ::-1], found.covariance, atol=1e-9)
    error = np.sqrt(np.diag(found.gamma)[-3:] / 20_000)
    assert np.all(np.abs(found.vector[-3:] - [0.6, -0.4, 0.0]) < 4 * error)


def test_empty_cells_are_named_and_half_a_case_moves_in_a_binary_table() -> None:
    a = np.repeat([0.0, 0.0, 1.0], [30, 20, 50])
    b = np.repeat([0.0, 1.0, 1.0], [30, 20, 50])  # no case with a = 1 and b = 0
    found = ordinal_moments(np.column_stack([a, b]), ["a", "b"], [np.array([0.0, 1.0])] * 2)
    assert found.empty_tables == (("a", "b"),)
    assert 0.9 < found.covariance[0, 1] < 0.999
    same = ordinal_moments(np.column_stack([a, a]), ["a", "c"], [np.array([0.0, 1.0])] * 2)
    assert same.perfect == (("a", "c"),)
    assert np.isfinite(same.gamma).all()


@pytest.mark.parametrize(
    ("column", "level", "words"),
    [
        ([1.0, 1.0, 1.0, 1.0], [1.0, 2.0], "only one category"),
        ([1.0, 3.0, 1.0, 3.0], [1.0, 2.0, 3.0], "category 2 is empty"),
        ([2.0, 2.0, 2.0, 2.0], None, "constant"),
    ],
)
def test_unusable_items_are_named(column: list[float], level: list[float] | None, words: str) -> None:
    other = [0.0, 1.0, 1.0, 0.0]
    levels = [None if level is None else np.array(level), np.array([0.0, 1.0])]
    with pytest.raises(DataError, match=f"item1.*{words}|{words}.*item1"):
        ordinal_moments(np.column_stack([column, other]), ["item1", "item2"], levels, group=" in group B")


def test_items_never_answered_together_are_named() -> None:
    values = np.array([[0.0, np.nan], [1.0, np.nan], [np.nan, 1.0], [np.nan, 0.0]])
    with pytest.raises(DataError, match="left and right are never answered together"):
        ordinal_moments(values, ["left", "right"], [np.array([0.0, 1.0])] * 2)


def test_statistics_given_covariates_equal_lavaan() -> None:
    reference = json.loads((GOLDEN / "ord_covariates_gamma.json").read_text())
    items, covariates = [f"N{k}" for k in range(1, 6)], ["age", "gender"]
    data = pd.read_csv(GOLDEN / reference["data"])[[*items, *covariates]].dropna()
    values = data[items].to_numpy(float)
    levels = [np.unique(values[:, k]) for k in range(5)]
    found = conditional_moments(values, data[covariates].to_numpy(float), items, levels)
    np.testing.assert_allclose(found.vector, reference["wls_obs"], atol=1e-6)
    expected = np.array(reference["gamma"][0]["values"], float)
    scale = np.sqrt(np.outer(np.diag(expected), np.diag(expected)))
    np.testing.assert_allclose(found.gamma / scale, expected / scale, atol=1e-6)


def test_missing_answers_leave_their_pairs_only_given_covariates() -> None:
    rng = np.random.default_rng(2)
    x = rng.standard_normal((4_000, 1))
    latent = 0.5 * x + rng.multivariate_normal([0, 0], [[1, 0.6], [0.6, 1]], size=4_000)
    values = (latent > 0.3).astype(float)
    values[:1_000, 0] = np.nan
    found = conditional_moments(values, x, ["a", "b"], [np.array([0.0, 1.0])] * 2)
    np.testing.assert_allclose(found.vector, [0.3, 0.3, 0.5, 0.5, 0.6], atol=0.08)
    with pytest.raises(DataError, match="collinear"):
        conditional_moments(values, np.hstack([x, 2 * x]), ["a", "b"], [np.array([0.0, 1.0])] * 2)
