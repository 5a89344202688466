"""The standard bivariate normal distribution, vectorised: density, distribution, cells of a grid.

Owen (1956), Tables for computing bivariate normal probabilities, Ann. Math. Stat. 27, 1075-1090.
"""

from __future__ import annotations

import numpy as np
from scipy.special import ndtr, owens_t

from analysis.results import FloatArray

__all__ = ["cell_probabilities", "density", "distribution", "standard_density"]


def standard_density(x: FloatArray) -> FloatArray:
    """Density of N(0, 1); zero at ±inf."""
    return np.asarray(np.exp(-0.5 * x * x) / np.sqrt(2.0 * np.pi))


def density(h: FloatArray, k: FloatArray, rho: FloatArray) -> FloatArray:
    """Density at (h, k) with unit variances and correlation rho, |rho| < 1; arguments broadcast."""
    rest = 1.0 - rho * rho
    return np.asarray(
        np.exp(-0.5 * (h * h - 2.0 * rho * h * k + k * k) / rest) / (2.0 * np.pi * np.sqrt(rest))
    )


def distribution(h: FloatArray, k: FloatArray, rho: FloatArray) -> FloatArray:
    """P(X <= h, Y <= k), accurate to about 1e-15 for every |rho| < 1; h and k finite; arguments broadcast.

    With Owen's T: (Phi(h) + Phi(k))/2 - T(h, (k/h - rho)/r) - T(k, (h/k - rho)/r) - [hk < 0]/2,
    where r = sqrt(1 - rho²); at the origin 1/4 + asin(rho)/2pi.

    >>> distribution(np.array(0.0), np.array(0.0), np.array(0.5)).round(6).item()
    0.333333
    """
    h, k, rho = np.broadcast_arrays(h, k, rho)
    rest = np.sqrt(1.0 - rho * rho)
    with np.errstate(divide="ignore", invalid="ignore"):  # h = 0 or k = 0: the limits are set below
        slope_h = (k / h - rho) / rest
        slope_k = (h / k - rho) / rest
    product = h * k
    opposite = (product < 0) | ((product == 0) & (h + k < 0))
    value = 0.5 * (ndtr(h) + ndtr(k) - opposite) - owens_t(h, slope_h) - owens_t(k, slope_k)
    origin = (h == 0) & (k == 0)
    return np.asarray(np.where(origin, 0.25 + np.arcsin(rho) / (2.0 * np.pi), value))


def cell_probabilities(rows: FloatArray, columns: FloatArray, rho: FloatArray) -> FloatArray:
    """Probabilities of the cells that thresholds cut out of the plane.

    rows: (n_pairs, K - 1), columns: (n_pairs, L - 1), finite, ascending; rho: (n_pairs,).
    Returns (n_pairs, K, L); every table sums to one.
    """
    pairs, below = rows.shape
    left = columns.shape[1]
    corner = np.zeros((pairs, below + 2, left + 2))
    corner[:, 1:-1, 1:-1] = distribution(rows[:, :, None], columns[:, None, :], rho[:, None, None])
    corner[:, -1, 1:-1] = ndtr(columns)
    corner[:, 1:-1, -1] = ndtr(rows)
    corner[:, -1, -1] = 1.0
    return np.asarray(np.diff(np.diff(corner, axis=1), axis=2))
