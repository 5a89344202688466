"""Discriminant validity: do two constructs measure different things?

HTMT: Henseler, Ringle & Sarstedt (2015). HTMT2, with geometric means: Roemer, Schuberth & Henseler (2021).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.frames import numeric
from analysis.results import FloatArray, Result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HeterotraitRatios(Result):
    """Heterotrait–monotrait ratios of correlations for every pair of constructs, in n complete cases.

    table: one row a pair; one, other, n_negative (correlations below 0, whose absolute value counts), htmt,
    htmt2.
    """

    n: int
    table: pd.DataFrame
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The pairs."""
        return self.table

    def largest(self, construct: str | None = None) -> float | None:
        """The largest HTMT, of all pairs or of those with `construct`; None where there is none."""
        rows = self.table
        if construct is not None:
            rows = rows[(rows["one"] == construct) | (rows["other"] == construct)]
        values = rows["htmt"].dropna()
        return float(values.max()) if len(values) and len(values) == len(rows) else None


def heterotrait_ratios(data: pd.DataFrame, constructs: Mapping[str, Sequence[str]]) -> HeterotraitRatios:
    """HTMT and HTMT2 of `constructs` (name → items) in `data` (respondents × items, keyed).

    Absolute Pearson correlations, as in semTools, of the cases complete on all these items. Constructs of a
    single item have no monotrait correlation and are left out.
    """
    kept = {name: [i for i in items if i in data] for name, items in constructs.items()}
    kept = {name: items for name, items in kept.items() if len(items) > 1}
    used = list(dict.fromkeys(item for items in kept.values() for item in items))
    complete = numeric(data[used]).dropna()
    empty = pd.DataFrame(columns=["one", "other", "htmt", "htmt2"])
    if len(kept) < 2:
        return HeterotraitRatios(
            n=len(complete), table=empty, reason="不足两个构念 / fewer than two constructs"
        )
    if len(complete) < 3 or (complete.nunique() < 2).any():
        return HeterotraitRatios(
            n=len(complete), table=empty, reason="人数或差异不足 / too few people or constant items"
        )
    correlations = (complete / complete.abs().max()).corr()  # whatever the unit: 1e-150 squared is 0
    rows = []
    for (one, a), (other, b) in itertools.combinations(kept.items(), 2):
        between = correlations.loc[a, b].to_numpy()
        within = [_off_diagonal(correlations.loc[items, items].to_numpy()) for items in (a, b)]
        rows.append(
            {
                "one": one,
                "other": other,
                "n_negative": int(sum((block < 0).sum() for block in (between, *within))),
                "htmt": _ratio(np.abs(between).mean(), *(np.abs(w).mean() for w in within)),
                "htmt2": _ratio(_geometric(between), *(_geometric(w) for w in within)),
            }
        )
    table = pd.DataFrame(rows)
    partial = table[table["n_negative"] > 0]
    return HeterotraitRatios(
        n=len(complete),
        table=table,
        warnings=tuple(
            f"{row.one}–{row.other}：{row.n_negative} 个相关为负，取绝对值 / "
            f"{row.n_negative} negative correlations, taken as absolute values"
            for row in partial.itertuples()
        )
        + tuple(
            f"{row.one}–{row.other}：组内相关为 0 或没有，比值无定义 / a monotrait correlation is 0 or "
            "missing: no ratio"
            for row in table[table[["htmt", "htmt2"]].isna().any(axis=1)].itertuples()
        ),
    )


def _off_diagonal(matrix: FloatArray) -> FloatArray:
    return np.asarray(matrix[np.triu_indices(len(matrix), 1)], dtype=np.float64)


def _geometric(values: FloatArray) -> float:
    """Geometric mean of absolute values; 0 where one of them is 0."""
    with np.errstate(divide="ignore"):
        return float(np.exp(np.log(np.abs(values)).mean()))


def _ratio(between: float, first: float, second: float) -> float:
    return float(between / math.sqrt(first * second)) if first * second > 0 else math.nan
