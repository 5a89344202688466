"""Thresholds and polychoric correlations of ordinal items, all pairs at once, from their contingency tables.

Two steps: thresholds from the margins, then one correlation a pair by maximum likelihood with the thresholds
held. Olsson (1979), Psychometrika 44, 443-460. An empty cell of a 2 × 2 table: half a case moves, margins
stay.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr, ndtri

from analysis.results import FloatArray, IntArray
from analysis.sem.bivariate_normal import cell_probabilities, density, standard_density

__all__ = [
    "LIKELIHOOD_FLOOR",
    "PairTables",
    "contingency_tables",
    "polychoric_correlations",
    "thresholds_of",
]

LIKELIHOOD_FLOOR = float(np.sqrt(np.finfo(float).eps))  # a cell less likely than this has no score
BEYOND = 9.0  # a threshold that no case exceeds in double precision: fills up items with fewer categories
BOUND = 0.999
SCORE_BOUND = 0.9999  # a perfect table has correlation one; its scores are taken just short of that
ROWS_A_CHUNK = 8192


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PairTables:
    """The bivariate tables of some pairs of ordinal items, padded to the same number of categories K.

    first, second: (n_pairs,) item numbers; counts: (n_pairs, K, K), rows the first item, columns the second;
    row_thresholds, column_thresholds: (n_pairs, K - 1), padded with a value beyond every case.
    """

    first: IntArray
    second: IntArray
    counts: FloatArray
    row_thresholds: FloatArray
    column_thresholds: FloatArray

    def subset(self, which: npt.NDArray[np.bool_] | IntArray) -> PairTables:
        """The same for some of the pairs."""
        return PairTables(
            first=self.first[which],
            second=self.second[which],
            counts=self.counts[which],
            row_thresholds=self.row_thresholds[which],
            column_thresholds=self.column_thresholds[which],
        )


def thresholds_of(counts: FloatArray) -> FloatArray:
    """Thresholds of one item from the counts of its K categories: K - 1 normal quantiles, ascending.

    Raises ValueError when a category is empty: its two thresholds would coincide.
    """
    if counts.shape[0] < 2 or np.any(counts <= 0):
        raise ValueError(
            f"an ordinal item needs two or more categories, each observed; counts {counts.tolist()}"
        )
    return np.asarray(ndtri(np.cumsum(counts)[:-1] / counts.sum()))


def contingency_tables(codes: IntArray, categories: int) -> FloatArray:
    """Every pairwise table as one product of one-hot blocks.

    codes: (n, p) from 0 to categories - 1, negative = missing (that case leaves its pairs only).
    Returns (p, categories, p, categories); the diagonal blocks hold the margins.
    """
    n, p = codes.shape
    total = np.zeros((p * categories, p * categories))
    offset = np.arange(p) * categories
    for start in range(0, n, ROWS_A_CHUNK):
        block = codes[start : start + ROWS_A_CHUNK]
        one_hot = np.zeros((block.shape[0], p * categories), dtype=np.float32)  # counts below 2^24: exact
        rows, columns = np.nonzero(block >= 0)
        one_hot[rows, block[rows, columns] + offset[columns]] = 1.0
        total += one_hot.T @ one_hot
    return total.reshape(p, categories, p, categories)


def pair_tables(
    tables: FloatArray, thresholds: list[FloatArray], pairs: tuple[IntArray, IntArray]
) -> PairTables:
    """The tables of chosen pairs with their thresholds; `tables` as `contingency_tables` gives them."""
    first, second = pairs
    categories = tables.shape[1]
    padded = np.full((len(thresholds), categories - 1), BEYOND)
    for item, cuts in enumerate(thresholds):
        padded[item, : cuts.shape[0]] = cuts
    return PairTables(
        first=first,
        second=second,
        counts=tables[first, :, second, :],
        row_thresholds=padded[first],
        column_thresholds=padded[second],
    )


def density_differences(tables: PairTables, rho: FloatArray, slope: bool = False) -> FloatArray:
    """Derivative of the cell probabilities by rho, (n_pairs, K, K): density differences at the corners.

    slope: the second derivative instead.
    """
    pairs, below = tables.row_thresholds.shape
    h, k = tables.row_thresholds[:, :, None], tables.column_thresholds[:, None, :]
    r = rho[:, None, None]
    corner = np.zeros((pairs, below + 2, below + 2))
    value = density(h, k, r)
    if slope:
        rest = 1.0 - r * r
        value = value * (h * k * rest - r * (h * h - 2.0 * r * h * k + k * k) + r * rest) / (rest * rest)
    corner[:, 1:-1, 1:-1] = value
    return np.asarray(np.diff(np.diff(corner, axis=1), axis=2))


def floored_probabilities(tables: PairTables, rho: FloatArray) -> FloatArray:
    """Cell probabilities, none below LIKELIHOOD_FLOOR."""
    return np.maximum(
        cell_probabilities(tables.row_thresholds, tables.column_thresholds, rho), LIKELIHOOD_FLOOR
    )


def correlation_scores(tables: PairTables, rho: FloatArray) -> FloatArray:
    """Derivative of log cell probability by rho, (n_pairs, K, K); zero where the cell is at the floor."""
    rho = np.clip(rho, -SCORE_BOUND, SCORE_BOUND)
    probability = floored_probabilities(tables, rho)
    slope = density_differences(tables, rho)
    return np.where(probability > LIKELIHOOD_FLOOR, slope / probability, 0.0)


def threshold_scores(tables: PairTables, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Derivatives of log cell probability by the thresholds of the row item and of the column item.

    Returns two arrays (n_pairs, K - 1, 2, K): threshold, (cell below it, cell above it), category of the
    other item. The cell below threshold t is category t, the cell above is category t + 1.
    """
    rho = np.clip(rho, -SCORE_BOUND, SCORE_BOUND)
    probability = floored_probabilities(tables, rho)
    alive = probability > LIKELIHOOD_FLOOR
    inverse = np.where(alive, 1.0 / probability, 0.0)
    by_rows = _edge_density(tables.row_thresholds, tables.column_thresholds, rho)
    by_columns = _edge_density(tables.column_thresholds, tables.row_thresholds, rho)
    swapped = inverse.transpose(0, 2, 1)
    return (
        np.stack([by_rows * inverse[:, :-1, :], -by_rows * inverse[:, 1:, :]], axis=2),
        np.stack([by_columns * swapped[:, :-1, :], -by_columns * swapped[:, 1:, :]], axis=2),
    )


def _edge_density(own: FloatArray, other: FloatArray, rho: FloatArray) -> FloatArray:
    """Density along a threshold within each category of the other item: (n_pairs, K - 1, K)."""
    rest = np.sqrt(1.0 - rho * rho)[:, None, None]
    upper = ndtr((other[:, None, :] - rho[:, None, None] * own[:, :, None]) / rest)
    edges = np.concatenate([np.zeros_like(upper[:, :, :1]), upper, np.ones_like(upper[:, :, :1])], axis=2)
    return standard_density(own)[:, :, None] * np.diff(edges, axis=2)


def polychoric_correlations(tables: PairTables) -> FloatArray:
    """Maximum likelihood correlations given the thresholds, (n_pairs,), within ±0.999.

    Newton steps kept inside a bracket that the sign of the gradient narrows, so that each pair converges;
    a 2 × 2 table with one empty cell has half a case moved with the margins kept, one with two empty
    cells on a diagonal is ±1.
    """
    counts, rho, fixed = _small_tables(tables)
    tables = PairTables(
        first=tables.first,
        second=tables.second,
        counts=counts,
        row_thresholds=tables.row_thresholds,
        column_thresholds=tables.column_thresholds,
    )
    low, high = np.full(rho.shape, -BOUND), np.full(rho.shape, BOUND)
    active = np.flatnonzero(~fixed)
    for _ in range(100):
        if active.size == 0:
            break
        now = tables.subset(active)
        gradient, information = _gradient_and_information(now, rho[active])
        low[active] = np.where(gradient > 0, rho[active], low[active])
        high[active] = np.where(gradient > 0, high[active], rho[active])
        proposal = rho[active] + gradient / information
        outside = (proposal <= low[active]) | (proposal >= high[active])
        proposal = np.where(outside, 0.5 * (low[active] + high[active]), proposal)
        step = np.abs(proposal - rho[active])
        rho[active] = proposal
        active = active[step > 1e-10]
    return rho


def _gradient_and_information(tables: PairTables, rho: FloatArray) -> tuple[FloatArray, FloatArray]:
    """First derivative of each pair's log-likelihood and the negative second (or, where that is not positive,
    the sum of squared scores)."""
    probability = floored_probabilities(tables, rho)
    alive = probability > LIKELIHOOD_FLOOR
    score = np.where(alive, density_differences(tables, rho) / probability, 0.0)
    curvature = np.where(alive, density_differences(tables, rho, slope=True) / probability, 0.0)
    squared = (tables.counts * score * score).sum(axis=(1, 2))
    observed = squared - (tables.counts * curvature).sum(axis=(1, 2))
    information = np.where(observed > 1e-3 * squared, observed, np.maximum(squared, 1e-8))
    return (tables.counts * score).sum(axis=(1, 2)), information


def _small_tables(tables: PairTables) -> tuple[FloatArray, FloatArray, npt.NDArray[np.bool_]]:
    """Counts after the 2 × 2 repair, starting values (correlation of category numbers), pairs known."""
    counts = tables.counts.copy()
    rho = _category_correlation(counts)
    fixed = np.zeros(rho.shape, dtype=bool)
    binary = (tables.row_thresholds[:, 1:] >= BEYOND).all(axis=1) & (
        tables.column_thresholds[:, 1:] >= BEYOND
    ).all(axis=1)
    for pair in np.flatnonzero(binary):
        square = counts[pair, :2, :2]
        empty = np.argwhere(square == 0)
        if empty.shape[0] == 2:
            rho[pair] = 1.0 if square[0, 0] > 0 else -1.0
            fixed[pair] = True
        elif empty.shape[0] == 1:
            toward = 0.5 if empty[0, 0] == empty[0, 1] else -0.5
            square += toward * np.array([[1.0, -1.0], [-1.0, 1.0]])
        if not fixed[pair] and square[0, 0] * square[1, 1] == square[0, 1] * square[1, 0]:
            rho[pair] = 0.0
            fixed[pair] = True
    return counts, rho, fixed


def _category_correlation(counts: FloatArray) -> FloatArray:
    """Pearson correlation of the category numbers from each table; zero where it is not defined."""
    value = np.arange(counts.shape[1], dtype=float)
    total = np.maximum(counts.sum(axis=(1, 2)), 1.0)
    row, column = counts.sum(axis=2) / total[:, None], counts.sum(axis=1) / total[:, None]
    mean_row, mean_column = row @ value, column @ value
    spread = (row @ value**2 - mean_row**2) * (column @ value**2 - mean_column**2)
    product = np.einsum("pij,i,j->p", counts, value, value) / total - mean_row * mean_column
    usable = spread > 1e-12
    rho = np.where(usable, product / np.sqrt(np.where(usable, spread, 1.0)), 0.0)
    return np.where(np.abs(rho) >= BOUND, 0.0, rho)
