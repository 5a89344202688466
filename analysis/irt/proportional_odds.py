"""Proportional-odds regression of an ordered answer on covariates by maximum likelihood.

McCullagh (1980). P(Y ≥ k | x) = 1 / (1 + exp(−(x·β + d_k))): polr's β, and its ζ = −d. Binary answers are
logistic regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.irt.graded import category_probabilities, derivatives, expected_hessian
from analysis.results import FloatArray, IntArray


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Regression:
    """slopes (D,) on the covariates as given; intercepts (K − 1,); converged: no step gains over 1e-7."""

    slopes: FloatArray
    intercepts: FloatArray
    log_likelihood: float
    converged: bool


def proportional_odds(covariates: FloatArray, codes: IntArray, *, max_steps: int = 50) -> Regression:
    """Fit codes (n,), 0…K − 1 all occurring, on covariates (n, D); D may be 0 (thresholds only).

    Covariates are standardised inside. `converged` is false when they do not tell each other apart or
    answers are perfectly separated.
    """
    n, k = len(codes), int(codes.max()) + 1
    one_hot: FloatArray = (np.arange(k)[:, None] == codes[None, :]).astype(float)
    above = 1 - np.cumsum(one_hot.sum(axis=1))[:-1] / n
    intercepts = np.log(above / (1 - above))
    centre, spread = covariates.mean(axis=0), covariates.std(axis=0)
    if covariates.shape[1] == 0 or np.any(spread == 0):
        places, slopes = np.zeros((n, 0)), np.zeros(0)
        value = float((one_hot * np.log(category_probabilities(slopes, intercepts, places))).sum())
        return Regression(
            slopes=np.full(covariates.shape[1], np.nan),
            intercepts=intercepts,
            log_likelihood=value,
            converged=covariates.shape[1] == 0,
        )
    places = (covariates - centre) / spread
    slopes, d = np.zeros(covariates.shape[1]), covariates.shape[1]
    value = float((one_hot * np.log(category_probabilities(slopes, intercepts, places))).sum())
    converged = False
    for _ in range(max_steps):
        found = derivatives(slopes, intercepts, places)
        gradient = np.einsum("kg,kgp->p", one_hot, found.scores)
        hessian = expected_hessian(found, one_hot, places)
        try:
            step = -np.linalg.solve(hessian, gradient)
        except np.linalg.LinAlgError:
            break
        gain = float(gradient @ step)
        slopes, intercepts, value, moved = _climb(slopes, intercepts, value, step, places, one_hot)
        if not moved or abs(gain) < 1e-12:
            converged = abs(gain) < 1e-7
            break
    raw = slopes / spread
    return Regression(
        slopes=raw,
        intercepts=intercepts - float(centre @ raw),
        log_likelihood=value,
        converged=converged and d == len(raw),
    )


def _climb(
    slopes: FloatArray,
    intercepts: FloatArray,
    value: float,
    step: FloatArray,
    places: FloatArray,
    one_hot: FloatArray,
) -> tuple[FloatArray, FloatArray, float, bool]:
    """The step, halved until the likelihood rises and thresholds keep their order."""
    d = len(slopes)
    for _ in range(25):
        a, b = slopes + step[:d], intercepts + step[d:]
        if np.all(np.diff(b) < 0):
            new = float((one_hot * np.log(category_probabilities(a, b, places))).sum())
            if new >= value:
                return a, b, new, True
        step = step / 2
    return slopes, intercepts, value, False
