"""Reliability of a score: alpha with Feldt's interval, omega total, standard error of measurement.

Cronbach (1951); Feldt, Woodruff & Salih (1987); McDonald (1999, eq. 6.20b); delta method as in Raykov (2002).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
import pingouin
from scipy import stats

from analysis.frames import numeric
from analysis.results import FloatArray, Interval, Result
from analysis.sem import DataError, Fit, fit

MIN_PEOPLE = 10  # below this no coefficient is printed: its interval would say nothing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class AlphaResult(Result):
    """Coefficient alpha of k items in n complete cases; None with a reason where there is none."""

    alpha: float | None
    interval: Interval | None
    n: int
    k: int
    mean_r: float | None  # mean inter-item correlation
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OmegaResult(Result):
    """Omega total of k items in n complete cases under a one-factor model by maximum likelihood.

    parameters: item; loading, uniqueness (unstandardised, factor variance 1), std (standardised loading).
    cfi, rmsea: how well one factor fits; where it fits badly omega is a rough figure only.
    """

    omega_total: float | None
    interval: Interval | None
    se: float | None
    method: Literal["delta"] = "delta"
    n: int
    k: int
    parameters: pd.DataFrame | None
    cfi: float | None
    rmsea: float | None
    status: str
    heywood_items: tuple[str, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreReliability(Result):
    """One score: its distribution, both coefficients, and the standard error of measurement SD·√(1 − ω)."""

    score: str
    items: tuple[str, ...]
    n_scored: int  # people who have the score under its own rule
    mean: float | None
    sd: float | None
    alpha: AlphaResult
    omega: OmegaResult
    sem: float | None
    sem_from: Literal["omega", "alpha", ""]


def alpha_of_covariance(covariance: FloatArray) -> float:
    """Alpha from a k × k covariance matrix: k/(k−1)·(1 − tr C / ΣC). NaN for one item or no variance.

    >>> round(alpha_of_covariance(np.array([[1.0, 0.5], [0.5, 1.0]])), 3)
    0.667
    """
    k = len(covariance)
    total = float(covariance.sum())
    if k < 2 or not total > 0:
        return math.nan
    return k / (k - 1) * (1 - float(np.trace(covariance)) / total)


def feldt_interval(alpha: float, n: int, k: int, level: float = 0.95) -> Interval:
    """Feldt's interval of alpha: 1 − (1 − α)·F quantiles with n − 1 and (n − 1)(k − 1) degrees of freedom."""
    df1, df2, tail = n - 1, (n - 1) * (k - 1), (1 - level) / 2
    lower = 1 - (1 - alpha) * float(stats.f.isf(tail, df1, df2))
    upper = 1 - (1 - alpha) * float(stats.f.isf(1 - tail, df1, df2))
    return Interval(lower=lower, upper=upper, level=level, method="Feldt")


def cronbach_alpha(data: pd.DataFrame) -> AlphaResult:
    """Alpha of `data` (respondents × items) in its complete cases.

    The coefficient is pingouin's. Its interval is not used: it is rounded to three decimals and counts
    incomplete rows in its degrees of freedom; Feldt's formula is applied here to the complete cases.
    """
    complete = numeric(data).dropna()
    n, k = complete.shape
    reason = _too_little(complete)
    if reason:
        return AlphaResult(alpha=None, interval=None, n=n, k=k, mean_r=None, reason=reason)
    alpha = float(pingouin.cronbach_alpha(data=complete)[0])
    if not math.isfinite(alpha):
        return AlphaResult(
            alpha=None,
            interval=None,
            n=n,
            k=k,
            mean_r=None,
            reason="总分没有差异 / the total has no variance",
        )
    correlations = np.corrcoef(complete.to_numpy(dtype=float), rowvar=False)
    mean_r = float((correlations.sum() - k) / (k * (k - 1)))
    warnings = ("α 为负：检查计分方向 / alpha is negative: check the keying",) if alpha < 0 else ()
    return AlphaResult(
        alpha=alpha, interval=feldt_interval(alpha, n, k), n=n, k=k, mean_r=mean_r, warnings=warnings
    )


def _too_little(complete: pd.DataFrame) -> str:
    n, k = complete.shape
    if k < 2:
        return "不足两题 / fewer than two items"
    if n < MIN_PEOPLE:
        return f"完整作答 {n} 人，不足 {MIN_PEOPLE} 人 / {n} complete cases, fewer than {MIN_PEOPLE}"
    flat = [str(item) for item in complete.columns if complete[item].nunique() < 2]
    if flat:
        return f"没有差异的题目 / constant items: {', '.join(flat)}"
    return ""


def omega_model(items: list[str]) -> str:
    """One factor in lavaan syntax, omega as a defined parameter: its standard error is the delta method's."""
    at = range(1, len(items) + 1)
    loadings = " + ".join(f"l{i}*{item}" for i, item in zip(at, items, strict=True))
    lines = [f"F =~ {loadings}", *(f"{item} ~~ t{i}*{item}" for i, item in zip(at, items, strict=True))]
    common = f"({' + '.join(f'l{i}' for i in at)})^2"
    unique = " + ".join(f"t{i}" for i in at)
    lines.append(f"omega := {common} / ({common} + {unique})")
    return "\n".join(lines)


def omega_total(data: pd.DataFrame) -> OmegaResult:
    """Omega of `data` (respondents × items) by one-factor maximum likelihood in complete cases."""
    complete = numeric(data).dropna()
    n, k = complete.shape

    def _without(reason: str, status: str = "not_estimated") -> OmegaResult:
        return OmegaResult(
            omega_total=None, interval=None, se=None, n=n, k=k, parameters=None, cfi=None, rmsea=None,
            status=status, reason=reason,
        )  # fmt: skip

    if k == 2:
        return _without("两题的单因素模型不可识别 / one factor of two items is not identified")
    reason = _too_little(complete) or (f"人数不多于题数 {k} / no more people than items" if n <= k else "")
    if reason:
        return _without(reason)
    try:
        found = fit(omega_model([str(c) for c in complete.columns]), complete, estimator="ML", std_lv=True)
    except DataError as error:
        return _without(str(error))
    return _read_omega(found, complete, _without(_why_unusable(found), found.status))


def _why_unusable(found: Fit) -> str:
    return "; ".join(found.problems) or found.status


def _read_omega(found: Fit, complete: pd.DataFrame, without: OmegaResult) -> OmegaResult:
    if not found.usable:
        return without
    table = found.parameters
    loadings = table[table.op == "=~"].set_index("rhs")
    uniquenesses = table[(table.op == "~~") & (table.lhs == table.rhs)].set_index("lhs")["est"]
    row = table[table.op == ":="].iloc[0]
    omega, se = float(row.est), float(row.se)
    half = float(stats.norm.ppf(0.975)) * se
    parameters = pd.DataFrame(
        {
            "loading": loadings["est"],
            "uniqueness": uniquenesses.reindex(loadings.index),
            "std": loadings["std_all"],
        }
    ).rename_axis("item")
    signs = np.sign(parameters["loading"])
    warnings = (
        ("载荷方向不一：检查计分方向 / loadings of both signs: check the keying",)
        if signs.nunique() > 1
        else ()
    )
    return OmegaResult(
        omega_total=omega,
        interval=Interval(lower=omega - half, upper=omega + half, method="delta"),
        se=se,
        n=len(complete),
        k=complete.shape[1],
        parameters=parameters,
        cfi=found.fit.get("cfi"),
        rmsea=found.fit.get("rmsea"),
        status=found.status,
        heywood_items=tuple(str(i) for i in parameters.index[parameters["uniqueness"] < 0]),
        warnings=warnings,
    )


def score_reliability(score: str, data: pd.DataFrame, scores: FloatArray) -> ScoreReliability:
    """Reliability of one score.

    data: the score's items, respondents × items, keyed. scores: shape (n,), the score under its own rule
    for missing answers, NaN where it has none. The standard error is on the score's metric; alpha stands
    in for omega, and says so, where omega cannot be had.
    """
    present = scores[~np.isnan(scores)]
    sd = float(present.std(ddof=1)) if len(present) > 1 else None
    alpha, omega = cronbach_alpha(data), omega_total(data)
    coefficient = omega.omega_total if omega.omega_total is not None else alpha.alpha
    sem = None
    if sd is not None and coefficient is not None and 0 <= coefficient <= 1:
        sem = sd * math.sqrt(1 - coefficient)
    source: Literal["omega", "alpha", ""] = "" if sem is None else "omega"
    if sem is not None and omega.omega_total is None:
        source = "alpha"
    return ScoreReliability(
        score=score,
        items=tuple(str(c) for c in data.columns),
        n_scored=len(present),
        mean=float(present.mean()) if len(present) else None,
        sd=sd,
        alpha=alpha,
        omega=omega,
        sem=sem,
        sem_from=source,
    )
