"""May a unit's mean be called the unit's? ICC(1), ICC(2) with F and interval, design effect, random groups.

Bliese (2000); Bliese & Halverson (2002, random-group resampling); LeBreton & Senter (2008). Point values as
R `multilevel`: the mean group size stands in ICC(1); the size corrected for unequal groups is beside it.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.agreement.within_group import GroupAgreement, group_agreement
from analysis.frames import numbers
from analysis.results import FloatArray, IntArray, Interval, Result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupICC(Result):
    """One-way ANOVA of a score over groups; None with a reason where there is none.

    icc1: (MSB − MSW)/(MSB + (n̄ − 1)·MSW), may be negative; icc1_n0 with n₀ = (N − Σn²/N)/(G − 1) in place
    of n̄; icc2: 1 − MSW/MSB, may be negative, None where all group means are equal. design_effect:
    1 + (n̄ − 1)·icc1, the variance of a mean of clustered people against independent ones; effective_n: n
    divided by it. Intervals from the F distribution: exact for equal groups, near otherwise.
    """

    n: int
    n_groups: int
    mean_size: float
    n0: float | None
    ms_between: float | None
    ms_within: float | None
    df_between: int
    df_within: int
    f: float | None
    pvalue: float | None
    eta_squared: float | None
    icc1: float | None
    icc1_interval: Interval | None
    icc1_n0: float | None
    icc2: float | None
    icc2_interval: Interval | None
    design_effect: float | None
    effective_n: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RandomGroups(Result):
    """Within-group variances of real groups against random groups of the same sizes.

    real, random: mean variances; random_sd: SD over single random groups. z: (real − random)/(SD/√G), as
    `rgr.agree`; below −1.96 real groups agree more than chance. pvalue: share of resamples whose mean
    variance is as small as the real one, (1 + count)/(1 + resamples).
    """

    resamples: int
    seed: int
    n_groups: int
    real: float | None
    random: float | None
    random_sd: float | None
    z: float | None
    pvalue: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Aggregation(Result):
    """All that is known on whether a score may be averaged by group.

    meets: guide → reached or not, None where unknown: one a null ("r_wg uniform", "r_wg slight skew", …:
    median ≥ .70), "icc1_test" (F at .05), "icc2" (≥ .70), "random_groups" (p < .05). A guide is no verdict
    by itself: answers piled up at one end agree under the uniform null and not under a skewed one.
    """

    score: str
    agreement: GroupAgreement
    icc: GroupICC
    random_groups: RandomGroups
    meets: dict[str, bool | None]

    def to_frame(self) -> pd.DataFrame:
        """One row, index score: people, groups, medians of r_wg(j), ICCs, F, p, design effect, z."""
        icc, medians = self.icc, self.agreement.summary["median"]
        row = {
            "n": icc.n,
            "groups": icc.n_groups,
            "mean_size": icc.mean_size,
            **{("a_wg" if name == "a_wg" else f"r_wg {name}"): value for name, value in medians.items()},
            "icc1": icc.icc1,
            "icc1_lower": icc.icc1_interval.lower if icc.icc1_interval else None,
            "icc1_upper": icc.icc1_interval.upper if icc.icc1_interval else None,
            "icc2": icc.icc2,
            "f": icc.f,
            "pvalue": icc.pvalue,
            "design_effect": icc.design_effect,
            "random_z": self.random_groups.z,
        }
        return pd.DataFrame([row], index=pd.Index([self.score], name="score"))


def group_icc(score: pd.Series, group: pd.Series, *, level: float = 0.95) -> GroupICC:
    """ICC(1) and ICC(2) of `score` over `group` (aligned), people without either left out.

    Groups of one count in the sums of squares, as in R. Raises ValueError when the indices differ.
    """
    values, sizes, codes = _grouped(score, group)
    n, g = len(values), len(sizes)
    reason = _no_icc(values, sizes)
    if reason:
        return _without_icc(n, sizes, reason)
    means = np.bincount(codes, values) / sizes
    within = float(((values - means[codes]) ** 2).sum())
    between = float((sizes * (means - values.mean()) ** 2).sum())
    df_b, df_w = g - 1, n - g
    msb, msw = between / df_b, within / df_w
    if msw <= 1e-12 * max(msb, 1e-300):
        return _without_icc(n, sizes, "组内没有差异 / no differences within groups")
    f = msb / msw
    size = n / g
    n0 = float((n - (sizes**2).sum() / n) / (g - 1))
    icc1 = (msb - msw) / (msb + (size - 1) * msw)
    icc2 = 1 - msw / msb if msb > 1e-12 * msw else None
    deff = 1 + (size - 1) * icc1
    interval1, interval2 = _intervals(f, df_b, df_w, size, level)
    return GroupICC(
        n=n,
        n_groups=g,
        mean_size=size,
        n0=n0,
        ms_between=msb,
        ms_within=msw,
        df_between=df_b,
        df_within=df_w,
        f=f,
        pvalue=float(stats.f.sf(f, df_b, df_w)),
        eta_squared=between / (between + within),
        icc1=icc1,
        icc1_interval=interval1,
        icc1_n0=(msb - msw) / (msb + (n0 - 1) * msw),
        icc2=icc2,
        icc2_interval=interval2 if icc2 is not None else None,
        design_effect=deff,
        effective_n=n / deff if deff > 0 else None,
        warnings=(
            ("组间差异小于随机 / groups differ less than chance would make them: ICC(1) is negative",)
            if icc1 < 0
            else ()
        ),
    )


def random_groups(
    score: pd.Series, group: pd.Series, *, resamples: int = 1000, seed: int = 20240501
) -> RandomGroups:
    """Deal people at random into groups of the real sizes, `resamples` times, and compare variances.

    Groups of one have no variance and are left out. Raises ValueError when the indices differ.
    """
    values, sizes, codes = _grouped(score, group)
    kept = np.isin(codes, np.flatnonzero(sizes > 1))
    values, sizes = values[kept], sizes[sizes > 1]
    _, codes = np.unique(codes[kept], return_inverse=True)
    if len(sizes) < 2 or values.std() < 1e-12:
        reason = (
            "没有两个两人以上的组 / no two groups of two or more"
            if len(sizes) < 2
            else "分数没有差异 / no differences"
        )
        return RandomGroups(
            resamples=resamples, seed=seed, n_groups=len(sizes), real=None, random=None, random_sd=None,
            z=None, pvalue=None, reason=reason,
        )  # fmt: skip
    rng = np.random.default_rng(seed)
    real = float(_variances(values, codes, sizes).mean())
    drawn = np.array([_variances(rng.permutation(values), codes, sizes) for _ in range(resamples)])
    spread = float(drawn.std(ddof=1))
    means = drawn.mean(axis=1)
    return RandomGroups(
        resamples=resamples,
        seed=seed,
        n_groups=len(sizes),
        real=real,
        random=float(drawn.mean()),
        random_sd=spread,
        z=(real - float(drawn.mean())) / (spread / math.sqrt(len(sizes))) if spread > 0 else None,
        pvalue=(1 + int((means <= real + 1e-12).sum())) / (1 + resamples),
    )


def aggregation(
    score: str,
    data: pd.DataFrame,
    scores: pd.Series,
    group: pd.Series,
    *,
    low: int,
    high: int,
    resamples: int = 1000,
    seed: int = 20240501,
) -> Aggregation:
    """Everything above for one score: its items (keyed) for r_wg(j), its values for ICC and random groups."""
    agreement = group_agreement(data, group, low=low, high=high)
    icc = group_icc(scores, group)
    dealt = random_groups(scores, group, resamples=resamples, seed=seed)
    medians = agreement.summary.drop(index="a_wg")["median"].items()
    return Aggregation(
        score=score,
        agreement=agreement,
        icc=icc,
        random_groups=dealt,
        meets={
            **{
                f"r_wg {null}": None if agreement.reason else bool(median >= 0.70) for null, median in medians
            },
            "icc1_test": None if icc.pvalue is None else icc.pvalue < 0.05,
            "icc2": None if icc.icc2 is None else icc.icc2 >= 0.70,
            "random_groups": None if dealt.pvalue is None else dealt.pvalue < 0.05,
        },
    )


def _grouped(score: pd.Series, group: pd.Series) -> tuple[FloatArray, IntArray, IntArray]:
    """Known values, group sizes, and the group number of each value."""
    if not score.index.equals(group.index):
        raise ValueError("the groups are not aligned with the scores")
    score = numbers(score, "score")
    known = score.notna() & group.notna()
    _, codes, sizes = np.unique(
        group[known].astype(str).to_numpy(dtype=object), return_inverse=True, return_counts=True
    )
    values = score[known].to_numpy(dtype=np.float64)
    return values, sizes.astype(np.int64), codes.astype(np.int64)


def _no_icc(values: FloatArray, sizes: IntArray) -> str:
    if len(sizes) < 2:
        return "不足两个组 / fewer than two groups"
    if len(values) == len(sizes):
        return "每组只有一人 / every group has one member"
    if values.std() < 1e-12:
        return "分数没有差异 / no differences between people"
    return ""


def _without_icc(n: int, sizes: IntArray, reason: str) -> GroupICC:
    g = len(sizes)
    return GroupICC(
        n=n, n_groups=g, mean_size=n / g if g else math.nan, n0=None, ms_between=None, ms_within=None,
        df_between=max(g - 1, 0), df_within=max(n - g, 0), f=None, pvalue=None, eta_squared=None, icc1=None,
        icc1_interval=None, icc1_n0=None, icc2=None, icc2_interval=None, design_effect=None,
        effective_n=None, reason=reason,
    )  # fmt: skip


def _intervals(f: float, df_b: int, df_w: int, size: float, level: float) -> tuple[Interval, Interval]:
    """(F/F_q − 1)/(F/F_q + n̄ − 1) and 1 − 1/(F/F_q): Searle (1971); Shrout & Fleiss (1979)."""
    tail = (1 - level) / 2
    low = f / float(stats.f.isf(tail, df_b, df_w))
    high = f * float(stats.f.isf(tail, df_w, df_b))
    single = [(q - 1) / (q + size - 1) for q in (low, high)]
    average = [1 - 1 / q if q > 0 else -math.inf for q in (low, high)]
    return (
        Interval(lower=single[0], upper=single[1], level=level, method="F"),
        Interval(lower=average[0], upper=average[1], level=level, method="F"),
    )


def _variances(values: FloatArray, codes: IntArray, sizes: IntArray) -> FloatArray:
    """Variance (n − 1) of each group."""
    centred = values - values.mean()
    sums, squares = np.bincount(codes, centred), np.bincount(codes, centred**2)
    return np.asarray((squares - sums**2 / sizes) / (sizes - 1), dtype=np.float64)
