"""Ordinal alpha and omega, the best split half, the bifactor coefficients, on data of known truth."""

from __future__ import annotations

import itertools

import numpy as np
import pandas as pd
import pytest

from analysis.latent_reliability import (
    best_split_half,
    general_reliability,
    ordinal_reliability,
    share_of_uncontaminated,
    split_signs,
)
from analysis.reliability import cronbach_alpha


def ratings(loadings: list[float], n: int = 3000, seed: int = 5) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Latent responses of one factor, and the same cut into five skewed categories."""
    rng = np.random.default_rng(seed)
    factor = rng.standard_normal(n)
    latent = pd.DataFrame(
        {
            f"x{i}": load * factor + np.sqrt(1 - load**2) * rng.standard_normal(n)
            for i, load in enumerate(loadings)
        }
    )
    return latent, latent.apply(lambda c: np.digitize(c, [-2.0, -1.3, -0.4, 0.8]) + 1.0)


def test_ordinal_coefficients_recover_the_latent_ones() -> None:
    loadings = [0.8, 0.7, 0.6, 0.7, 0.5]
    latent, answers = ratings(loadings)
    found = ordinal_reliability(answers)
    common, unique = sum(loadings) ** 2, sum(1 - v**2 for v in loadings)
    assert found.omega == pytest.approx(common / (common + unique), abs=0.015)
    assert found.omega_interval is not None
    assert found.omega_interval.lower < common / (common + unique) < found.omega_interval.upper
    assert found.alpha == pytest.approx(cronbach_alpha(latent).alpha, abs=0.015)
    plain = cronbach_alpha(answers).alpha
    assert found.alpha is not None
    assert plain is not None
    assert found.alpha > plain + 0.02  # five skewed categories cost reliability: the control


def test_the_interval_of_ordinal_alpha_covers() -> None:
    truth = ratings([0.7] * 4, n=200_000)[0]
    alpha = cronbach_alpha(truth).alpha
    within = 0
    for seed in range(20):
        found = ordinal_reliability(ratings([0.7] * 4, n=300, seed=seed)[1])
        assert found.alpha_interval is not None
        assert alpha is not None
        within += found.alpha_interval.lower <= alpha <= found.alpha_interval.upper
    assert within >= 16


def test_too_little_is_said() -> None:
    _, answers = ratings([0.7, 0.7], n=100)
    found = ordinal_reliability(answers)
    assert found.alpha is None
    assert " / " in found.reason


@pytest.mark.parametrize("k", [4, 5])
def test_the_best_split_is_the_best_of_all(k: int) -> None:
    _, answers = ratings([0.7] * k, n=400)
    found = best_split_half(answers)
    covariance = answers.cov().to_numpy()
    halves = [
        4 * covariance[np.ix_(c, [i for i in range(k) if i not in c])].sum() / covariance.sum()
        for c in itertools.combinations(range(k), k // 2)
    ]
    assert found.is_exhaustive
    assert found.value == pytest.approx(max(halves))
    assert found.searched == len(halves) // (1 if k % 2 else 2)


def test_many_items_are_searched_at_random() -> None:
    signs, is_all = split_signs(20, 1)
    assert not is_all
    assert (signs.sum(axis=1) == 0).all()


def test_a_bifactor_model_recovers_its_coefficients() -> None:
    rng = np.random.default_rng(4)
    n, general = 4000, 0.6
    top = rng.standard_normal(n)
    columns = {}
    for group in "abc":
        own = rng.standard_normal(n)
        for i in range(4):
            noise = np.sqrt(1 - general**2 - 0.16)
            columns[f"{group}{i}"] = general * top + 0.4 * own + noise * rng.standard_normal(n)
    groups = {g: [f"{g}{i}" for i in range(4)] for g in "abc"}
    found = general_reliability(pd.DataFrame(columns), groups)
    total = (12 * general) ** 2 + 3 * (4 * 0.4) ** 2 + 12 * (1 - general**2 - 0.16)
    truth = {
        "omega_h": (12 * general) ** 2 / total,
        "omega_t": 1 - 12 * (1 - general**2 - 0.16) / total,
        "ecv": general**2 / (general**2 + 0.16),
    }
    for name, value in truth.items():
        assert found.table["est"][name] == pytest.approx(value, abs=0.02)
        assert found.table["lower"][name] < value < found.table["upper"][name]
    assert found.puc == pytest.approx(share_of_uncontaminated(groups)) == pytest.approx(1 - 36 / 132)


def test_one_group_has_no_general_factor() -> None:
    _, answers = ratings([0.7] * 5, n=200)
    found = general_reliability(answers, {"a": list(answers)})
    assert found.table.empty
    assert found.reason
