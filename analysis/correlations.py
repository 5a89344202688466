"""Tests of two correlations, and intervals of a correlation and of a difference.

Williams (1959) and Steiger (1980) for one sample, Fisher for two; Zou (2007) for the difference.
Numbers in, numbers out; equal to R `psych::r.test`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy import stats

from analysis.results import FloatArray, Interval, Result

Method = Literal["Williams t", "Steiger z", "Fisher z"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CorrelationDifference(Result):
    """Two correlations compared; statistic is Williams' t (df = n − 3) or a z (df None)."""

    method: Method
    n: int
    first: float
    second: float
    difference: float
    statistic: float | None
    df: int | None
    pvalue: float | None
    interval: Interval | None  # of the difference, Zou (2007)
    reason: str = ""


UNKNOWN = "有一个相关未知 / one of the correlations is not known"


def fisher_interval(r: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Fisher's z interval of a correlation in n > 3 cases: tanh(atanh r ± z/√(n − 3)); |r| = 1 is a point.

    >>> [round(b, 4) for b in fisher_interval(0.3, 50)]
    [0.0236, 0.5338]
    """
    if abs(r) >= 1 - 1e-15:
        return r, r
    half = float(stats.norm.isf((1 - level) / 2)) / math.sqrt(n - 3)
    z = math.atanh(r)
    return math.tanh(z - half), math.tanh(z + half)


def compare_overlapping(
    r12: float, r13: float, r23: float, n: int, *, level: float = 0.95
) -> CorrelationDifference:
    """Do 2 and 3 correlate differently with 1, all in one sample? Williams' t, as psych::r.test."""
    r = np.array([[1, r12, r13], [r12, 1, r23], [r13, r23, 1]])
    reason = _impossible(r, n)
    if reason:
        return _no_difference("Williams t", n, r12, r13, reason)
    determinant = 1 - r12**2 - r13**2 - r23**2 + 2 * r12 * r13 * r23
    spread = 2 * (n - 1) / (n - 3) * determinant + ((r12 + r13) / 2) ** 2 * (1 - r23) ** 3
    if spread <= 0:
        return _no_difference("Williams t", n, r12, r13, "两变量相同 / the two variables are the same")
    t = (r12 - r13) * math.sqrt((n - 1) * (1 + r23) / spread)
    shared = ((r23 - r12 * r13 / 2) * (1 - r12**2 - r13**2 - r23**2) + r23**3) / ((1 - r12**2) * (1 - r13**2))
    return CorrelationDifference(
        method="Williams t",
        n=n,
        first=r12,
        second=r13,
        difference=r12 - r13,
        statistic=t,
        df=n - 3,
        pvalue=float(2 * stats.t.sf(abs(t), n - 3)),
        interval=_zou(r12, r13, n, n, shared, level),
    )


def compare_disjoint(
    r12: float, r34: float, r13: float, r14: float, r23: float, r24: float, n: int, *, level: float = 0.95
) -> CorrelationDifference:
    """Does 1–2 correlate differently from 3–4, all in one sample? Steiger's z, pooled r, as psych::r.test."""
    matrix = np.array([[1, r12, r13, r14], [r12, 1, r23, r24], [r13, r23, 1, r34], [r14, r24, r34, 1]])
    reason = _impossible(matrix, n)
    if reason:
        return _no_difference("Steiger z", n, r12, r34, reason)
    pooled = (r12 + r34) / 2
    c = _disjoint_covariance(pooled, pooled, r13, r14, r23, r24)
    z = (math.atanh(r12) - math.atanh(r34)) * math.sqrt((n - 3) / (2 * (1 - c)))
    own = _disjoint_covariance(r12, r34, r13, r14, r23, r24)
    return CorrelationDifference(
        method="Steiger z",
        n=n,
        first=r12,
        second=r34,
        difference=r12 - r34,
        statistic=z,
        df=None,
        pvalue=float(2 * stats.norm.sf(abs(z))),
        interval=_zou(r12, r34, n, n, own, level),
    )


def compare_independent(
    first: float, second: float, n: int, n2: int | None = None, *, level: float = 0.95
) -> CorrelationDifference:
    """Do correlations of two separate samples (n and n2 people) differ? Fisher's z."""
    other = n if n2 is None else n2
    if not (math.isfinite(first) and math.isfinite(second)):
        return _no_difference("Fisher z", n, first, second, UNKNOWN)
    if min(n, other) < 4 or max(abs(first), abs(second)) >= 1:
        return _no_difference(
            "Fisher z", n, first, second, "人数不足四，或 |r| 为 1 / fewer than four, or |r| = 1"
        )
    z = (math.atanh(first) - math.atanh(second)) / math.sqrt(1 / (n - 3) + 1 / (other - 3))
    return CorrelationDifference(
        method="Fisher z",
        n=n,
        first=first,
        second=second,
        difference=first - second,
        statistic=z,
        df=None,
        pvalue=float(2 * stats.norm.sf(abs(z))),
        interval=_zou(first, second, n, other, 0.0, level),
    )


def _disjoint_covariance(r12: float, r34: float, r13: float, r14: float, r23: float, r24: float) -> float:
    """Correlation of two sample correlations without a shared variable: Steiger (1980, eq. 2)."""
    top = (
        (r13 - r12 * r23) * (r24 - r23 * r34)
        + (r14 - r13 * r34) * (r23 - r12 * r13)
        + (r13 - r14 * r34) * (r24 - r12 * r14)
        + (r14 - r12 * r24) * (r23 - r24 * r34)
    ) / 2
    return top / ((1 - r12**2) * (1 - r34**2))


def _impossible(r: FloatArray, n: int) -> str:
    off = r[~np.eye(len(r), dtype=bool)]
    if not np.isfinite(off).all():
        return UNKNOWN
    if n < 4:
        return "不足四人 / fewer than four people"
    if not (np.abs(off) < 1).all() or float(np.linalg.eigvalsh(r)[0]) < -1e-9:
        return "这些相关不可能同时出现，或 |r| 为 1 / no sample has these correlations, or |r| = 1"
    return ""


def _zou(first: float, second: float, n: int, n2: int, c: float, level: float) -> Interval:
    """Interval of first − second from the two Fisher intervals and the correlation c of the estimates."""
    l1, u1 = fisher_interval(first, n, level)
    l2, u2 = fisher_interval(second, n2, level)
    down = (first - l1) ** 2 + (u2 - second) ** 2 - 2 * c * (first - l1) * (u2 - second)
    up = (u1 - first) ** 2 + (second - l2) ** 2 - 2 * c * (u1 - first) * (second - l2)
    middle = first - second
    return Interval(
        lower=middle - math.sqrt(max(down, 0.0)),
        upper=middle + math.sqrt(max(up, 0.0)),
        level=level,
        method="Zou",
    )


def _no_difference(method: Method, n: int, first: float, second: float, reason: str) -> CorrelationDifference:
    return CorrelationDifference(
        method=method, n=n, first=first, second=second, difference=first - second, statistic=None, df=None,
        pvalue=None, interval=None, reason=reason,
    )  # fmt: skip
