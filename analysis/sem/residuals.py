"""Residual moments: raw, of correlations, normalised and standardised.

Normalised: divided by the standard error of the sample moment; standardised: by that of the residual itself,
so that it is a z value (Jöreskog & Sörbom, 1981; Maydeu-Olivares, 2017, Struct. Equ. Modeling 24).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import FloatArray, Result
from analysis.sem.constrained import tangent_basis
from analysis.sem.continuous import ContinuousSample
from analysis.sem.errors import DataError
from analysis.sem.fit import Fit
from analysis.sem.incomplete_h1 import h1_information, kept_moments, score_variance
from analysis.sem.model import lower_indices
from analysis.sem.solution import Solution

_NEAR_ZERO = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupResiduals:
    """Residuals of one group: raw, correlation, normalized, standardized as frames p×p (None where not
    defined), and the same of the means as series where means are modelled.
    """

    group: str
    raw: pd.DataFrame
    correlation: pd.DataFrame
    normalized: pd.DataFrame | None
    standardized: pd.DataFrame | None
    raw_mean: pd.Series | None
    normalized_mean: pd.Series | None
    standardized_mean: pd.Series | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Residuals(Result):
    """Residuals of every group."""

    groups: tuple[GroupResiduals, ...]


def residuals(fit: Fit) -> Residuals:
    """Sample minus implied moments. Normalised and standardised ones for ML, MLM, MLR (FIML included)."""
    solution = fit.solution
    if fit.status not in ("ok", "inadmissible"):
        raise DataError(f"no residuals: {'; '.join(fit.problems)}")
    errors = _standard_errors(solution)
    labels = fit.group_labels or ("",)
    return Residuals(groups=tuple(_group(solution, g, label, errors) for g, label in enumerate(labels)))


def _group(
    solution: Solution, group: int, label: str, errors: list[tuple[FloatArray, FloatArray]] | None
) -> GroupResiduals:
    names = list(solution.model.observed)
    p = len(names)
    prepared, implied = solution.prepared, solution.implied[group]
    cov = prepared.covariances[group]
    raw = cov - implied.cov
    sd, implied_sd = np.sqrt(np.diag(cov)), np.sqrt(np.diag(implied.cov))
    correlation = cov / np.outer(sd, sd) - implied.cov / np.outer(implied_sd, implied_sd)
    means = solution.model.meanstructure and errors is not None
    shift = prepared.means[group] - implied.mean
    frames: list[pd.DataFrame | None] = [None, None]
    series: list[pd.Series | None] = [None, None]
    if errors is not None:
        i, j = lower_indices(p, diagonal=True)
        for k, error in enumerate(errors[group]):
            spread = np.ones((p, p))
            spread[i, j] = spread[j, i] = error[p:]
            ratio = raw / np.where(np.abs(raw) < _NEAR_ZERO, 1.0, spread)
            frames[k] = pd.DataFrame(ratio, index=names, columns=names)
            if means:
                mean_ratio = shift / np.where(np.abs(shift) < _NEAR_ZERO, 1.0, error[:p])
                series[k] = pd.Series(mean_ratio, index=names)
    return GroupResiduals(
        group=label,
        raw=pd.DataFrame(raw, index=names, columns=names),
        correlation=pd.DataFrame(correlation, index=names, columns=names),
        normalized=frames[0],
        standardized=frames[1],
        raw_mean=pd.Series(shift, index=names) if means else None,
        normalized_mean=series[0],
        standardized_mean=series[1],
    )


def _standard_errors(solution: Solution) -> list[tuple[FloatArray, FloatArray]] | None:
    """Per group: standard errors (p + p*,) of the sample moments, and of the residuals; None for least
    squares.
    """
    sample = solution.prepared
    if not isinstance(sample, ContinuousSample) or sample.log_likelihoods(0.0) is None:
        return None
    model, x = solution.model, solution.estimate.x
    estimator = solution.request.estimator
    observed = estimator == "MLR" or not sample.sample.complete
    robust = estimator in ("MLM", "MLR")
    p = len(model.observed)
    kept = kept_moments(model)
    kept = kept if model.meanstructure else kept[kept >= p]
    cells = np.ix_(kept, kept)
    basis = tangent_basis(model, x)
    jacobians, weights, variances = [], [], []
    for moments, implied, full in zip(sample.sample.groups, solution.implied, model.jacobian(x), strict=True):
        jacobian = full if model.meanstructure else np.concatenate([np.zeros((p, full.shape[1])), full])
        jacobians.append(jacobian[kept] @ basis)
        mean = implied.mean if model.meanstructure else moments.mean
        weights.append(h1_information(moments, implied.cov, mean, observed=observed)[cells])
        inverse = np.linalg.inv(h1_information(moments, moments.cov, moments.mean, observed=observed)[cells])
        middle = inverse @ score_variance(moments)[cells] @ inverse if robust else inverse
        variances.append(middle / moments.n)
    n = sum(solution.nobs)
    information = sum(
        m.n / n * j.T @ w @ j for m, j, w in zip(sample.sample.groups, jacobians, weights, strict=True)
    )
    inverse = np.linalg.pinv(np.asarray(information), hermitian=True)
    errors = []
    for moments, jacobian, weight, variance in zip(
        sample.sample.groups, jacobians, weights, variances, strict=True
    ):
        projector = np.eye(len(kept)) - moments.n / n * jacobian @ inverse @ jacobian.T @ weight
        residual = projector @ variance @ projector.T
        pair = []
        for matrix in (variance, residual):
            spread = np.ones(p + p * (p + 1) // 2)
            spread[kept] = np.sqrt(np.maximum(np.diag(matrix), 0.0))
            pair.append(np.where(spread > 0, spread, np.nan))
        errors.append((pair[0], pair[1]))
    return errors
