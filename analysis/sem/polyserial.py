"""Correlations that involve a continuous variable: polyserial (continuous × ordinal) and pairwise Pearson.

Two steps as for polychoric correlations: mean and variance, or thresholds; then one correlation a pair.
Olsson, Drasgow & Dorans (1982), The polyserial correlation coefficient, Psychometrika 47, 337-347.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from analysis.results import FloatArray, IntArray
from analysis.sem.bivariate_normal import standard_density

__all__ = [
    "MixedScores",
    "pearson_correlation",
    "pearson_scores",
    "polyserial_correlation",
    "polyserial_scores",
]

FAR = 100.0  # stands for an infinite threshold: its density is zero in double precision
BOUND = 0.995
LIKELIHOOD_FLOOR = float(np.sqrt(np.finfo(float).eps))
PROBABILITY_FLOOR = float(np.finfo(float).eps)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MixedScores:
    """Casewise derivatives of one pair's log-likelihood; zero for a case that misses either variable.

    rho: (n,). own: one array for each variable, (n, its parameters): mean and variance, or thresholds.
    """

    rho: FloatArray
    own: tuple[FloatArray, FloatArray]


def _limits(codes: IntArray, thresholds: FloatArray) -> tuple[FloatArray, FloatArray]:
    edges = np.concatenate([[-FAR], thresholds, [FAR]])
    return edges[codes], edges[codes + 1]


def polyserial_correlation(z: FloatArray, deviation: float, codes: IntArray, thresholds: FloatArray) -> float:
    """Maximum likelihood correlation of a standardised variable and an ordinal item.

    z: (n,) standardised values, codes: (n,) from 0, complete cases only; deviation: what z was divided by
    (cases whose joint density falls below 1.5e-8 are left out, as in lavaan).
    Newton steps inside a bracket; bounded by ±0.995.
    """
    lower, upper = _limits(codes, thresholds)
    spread = float(z.std() * codes.std())
    start = float(np.mean((z - z.mean()) * (codes - codes.mean()))) if spread > 0 else 0.0
    rho = start / float(standard_density(thresholds).sum())
    rho = float(np.clip(rho if abs(rho) <= 0.9 else rho / 2.0, -0.9, 0.9))
    low, high = -BOUND, BOUND
    for _ in range(100):
        gradient, hessian = _polyserial_derivatives(rho, z, deviation, lower, upper)
        low, high = (rho, high) if gradient > 0 else (low, rho)
        proposal = rho - gradient / hessian if hessian < 0 else 0.5 * (low + high)
        if not low < proposal < high:
            proposal = 0.5 * (low + high)
        step, rho = abs(proposal - rho), proposal
        if step < 1e-11:
            break
    return rho


def _polyserial_derivatives(
    rho: float, z: FloatArray, deviation: float, lower: FloatArray, upper: FloatArray
) -> tuple[float, float]:
    """First and second derivative of the log-likelihood by rho, summed over cases."""
    rest = np.sqrt(1.0 - rho * rho)
    high, low = (upper - rho * z) / rest, (lower - rho * z) / rest
    probability = np.maximum(ndtr(high) - ndtr(low), PROBABILITY_FLOOR)
    slope_high, slope_low = upper * rho - z, lower * rho - z
    density_high, density_low = standard_density(high), standard_density(low)
    numerator = density_high * slope_high - density_low * slope_low
    bend = density_high * (upper - high * slope_high**2 / rest**3) - density_low * (
        lower - low * slope_low**2 / rest**3
    )
    score = numerator / (probability * rest**3)
    second = bend / (probability * rest**3) + 3.0 * rho * score / rest**2 - score**2
    used = standard_density(z) / deviation * probability >= LIKELIHOOD_FLOOR
    return float(score[used].sum()), float(second[used].sum())


def polyserial_scores(
    rho: float, z: FloatArray, deviation: float, codes: IntArray, thresholds: FloatArray
) -> MixedScores:
    """Casewise scores of a polyserial pair; z NaN or a negative code: missing.

    own[0]: mean and variance of the continuous variable, own[1]: thresholds of the item.
    """
    missing = np.isnan(z) | (codes < 0)
    z, codes = np.where(missing, 0.0, z), np.where(missing, 0, codes)
    lower, upper = _limits(codes, thresholds)
    rest = np.sqrt(1.0 - rho * rho)
    high, low = (upper - rho * z) / rest, (lower - rho * z) / rest
    inverse = 1.0 / np.maximum(ndtr(high) - ndtr(low), PROBABILITY_FLOOR)
    density_high, density_low = standard_density(high), standard_density(low)
    pull = inverse * rho / rest * (density_high - density_low)
    mean = (z + pull) / deviation
    variance = (z * z - 1.0 + pull * z) / (2.0 * deviation**2)
    number = np.arange(thresholds.shape[0])
    cuts = (codes[:, None] == number) * density_high[:, None] - (codes[:, None] == number + 1) * density_low[
        :, None
    ]
    cuts = cuts * inverse[:, None] / rest
    by_rho = inverse / rest**3 * (density_high * (upper * rho - z) - density_low * (lower * rho - z))
    kept = ~missing
    return MixedScores(
        rho=by_rho * kept, own=(np.column_stack([mean, variance]) * kept[:, None], cuts * kept[:, None])
    )


def pearson_correlation(x: FloatArray, y: FloatArray) -> float:
    """Maximum likelihood correlation of two standardised variables whose means and variances are held.

    x, y: (n,), complete cases. Equals mean(xy) when both were standardised on these very cases; with pairwise
    missing it is the root of n r(1 - r²) + c(1 + r²) - r(a + b), a = sum x², b = sum y², c = sum xy.
    """
    n, a, b, c = float(x.shape[0]), float(x @ x), float(y @ y), float(x @ y)
    roots = np.roots([-n, c, n - a - b, c])
    real = roots[np.abs(roots.imag) < 1e-8].real
    real = real[np.abs(real) < 1.0]
    if real.size == 0:
        return float(np.clip(c / n, -BOUND, BOUND))
    rest = 1.0 - real**2
    fit = -0.5 * n * np.log(rest) - (a - 2.0 * real * c + b) / (2.0 * rest)
    return float(real[np.argmax(fit)])


def pearson_scores(rho: float, x: FloatArray, y: FloatArray, deviations: tuple[float, float]) -> MixedScores:
    """Casewise scores of two standardised variables, NaN = missing; own: mean and variance of each."""
    missing = np.isnan(x) | np.isnan(y)
    x, y = np.where(missing, 0.0, x), np.where(missing, 0.0, y)
    rest = 1.0 - rho * rho
    kept = ~missing
    own = tuple(
        np.column_stack([(u - rho * v) / (rest * s), ((u * u - rho * u * v) / rest - 1.0) / (2.0 * s * s)])
        * kept[:, None]
        for u, v, s in ((x, y, deviations[0]), (y, x, deviations[1]))
    )
    by_rho = rho / rest + x * y / rest - (x * x - 2.0 * rho * x * y + y * y) * rho / rest**2
    return MixedScores(rho=by_rho * kept, own=(own[0], own[1]))
