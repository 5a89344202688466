"""Weighted least squares on sample moments: the discrepancy, its sandwich covariance, its scaled statistics.

F = Σ (n_g - 1)/(N - G) (s_g - σ_g)' W_g (s_g - σ_g). W: inverse of the asymptotic covariance (WLS), of its
diagonal (DWLS), or the identity (ULS). Muthén, du Toit & Spisic (1997); Satorra & Bentler (1994);
Asparouhov & Muthén (2010), Simple second order chi-square correction.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray
from analysis.sem.model import Model

__all__ = [
    "Correction",
    "MomentDiscrepancy",
    "WeightedMoments",
    "expected_information",
    "independence_statistic",
    "score_variance",
    "traces",
]


PATIENCE = 20
DIFFERENCE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WeightedMoments:
    """One group with nobs cases.

    vector: (m,) in the order of `Model.moment_vector`. weight: a diagonal (m,) or (m, m). gamma: (m, m), N
    times the asymptotic covariance of `vector`, if robust statistics are wanted.
    """

    vector: FloatArray
    weight: FloatArray
    gamma: FloatArray | None
    nobs: int

    def weigh(self, matrix: FloatArray) -> FloatArray:
        """W · matrix."""
        if self.weight.ndim == 2:
            return np.asarray(self.weight @ matrix)
        return np.asarray(self.weight[:, None] * matrix if matrix.ndim == 2 else self.weight * matrix)


@dataclass(frozen=True, slots=True, kw_only=True)
class Correction:
    """tr(UΓ) and tr((UΓ)²), U the residual weight matrix; U has rank df in a regular model."""

    trace: float
    trace_squared: float


def shares(samples: Sequence[WeightedMoments]) -> FloatArray:
    """n_g / N."""
    n = np.array([s.nobs for s in samples], dtype=float)
    return np.asarray(n / n.sum())


class MomentDiscrepancy:
    """F(x) = Σ_g (n_g - 1)/(N - G) r'Wr with r = s - σ(x), for `minimise`; (N - G)·F is the chi-square.

    Gauss-Newton neglects the curvature that misfit adds; a secant estimate of it is carried from step to step
    and offered as the Hessian (Dennis, Gay & Welsch, 1981, ACM TOMS 7, 348-368), so that no step is slow.
    """

    def __init__(self, model: Model, samples: Sequence[WeightedMoments]) -> None:
        self.model = model
        self.samples = tuple(samples)
        n = np.array([s.nobs - 1.0 for s in samples])
        self.share = n / n.sum()
        self._last: tuple[FloatArray, FloatArray, FloatArray] | None = None
        self._secant: FloatArray | None = None
        self._steps = 0

    def residuals(self, x: FloatArray) -> list[FloatArray]:
        """Sample minus implied moments of every group."""
        vectors = self.model.implied_vectors(x)
        return [s.vector - vector for s, vector in zip(self.samples, vectors, strict=True)]

    def group_values(self, x: FloatArray) -> FloatArray:
        """Each group's part of F; infinite where the model is not defined at x."""
        with np.errstate(all="ignore"):  # a wild trial step may leave the model undefined: it is refused
            try:
                parts = [float(r @ s.weigh(r)) for s, r in zip(self.samples, self.residuals(x), strict=True)]
            except np.linalg.LinAlgError:
                return np.full(len(self.samples), np.inf)
        values = np.array(parts)
        return np.asarray(self.share * np.where(np.isfinite(values), values, np.inf))

    def value(self, x: FloatArray) -> float:
        """F at x."""
        return float(self.group_values(x).sum())

    def slopes(self, x: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """F, its gradient and the Gauss-Newton Hessian 2 J'WJ."""
        gradient, information = self._gradient(x)
        self._carry(x, gradient, information)
        return self.value(x), gradient, information

    def _gradient(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        size = x.shape[0]
        gradient, information = np.zeros(size), np.zeros((size, size))
        jacobians = self.model.jacobian(x)
        for s, r, j, f in zip(self.samples, self.residuals(x), jacobians, self.share, strict=True):
            weighed = s.weigh(j)
            gradient -= 2.0 * f * (weighed.T @ r)
            information += 2.0 * f * (j.T @ weighed)
        return gradient, information

    def hessian(self, x: FloatArray) -> FloatArray | None:
        """Gauss-Newton plus the secant estimate at the point of the last `slopes`.

        In a long curved valley (weakly identified models) that is too crude: after PATIENCE steps the Hessian
        is taken by differences of the gradient.
        """
        if self._last is None or self._secant is None or not np.array_equal(x, self._last[0]):
            return None
        if self._steps <= PATIENCE:
            return self._last[2] + self._secant
        hessian = np.empty_like(self._secant)
        for k in range(x.shape[0]):
            moved = x.copy()
            moved[k] += DIFFERENCE * max(1.0, abs(x[k]))
            hessian[k] = (self._gradient(moved)[0] - self._last[1]) / (moved[k] - x[k])
        return 0.5 * (hessian + hessian.T)

    def _carry(self, x: FloatArray, gradient: FloatArray, information: FloatArray) -> None:
        """Symmetric rank-two update so that (information + secant) · step = change of the gradient."""
        self._steps += 1
        if self._last is not None:
            step, change = x - self._last[0], gradient - self._last[1]
            along = float(step @ change)
            secant = np.zeros_like(information) if self._secant is None else self._secant
            if along > 1e-300:
                miss = change - information @ step - secant @ step
                outer = np.outer(miss, change)
                with np.errstate(over="ignore", invalid="ignore", divide="ignore"):
                    secant = secant + (outer + outer.T) / along
                    secant -= float(step @ miss) * np.outer(change, change) / along**2
            self._secant = secant if np.isfinite(secant).all() else None  # a step too small to learn from
        self._last = (x.copy(), gradient, information)


def expected_information(samples: Sequence[WeightedMoments], jacobians: Sequence[FloatArray]) -> FloatArray:
    """Σ n_g/N J'WJ, one row and column a column of the Jacobians."""
    return np.asarray(
        sum(f * (j.T @ s.weigh(j)) for s, j, f in zip(samples, jacobians, shares(samples), strict=True))
    )


def score_variance(samples: Sequence[WeightedMoments], jacobians: Sequence[FloatArray]) -> FloatArray:
    """The middle of the sandwich: Σ n_g/N J'WΓWJ."""
    size = jacobians[0].shape[1]
    middle = np.zeros((size, size))
    for s, j, f in zip(samples, jacobians, shares(samples), strict=True):
        assert s.gamma is not None
        weighed = s.weigh(j)
        middle += f * (weighed.T @ s.gamma @ weighed)
    return middle


def traces(
    samples: Sequence[WeightedMoments], jacobians: Sequence[FloatArray], inverse: FloatArray
) -> Correction:
    """tr(UΓ) and tr((UΓ)²) over all groups, without forming U: products with the Jacobian only."""
    first = second = 0.0
    inner, outer = np.zeros_like(inverse), np.zeros_like(inverse)
    for s, j, f in zip(samples, jacobians, shares(samples), strict=True):
        assert s.gamma is not None
        weighed, spread = s.weigh(j), s.weigh(s.gamma)
        first += float(np.trace(spread))
        second += float((spread * spread.T).sum())
        product = s.gamma @ weighed
        inner += f * (weighed.T @ product)
        outer += f * (product.T @ s.weigh(product))
    middle = inverse @ inner
    return Correction(
        trace=first - float(np.trace(middle)),
        trace_squared=second - 2.0 * float((inverse * outer).sum()) + float((middle * middle.T).sum()),
    )


def independence_statistic(samples: Sequence[WeightedMoments], pairs: int) -> tuple[float, Correction | None]:
    """Statistic of the model without any covariance, and its correction.

    pairs: how many moments at the end of each vector are covariances; all others are fitted exactly.
    """
    statistic = first = second = 0.0
    robust = True
    for s in samples:
        r = s.vector[-pairs:]
        if s.weight.ndim == 2:
            corner = np.linalg.inv(s.weight)[-pairs:, -pairs:]
            statistic += (s.nobs - 1) * float(r @ np.linalg.solve(corner, r))
            robust = False
            continue
        weight = s.weight[-pairs:]
        statistic += (s.nobs - 1) * float(weight @ (r * r))
        if s.gamma is None:
            robust = False
            continue
        block = weight[:, None] * s.gamma[-pairs:, -pairs:]
        first += float(np.trace(block))
        second += float((block * block.T).sum())
    return statistic, Correction(trace=first, trace_squared=second) if robust else None
