"""What people's data must be before a statistic sees them: numbers, finite, each column once.

A column that is not is refused by name, so that no statistic answers with a bare error or a silent NaN.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

LARGEST = 1e100  # squares and products beyond this leave double precision


class UnfitData(ValueError):
    """Data that no statistic can use; the message names the column."""


def numeric(data: pd.DataFrame) -> pd.DataFrame:
    """The same table as floats, NaN = missing. Raises UnfitData naming the first column at fault."""
    repeated = data.columns[data.columns.duplicated()]
    if len(repeated):
        raise UnfitData(f"{repeated[0]} 列出现了两次 / column {repeated[0]!r} is there more than once")
    made = {name: numbers(data[name], str(name)) for name in data.columns}
    return pd.DataFrame(made, index=data.index, columns=data.columns, dtype=np.float64)


def numbers(values: pd.Series, name: str = "") -> pd.Series:
    """One column as floats, NaN = missing. Raises UnfitData for text, dates, infinities, |x| > 1e100."""
    if not isinstance(values, pd.Series):
        raise UnfitData(f"{name or '这'} 列出现了两次 / the column is there more than once")
    title = name or str(values.name or "values")
    if values.dtype.kind not in "fiub" and not _holds_numbers(values):
        raise UnfitData(f"{title} 列不是数值 / column {title!r} is not numeric")
    found = values.astype(np.float64)
    known = found.to_numpy()
    if np.isinf(known).any():
        raise UnfitData(f"{title} 列有无穷大 / column {title!r} has an infinite value")
    if known.size and float(np.nanmax(np.abs(known), initial=0.0)) > LARGEST:
        raise UnfitData(f"{title} 列有超出 1e100 的值 / column {title!r} has a value beyond 1e100")
    return found


def _holds_numbers(values: pd.Series) -> bool:
    """Whether a column of objects holds nothing but numbers and gaps."""
    if pd.api.types.is_numeric_dtype(values):
        return True
    known = values.dropna()
    return values.dtype == object and all(
        isinstance(v, int | float | np.integer | np.floating) for v in known
    )
