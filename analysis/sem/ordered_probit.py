"""Ordinal items given covariates: ordered probit by item, residual polychoric correlation by pair.

Both are maximum likelihood, in two steps as without covariates, but case by case, because each case has its
own limits z = threshold - slopes'x. McKelvey & Zavoina (1975), J. Math. Sociology 4, 103-120; Muthén (1984).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr

from analysis.results import FloatArray, IntArray
from analysis.sem.bivariate_normal import density, distribution, standard_density
from analysis.sem.errors import DataError

__all__ = ["PairScores", "Probit", "fit_probit", "pair_scores", "residual_correlation"]

FAR = 38.0  # stands for an infinite limit: beyond it the normal distribution is 0 or 1 in double precision
FLOOR = float(np.sqrt(np.finfo(float).eps))
BOUND = 0.999


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Probit:
    """One item: thresholds (K - 1,), slopes (q,), each case's limits upper and lower (n,), casewise scores
    (n, K - 1 + q) of thresholds and slopes; is_upper, is_lower (n, K - 1): which threshold is a case's limit.
    Cases without an answer have limits 0 and scores 0; present tells them.
    """

    thresholds: FloatArray
    slopes: FloatArray
    upper: FloatArray
    lower: FloatArray
    scores: FloatArray
    is_upper: FloatArray
    is_lower: FloatArray
    present: np.ndarray[tuple[int], np.dtype[np.bool_]]


def fit_probit(codes: IntArray, covariates: FloatArray, start: FloatArray, name: str) -> Probit:
    """Ordered probit of one item by Newton's method from its marginal thresholds.

    codes: (n,) from 0, negative = missing; covariates: (n, q). Raises DataError when the covariates are
    collinear or separate the categories perfectly.
    """
    present = codes >= 0
    number = np.arange(len(start))
    is_upper = ((codes[:, None] == number) & present[:, None]).astype(float)
    is_lower = ((codes[:, None] == number + 1) & present[:, None]).astype(float)
    upper_design = np.hstack([is_upper, -covariates * present[:, None]])
    lower_design = np.hstack([is_lower, -covariates * present[:, None]])
    theta = np.concatenate([start, np.zeros(covariates.shape[1])])
    last = len(start)
    for _ in range(100):
        upper = np.where(codes == last, FAR, upper_design @ theta)
        lower = np.where(codes == 0, -FAR, lower_design @ theta)
        probability = np.where(present, np.maximum(_interval(lower, upper), 1e-300), 1.0)
        first, second = standard_density(upper) / probability, standard_density(lower) / probability
        scores = upper_design * first[:, None] - lower_design * second[:, None]
        bend_upper, bend_lower = -upper * first - first**2, lower * second - second**2
        cross = upper_design.T @ (lower_design * (first * second)[:, None])
        hessian = upper_design.T @ (upper_design * bend_upper[:, None])
        hessian += lower_design.T @ (lower_design * bend_lower[:, None]) + cross + cross.T
        try:
            step = np.linalg.solve(hessian, scores.sum(axis=0))
        except np.linalg.LinAlgError:
            raise DataError(f"the covariates of {name} are collinear") from None
        theta = theta - step
        if np.abs(step).max() < 1e-11:
            break
    if not np.isfinite(theta).all() or np.abs(theta).max() > 1e4:
        raise DataError(f"the probit regression of {name} on the covariates has no finite solution")
    upper = np.where(codes == last, FAR, upper_design @ theta) * present
    lower = np.where(codes == 0, -FAR, lower_design @ theta) * present
    return Probit(
        thresholds=theta[:last],
        slopes=theta[last:],
        upper=upper,
        lower=lower,
        scores=scores * present[:, None],
        is_upper=is_upper,
        is_lower=is_lower,
        present=present,
    )


def _interval(lower: FloatArray, upper: FloatArray) -> FloatArray:
    """Phi(upper) - Phi(lower), from the nearer tail."""
    return np.where(lower > 0, ndtr(-lower) - ndtr(-upper), ndtr(upper) - ndtr(lower))


def _rectangle(
    a: Probit, b: Probit, both: np.ndarray[tuple[int], np.dtype[np.bool_]], rho: float
) -> FloatArray:
    r = np.array(rho)
    au, al, bu, bl = a.upper[both], a.lower[both], b.upper[both], b.lower[both]
    return np.asarray(
        distribution(au, bu, r) - distribution(al, bu, r) - distribution(au, bl, r) + distribution(al, bl, r)
    )


def _corners(
    a: Probit, b: Probit, both: np.ndarray[tuple[int], np.dtype[np.bool_]], rho: float
) -> tuple[FloatArray, FloatArray]:
    """First and second derivative of the rectangle probabilities by rho."""
    first, second = np.zeros(int(both.sum())), np.zeros(int(both.sum()))
    rest = 1.0 - rho * rho
    for x, y, sign in (
        (a.upper, b.upper, 1.0),
        (a.lower, b.upper, -1.0),
        (a.upper, b.lower, -1.0),
        (a.lower, b.lower, 1.0),
    ):
        h, k = x[both], y[both]
        value = sign * density(h, k, np.array(rho))
        first += value
        second += value * (h * k * rest - rho * (h * h - 2.0 * rho * h * k + k * k) + rho * rest) / rest**2
    return first, second


def residual_correlation(a: Probit, b: Probit) -> float:
    """Correlation of two latent responses given the covariates, within ±0.999."""
    both = a.present & b.present
    rho, low, high = 0.0, -BOUND, BOUND
    for _ in range(100):
        probability = _rectangle(a, b, both, rho)
        alive = probability > FLOOR
        first, second = (d[alive] / probability[alive] for d in _corners(a, b, both, rho))
        gradient, squared = float(first.sum()), float((first**2).sum())
        low, high = (rho, high) if gradient > 0 else (low, rho)
        information = squared - float(second.sum())
        proposal = rho + gradient / (information if information > 1e-3 * squared else max(squared, 1e-8))
        if not low < proposal < high:
            proposal = 0.5 * (low + high)
        step, rho = abs(proposal - rho), proposal
        if step < 1e-10:
            break
    return rho


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairScores:
    """Casewise derivatives of one pair's log-likelihood: rho (n,), and thresholds and slopes of each item."""

    rho: FloatArray
    own: tuple[FloatArray, FloatArray]


def pair_scores(a: Probit, b: Probit, covariates: FloatArray, rho: float) -> PairScores:
    """Scores of a pair at its correlation; zero where an answer is missing or the case too unlikely."""
    both = a.present & b.present
    probability = np.ones(len(both))
    probability[both] = _rectangle(a, b, both, rho)
    alive = both & (probability > FLOOR)
    inverse = np.where(alive, 1.0 / probability, 0.0)
    by_rho = np.zeros(len(both))
    by_rho[both] = _corners(a, b, both, rho)[0]
    return PairScores(
        rho=by_rho * inverse,
        own=(_own_scores(a, b, covariates, rho, inverse), _own_scores(b, a, covariates, rho, inverse)),
    )


def _own_scores(a: Probit, b: Probit, covariates: FloatArray, rho: float, inverse: FloatArray) -> FloatArray:
    rest = np.sqrt(1.0 - rho * rho)

    def edge(limit: FloatArray) -> FloatArray:
        inside = ndtr((b.upper - rho * limit) / rest) - ndtr((b.lower - rho * limit) / rest)
        return np.asarray(standard_density(limit) * inside * inverse)

    upper, lower = edge(a.upper), edge(a.lower)
    cuts = a.is_upper * upper[:, None] - a.is_lower * lower[:, None]
    return np.hstack([cuts, (lower - upper)[:, None] * covariates])
