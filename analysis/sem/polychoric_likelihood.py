"""Robust CFI, TLI and RMSEA for ordinal items, from the normal-theory discrepancy of the polychoric matrix.

DWLS chi-squares understate misfit; these indices describe the misfit that maximum likelihood on the
polychoric correlations would show. Savalei (2021), Improving fit indices in SEM with categorical data,
Multivariate Behavioral Research 56, 390-407.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from analysis.results import FloatArray
from analysis.sem.fit_measures import RobustInput
from analysis.sem.least_squares import WeightedMoments, shares
from analysis.sem.model import Model, lower_indices
from analysis.sem.ordinal_moments import OrdinalMoments

__all__ = ["robust_input"]


def robust_input(
    model: Model,
    x: FloatArray,
    moments: Sequence[OrdinalMoments],
    samples: Sequence[WeightedMoments],
    inverse: FloatArray,
) -> RobustInput | None:
    """What the robust indices are made of, or None where they are not defined.

    inverse: of the information, over the free rows. Not defined for mixed data, a polychoric matrix that is
    not positive definite, or thresholds or intercepts under equality constraints (as in lavaan 0.6-14).
    """
    if any(
        group.slopes is not None or not group.ordered.all() for group in moments
    ) or _constrained_locations(model):
        return None
    if any(np.linalg.eigvalsh(group.covariance)[0] < math.sqrt(np.finfo(float).eps) for group in moments):
        return None
    pairs = len(lower_indices(len(model.observed), diagonal=False)[0])
    df = len(moments) * pairs - _covariance_parameters(model)
    if df <= 0:
        return None
    chisq = chisq0 = 0.0
    weights = []
    for group, implied in zip(moments, model.implied(x), strict=True):
        sign, log_implied = np.linalg.slogdet(implied.cov)
        if sign <= 0:
            return None
        log_sample = np.linalg.slogdet(group.covariance)[1]
        precision = np.asarray(np.linalg.inv(implied.cov))
        spread = float((precision * group.covariance).sum())
        chisq += group.nobs * (log_implied + spread - log_sample - len(group.names))
        chisq0 -= group.nobs * log_sample
        weights.append(_normal_weight(precision))
    scale = _scale(model.jacobian(x), samples, weights, inverse, pairs) / df
    gammas = [np.trace(s.gamma[-pairs:, -pairs:]) for s in samples if s.gamma is not None]
    scale0 = float((np.array(gammas) / shares(samples)).sum()) / (len(moments) * pairs)
    return RobustInput(
        chisq=chisq,
        df=df,
        scale=scale,
        chisq0=chisq0,
        df0=len(moments) * pairs,
        scale0=scale0,
        interval_chisq=chisq / scale,
    )


def _constrained_locations(model: Model) -> bool:
    """Is a threshold or an intercept tied to another parameter?"""
    table = model.table
    for position, row in enumerate(table.free_rows):
        if table.rows[row].op not in ("|", "~1"):
            continue
        used = np.flatnonzero(np.abs(table.basis[position]) > 1e-12)
        if len(used) != 1 or np.count_nonzero(np.abs(table.basis[:, used[0]]) > 1e-12) > 1:
            return True
    return bool(table.nonlinear)


def _covariance_parameters(model: Model) -> int:
    """Free parameters other than thresholds and intercepts, after equality constraints."""
    table = model.table
    kept = [k for k, row in enumerate(table.free_rows) if table.rows[row].op not in ("|", "~1")]
    return int(np.linalg.matrix_rank(table.basis[kept])) if kept else 0


def _normal_weight(precision: FloatArray) -> FloatArray:
    """Information of the correlations under normality: P_ik P_jl + P_il P_jk over pairs, (pairs, pairs)."""
    i, j = lower_indices(len(precision), diagonal=False)
    return np.asarray(
        precision[np.ix_(i, i)] * precision[np.ix_(j, j)] + precision[np.ix_(i, j)] * precision[np.ix_(j, i)]
    )


def _scale(
    jacobians: Sequence[FloatArray],
    samples: Sequence[WeightedMoments],
    weights: Sequence[FloatArray],
    inverse: FloatArray,
    pairs: int,
) -> float:
    """tr(R'VRΓ), R = I - Δ E⁻¹ Δ'W: expected value of the normal-theory statistic at the DWLS estimates."""
    total = 0.0
    size = inverse.shape[0]
    cross, inner, outer = np.zeros((size, size)), np.zeros((size, size)), np.zeros((size, size))
    for jacobian, sample, weight, share in zip(jacobians, samples, weights, shares(samples), strict=True):
        assert sample.gamma is not None
        slope, gamma = jacobian[-pairs:], sample.gamma[-pairs:, -pairs:]
        weighed = sample.weight[-pairs:, None] * slope
        bent = weight @ slope
        spread = gamma @ weighed
        total += float((weight * gamma).sum())
        cross += share * (spread.T @ bent)
        inner += share * (weighed.T @ spread)
        outer += share * (slope.T @ bent)
    middle = inverse @ inner @ inverse
    return total - 2.0 * float((inverse * cross).sum()) + float((middle * outer).sum())
