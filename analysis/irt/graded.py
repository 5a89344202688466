"""The graded response model of one item: category probabilities and their derivatives, as arrays.

P(Y ≥ k | x) = 1 / (1 + exp(−(a·x + d_k))), logistic metric without 1.702, b_k = −d_k / a.
Samejima (1969). The same formulas with covariates for x are the proportional-odds regression.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from analysis.results import FloatArray

SMALLEST = 1e-50  # a probability is kept above this so that its logarithm exists


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Derivatives:
    """What one item says at G places: K categories, D slopes and K − 1 intercepts (p = D + K − 1 parameters).

    probabilities: (K, G). scores: (K, G, p), the gradient of log P. lower, upper: (K, G), second derivatives
    of the logistic at the category's two boundaries divided by P, zero where there is no boundary.
    """

    probabilities: FloatArray
    scores: FloatArray
    lower: FloatArray
    upper: FloatArray


def category_probabilities(slopes: FloatArray, intercepts: FloatArray, places: FloatArray) -> FloatArray:
    """P(Y = k | x): slopes (D,), intercepts (K − 1,) falling, places (G, D) → (K, G).

    >>> category_probabilities(np.array([1.0]), np.array([0.0]), np.array([[0.0]])).ravel().tolist()
    [0.5, 0.5]
    """
    boundaries = np.zeros((len(intercepts) + 2, len(places)))
    boundaries[0] = 1
    boundaries[1:-1] = expit((places @ slopes)[None, :] + intercepts[:, None])
    return np.maximum(boundaries[:-1] - boundaries[1:], SMALLEST)


def derivatives(slopes: FloatArray, intercepts: FloatArray, places: FloatArray) -> Derivatives:
    """Probabilities, scores and curvature at `places` (G, D); parameters in the order slopes, intercepts."""
    k, d = len(intercepts) + 1, len(slopes)
    cumulative = expit((places @ slopes)[None, :] + intercepts[:, None])
    density = np.zeros((k + 1, len(places)))
    density[1:-1] = cumulative * (1 - cumulative)
    bend = np.zeros_like(density)
    bend[1:-1] = density[1:-1] * (1 - 2 * cumulative)
    probabilities = category_probabilities(slopes, intercepts, places)
    lower, upper = density[:-1] / probabilities, density[1:] / probabilities
    scores = np.zeros((k, len(places), d + k - 1))
    scores[:, :, :d] = (lower - upper)[:, :, None] * places[None, :, :]
    for c in range(k):
        if c > 0:
            scores[c, :, d + c - 1] = lower[c]
        if c < k - 1:
            scores[c, :, d + c] = -upper[c]
    return Derivatives(
        probabilities=probabilities,
        scores=scores,
        lower=bend[:-1] / probabilities,
        upper=bend[1:] / probabilities,
    )


def expected_hessian(found: Derivatives, counts: FloatArray, places: FloatArray) -> FloatArray:
    """Second derivative of Σ counts·log P: counts (K, G) → (p, p). Negative definite at a maximum."""
    k, d = len(counts), places.shape[1]
    weighted = counts[:, :, None] * found.scores
    p = found.scores.shape[2]
    hessian = -(weighted.reshape(-1, p).T @ found.scores.reshape(-1, p))
    for m in range(1, k):
        weight = counts[m] * found.lower[m] - counts[m - 1] * found.upper[m - 1]
        at = d + m - 1
        hessian[:d, :d] += (weight[:, None] * places).T @ places
        cross = weight @ places
        hessian[:d, at] += cross
        hessian[at, :d] += cross
        hessian[at, at] += weight.sum()
    return np.asarray(hessian)


def fisher_information(found: Derivatives, totals: FloatArray) -> FloatArray:
    """Expected information Σ totals·Σ_k P_k s_k s_k': totals (G,) → (p, p), never negative definite."""
    p = found.scores.shape[2]
    weighted = (found.probabilities * totals)[:, :, None] * found.scores
    return np.asarray(weighted.reshape(-1, p).T @ found.scores.reshape(-1, p))


def improved(
    slopes: FloatArray, intercepts: FloatArray, places: FloatArray, counts: FloatArray, *, steps: int
) -> tuple[FloatArray, FloatArray]:
    """Slopes and intercepts after `steps` scoring steps up Σ counts·log P, halved until each step climbs."""
    d, totals = len(slopes), counts.sum(axis=0)
    value = float((counts * np.log(category_probabilities(slopes, intercepts, places))).sum())
    for _ in range(steps):
        found = derivatives(slopes, intercepts, places)
        gradient = np.einsum("kg,kgp->p", counts, found.scores)
        information = fisher_information(found, totals)
        ridge = 1e-9 * float(np.trace(information)) + 1e-12
        step = np.linalg.solve(information + ridge * np.eye(len(gradient)), gradient)
        for _ in range(12):
            a, b = slopes + step[:d], intercepts + step[d:]
            if np.all(np.diff(b) < 0):
                new = float((counts * np.log(category_probabilities(a, b, places))).sum())
                if new >= value:
                    slopes, intercepts, value = a, b, new
                    break
            step = step / 2
    return slopes, intercepts
