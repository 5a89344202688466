"""What is missing, from whom and where: per item, per person, by pattern, and Little's test of MCAR.

Little (1988), A test of missing completely at random, JASA 83; EM after Little & Rubin (2002, ch. 11).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.frames import numeric
from analysis.results import FloatArray, Result

EM_TOLERANCE = 1e-8
EM_STEPS = 500
MIN_PER_PATTERN = 2.0  # people: with fewer the test's χ² has no distribution to be held against


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LittleTest(Result):
    """Little's test: a small p speaks against missing completely at random. None where it cannot be had."""

    chisq: float | None
    df: int | None
    pvalue: float | None
    n_patterns: int
    steps: int
    reason: str = ""  # why there is no test


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Missingness(Result):
    """Missing answers of n respondents to k items.

    items: index item code; n, missing, percent (0..100). persons: index number of missing items;
    persons, percent. patterns: most frequent first; items (codes missing, separated by spaces), persons,
    percent. n_listwise: respondents without any missing item; n_any: with at least one answer.
    """

    n: int
    k: int
    n_listwise: int
    n_any: int
    percent: float | None
    n_patterns: int
    items: pd.DataFrame
    persons: pd.DataFrame
    patterns: pd.DataFrame
    little: LittleTest

    def to_frame(self) -> pd.DataFrame:
        """The table of items."""
        return self.items


def describe_missing(data: pd.DataFrame, *, patterns_shown: int = 10) -> Missingness:
    """Count what is missing in `data` (respondents × items, NaN = missing)."""
    data = numeric(data)
    absent = data.isna()
    n, k = data.shape
    per_item = absent.sum()
    items = pd.DataFrame({"n": n - per_item, "missing": per_item, "percent": _percent(per_item, n)})
    items.index.name = "item"
    per_person = absent.sum(axis=1).value_counts().sort_index()
    persons = pd.DataFrame({"persons": per_person, "percent": _percent(per_person, n)})
    persons.index.name = "missing"
    counts = absent.value_counts() if k and n else pd.Series(dtype=int)
    codes = [str(code) for code in data.columns]
    shown = [
        {
            "items": " ".join(code for code, gone in zip(codes, pattern, strict=True) if gone),
            "persons": int(count),
            "percent": 100 * count / n,
        }
        for pattern, count in zip(counts.index[:patterns_shown], counts, strict=False)
    ]
    missing_cells = int(per_item.sum())
    return Missingness(
        n=n,
        k=k,
        n_listwise=int((~absent.any(axis=1)).sum()),
        n_any=int((~absent.all(axis=1)).sum()) if k else 0,
        percent=100 * missing_cells / (n * k) if n * k else None,
        n_patterns=len(counts),
        items=items,
        persons=persons,
        patterns=pd.DataFrame(shown, columns=["items", "persons", "percent"]).rename_axis("rank"),
        little=little_test(data),
    )


def _percent(counts: pd.Series, n: int) -> pd.Series:
    return 100.0 * counts / n if n else counts.astype(float)


def little_test(data: pd.DataFrame) -> LittleTest:
    """Little's MCAR test for `data` (respondents × items), with EM means and covariances.

    d² = Σ n_j (ȳ_j − μ_j)' Σ_j⁻¹ (ȳ_j − μ_j) over the patterns j; df = Σ k_j − k. Σ has divisor n.
    Rows without any answer are left out. A result with a reason where the test has no meaning.
    """
    matrix = numeric(data).to_numpy(dtype=float)
    matrix = matrix[~np.isnan(matrix).all(axis=1)]
    n, k = matrix.shape
    seen, which = np.unique(~np.isnan(matrix), axis=0, return_inverse=True)
    which = which.reshape(-1)

    def _without(reason: str, steps: int = 0) -> LittleTest:
        return LittleTest(chisq=None, df=None, pvalue=None, n_patterns=len(seen), steps=steps, reason=reason)

    if len(seen) < 2:
        return _without("没有缺失或只有一种缺失模式 / nothing missing, or one pattern only")
    if n < MIN_PER_PATTERN * len(seen):
        return _without(
            f"缺失模式 {len(seen)} 种，平均每种不足 2 人 / {len(seen)} patterns, fewer than 2 people each"
        )
    if n <= k + 1:
        return _without(f"人数 {n} 不多于题数 {k} / {n} people are too few for {k} items")
    if not (seen.any(axis=0).all() and (np.nanstd(matrix, axis=0) > 0).all()):
        return _without("有题目无人作答或没有差异 / an item is empty or constant")
    mean, sigma, steps, converged = _em_moments(matrix, seen, which)
    if not converged:
        return _without("EM 未收敛 / EM did not converge", steps)
    chisq, df = 0.0, -k
    for j, present in enumerate(seen):
        rows = matrix[which == j][:, present]
        gap = rows.mean(axis=0) - mean[present]
        chisq += len(rows) * float(gap @ np.linalg.solve(sigma[np.ix_(present, present)], gap))
        df += int(present.sum())
    if df < 1:
        return _without("自由度不足 / no degrees of freedom", steps)
    return LittleTest(
        chisq=chisq, df=df, pvalue=float(stats.chi2.sf(chisq, df)), n_patterns=len(seen), steps=steps
    )


def _em_moments(
    matrix: FloatArray, seen: np.ndarray, which: np.ndarray
) -> tuple[FloatArray, FloatArray, int, bool]:
    """Maximum-likelihood mean and covariance of a normal sample with missing values."""
    n, k = matrix.shape
    mean = np.nanmean(matrix, axis=0)
    sigma = np.diag(np.nanvar(matrix, axis=0))
    groups = [(present, matrix[which == j][:, present]) for j, present in enumerate(seen)]
    for step in range(1, EM_STEPS + 1):
        total, square = np.zeros(k), np.zeros((k, k))
        for present, rows in groups:
            filled = np.empty((len(rows), k))
            filled[:, present] = rows
            if not present.all():
                known, gone = np.ix_(present, present), np.ix_(present, ~present)
                try:
                    slope = np.linalg.solve(sigma[known], sigma[gone])
                except np.linalg.LinAlgError:
                    return mean, sigma, step, False
                filled[:, ~present] = mean[~present] + (rows - mean[present]) @ slope
                square[np.ix_(~present, ~present)] += len(rows) * (
                    sigma[np.ix_(~present, ~present)] - sigma[gone].T @ slope
                )
            total += filled.sum(axis=0)
            square += filled.T @ filled
        new_mean = total / n
        new_sigma = square / n - np.outer(new_mean, new_mean)
        shift = max(np.abs(new_mean - mean).max(), np.abs(new_sigma - sigma).max())
        mean, sigma = new_mean, new_sigma
        if shift < EM_TOLERANCE:
            positive = bool(np.linalg.eigvalsh(sigma)[0] > EM_TOLERANCE)
            return mean, sigma, step, positive
    return mean, sigma, EM_STEPS, False
