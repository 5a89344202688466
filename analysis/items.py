"""Item analysis: distribution, corrected item–rest correlation, alpha without the item, flags.

Skewness and excess kurtosis are G1 and G2 (bias-adjusted, as SPSS and SAS print them): Joanes & Gill (1998).
Flags follow the ceilings of short rating scales; every flag stands beside the value that raised it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.frames import numeric
from analysis.reliability import alpha_of_covariance
from analysis.results import Result


@dataclass(frozen=True, slots=True, kw_only=True)
class ItemGuides:
    """Limits that raise a flag. Means and SDs are given as shares of the scale's range.

    On a 1–5 scale a mean share of .875 is a mean of 4.5 and an SD share of .15 an SD of .60.
    """

    ceiling_mean_share: float = 0.875
    top_percent: float = 60.0
    sd_share: float = 0.15
    skew: float = -2.0
    item_rest: float = 0.30
    missing_percent: float = 5.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ItemAnalysis(Result):
    """Items × statistics.

    table: index item; scale (the score whose other items the item is held against), n, missing, mean,
    sd, skew, kurtosis, item_rest, alpha_if_dropped, n_rest (complete cases of that scale).
    percents: index item, a column a category, 0..100 of those who answered.
    flags: item → names of the limits it crosses.
    """

    table: pd.DataFrame
    percents: pd.DataFrame
    flags: dict[str, tuple[str, ...]]
    guides: ItemGuides

    def to_frame(self) -> pd.DataFrame:
        """Statistics and category percentages side by side."""
        return self.table.join(self.percents)


def analyse_items(
    data: pd.DataFrame,
    *,
    ranges: Mapping[str, tuple[int, int]],
    scales: Mapping[str, Sequence[str]],
    guides: ItemGuides | None = None,
) -> ItemAnalysis:
    """Statistics of every item of `data` (respondents × items, keyed in one direction, NaN = missing).

    ranges: item → lowest and highest category. scales: score → its items; an item is held against the
    smallest score of at least three items that contains it. Item–rest correlations use the complete
    cases of that score; all else uses whoever answered the item.
    """
    data = numeric(data)
    limits = guides or ItemGuides()
    values = sorted({v for low, high in ranges.values() for v in range(low, high + 1)})
    rows, percents, flags = {}, {}, {}
    rests = _item_rests(data, scales)
    for item in data.columns:
        low, high = ranges[item]
        answers = data[item].dropna()
        rows[item] = {**_moments(answers), "missing": len(data) - len(answers), **rests.get(item, _NO_REST)}
        counts = answers.value_counts()
        percents[item] = {
            v: (100.0 * counts.get(v, 0) / len(answers) if len(answers) else math.nan)
            if low <= v <= high
            else math.nan
            for v in values
        }
        flags[item] = _flags(rows[item], percents[item], (low, high), len(data), limits)
    order = [
        "scale",
        "n",
        "missing",
        "mean",
        "sd",
        "skew",
        "kurtosis",
        "item_rest",
        "alpha_if_dropped",
        "n_rest",
    ]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=order).rename_axis("item")
    return ItemAnalysis(
        table=table,
        percents=pd.DataFrame.from_dict(percents, orient="index", columns=values).rename_axis("item"),
        flags=flags,
        guides=limits,
    )


_NO_REST: dict[str, float | str] = {
    "scale": "", "item_rest": math.nan, "alpha_if_dropped": math.nan, "n_rest": 0,
}  # fmt: skip


def _moments(answers: pd.Series) -> dict[str, float]:
    """N, M, SD (n − 1), G1, G2; NaN where too few people or no differences leave none."""
    n = len(answers)
    sd = float(answers.std(ddof=1)) if n > 1 else math.nan
    varies = n > 1 and sd > 1e-60  # the fourth power of less leaves double precision
    return {
        "n": n,
        "mean": float(answers.mean()) if n else math.nan,
        "sd": sd,
        "skew": float(stats.skew(answers, bias=False)) if varies and n > 2 else math.nan,
        "kurtosis": float(stats.kurtosis(answers, bias=False)) if varies and n > 3 else math.nan,
    }


def _item_rests(data: pd.DataFrame, scales: Mapping[str, Sequence[str]]) -> dict[str, dict[str, float | str]]:
    """For every item, its correlation with the mean of the other items of its scale, and alpha without it."""
    found: dict[str, dict[str, float | str]] = {}
    usable = {s: [i for i in items if i in data.columns] for s, items in scales.items()}
    for scale, items in sorted(usable.items(), key=lambda pair: len(pair[1])):
        fresh = [item for item in items if item not in found]
        if len(items) < 3 or not fresh:
            continue
        complete = data[items].dropna().to_numpy(dtype=float)
        n = len(complete)
        covariance = np.cov(complete, rowvar=False) if n > 2 else np.full((len(items), len(items)), math.nan)
        for item in fresh:
            at = items.index(item)
            others = [j for j in range(len(items)) if j != at]
            rest_variance = covariance[np.ix_(others, others)].sum()
            scaling = math.sqrt(covariance[at, at] * rest_variance) if n > 2 else math.nan
            found[item] = {
                "scale": scale,
                "item_rest": float(covariance[at, others].sum() / scaling) if scaling > 0 else math.nan,
                "alpha_if_dropped": alpha_of_covariance(covariance[np.ix_(others, others)]),
                "n_rest": n,
            }
    return found


def _flags(
    row: Mapping[str, float | str],
    percents: Mapping[int, float],
    ends: tuple[int, int],
    n: int,
    limits: ItemGuides,
) -> tuple[str, ...]:
    low, high = ends
    span = high - low

    def _value(key: str) -> float:
        return float(row[key])

    crossed = {
        "empty": _value("n") == 0,
        "constant": _value("sd") == 0,
        "ceiling_mean": _value("mean") > low + limits.ceiling_mean_share * span,
        "top_category": percents[high] > limits.top_percent,
        "small_sd": 0 < _value("sd") < limits.sd_share * span,
        "skew": _value("skew") < limits.skew,
        "negative_item_rest": _value("item_rest") < 0,
        "low_item_rest": 0 <= _value("item_rest") < limits.item_rest,
        "missing": n > 0 and 100 * _value("missing") / n > limits.missing_percent,
    }
    return tuple(name for name, is_crossed in crossed.items() if is_crossed)
