"""Items cut from normal variables: which normal correlations give a wanted correlation of the cut items.

For simulating answers on a rating scale that a model treats as continuous: cut at the observed shares, the
items must still have the model's correlations. With category values v and thresholds t,
cov(X, Y) = sum dv_a dv_b [Phi2(t_a, t_b; rho) - Phi(t_a) Phi(t_b)], increasing in rho; its slope is the sum
of the bivariate densities at (t_a, t_b). Ferrari & Barbiero (2012), Multivariate Behavioral Research 47,
566-589.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.special import ndtr, ndtri

from analysis.results import FloatArray
from analysis.sem.bivariate_normal import density, distribution
from analysis.sem.errors import DataError

__all__ = ["MAX_CATEGORIES", "Categories", "LatentCorrelations", "categories_of", "latent_correlations"]

MAX_CATEGORIES = 11
LARGEST_CORRELATION = 0.999
STEPS = 60
SMALLEST_EIGENVALUE = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Categories:
    """The categories of p items, padded to the longest: thresholds (p, K - 1), +inf where an item has fewer;
    gaps (p, K - 1), the step in value at each threshold, 0 where padded; lowest (p,); deviation (p,), the
    items' standard deviations.
    """

    items: tuple[str, ...]
    thresholds: FloatArray
    gaps: FloatArray
    lowest: FloatArray
    deviation: FloatArray

    def cut(self, latent: FloatArray) -> FloatArray:
        """Category values of normal values (n, p)."""
        values = np.repeat(self.lowest[None, :], len(latent), axis=0)
        for column in range(self.thresholds.shape[1]):
            values += (latent > self.thresholds[:, column]) * self.gaps[:, column]
        return values


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LatentCorrelations:
    """matrix (p, p) of the normal variables; unreachable: pairs whose wanted correlation no normal pair
    gives; smoothed: the matrix had to be moved to one that is positive definite.
    """

    matrix: FloatArray
    unreachable: tuple[tuple[str, str], ...]
    smoothed: bool


def categories_of(data: pd.DataFrame, items: Sequence[str]) -> Categories:
    """Thresholds from the shares of the answers given to each item; missing answers are left out.

    Raises DataError for an item with one value, or with more than 11.
    """
    cuts, steps = [], []
    lowest = np.zeros(len(items))
    for k, item in enumerate(items):
        values, counts = np.unique(data[item].dropna().to_numpy(float), return_counts=True)
        if not 2 <= len(values) <= MAX_CATEGORIES:
            raise DataError(
                f"{item} takes {len(values)} values; cut-offs for rating scales need 2 to {MAX_CATEGORIES}"
            )
        shares = np.cumsum(counts)[:-1] / counts.sum()
        cuts.append(ndtri(shares))
        steps.append(np.diff(values))
        lowest[k] = values[0]
    width = max(len(cut) for cut in cuts)
    thresholds = np.full((len(items), width), np.inf)
    gaps = np.zeros((len(items), width))
    for k, (cut, step) in enumerate(zip(cuts, steps, strict=True)):
        thresholds[k, : len(cut)], gaps[k, : len(step)] = cut, step
    plain = Categories(
        items=tuple(items), thresholds=thresholds, gaps=gaps, lowest=lowest, deviation=np.ones(len(items))
    )
    return Categories(
        items=plain.items, thresholds=thresholds, gaps=gaps, lowest=lowest, deviation=_deviation(plain)
    )


def _deviation(categories: Categories) -> FloatArray:
    """Standard deviation of each item: cov of the steps at t_a, t_b is Phi(min) - Phi(t_a) Phi(t_b)."""
    below = ndtr(categories.thresholds)
    joint = np.minimum(below[:, :, None], below[:, None, :]) - below[:, :, None] * below[:, None, :]
    weight = categories.gaps[:, :, None] * categories.gaps[:, None, :]
    return np.asarray(np.sqrt((joint * weight).sum(axis=(1, 2))))


def latent_correlations(wanted: FloatArray, categories: Categories) -> LatentCorrelations:
    """Normal correlations under which the cut items have the correlations `wanted` (p, p).

    Newton's steps, kept inside a bracket; exact to 1e-10 where the correlation can be reached.
    """
    p = len(wanted)
    one, other = np.tril_indices(p, -1)
    target = wanted[one, other]
    pairs = _Pairs(categories, one, other)
    low, high = np.full(len(one), -LARGEST_CORRELATION), np.full(len(one), LARGEST_CORRELATION)
    rho = np.clip(target, -0.95, 0.95)
    for _ in range(STEPS):
        value, slope = pairs.correlation(rho)
        error = value - target
        if np.all((np.abs(error) < 1e-12) | (high - low < 1e-12)):
            break
        high, low = np.where(error > 0, rho, high), np.where(error <= 0, rho, low)
        step = rho - error / np.maximum(slope, 1e-12)
        rho = np.where((step > low) & (step < high), step, 0.5 * (low + high))
    reached = np.abs(pairs.correlation(rho)[0] - target) < 1e-6
    matrix = np.eye(p)
    matrix[one, other] = matrix[other, one] = rho
    smooth, changed = _positive_definite(matrix)
    names = categories.items
    missed = [(names[i], names[j]) for i, j, ok in zip(one, other, reached, strict=True) if not ok]
    return LatentCorrelations(matrix=smooth, unreachable=tuple(missed), smoothed=changed)


class _Pairs:
    """Correlation of every pair of cut items as a function of the normal correlation, and its slope."""

    def __init__(self, categories: Categories, one: np.ndarray, other: np.ndarray) -> None:
        padded = np.where(np.isfinite(categories.thresholds), categories.thresholds, 0.0)
        self.rows, self.columns = padded[one][:, :, None], padded[other][:, None, :]
        self.weight = categories.gaps[one][:, :, None] * categories.gaps[other][:, None, :]
        self.apart = ndtr(self.rows) * ndtr(self.columns)
        self.scale = categories.deviation[one] * categories.deviation[other]

    def correlation(self, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values and slopes (pairs,) at the normal correlations `rho`."""
        at = rho[:, None, None]
        joint = distribution(self.rows, self.columns, at) - self.apart
        slope = density(self.rows, self.columns, at)
        return (
            (joint * self.weight).sum(axis=(1, 2)) / self.scale,
            (slope * self.weight).sum(axis=(1, 2)) / self.scale,
        )


def _positive_definite(matrix: FloatArray) -> tuple[FloatArray, bool]:
    values, vectors = np.linalg.eigh(matrix)
    if values[0] > SMALLEST_EIGENVALUE:
        return matrix, False
    lifted = (vectors * np.maximum(values, SMALLEST_EIGENVALUE)) @ vectors.T
    deviation = np.sqrt(np.diag(lifted))
    return np.asarray(lifted / np.outer(deviation, deviation)), True
