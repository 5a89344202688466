"""Agreement within groups: r_wg(j) against null distributions, and a_wg, for each group.

James, Demaree & Wolf (1984); LeBreton & Senter (2008); Brown & Hauenstein (2005). As R `multilevel` 2.7:
variances with n − 1, rows with any missing item dropped, a variance above the null's counts as the null's.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from analysis.frames import numeric
from analysis.results import FloatArray, Result

Null = Literal["uniform", "slight skew", "moderate skew"]
NULLS: tuple[Null, ...] = ("uniform", "slight skew", "moderate skew")

# Error variances of skewed nulls by number of categories: LeBreton & Senter (2008, Table 2).
SKEWED_VARIANCES: Mapping[int, Mapping[str, float]] = {
    5: {"slight skew": 1.34, "moderate skew": 0.90},
    7: {"slight skew": 2.90, "moderate skew": 2.14},
}

Band = Literal["none", "weak", "moderate", "strong", "very strong"]
_BANDS: tuple[tuple[float, Band], ...] = (
    (0.30, "none"), (0.50, "weak"), (0.70, "moderate"), (0.90, "strong"),
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupAgreement(Result):
    """Agreement of every group on one scale of k items.

    groups: index group; n (complete members), mean, variance (mean item variance), one column a null
    (r_wg(j)), a_wg. NaN for groups of one, and a_wg where the mean is too near an end of the scale.
    summary: one row a null and one for a_wg; groups, median, mean, share_70 (share of groups ≥ .70), band
    (of the median, LeBreton & Senter). single: groups of one. reason: why there is nothing, or "".
    """

    k: int
    low: int
    high: int
    null_variances: dict[str, float]
    groups: pd.DataFrame
    summary: pd.DataFrame
    single: tuple[str, ...] = ()
    dropped: int = 0  # people with a missing item or without a group
    reason: str = field(default="")

    def to_frame(self) -> pd.DataFrame:
        """The groups."""
        return self.groups


def agreement_band(value: float) -> Band:
    """Words of LeBreton & Senter (2008, Table 3) for an r_wg: .00–.30 none … .91–1.00 very strong.

    Bounds as printed, two decimals: .304 is none, .306 is weak.

    >>> agreement_band(0.72)
    'strong'
    """
    rounded = math.floor(value * 100 + 0.5 + 1e-9) / 100
    for upper, band in _BANDS:
        if rounded <= upper:
            return band
    return "very strong"


def null_variances(low: int, high: int) -> dict[str, float]:
    """Expected variance of random answers on low..high: uniform (A² − 1)/12, skewed where tabulated.

    >>> null_variances(1, 5)
    {'uniform': 2.0, 'slight skew': 1.34, 'moderate skew': 0.9}
    """
    categories = high - low + 1
    return {"uniform": (categories**2 - 1) / 12, **SKEWED_VARIANCES.get(categories, {})}


def r_wg(variance: FloatArray, k: int, null_variance: float) -> FloatArray:
    """r_wg(j) from mean item variances: k·(1 − v/σ²) / (k·(1 − v/σ²) + v/σ²), v at most σ²; k = 1 is r_wg.

    >>> r_wg(np.array([0.5, 3.0]), 1, 2.0).tolist()
    [0.75, 0.0]
    """
    ratio = np.minimum(variance / null_variance, 1.0)
    return np.asarray(k * (1 - ratio) / (k * (1 - ratio) + ratio), dtype=np.float64)


def a_wg(means: FloatArray, variances: FloatArray, n: FloatArray, low: float, high: float) -> FloatArray:
    """a_wg = 1 − 2s² / {[(H + L)M − M² − HL]·n/(n − 1)}; NaN where M is outside the range it is defined for.

    Defined for (L(n − 1) + H)/n ≤ M ≤ (H(n − 1) + L)/n (Brown & Hauenstein, 2005, eqs. 4 and 5).
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        largest = ((high + low) * means - means**2 - high * low) * n / (n - 1)
        value = 1 - 2 * variances / largest
        lowest_mean, highest_mean = (low * (n - 1) + high) / n, (high * (n - 1) + low) / n
    inside = (means >= lowest_mean - 1e-12) & (means <= highest_mean + 1e-12) & (n > 1)
    return np.where(inside, value, np.nan)


def group_agreement(
    data: pd.DataFrame,
    group: pd.Series,
    *,
    low: int,
    high: int,
    null_variance: Mapping[str, float] | None = None,
) -> GroupAgreement:
    """r_wg(j) and a_wg of every group of `group` (aligned with `data`) on the items of `data`.

    data: respondents × items of one scale, keyed, answers within low..high. null_variance: name → expected
    variance, to replace those of `null_variances` (which has skewed nulls for 5 and 7 categories only).
    Raises ValueError when low is not below high, a null variance is not positive, or the indices differ.
    """
    data = numeric(data)
    nulls = dict(null_variance) if null_variance is not None else null_variances(low, high)
    if low >= high or any(not v > 0 for v in nulls.values()):
        raise ValueError("a scale needs low < high and positive null variances")
    if not data.index.equals(group.index):
        raise ValueError("the groups are not aligned with the data")
    complete = data.notna().all(axis=1) & group.notna() & (data.shape[1] > 0)
    answers, labels = data[complete].astype(float), group[complete].astype(str)
    groups = _group_table(answers, labels, (low, high), nulls)
    single = tuple(str(name) for name in groups.index[groups["n"] < 2])
    usable = int((groups["n"] > 1).sum())
    reason = "" if usable else "没有两人以上的组 / no group of two or more"
    absent = [null for null in NULLS if null not in nulls]
    warnings: tuple[str, ...] = (
        (f"量表 {high - low + 1} 级，没有偏态基准 / no skewed null for {high - low + 1} categories",)
        if null_variance is None and absent
        else ()
    )
    if single:
        warnings = (
            *warnings,
            f"{len(single)} 组只有一人，没有一致性 / groups of one have no agreement: {len(single)}",
        )
    undefined = int((groups["n"].gt(1) & groups["a_wg"].isna()).sum())
    if undefined:
        said = f"{undefined} 组的平均分太靠近端点，a_wg 无定义 / a_wg undefined in {undefined} groups"
        warnings = (*warnings, said)
    return GroupAgreement(
        k=data.shape[1],
        low=low,
        high=high,
        null_variances=nulls,
        groups=groups,
        summary=_summary(groups, [*nulls, "a_wg"]),
        single=single,
        dropped=int((~complete).sum()),
        reason=reason,
        warnings=warnings,
    )


def _group_table(
    answers: pd.DataFrame, labels: pd.Series, ends: tuple[int, int], nulls: Mapping[str, float]
) -> pd.DataFrame:
    by_group = answers.groupby(labels, sort=True)
    n = by_group.size()
    item_variances, item_means = by_group.var(ddof=1), by_group.mean()
    table = pd.DataFrame(
        {"n": n, "mean": item_means.mean(axis=1), "variance": item_variances.mean(axis=1)}
    ).rename_axis("group")
    for name, expected in nulls.items():
        table[name] = r_wg(table["variance"].to_numpy(dtype=float), answers.shape[1], expected)
    sizes: FloatArray = np.repeat(n.to_numpy(dtype=np.float64)[:, None], answers.shape[1], axis=1)
    of_items = a_wg(
        item_means.to_numpy(dtype=float), item_variances.to_numpy(dtype=float), sizes, *map(float, ends)
    )
    table["a_wg"] = of_items.mean(axis=1) if of_items.size else np.nan
    return table


def _summary(groups: pd.DataFrame, columns: list[str]) -> pd.DataFrame:
    rows = {}
    for column in columns:
        values = groups[column].dropna()
        median = float(values.median()) if len(values) else math.nan
        rows[column] = {
            "groups": len(values),
            "median": median,
            "mean": float(values.mean()) if len(values) else math.nan,
            "share_70": float((values >= 0.70 - 1e-12).mean()) if len(values) else math.nan,
            "band": agreement_band(median) if len(values) and column != "a_wg" else "",
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("index")
