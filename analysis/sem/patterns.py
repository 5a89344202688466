"""Rows sorted by what is missing in them, each pattern reduced to n, mean and cross-product."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray, IntArray


@dataclass(frozen=True, kw_only=True)
class Pattern:
    """Rows that share the same observed variables: indices (k,), n, mean (k,), cov (k, k) divided by n."""

    observed: IntArray
    n: int
    mean: FloatArray
    cov: FloatArray
    rows: IntArray


def missing_patterns(values: FloatArray) -> tuple[Pattern, ...]:
    """Rows grouped by which variables they have, most frequent pattern first."""
    present = ~np.isnan(values)
    if present.all():
        whole = np.arange(values.shape[1])
        mean, cov = mean_and_covariance(values)
        return (Pattern(observed=whole, n=len(values), mean=mean, cov=cov, rows=np.arange(len(values))),)
    keys, inverse, counts = np.unique(present, axis=0, return_inverse=True, return_counts=True)
    order = np.argsort(inverse.ravel(), kind="stable")
    starts = np.concatenate([[0], np.cumsum(counts)])
    patterns = []
    for index in np.argsort(-counts, kind="stable"):
        rows = order[starts[index] : starts[index + 1]]
        observed = np.flatnonzero(keys[index])
        mean, cov = mean_and_covariance(values[np.ix_(rows, observed)])
        patterns.append(Pattern(observed=observed, n=len(rows), mean=mean, cov=cov, rows=rows))
    return tuple(patterns)


def mean_and_covariance(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Mean (p,) and covariance (p, p) divided by n, in two passes for accuracy."""
    mean = values.mean(axis=0)
    centred = values - mean
    return mean, np.asarray(centred.T @ centred / len(values))


def available_moments(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Means of what is there (p,), and pairwise covariances (p, p) with divisor (pairs - 1)·n/(n - 1)
    (lavaan's).
    """
    present = ~np.isnan(values)
    mean = np.nanmean(values, axis=0)
    centred = np.where(present, values - mean, 0.0)
    seen = present.astype(np.float64)
    pairs = seen.T @ seen
    shift = centred.T @ seen  # sum of variable i over the rows that also have j
    cov = (centred.T @ centred - shift * shift.T / pairs) / (pairs - 1.0)
    return mean, np.asarray(cov * (len(values) - 1) / len(values))
