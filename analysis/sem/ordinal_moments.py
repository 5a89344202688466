"""Sample statistics of ordinal, or mixed ordinal and continuous, data with their asymptotic covariance.

Thresholds (means), variances of continuous variables, polychoric, polyserial or Pearson correlations, and N
times the covariance of all of these. Muthén (1984), A general structural equation model with
dichotomous, ordered categorical, and continuous latent variable indicators, Psychometrika 49, 115-132.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from analysis.results import FloatArray, IntArray
from analysis.sem.asymptotic_covariance import asymptotic_covariance
from analysis.sem.errors import DataError
from analysis.sem.first_step import FirstStep, first_step
from analysis.sem.polychoric import BEYOND, contingency_tables, pair_tables, polychoric_correlations
from analysis.sem.polyserial import pearson_correlation, polyserial_correlation

__all__ = ["OrdinalMoments", "ordinal_moments", "pairs_beyond"]

IDENTICAL = 0.9985


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrdinalMoments:
    """What DWLS and its kin fit: the statistics of one group.

    names, ordered: the p variables and which of them are ordinal. nobs: cases with any answer.
    locations: thresholds of ordinal items and means of continuous ones, in the order of the variables;
    location_variable: the variable each belongs to; location_names: "x|t1", or a continuous variable's name.
    covariance: (p, p), unit diagonal for ordinal items. vector: locations, variances of continuous variables,
    covariances below the diagonal column by column. gamma: N times the covariance of `vector`, if asked for.
    empty_tables: pairs with an empty cell in their table; perfect: pairs correlated beyond ±.99;
    identical: pairs whose correlation lies on its bound. slopes: (p, q) on q covariates, where all is given
    these; they follow the locations in `vector`, covariate by covariate.
    """

    names: tuple[str, ...]
    ordered: npt.NDArray[np.bool_]
    nobs: int
    locations: FloatArray
    location_variable: IntArray
    location_names: tuple[str, ...]
    covariance: FloatArray
    vector: FloatArray
    gamma: FloatArray | None
    empty_tables: tuple[tuple[str, str], ...]
    perfect: tuple[tuple[str, str], ...]
    identical: tuple[tuple[str, str], ...]
    slopes: FloatArray | None = None


def ordinal_moments(
    values: FloatArray,
    names: Sequence[str],
    levels: Sequence[FloatArray | None],
    *,
    gamma: bool = True,
    group: str = "",
) -> OrdinalMoments:
    """Statistics of one group from its data.

    values: (n, p), NaN = missing (pairs use the cases that have both). levels: for an ordinal item the values
    that occur over all groups, ascending; None for a continuous variable. gamma: False leaves out the
    asymptotic covariance. Raises DataError naming the item (and group) for an empty category, fewer than two
    categories, a constant variable, or two items never answered together.
    """
    values = values[~np.isnan(values).all(axis=1)]
    first = first_step(values, names, levels, group)
    p = len(names)
    lower, upper = np.triu_indices(p, 1)
    both_ordinal = first.ordered[lower] & first.ordered[upper]
    rho = np.zeros(lower.shape[0])
    categories = 1 + max(
        (loc.shape[0] for loc, o in zip(first.locations, first.ordered, strict=True) if o), default=1
    )
    tables = pair_tables(
        contingency_tables(first.codes, categories),
        [loc if o else np.zeros(0) for loc, o in zip(first.locations, first.ordered, strict=True)],
        (lower[both_ordinal], upper[both_ordinal]),
    )
    _refuse_strangers(first, names, group)
    rho[both_ordinal] = polychoric_correlations(tables)
    mixed = np.flatnonzero(~both_ordinal)
    rho[mixed] = [_mixed_correlation(first, int(lower[k]), int(upper[k])) for k in mixed]
    correlation = np.eye(p)
    correlation[lower, upper] = correlation[upper, lower] = rho
    covariance = correlation * np.outer(first.deviation, first.deviation)
    numeric = np.flatnonzero(~first.ordered)
    valid = _valid_cells(tables.row_thresholds, tables.column_thresholds)
    empty = ((tables.counts == 0) & valid).any(axis=(1, 2))
    return OrdinalMoments(
        names=tuple(names),
        ordered=first.ordered,
        nobs=values.shape[0],
        locations=np.concatenate(first.locations),
        location_variable=np.repeat(np.arange(p), [loc.shape[0] for loc in first.locations]),
        location_names=tuple(
            f"{names[i]}|t{k + 1}" if first.ordered[i] else names[i]
            for i in range(p)
            for k in range(first.locations[i].shape[0])
        ),
        covariance=covariance,
        vector=np.concatenate([*first.locations, first.deviation[numeric] ** 2, covariance[lower, upper]]),
        gamma=asymptotic_covariance(first, rho, both_ordinal, tables) if gamma else None,
        empty_tables=tuple(
            (names[a], names[b]) for a, b in zip(tables.first[empty], tables.second[empty], strict=True)
        ),
        perfect=pairs_beyond(rho, 0.99, names),
        identical=pairs_beyond(rho, IDENTICAL, names),
    )


def _refuse_strangers(first: FirstStep, names: Sequence[str], group: str) -> None:
    present = (first.codes >= 0) | ~np.isnan(first.standardised)
    together = present.T.astype(float) @ present
    apart = np.argwhere(np.triu(together < 2, 1))
    if apart.size:
        a, b = apart[0]
        raise DataError(f"{names[a]} and {names[b]} are never answered together{group}")


def _mixed_correlation(first: FirstStep, a: int, b: int) -> float:
    if first.ordered[b]:
        a, b = b, a  # b is continuous from here on
    z = first.standardised[:, b]
    if first.ordered[a]:
        both = (first.codes[:, a] >= 0) & ~np.isnan(z)
        return polyserial_correlation(
            z[both], float(first.deviation[b]), first.codes[both, a], first.locations[a]
        )
    both = ~np.isnan(z) & ~np.isnan(first.standardised[:, a])
    return pearson_correlation(first.standardised[both, a], z[both])


def _valid_cells(rows: FloatArray, columns: FloatArray) -> npt.NDArray[np.bool_]:
    """Cells of the padded tables that exist, (n_pairs, K, K)."""
    r = np.concatenate([np.ones((rows.shape[0], 1), dtype=bool), rows < BEYOND], axis=1)
    c = np.concatenate([np.ones((columns.shape[0], 1), dtype=bool), columns < BEYOND], axis=1)
    return np.asarray(r[:, :, None] & c[:, None, :])


def pairs_beyond(rho: FloatArray, limit: float, names: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Names of the pairs (below the diagonal, column by column) with a larger absolute correlation."""
    lower, upper = np.triu_indices(len(names), 1)
    return tuple((names[lower[k]], names[upper[k]]) for k in np.flatnonzero(np.abs(rho) > limit))
