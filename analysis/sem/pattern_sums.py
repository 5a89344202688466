"""The likelihood of incomplete rows: sums over missing patterns of everything its derivatives need.

Per pattern V = Sigma_oo^-1 padded with zeros, P = V T V, d = m - mu. Sums of V⊗V and V⊗P over patterns are
one matrix product, so the cost per step hardly grows with the number of patterns (Savalei, 2010, Psychol.
Methods 15, for the formulas of the information matrices).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray
from analysis.sem.derivatives import Structure
from analysis.sem.patterns import Pattern


@dataclass(frozen=True, kw_only=True)
class PatternSums:
    """One group at one (cov, mean). weights (P,): n of each pattern; inverse, projected (P, p, p): V and P;
    pull (P, p): V d; value: sum of n [log|Sigma_oo| + tr(V T)]."""

    weights: FloatArray
    inverse: FloatArray
    projected: FloatArray
    pull: FloatArray
    value: float

    @property
    def gradient_weight(self) -> FloatArray:
        """M = sum n (V - P), (p, p): the slope with respect to the covariance."""
        return np.asarray(np.tensordot(self.weights, self.inverse - self.projected, axes=1))

    @property
    def mean_pull(self) -> FloatArray:
        """sum n V d, (p,)."""
        return np.asarray(self.weights @ self.pull)

    @property
    def mean_weight(self) -> FloatArray:
        """sum n V, (p, p)."""
        return np.asarray(np.tensordot(self.weights, self.inverse, axes=1))

    def cov_product(self, d_cov: FloatArray, *, observed: bool) -> FloatArray:
        """sum n tr(V D_k X D_l), (q, q), with X = V (expected) or 2P - V (observed). d_cov: (p, p, q)."""
        p, q = d_cov.shape[0], d_cov.shape[2]
        other = 2.0 * self.projected - self.inverse if observed else self.inverse
        count = len(self.weights)
        left = (self.weights[:, None] * self.inverse.reshape(count, -1)).T
        tensor = (left @ other.reshape(count, -1)).reshape(p, p, p, p)  # [a, b, c, d] = sum n V_ab X_cd
        arranged = tensor.transpose(3, 0, 1, 2).reshape(p * p, p * p)  # rows (d, a), columns (b, c)
        flat = d_cov.reshape(p * p, q)
        product = flat.T @ (arranged @ flat)
        return np.asarray((product + product.T) / 2.0)

    def cross_product(self, d_cov: FloatArray, d_mean: FloatArray) -> FloatArray:
        """sum n (V d)' D_k V dmu_l, (q_cov, q_mean)."""
        p, q = d_cov.shape[0], d_cov.shape[2]
        count = len(self.weights)
        tensor = (self.weights[:, None] * self.pull).T @ self.inverse.reshape(count, -1)  # [a, (b, c)]
        moved = tensor.reshape(p * p, p) @ d_mean  # rows (a, b)
        return np.asarray(d_cov.reshape(p * p, q).T @ moved)


def pattern_sums(patterns: Sequence[Pattern], cov: FloatArray, mean: FloatArray) -> PatternSums | None:
    """Factor Sigma once per pattern, patterns of equal size together. None when Sigma is not positive
    definite.
    """
    p, count = len(mean), len(patterns)
    inverse, projected = np.zeros((count, p, p)), np.zeros((count, p, p))
    pull, value = np.zeros((count, p)), 0.0
    sizes: dict[int, list[int]] = {}
    for index, pattern in enumerate(patterns):
        sizes.setdefault(len(pattern.observed), []).append(index)
    for members in sizes.values():
        observed = np.array([patterns[i].observed for i in members])
        sigma = cov[observed[:, :, None], observed[:, None, :]]
        try:
            lower = np.linalg.cholesky(sigma)
        except np.linalg.LinAlgError:
            return None
        small = np.linalg.inv(sigma)
        difference = np.array([patterns[i].mean for i in members]) - mean[observed]
        second = (
            np.array([patterns[i].cov for i in members]) + difference[:, :, None] * difference[:, None, :]
        )
        n = np.array([patterns[i].n for i in members], dtype=np.float64)
        log_determinant = 2.0 * np.log(np.diagonal(lower, axis1=1, axis2=2)).sum(axis=1)
        value += float(n @ (log_determinant + np.einsum("kij,kij->k", small, second)))
        at = np.array(members)
        cells = (at[:, None, None], observed[:, :, None], observed[:, None, :])
        inverse[cells] = small
        projected[cells] = small @ second @ small
        pull[at[:, None], observed] = np.einsum("kij,kj->ki", small, difference)
    weights = np.array([pattern.n for pattern in patterns], dtype=np.float64)
    return PatternSums(weights=weights, inverse=inverse, projected=projected, pull=pull, value=value)


def incomplete_slopes(
    structure: Structure, sums: PatternSums, *, exact: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gradient, Fisher approximation and (exact: else the same) Hessian of `sums.value`, over the group's q
    parameters.
    """
    d_cov, d_mean = structure.cov_jacobian(), structure.mean_jacobian()
    gram = structure.gram(sums.gradient_weight)
    slope = structure.cov_trace(gram) - 2.0 * structure.mean_product(sums.mean_pull)
    mean_part = 2.0 * d_mean.T @ sums.mean_weight @ d_mean
    if not exact:
        fisher = sums.cov_product(d_cov, observed=False) + mean_part
        return slope, fisher, fisher
    cross = 2.0 * sums.cross_product(d_cov, d_mean)
    curvature = sums.cov_product(d_cov, observed=True) + mean_part + cross + cross.T
    curvature += structure.cov_curvature(gram) - 2.0 * structure.mean_curvature(sums.mean_pull)
    curvature = (curvature + curvature.T) / 2.0
    return slope, curvature, curvature
