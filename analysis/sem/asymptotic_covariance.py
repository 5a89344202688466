"""N times the asymptotic covariance of thresholds, means, variances and correlations, from casewise scores.

Muthén (1984), Psychometrika 49, 115-132; Muthén & Satorra (1995), Psychometrika 60, 489-503. The score of an
ordinal pair depends on the pair's cell alone: it is looked up, block of cases by block of cases.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt

from analysis.results import FloatArray, IntArray
from analysis.sem.first_step import FirstStep
from analysis.sem.polychoric import PairTables, correlation_scores, threshold_scores
from analysis.sem.polyserial import MixedScores, pearson_scores, polyserial_scores

__all__ = ["asymptotic_covariance", "two_step_covariance"]

ROWS_A_CHUNK = 2048


def asymptotic_covariance(
    first: FirstStep, rho: FloatArray, both_ordinal: npt.NDArray[np.bool_], tables: PairTables
) -> FloatArray:
    """N times B⁻¹ (Σ s s') B⁻ᵀ, where B holds the derivatives of both steps' scores in outer-product form.

    rho: (n_pairs,), pairs below the diagonal column by column; both_ordinal: which of them `tables` holds.
    Returns a square matrix in the order of `OrdinalMoments.vector`.
    """
    size, p, pairs = first.size, first.ordered.shape[0], rho.shape[0]
    cross = np.zeros((pairs, size))
    tabled = np.flatnonzero(both_ordinal)
    _add_table_cross(cross, first, tabled, tables, rho[tabled])
    lower, upper = np.triu_indices(p, 1)
    inner = np.zeros((size + pairs, size + pairs))
    for rows, scores in _score_chunks(first, tabled, tables, rho):
        for k in np.flatnonzero(~both_ordinal):
            mixed = _mixed_scores(first, int(lower[k]), int(upper[k]), float(rho[k]), rows)
            scores[size + k] = mixed.rho
            for item, own in zip((lower[k], upper[k]), mixed.own, strict=True):
                cross[k, first.columns[item]] += mixed.rho @ own
        inner += scores @ scores.T
    variance = two_step_covariance(inner, cross, first.columns)
    if not first.ordered.all():
        change = _covariance_scale(first, rho)
        variance = change @ variance @ change.T
    return np.asarray(first.codes.shape[0] * variance)


def two_step_covariance(inner: FloatArray, cross: FloatArray, columns: Sequence[IntArray]) -> FloatArray:
    """B⁻¹ (Σ s s') B⁻ᵀ of first-step parameters and correlations.

    inner: Σ s s', all parameters; cross: (n_pairs, size), Σ of each correlation score times the first-step
    scores of the same pair; columns: places of each variable's parameters among the `size` of the first step.
    """
    size = cross.shape[1]
    inverse = np.zeros((size, size))
    for own in columns:
        block = np.ix_(own, own)
        inverse[block] = np.linalg.inv(inner[block])
    weight = 1.0 / np.diag(inner)[size:]
    carry = -weight[:, None] * (cross @ inverse)
    half = np.vstack([inverse @ inner[:size], carry @ inner[:size] + weight[:, None] * inner[size:]])
    variance = np.hstack([half[:, :size] @ inverse, half[:, :size] @ carry.T + half[:, size:] * weight])
    return np.asarray(0.5 * (variance + variance.T))


def _add_table_cross(
    cross: FloatArray, first: FirstStep, tabled: IntArray, tables: PairTables, rho: FloatArray
) -> None:
    """Sums over cases of (correlation score × threshold score of the same pair), from the tables alone."""
    weighted = tables.counts * correlation_scores(tables, rho)
    for items, edge, table in zip(
        (tables.first, tables.second),
        threshold_scores(tables, rho),
        (weighted, weighted.transpose(0, 2, 1)),
        strict=True,
    ):
        sums = (np.stack([table[:, :-1], table[:, 1:]], axis=2) * edge).sum(axis=(2, 3))
        for item in np.unique(items):
            mine = items == item
            columns = first.columns[item]
            cross[np.ix_(tabled[mine], columns)] = sums[mine][:, : columns.shape[0]]


def _score_chunks(
    first: FirstStep, tabled: IntArray, tables: PairTables, rho: FloatArray
) -> Iterator[tuple[slice, FloatArray]]:
    """Casewise scores, parameters × cases, a block of cases at a time; ordinal pairs by cell lookup."""
    n, size = first.codes.shape[0], first.size
    width = tables.counts.shape[1] + 1  # one more category, for a missing answer, with score zero
    cells = np.zeros((tables.first.shape[0], width, width))
    if tabled.size:
        cells[:, :-1, :-1] = correlation_scores(tables, rho[tabled])
    flat = cells.ravel()
    codes = np.where(first.codes < 0, width - 1, first.codes).T
    base = np.arange(tables.first.shape[0])[:, None] * width * width
    for start in range(0, n, ROWS_A_CHUNK):
        rows = slice(start, min(start + ROWS_A_CHUNK, n))
        block = codes[:, rows]
        scores = np.zeros((size + rho.shape[0], block.shape[1]))
        scores[:size] = first.scores(rows).T
        scores[size + tabled] = flat[base + block[tables.first] * width + block[tables.second]]
        yield rows, scores


def _covariance_scale(first: FirstStep, rho: FloatArray) -> FloatArray:
    """Derivatives of (locations, variances, covariances) by (locations, variances, correlations)."""
    p, size = first.ordered.shape[0], first.size
    lower, upper = np.triu_indices(p, 1)
    change = np.eye(size + rho.shape[0])
    scale = first.deviation[lower] * first.deviation[upper]
    pair = size + np.arange(rho.shape[0])
    change[pair, pair] = scale
    for items in (lower, upper):
        numeric = np.flatnonzero(~first.ordered[items])
        column = np.array([first.columns[i][-1] for i in items[numeric]], dtype=np.int64)
        change[pair[numeric], column] = (rho * scale)[numeric] / (2.0 * first.deviation[items[numeric]] ** 2)
    return change


def _mixed_scores(first: FirstStep, a: int, b: int, rho: float, rows: slice) -> MixedScores:
    """Casewise scores of a pair with a continuous variable; own[0] belongs to a, own[1] to b."""
    za, zb = first.standardised[rows, a], first.standardised[rows, b]
    da, db = float(first.deviation[a]), float(first.deviation[b])
    if first.ordered[a]:
        scores = polyserial_scores(rho, zb, db, first.codes[rows, a], first.locations[a])
        return MixedScores(rho=scores.rho, own=(scores.own[1], scores.own[0]))
    if first.ordered[b]:
        return polyserial_scores(rho, za, da, first.codes[rows, b], first.locations[b])
    return pearson_scores(rho, za, zb, (da, db))
