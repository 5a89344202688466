"""Agreement of raters, and of a person with himself at another time: intraclass correlations.

Shrout & Fleiss (1979); McGraw & Wong (1996); Koo & Li (2016). Coefficients, F and p are pingouin's; its
intervals are rounded to two decimals and so computed here. Equal to R `psych::ICC(lmer=FALSE)`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
import pingouin
from scipy import stats

from analysis.frames import numbers, numeric
from analysis.results import Interval, Result

FEWEST_SUBJECTS = 3

# Shrout & Fleiss's names, in the order pingouin lists McGraw & Wong's.
FORMS = {
    "ICC(1,1)": "ICC(1,1)",
    "ICC(A,1)": "ICC(2,1)",
    "ICC(C,1)": "ICC(3,1)",
    "ICC(1,k)": "ICC(1,k)",
    "ICC(A,k)": "ICC(2,k)",
    "ICC(C,k)": "ICC(3,k)",
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RaterAgreement(Result):
    """Six intraclass correlations of n subjects rated by all of k raters; empty with a reason.

    table: index form (ICC(1,1) … ICC(3,k)); icc, f, df1, df2, pvalue, lower, upper. dropped: subjects
    without a rating by every rater. ICC(2,·) asks for absolute agreement, ICC(3,·) for consistency.
    """

    n: int
    k: int
    dropped: int
    level: float
    table: pd.DataFrame
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The six forms."""
        return self.table

    def form(self, name: str) -> tuple[float, Interval] | None:
        """One coefficient with its interval; None where there is none. Raises KeyError for another name."""
        if self.reason:
            return None
        row = self.table.loc[name]
        return float(row["icc"]), Interval(
            lower=float(row["lower"]), upper=float(row["upper"]), level=self.level, method="F"
        )


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RetestAgreement(Result):
    """The same people at two times.

    absolute: ICC(2,1); consistency: ICC(3,1); standard_error: SD·√(1 − ICC(3,1)), SD pooled over the two
    times; change: mean of second − first, with its t interval. None with a reason.
    """

    n: int
    unlinked: int  # people with only one time
    absolute: float | None
    absolute_interval: Interval | None
    consistency: float | None
    consistency_interval: Interval | None
    standard_error: float | None
    change: float | None
    change_interval: Interval | None
    reason: str = ""


def rater_agreement(ratings: pd.DataFrame, *, level: float = 0.95) -> RaterAgreement:
    """ICC(1,1) … ICC(3,k) of `ratings` (subjects × raters), subjects with every rating only."""
    complete = numeric(ratings).dropna()
    n, k = complete.shape
    dropped = len(ratings) - n
    reason = _no_agreement(complete)
    if reason:
        empty = pd.DataFrame(columns=["icc", "f", "df1", "df2", "pvalue", "lower", "upper"])
        return RaterAgreement(n=n, k=k, dropped=dropped, level=level, table=empty, reason=reason)
    squares = _mean_squares(complete)
    found = _pingouin_table(complete)
    bounds = _bounds(*squares, n, k, level)
    found[["lower", "upper"]] = [bounds[form] for form in found.index]
    warnings = (
        ("评分者之间的差异大于被评者 / raters differ more than subjects: an ICC is negative",)
        if (found["icc"] < 0).any()
        else ()
    )
    return RaterAgreement(n=n, k=k, dropped=dropped, level=level, table=found, warnings=warnings)


def retest_agreement(first: pd.Series, second: pd.Series, *, level: float = 0.95) -> RetestAgreement:
    """Agreement of two waves, linked by index. Raises ValueError if a person appears twice in a wave."""
    if not (first.index.is_unique and second.index.is_unique):
        raise ValueError("a person appears twice in a wave")
    both = pd.concat({"first": numbers(first, "first"), "second": numbers(second, "second")}, axis=1)
    complete = both.dropna()
    unlinked = int((both.notna().sum(axis=1) == 1).sum())
    found = rater_agreement(complete, level=level)
    absolute, consistency = found.form("ICC(2,1)"), found.form("ICC(3,1)")
    if absolute is None or consistency is None:
        return RetestAgreement(
            n=found.n, unlinked=unlinked, absolute=None, absolute_interval=None, consistency=None,
            consistency_interval=None, standard_error=None, change=None, change_interval=None,
            reason=found.reason,
        )  # fmt: skip
    change = complete["second"] - complete["first"]
    mean, se = float(change.mean()), float(change.std(ddof=1)) / math.sqrt(found.n)
    half = float(stats.t.isf((1 - level) / 2, found.n - 1)) * se
    sd = math.sqrt(float(complete.var(ddof=1).mean()))
    share = 1 - consistency[0]
    return RetestAgreement(
        n=found.n,
        unlinked=unlinked,
        absolute=absolute[0],
        absolute_interval=absolute[1],
        consistency=consistency[0],
        consistency_interval=consistency[1],
        standard_error=sd * math.sqrt(share),
        change=mean,
        change_interval=Interval(lower=mean - half, upper=mean + half, level=level, method="t"),
        warnings=found.warnings,
    )


def _no_agreement(complete: pd.DataFrame) -> str:
    n, k = complete.shape
    if k < 2:
        return "不足两位评分者 / fewer than two raters"
    if n < FEWEST_SUBJECTS:
        return f"完整被评者 {n}，不足 {FEWEST_SUBJECTS} / {n} complete subjects, fewer than {FEWEST_SUBJECTS}"
    values = complete.to_numpy()
    if (complete.mean(axis=1).std(ddof=0) < 1e-12) or values.std() < 1e-12:
        return "被评者之间没有差异 / no differences between subjects"
    residual = values - values.mean(axis=1, keepdims=True) - values.mean(axis=0) + values.mean()
    if (residual**2).sum() < 1e-12 * ((values - values.mean()) ** 2).sum():
        return (
            "评分完全一致（或只差常数），没有误差可估 / ratings agree up to a constant: no error to estimate"
        )
    return ""


def _pingouin_table(complete: pd.DataFrame) -> pd.DataFrame:
    wide = complete.reset_index(drop=True).set_axis(range(complete.shape[1]), axis=1)
    long = wide.rename_axis("subject").reset_index().melt("subject", var_name="rater", value_name="rating")
    found = pingouin.intraclass_corr(data=long, targets="subject", raters="rater", ratings="rating")
    table = pd.DataFrame(
        {
            "icc": found["ICC"].astype(float),
            "f": found["F"].astype(float),
            "df1": found["df1"].astype(int),
            "df2": found["df2"].astype(int),
            "pvalue": found["pval"].astype(float),
        }
    )
    table.index = pd.Index([FORMS[str(name)] for name in found["Type"]], name="form")
    return table


def _mean_squares(complete: pd.DataFrame) -> tuple[float, float, float, float]:
    """Mean squares: subjects, raters, residual, and within subjects (raters and residual together)."""
    values = complete.to_numpy()
    n, k = values.shape
    subjects = k * float(((values.mean(axis=1) - values.mean()) ** 2).sum())
    raters = n * float(((values.mean(axis=0) - values.mean()) ** 2).sum())
    within = float(((values - values.mean(axis=1, keepdims=True)) ** 2).sum())
    return (
        subjects / (n - 1),
        raters / (k - 1),
        (within - raters) / ((n - 1) * (k - 1)),
        within / (n * (k - 1)),
    )


def _bounds(
    msb: float, msj: float, mse: float, msw: float, n: int, k: int, level: float
) -> dict[str, tuple[float, float]]:
    """Intervals of the six forms: McGraw & Wong (1996, table 7); two-way absolute by Satterthwaite's df."""
    tail, df_e = (1 - level) / 2, (n - 1) * (k - 1)
    f1, f3 = msb / msw, msb / mse
    low1, high1 = f1 / stats.f.isf(tail, n - 1, n * (k - 1)), f1 * stats.f.isf(tail, n * (k - 1), n - 1)
    low3, high3 = f3 / stats.f.isf(tail, n - 1, df_e), f3 * stats.f.isf(tail, df_e, n - 1)
    icc2 = (msb - mse) / (msb + (k - 1) * mse + k * (msj - mse) / n)
    fj = msj / mse
    top = df_e * (k * icc2 * fj + n * (1 + (k - 1) * icc2) - k * icc2) ** 2
    bottom = (n - 1) * k**2 * icc2**2 * fj**2 + (n * (1 + (k - 1) * icc2) - k * icc2) ** 2
    v = top / bottom
    f_low, f_high = stats.f.isf(tail, n - 1, v), stats.f.isf(tail, v, n - 1)
    low2 = n * (msb - f_low * mse) / (f_low * (k * msj + (k * n - k - n) * mse) + n * msb)
    high2 = n * (f_high * msb - mse) / (k * msj + (k * n - k - n) * mse + n * f_high * msb)
    pairs = {
        "ICC(1,1)": ((low1 - 1) / (low1 + k - 1), (high1 - 1) / (high1 + k - 1)),
        "ICC(2,1)": (low2, high2),
        "ICC(3,1)": ((low3 - 1) / (low3 + k - 1), (high3 - 1) / (high3 + k - 1)),
        "ICC(1,k)": (1 - 1 / low1, 1 - 1 / high1),
        "ICC(2,k)": (low2 * k / (1 + low2 * (k - 1)), high2 * k / (1 + high2 * (k - 1))),
        "ICC(3,k)": (1 - 1 / low3, 1 - 1 / high3),
    }
    return {name: (float(lower), float(upper)) for name, (lower, upper) in pairs.items()}
