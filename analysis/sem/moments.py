"""Sample statistics: means and covariances per group and per missing pattern. The data are read once.

Covariances divide by n (maximum likelihood, Wishart constant omitted). With missing values each pattern
keeps its own n, mean and cross-product; everything the likelihood needs (Arbuckle, 1996).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import FloatArray, IntArray
from analysis.sem.errors import DataError
from analysis.sem.missing_data import estimate_moments
from analysis.sem.patterns import Pattern, missing_patterns
from analysis.sem.variables import Variables

LARGEST = 1e100  # squares and products of what is larger, or smaller than 1e-100, leave double precision


@dataclass(frozen=True, kw_only=True)
class GroupMoments:
    """One group: n, mean (p,), cov (p, p) divided by n, its patterns, and the rows (n, p) for robust
    statistics.

    With missing values mean and cov are those of the unrestricted model (EM, see missing_data.py).
    """

    n: int
    mean: FloatArray
    cov: FloatArray
    patterns: tuple[Pattern, ...]
    data: FloatArray


@dataclass(frozen=True, kw_only=True)
class SampleMoments:
    """All groups in order of first appearance. complete: no value is missing. kept: positions of the rows
    used.
    """

    observed: tuple[str, ...]
    groups: tuple[GroupMoments, ...]
    labels: tuple[str, ...]
    complete: bool
    kept: IntArray
    warnings: tuple[str, ...] = ()

    @property
    def n(self) -> int:
        """Total number of rows used."""
        return sum(group.n for group in self.groups)


def group_labels(data: pd.DataFrame, group: str | None) -> tuple[str, ...]:
    """Labels of the groups by first appearance; one empty label without a grouping column."""
    if group is None:
        return ("",)
    if group not in data.columns:
        raise DataError(f"the grouping column {group!r} is not in the data")
    values = data[group].dropna()
    labels = tuple(str(v) for v in values.unique())
    if len(labels) < 2:
        raise DataError(f"the grouping column {group!r} has {len(labels)} group(s); at least two are needed")
    return labels


def numeric_columns(data: pd.DataFrame, names: Sequence[str]) -> FloatArray:
    """The named columns as floats, (n, p). Raises DataError for an unknown, doubled or non-numeric column."""
    missing = [name for name in names if name not in data.columns]
    if missing:
        raise DataError(f"the model names {', '.join(missing)}, which the data do not have")
    columns = []
    for name in names:
        column = data[name]
        if list(data.columns).count(name) > 1:
            raise DataError(f"the data have more than one column {name!r}")
        try:
            values = pd.to_numeric(column, errors="raise").to_numpy(dtype=np.float64, na_value=np.nan)
        except (ValueError, TypeError) as error:
            raise DataError(f"column {name!r} is not numeric: {error}") from None
        if np.isinf(values).any():
            raise DataError(f"column {name!r} has an infinite value")
        largest = float(np.nanmax(np.abs(values), initial=0.0)) if values.size else 0.0
        if largest > LARGEST or 0 < largest < 1 / LARGEST:
            raise DataError(f"column {name!r} has values of {largest:.0e}: rescale it")
        columns.append(values)
    return np.column_stack(columns) if columns else np.zeros((len(data), 0))


def split_rows(
    data: pd.DataFrame, variables: Variables, *, group: str | None, missing: str, fixed_x: bool = True
) -> tuple[list[tuple[FloatArray, IntArray]], tuple[str, ...]]:
    """Rows per group that can be used, with their positions, and the group labels.

    listwise drops a row with any missing value; fiml and pairwise drop empty rows and rows without a fixed
    covariate.
    """
    values = numeric_columns(data, variables.observed)
    labels = group_labels(data, group)
    absent = np.isnan(values)
    if missing == "listwise":
        usable = ~absent.any(axis=1)
    else:
        covariates = [variables.observed.index(v) for v in variables.exogenous] if fixed_x else []
        usable = ~absent.all(axis=1) & ~absent[:, covariates].any(axis=1)
    if group is None:
        rows = [np.flatnonzero(usable)]
    else:
        column = data[group]
        names = column.astype(str).to_numpy()
        present = column.notna().to_numpy()
        rows = [np.flatnonzero(usable & present & (names == label)) for label in labels]
    for label, positions in zip(labels, rows, strict=True):
        if len(positions) == 0:
            raise DataError(
                f"no usable row{f' in group {label}' if label else ''} after dropping missing values"
            )
    return [(values[positions], positions) for positions in rows], labels


def sample_moments(
    data: pd.DataFrame,
    variables: Variables,
    *,
    group: str | None = None,
    missing: str = "listwise",
    fixed_x: bool = True,
) -> SampleMoments:
    """Moments of every group. Raises DataError naming the column and group that cannot be used."""
    parts, labels = split_rows(data, variables, group=group, missing=missing, fixed_x=fixed_x)
    groups = []
    for (values, _), label in zip(parts, labels, strict=True):
        check_columns(values, variables.observed, label)
        patterns = missing_patterns(values)
        if len(patterns) == 1 and len(patterns[0].observed) == values.shape[1]:
            mean, cov = patterns[0].mean, patterns[0].cov
        else:
            mean, cov = estimate_moments(patterns, variables.observed)
        groups.append(GroupMoments(n=len(values), mean=mean, cov=cov, patterns=patterns, data=values))
    complete = all(len(g.patterns) == 1 and len(g.patterns[0].observed) == g.data.shape[1] for g in groups)
    return SampleMoments(
        observed=variables.observed,
        groups=tuple(groups),
        labels=labels,
        complete=complete,
        kept=np.concatenate([positions for _, positions in parts]),
        warnings=left_out(len(data), sum(len(values) for values, _ in parts), missing),
    )


def left_out(rows: int, used: int, missing: str) -> tuple[str, ...]:
    """A warning when rows were dropped, with the reason."""
    if used == rows:
        return ()
    reason = "missing values (listwise)" if missing == "listwise" else "no value, group or fixed covariate"
    return (f"{rows - used} of {rows} rows were left out: {reason}",)


def check_columns(values: FloatArray, names: Sequence[str], label: str) -> None:
    """Raise DataError for an item without variation or without any value."""
    where = f" in group {label}" if label else ""
    for name, column in zip(names, values.T, strict=True):
        seen = column[~np.isnan(column)]
        if len(seen) == 0:
            raise DataError(f"{name!r} has no value{where}")
        if np.all(seen == seen[0]):
            raise DataError(f"{name!r} is constant{where} (every value is {seen[0]:g}, n = {len(seen)})")
