"""Residuals, factor scores, explained variance and implied moments against lavaan's."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, fit
from analysis.sem.factor_scores import factor_scores
from analysis.sem.r_squared import r_squared
from analysis.sem.residuals import residuals
from tests.analysis.sem import reference

KINDS = {
    "raw": "raw",
    "cor.bollen": "correlation",
    "normalized": "normalized",
    "standardized": "standardized",
}
# z values multiply lavaan's distance from the optimum (about 1e-6 of a standard error) by a hundred
TOLERANCE = {"raw": 1e-4, "cor.bollen": 1e-4, "normalized": 1e-4, "standardized": 1e-3}
CASES = (
    "hs_cfa_ml",
    "hs_cfa_mlm",
    "hs_cfa_mlr",
    "hs_cfa_fiml",
    "hs_cfa_fiml_mlr",
    "hs_invariance_school_ml_configural",
    "hs_invariance_school_mlr_scalar",
    "sem_growth_ml",
    "sem_mimic_ml",
    "sem_pd_ml",
)


def matrix(block: dict[str, Any]) -> pd.DataFrame:
    return pd.DataFrame(block["values"], index=block["rows"], columns=block["cols"], dtype=float)


@pytest.mark.parametrize("name", CASES)
def test_residuals_equal_lavaan(name: str) -> None:
    case = reference.load(name)
    found = reference.fit_case(case)
    groups = residuals(found).groups
    for kind, attribute in KINDS.items():
        block = case["residuals"][kind]
        for part, ours in zip([block[g] for g in found.group_labels] or [block], groups, strict=True):
            wanted = matrix(part["cov"])
            frame = getattr(ours, attribute).loc[wanted.index, wanted.columns]
            np.testing.assert_allclose(frame, wanted, atol=TOLERANCE[kind], err_msg=kind)
            if "mean" in part and kind in ("normalized", "standardized"):
                means = pd.Series(part["mean"])
                np.testing.assert_allclose(
                    getattr(ours, f"{attribute}_mean")[means.index], means, atol=TOLERANCE[kind]
                )


@pytest.mark.parametrize("name", ["hs_cfa_ml", "hs_cfa_mlr", "hs_cfa_fiml_mlr", "sem_pd_ml"])
def test_covariance_of_estimates_equals_lavaan(name: str) -> None:
    case = reference.load(name)
    found = reference.fit_case(case)
    wanted = matrix(case["vcov_free_parameters"])
    ours = found.solution.inference.vcov
    assert ours.shape == wanted.shape
    np.testing.assert_allclose(np.sort(np.diag(ours)), np.sort(np.diag(wanted)), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("method", ["regression", "Bartlett"])
def test_factor_scores_equal_lavaan(method: str) -> None:
    case = reference.load("hs_cfa_ml_factor_scores")
    hs = pd.read_csv(reference.GOLDEN / case["data"])
    found = factor_scores(fit(case["model"], hs), method)  # type: ignore[arg-type]  # a parameter of the test
    np.testing.assert_allclose(found.scores, case[method.lower()]["values"], atol=1e-4)
    assert found.determinacy.to_numpy().min() > 0.8


def test_determinacy_is_the_correlation_of_score_and_factor() -> None:
    rng = np.random.default_rng(7)
    factor = rng.normal(size=4000)
    items = factor[:, None] * [0.8, 0.7, 0.6, 0.7] + rng.normal(size=(4000, 4)) * 0.7
    found = factor_scores(fit("f =~ a + b + c + d", pd.DataFrame(items, columns=list("abcd"))))
    observed = np.corrcoef(found.scores["f"], factor)[0, 1]
    assert found.determinacy.loc["all", "f"] == pytest.approx(observed, abs=0.02)


def test_scores_with_missing_items_use_what_is_there() -> None:
    hsm = pd.read_csv(reference.GOLDEN / "holzinger_swineford_missing.csv")
    model = reference.load("hs_cfa_ml")["model"]
    found = factor_scores(fit(model, hsm, missing="fiml"))
    assert len(found.scores) == len(hsm)
    assert np.isfinite(found.scores.to_numpy()).all()


def test_r_squared_is_one_minus_the_standardised_residual() -> None:
    hs = pd.read_csv(reference.GOLDEN / "holzinger_swineford.csv")
    found = r_squared(fit("f =~ x1 + x2 + x3\nx9 ~ f", hs)).set_index("variable").r_squared
    assert set(found.index) == {"x1", "x2", "x3", "x9"}
    assert found.between(0, 1).all()


def test_questions_to_an_unusable_fit_are_refused() -> None:
    hs = pd.read_csv(reference.GOLDEN / "holzinger_swineford.csv")
    found = fit("f =~ x1 + x2", hs)
    with pytest.raises(DataError, match="not identified"):
        residuals(found)
    with pytest.raises(DataError, match="not identified"):
        factor_scores(found)
