"""Where a score stands in a norm group, and whether a person has changed.

Percentile ranks at mid-rank, T scores, stanines (Crocker & Algina, 1986; Kline, 2000); reliable change:
Jacobson & Truax (1991). A norm group that is too small is refused, because its percentiles would be noise.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.frames import numbers
from analysis.results import FloatArray, Result

MIN_NORM_GROUP = 200
STANINE_CUTS = (4.0, 11.0, 23.0, 40.0, 60.0, 77.0, 89.0, 96.0)  # percentile ranks; at a cut the next begins


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormTable(Result):
    """Norms of one score in one group; without a table, and with a reason, when the group is too small.

    table: index score; freq, percentile (mid-rank, 0..100), t (linear, 50 + 10z), t_normalised, stanine.
    """

    group: str
    n: int
    min_n: int
    mean: float | None
    sd: float | None  # n − 1
    table: pd.DataFrame
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """Scores and their norms."""
        return self.table

    def standing(self, scores: Sequence[float] | FloatArray) -> pd.DataFrame:
        """Percentile, T and stanine of any scores against this group; NaN (stanine 0) for a missing score.

        Raises ValueError for a refused group: there is nothing to stand in.
        """
        if self.reason:
            raise ValueError(f"no norms for {self.group!r}: {self.reason}")
        asked = np.asarray(scores, dtype=np.float64)
        known = np.repeat(
            self.table.index.to_numpy(dtype=np.float64), self.table["freq"].to_numpy(dtype=np.int64)
        )
        percentile = percentile_ranks(asked, known)
        return pd.DataFrame(
            {
                "score": asked,
                "percentile": percentile,
                "t": t_scores(asked, float(self.mean or 0.0), float(self.sd or math.nan)),
                "stanine": stanines(percentile),
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Norms(Result):
    """Norms of a score for every declared group and for all; `refused`: groups too small, with their n."""

    score: str
    min_n: int
    groups: dict[str, NormTable]
    refused: dict[str, int]

    def to_frame(self) -> pd.DataFrame:
        """All tables, index group and score."""
        tables = {name: norms.table for name, norms in self.groups.items() if not norms.reason}
        return pd.concat(tables, names=["group"]) if tables else pd.DataFrame()


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ReliableChange(Result):
    """Change of persons between two times against the error of a difference.

    se_difference: SD·√(2(1 − r)); limit: what a change must reach. table: index person; first, second,
    change, lower, upper (interval of the true change), rci (change / se_difference), verdict ("increase",
    "decrease", "no reliable change"). Empty with a reason when SD or reliability allow none.
    """

    sd: float | None
    reliability: float | None
    level: float
    se_difference: float | None
    limit: float | None
    table: pd.DataFrame
    counts: dict[str, int]
    unlinked: int  # people with one time only
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row a person."""
        return self.table


def percentile_ranks(scores: FloatArray, norm: FloatArray) -> FloatArray:
    """Mid-rank percentiles: 100·(number of the norm group below + half of those equal)/n.

    scores: any shape (m,), NaN stays NaN; norm: shape (n,), no NaN.

    >>> percentile_ranks(np.array([2.0, 0.0]), np.array([1.0, 2.0, 2.0, 3.0])).tolist()
    [50.0, 0.0]
    """
    ordered = np.sort(norm)
    below = np.searchsorted(ordered, scores, side="left")
    upto = np.searchsorted(ordered, scores, side="right")
    return np.where(np.isnan(scores), np.nan, 50.0 * (below + upto) / max(len(ordered), 1))


def t_scores(scores: FloatArray, mean: float, sd: float) -> FloatArray:
    """Linear T: 50 + 10·(x − M)/SD."""
    return np.asarray(50 + 10 * (scores - mean) / sd, dtype=np.float64)


def stanines(percentiles: FloatArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    """1 + number of cuts (4, 11, 23, 40, 60, 77, 89, 96) at or below the percentile; 0 for NaN.

    >>> stanines(np.array([3.9, 4.0, 50.0, 99.0])).tolist()
    [1, 2, 5, 9]
    """
    found = 1 + np.searchsorted(np.array(STANINE_CUTS), percentiles, side="right")
    return np.asarray(np.where(np.isnan(percentiles), 0, found), dtype=np.int64)


def norm_table(scores: pd.Series, *, group: str = "", min_n: int = MIN_NORM_GROUP) -> NormTable:
    """Norms of the known values of `scores`; refused below `min_n` people or without differences."""
    known = numbers(scores).dropna().to_numpy(dtype=np.float64)
    n = len(known)
    reason = ""
    if n < max(min_n, 2):
        reason = f"常模组 {n} 人，不足 {min_n} 人 / norm group of {n}, fewer than {min_n}"
    elif np.ptp(known) < 1e-12:
        reason = "分数没有差异 / no differences between people"
    columns = ["freq", "percentile", "t", "t_normalised", "stanine"]
    if reason:
        empty = pd.DataFrame(columns=columns, index=pd.Index([], name="score", dtype=float))
        return NormTable(group=group, n=n, min_n=min_n, mean=None, sd=None, table=empty, reason=reason)
    values, freq = np.unique(known, return_counts=True)
    mean, sd = float(known.mean()), float(known.std(ddof=1))
    percentile = percentile_ranks(values, known)
    table = pd.DataFrame(
        {
            "freq": freq,
            "percentile": percentile,
            "t": t_scores(values, mean, sd),
            "t_normalised": 50 + 10 * stats.norm.ppf(percentile / 100),
            "stanine": stanines(percentile),
        },
        index=pd.Index(values, name="score"),
    )
    return NormTable(group=group, n=n, min_n=min_n, mean=mean, sd=sd, table=table)


def norms_by_group(
    scores: pd.Series, groups: pd.Series | None = None, *, min_n: int = MIN_NORM_GROUP
) -> Norms:
    """Norms of all people (under "") and of every declared group. Raises ValueError when misaligned."""
    if groups is not None and not scores.index.equals(groups.index):
        raise ValueError("the groups are not aligned with the scores")
    tables = {"": norm_table(scores, min_n=min_n)}
    if groups is not None:
        for name in sorted(groups.dropna().astype(str).unique()):
            members = scores[groups.astype(str) == name]
            tables[name] = norm_table(members, group=name, min_n=min_n)
    return Norms(
        score=str(scores.name or ""),
        min_n=min_n,
        groups=tables,
        refused={name: found.n for name, found in tables.items() if found.reason},
    )


def reliable_change(
    first: pd.Series,
    second: pd.Series,
    *,
    sd: float | None,
    reliability: float | None,
    level: float = 0.95,
) -> ReliableChange:
    """Change of the people found in both series (linked by index).

    sd: of the norm group (or the first wave) on the score's metric; reliability: of the score, 0..1 (a retest
    or internal consistency coefficient). Raises ValueError if a person appears twice in a wave.
    """
    if not (first.index.is_unique and second.index.is_unique):
        raise ValueError("a person appears twice in a wave")
    both = pd.concat({"first": numbers(first), "second": numbers(second)}, axis=1)
    people = both.dropna()
    unlinked = int((both.notna().sum(axis=1) == 1).sum())
    reason = _no_change(sd, reliability)
    if reason or sd is None or reliability is None:
        empty = pd.DataFrame(columns=["first", "second", "change", "lower", "upper", "rci", "verdict"])
        return ReliableChange(
            sd=sd, reliability=reliability, level=level, se_difference=None, limit=None, table=empty,
            counts={}, unlinked=unlinked, reason=reason,
        )  # fmt: skip
    se = sd * math.sqrt(2 * (1 - reliability))
    limit = float(stats.norm.isf((1 - level) / 2)) * se
    change = people["second"] - people["first"]
    table = people.assign(
        change=change,
        lower=change - limit,
        upper=change + limit,
        rci=change / se,
        verdict=np.select([change > limit, change < -limit], ["increase", "decrease"], "no reliable change"),
    )
    verdicts: list[Hashable] = ["increase", "decrease", "no reliable change"]
    return ReliableChange(
        sd=sd,
        reliability=reliability,
        level=level,
        se_difference=se,
        limit=limit,
        table=table,
        counts={str(v): int((table["verdict"] == v).sum()) for v in verdicts},
        unlinked=unlinked,
        reason="" if len(people) else "没有可对应的人 / nobody answered both times",
    )


def _no_change(sd: float | None, reliability: float | None) -> str:
    if sd is None or not (math.isfinite(sd) and sd > 0):
        return "没有标准差 / no standard deviation above zero"
    if reliability is None or not 0 <= reliability < 1:
        return "信度不在 0 与 1 之间 / no reliability from 0 to below 1"
    return ""
