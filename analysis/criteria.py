"""Scores against what is recorded elsewhere and against what theory expects of their order.

Unit-level correlations with record data (三率), with Fisher's interval and refused for few units; paired
tests of ordered means. Robinson (1950) on what a correlation of units does not say about persons.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.correlations import fisher_interval
from analysis.frames import numeric
from analysis.results import FloatArray, Interval, Result

MIN_UNITS = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitCriteria(Result):
    """Correlations over units of mean scores with recorded figures.

    table: one row a pair; score, record, n_units, r, lower, upper, pvalue, rho (Spearman), reason ("" or why
    there is none: fewer units than `min_units`, or no differences). Units, not people, are the cases: an r
    says nothing about persons (Robinson, 1950).
    """

    min_units: int
    level: float
    table: pd.DataFrame
    unmatched: tuple[str, ...]  # units found on one side only

    def to_frame(self) -> pd.DataFrame:
        """The pairs."""
        return self.table


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrderedMeans(Result):
    """Is `higher` above `lower` in the same people? Paired difference with its t interval.

    verdict: "as expected" or "opposite" when the interval lies on one side of 0, else "undecided". d: mean
    difference in SDs of the difference. pvalue is two-sided.
    """

    higher: str
    lower: str
    n: int
    mean_higher: float | None
    mean_lower: float | None
    difference: float | None
    interval: Interval | None
    t: float | None
    df: int | None
    pvalue: float | None
    d: float | None
    verdict: Literal["as expected", "opposite", "undecided", ""]
    reason: str = ""


def unit_correlations(
    means: pd.DataFrame,
    records: pd.DataFrame,
    *,
    min_units: int = MIN_UNITS,
    level: float = 0.95,
) -> UnitCriteria:
    """Correlate unit means (units × scores) with record data (units × figures), matched by index.

    `min_units` may be raised, not lowered below 10. Raises ValueError when a unit appears twice.
    """
    if not (means.index.is_unique and records.index.is_unique):
        raise ValueError("a unit appears twice")
    means, records = numeric(means), numeric(records)
    floor = max(min_units, MIN_UNITS)
    shared = means.index.intersection(records.index)
    rows = [
        {
            "score": str(score),
            "record": str(record),
            **_correlation(
                means.loc[shared, score].to_numpy(dtype=np.float64, na_value=np.nan),
                records.loc[shared, record].to_numpy(dtype=np.float64, na_value=np.nan),
                floor,
                level,
            ),
        }
        for score in means.columns
        for record in records.columns
    ]
    columns = ["score", "record", "n_units", "r", "lower", "upper", "pvalue", "rho", "reason"]
    unmatched = tuple(sorted(str(unit) for unit in means.index.symmetric_difference(records.index)))
    return UnitCriteria(
        min_units=floor,
        level=level,
        table=pd.DataFrame(rows, columns=columns),
        unmatched=unmatched,
        warnings=(f"只在一方出现的单位 {len(unmatched)} 个 / {len(unmatched)} units on one side only",)
        if unmatched
        else (),
    )


def _correlation(x: FloatArray, y: FloatArray, floor: int, level: float) -> dict[str, float | int | str]:
    known = ~(np.isnan(x) | np.isnan(y))
    x, y, n = x[known], y[known], int(known.sum())
    nothing = dict.fromkeys(("r", "lower", "upper", "pvalue", "rho"), math.nan)
    if n < floor:
        return {
            "n_units": n,
            **nothing,
            "reason": f"单位 {n} 个，不足 {floor} 个 / {n} units, fewer than {floor}",
        }
    if np.ptp(x) < 1e-12 or np.ptp(y) < 1e-12:
        return {"n_units": n, **nothing, "reason": "单位之间没有差异 / no differences between units"}
    r = float(np.corrcoef(x, y)[0, 1])
    lower, upper = fisher_interval(r, n, level)
    test = stats.pearsonr(x, y)
    rho = float(stats.spearmanr(x, y).statistic)
    return {
        "n_units": n,
        "r": r,
        "lower": lower,
        "upper": upper,
        "pvalue": float(test.pvalue),
        "rho": rho,
        "reason": "",
    }


def ordered_means(data: pd.DataFrame, higher: str, lower: str, *, level: float = 0.95) -> OrderedMeans:
    """Paired test of mean(higher) > mean(lower), columns of `data` on one metric, in complete pairs."""
    pairs = numeric(data[[higher, lower]]).dropna()
    n = len(pairs)
    change = (pairs[higher] - pairs[lower]).to_numpy()
    sd = float(change.std(ddof=1)) if n > 1 else 0.0
    if n < 3 or sd < 1e-12:
        reason = (
            "不足三人 / fewer than three people" if n < 3 else "差值没有变异 / the difference is constant"
        )
        means = (float(pairs[higher].mean()), float(pairs[lower].mean())) if n else (None, None)
        return OrderedMeans(
            higher=higher, lower=lower, n=n, mean_higher=means[0], mean_lower=means[1],
            difference=float(change.mean()) if n else None, interval=None, t=None, df=None, pvalue=None,
            d=None, verdict="", reason=reason,
        )  # fmt: skip
    mean, se = float(change.mean()), sd / math.sqrt(n)
    half = float(stats.t.isf((1 - level) / 2, n - 1)) * se
    verdict: Literal["as expected", "opposite", "undecided"] = "undecided"
    if mean - half > 0:
        verdict = "as expected"
    elif mean + half < 0:
        verdict = "opposite"
    return OrderedMeans(
        higher=higher,
        lower=lower,
        n=n,
        mean_higher=float(pairs[higher].mean()),
        mean_lower=float(pairs[lower].mean()),
        difference=mean,
        interval=Interval(lower=mean - half, upper=mean + half, level=level, method="paired t"),
        t=mean / se,
        df=n - 1,
        pvalue=float(2 * stats.t.sf(abs(mean / se), n - 1)),
        d=mean / sd,
        verdict=verdict,
    )


def ordering(
    data: pd.DataFrame, expected: Sequence[tuple[str, str]], *, level: float = 0.95
) -> tuple[OrderedMeans, ...]:
    """`ordered_means` for every expected pair (higher, lower), such as ("rs", "xt") and ("xj", "qj")."""
    return tuple(ordered_means(data, higher, lower, level=level) for higher, lower in expected)
