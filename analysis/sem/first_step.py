"""First step for ordinal and mixed data: thresholds, means, variances of each variable, and their scores."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import ndtr

from analysis.results import FloatArray, IntArray
from analysis.sem.bivariate_normal import standard_density
from analysis.sem.errors import DataError
from analysis.sem.polychoric import thresholds_of

__all__ = ["FirstStep", "first_step"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FirstStep:
    """What is known of each variable alone.

    codes: (n, p) categories from 0, negative = missing or continuous. standardised: (n, p), NaN = missing or
    ordinal. deviation: (p,), one for ordinal items. locations: thresholds, or the mean, of each variable.
    columns: places of each variable's parameters among (locations, variances of continuous variables), `size`
    of them in all.
    """

    ordered: npt.NDArray[np.bool_]
    codes: IntArray
    standardised: FloatArray
    deviation: FloatArray
    locations: list[FloatArray]
    columns: list[IntArray]
    size: int

    def scores(self, rows: slice) -> FloatArray:
        """Casewise scores of thresholds, means and variances, (rows, size); zero where missing."""
        out = np.zeros((self.codes[rows].shape[0], self.size))
        for item, columns in enumerate(self.columns):
            if self.ordered[item]:
                out[:, columns] = _category_scores(self.locations[item])[self.codes[rows, item]]
                continue
            z = np.nan_to_num(self.standardised[rows, item])
            present = ~np.isnan(self.standardised[rows, item])
            out[:, columns[0]] = z / self.deviation[item]
            out[:, columns[1]] = (z * z - present) / (2.0 * self.deviation[item] ** 2)
        return out


def first_step(
    values: FloatArray, names: Sequence[str], levels: Sequence[FloatArray | None], group: str
) -> FirstStep:
    """Code the data and compute thresholds, means (N divisor) and standard deviations.

    values: (n, p), NaN = missing; levels: as for `ordinal_moments`; group: words that end an error message.
    Raises DataError for a constant variable, an item with one category, or an empty category.
    """
    n, p = values.shape
    codes = np.full((n, p), -1, dtype=np.int64)
    standardised = np.full((n, p), np.nan)
    deviation = np.ones(p)
    locations: list[FloatArray] = []
    for item, (name, level) in enumerate(zip(names, levels, strict=True)):
        column = values[:, item]
        seen = ~np.isnan(column)
        if level is None:
            mean, deviation[item] = float(column[seen].mean()), float(column[seen].std())
            if not deviation[item] > 0:
                raise DataError(f"variable {name} is constant{group}")
            standardised[:, item] = (column - mean) / deviation[item]
            locations.append(np.array([mean]))
            continue
        codes[seen, item] = np.searchsorted(level, column[seen])
        locations.append(_item_thresholds(codes[seen, item], level, name, group))
    ordered = np.array([level is not None for level in levels])
    columns, size = _score_columns(ordered, locations)
    return FirstStep(
        ordered=ordered,
        codes=codes,
        standardised=standardised,
        deviation=deviation,
        locations=locations,
        columns=columns,
        size=size,
    )


def _item_thresholds(codes: IntArray, level: FloatArray, name: str, group: str) -> FloatArray:
    counts = np.bincount(codes, minlength=level.shape[0]).astype(float)
    if np.count_nonzero(counts) < 2:
        raise DataError(f"item {name} has only one category{group}")
    if np.any(counts == 0):
        empty = ", ".join(f"{v:g}" for v in level[counts == 0])
        raise DataError(f"item {name}: category {empty} is empty{group}; merge it with a neighbour")
    return thresholds_of(counts)


def _score_columns(ordered: npt.NDArray[np.bool_], locations: list[FloatArray]) -> tuple[list[IntArray], int]:
    """Columns of each variable's parameters among (locations, variances of continuous variables)."""
    total = sum(loc.shape[0] for loc in locations)
    columns: list[IntArray] = []
    place, variance = 0, total
    for is_ordered, loc in zip(ordered, locations, strict=True):
        own = np.arange(place, place + loc.shape[0])
        place += loc.shape[0]
        if not is_ordered:
            own = np.append(own, variance)
            variance += 1
        columns.append(own)
    return columns, variance


def _category_scores(thresholds: FloatArray) -> FloatArray:
    """Scores of the thresholds by category, (K + 1, K - 1); the last row, for a missing answer, is zero."""
    density = standard_density(thresholds)
    probability = np.diff(ndtr(np.concatenate([[-np.inf], thresholds, [np.inf]])))
    out = np.zeros((thresholds.shape[0] + 2, thresholds.shape[0]))
    number = np.arange(thresholds.shape[0])
    out[number, number] = density / probability[:-1]
    out[number + 1, number] = -density / probability[1:]
    return out
