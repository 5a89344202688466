"""Indices of careless answering, one value a respondent, equal to R's `careless` 1.2.2.

Curran (2016); Dunn et al. (2018, IRV); Johnson (2005, longstring); Meade & Craig (2012).
Shapes: `answers` is respondents × items, NaN where nothing was answered; every index has shape (n,).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import stats

from analysis.results import FloatArray, IntArray

Pairs = tuple[tuple[int, int], ...]
FEWEST_PAIRS = 3  # a person's correlation over two pairs is always 1 or −1


def longstring(answers: FloatArray) -> IntArray:
    """Longest run of the same answer, columns in the order shown; a gap ends a run and is a run of 1.

    >>> longstring(np.array([[1.0, 1.0, 2.0, 2.0, 2.0], [1.0, np.nan, 1.0, 2.0, 3.0]])).tolist()
    [3, 1]
    """
    n, k = answers.shape
    run = np.ones(n, dtype=np.int64)
    longest = np.full(n, min(k, 1), dtype=np.int64)
    for j in range(1, k):
        run = np.where(answers[:, j] == answers[:, j - 1], run + 1, 1)
        longest = np.maximum(longest, run)
    return longest


def average_string(answers: FloatArray) -> FloatArray:
    """Mean length of the runs of the same answer (k items ÷ number of runs); NaN without items."""
    n, k = answers.shape
    if k == 0:
        return np.full(n, np.nan)
    runs = 1 + (answers[:, 1:] != answers[:, :-1]).sum(axis=1)
    return np.asarray(k / runs, dtype=np.float64)


def intra_individual_sd(answers: FloatArray) -> FloatArray:
    """SD (n − 1) of a person's own answers, IRV; NaN with fewer than two answers."""
    given = ~np.isnan(answers)
    count = given.sum(axis=1)
    filled = np.where(given, answers, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        centre = filled.sum(axis=1) / count
        squares = (np.where(given, answers - centre[:, None], 0.0) ** 2).sum(axis=1)
        sd = np.sqrt(squares / (count - 1))
    return np.where(count > 1, sd, np.nan)


def even_odd(answers: FloatArray, constructs: Sequence[Sequence[int]]) -> FloatArray:
    """Even–odd consistency: Spearman–Brown of the correlation between half-scale means, within a person.

    constructs: for each scale, the columns of its items in order; `answers` keyed in one direction. Bounded
    below at −1. `careless` 1.2.2 prints it with the sign turned (higher = more careless). NaN where a
    person has fewer than two scales with both halves, or no differences between them.
    """
    halves = [
        (answers[:, list(columns[1::2])], answers[:, list(columns[0::2])])
        for columns in constructs
        if len(columns) > 1
    ]
    if len(halves) < 2:
        return np.full(len(answers), np.nan)
    even = np.column_stack([_row_means(half) for half, _ in halves])
    odd = np.column_stack([_row_means(half) for _, half in halves])
    r = row_correlations(even, odd)
    with np.errstate(divide="ignore", invalid="ignore"):
        stepped = 2 * r / (1 + r)
    stepped = np.where(np.isclose(r, -1.0, rtol=0, atol=1e-12), -1.0, stepped)
    return np.asarray(np.maximum(stepped, -1.0), dtype=np.float64)


def item_correlations(answers: FloatArray) -> FloatArray:
    """Pearson correlations of items, k × k, each from those who answered both; NaN where undefined."""
    sums = _pairwise_sums(answers)
    with np.errstate(divide="ignore", invalid="ignore"):
        spread = sums.squares - sums.totals**2 / sums.n
        products = sums.products - sums.totals * sums.totals.T / sums.n
        r = products / np.sqrt(spread * spread.T)
    return np.where((sums.n > 2) & (spread > 1e-10) & (spread.T > 1e-10), r, np.nan)


def pairwise_covariance(answers: FloatArray) -> FloatArray:
    """Covariances (n − 1) of items, k × k, each from those who answered both; NaN where undefined."""
    sums = _pairwise_sums(answers)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray((sums.products - sums.totals * sums.totals.T / sums.n) / (sums.n - 1))


class _PairwiseSums(NamedTuple):
    """Over those who answered both i and j, deviations d from the item means: n, Σd_i, Σd_i², Σd_i·d_j."""

    n: FloatArray
    totals: FloatArray
    squares: FloatArray
    products: FloatArray


def _pairwise_sums(answers: FloatArray) -> _PairwiseSums:
    given = (~np.isnan(answers)).astype(np.float64)
    centred = deviations_from_item_means(answers)
    return _PairwiseSums(given.T @ given, centred.T @ given, (centred**2).T @ given, centred.T @ centred)


def deviations_from_item_means(answers: FloatArray) -> FloatArray:
    """Answers minus the mean of those who answered the item; a missing answer deviates by 0."""
    given = ~np.isnan(answers)
    means = np.where(given, answers, 0.0).sum(axis=0) / np.maximum(given.sum(axis=0), 1)
    return np.where(given, answers - means, 0.0)


def synonym_pairs(correlations: FloatArray, *, above: float) -> Pairs:
    """Item pairs (later, earlier) that correlate above a limit over all people: psychometric synonyms."""
    later, earlier = np.where(np.tril(np.nan_to_num(correlations, nan=-np.inf) > above, -1))
    return tuple(zip(later.tolist(), earlier.tolist(), strict=True))


def antonym_pairs(correlations: FloatArray, *, below: float) -> Pairs:
    """Item pairs (later, earlier) that correlate below a (negative) limit: psychometric antonyms."""
    later, earlier = np.where(np.tril(np.nan_to_num(correlations, nan=np.inf) < below, -1))
    return tuple(zip(later.tolist(), earlier.tolist(), strict=True))


def pair_consistency(answers: FloatArray, pairs: Pairs) -> FloatArray:
    """A person's correlation across item pairs (psychometric synonyms or antonyms).

    As `careless` with resample_na=FALSE: NaN for whoever answered fewer than three pairs, and for a person
    whose answers to one side of the pairs do not differ.
    """
    if len(pairs) < FEWEST_PAIRS:
        return np.full(len(answers), np.nan)
    later, earlier = (list(side) for side in zip(*pairs, strict=True))
    return row_correlations(answers[:, later], answers[:, earlier], fewest=FEWEST_PAIRS)


def mahalanobis(answers: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Squared distance from the means and its upper-tail p (chi-square, df = items).

    As `careless::mahad` (psych::outlier): pairwise covariances, a missing answer deviates by 0. People
    without any answer have NaN. Raises ValueError when the covariance matrix cannot be inverted.
    """
    k = answers.shape[1]
    covariance = pairwise_covariance(answers)
    if k == 0 or not np.isfinite(covariance).all() or np.linalg.cond(covariance) > 1e12:
        raise ValueError("the covariance matrix of the items cannot be inverted")
    deviations = deviations_from_item_means(answers)
    squared = np.einsum("ij,ij->i", deviations, np.linalg.solve(covariance, deviations.T).T)
    squared = np.where((~np.isnan(answers)).any(axis=1), squared, np.nan)
    return squared, np.asarray(stats.chi2.sf(squared, k), dtype=np.float64)


def row_correlations(first: FloatArray, second: FloatArray, *, fewest: int = 2) -> FloatArray:
    """Pearson r of each row of `first` with the same row of `second`, over places where both are known.

    NaN with fewer than `fewest` such places, or without differences on one side.
    """
    known = ~(np.isnan(first) | np.isnan(second))
    count = known.sum(axis=1)
    x, y = np.where(known, first, 0.0), np.where(known, second, 0.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        x = np.where(known, x - (x.sum(axis=1) / count)[:, None], 0.0)
        y = np.where(known, y - (y.sum(axis=1) / count)[:, None], 0.0)
        xx, yy = (x * x).sum(axis=1), (y * y).sum(axis=1)
        r = (x * y).sum(axis=1) / np.sqrt(xx * yy)
    varies = (count >= fewest) & (xx > 1e-12) & (yy > 1e-12)
    return np.where(varies, np.clip(r, -1.0, 1.0), np.nan)


def _row_means(values: FloatArray) -> FloatArray:
    given = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(given, values, 0.0).sum(axis=1) / given.sum(axis=1))
