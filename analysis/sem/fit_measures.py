"""All fit measures of a fit under lavaan's names, assembled from chi-squares, moments and log-likelihoods."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from analysis.sem import fit_indices as indices
from analysis.sem.inference import TestStatistic

CLOSE, NOT_CLOSE = 0.05, 0.08


@dataclass(frozen=True, kw_only=True)
class RobustInput:
    """What the `*.robust` indices are made of: a normal-theory chi-square and its correction c, model and
    baseline.
    """

    chisq: float
    df: float
    scale: float
    chisq0: float
    df0: float
    scale0: float
    interval_chisq: float = math.nan


@dataclass(frozen=True, kw_only=True)
class MeasureInput:
    """Numbers the measures are computed from. n: N or N - G, ntotal: N.
    standard0, scaled0: tests of the baseline model."""

    npar: int
    n: int
    ntotal: int
    groups: int
    fmin: float
    standard: TestStatistic
    scaled: TestStatistic | None
    standard0: TestStatistic
    scaled0: TestStatistic | None
    robust: RobustInput | None = None
    likelihood: tuple[float, float] | None = None
    gfi: float = math.nan
    n_moments: int = 0
    residuals: Mapping[str, float] | None = None


def fit_measures(given: MeasureInput) -> dict[str, float]:
    """lavaan's fitMeasures(): name → value, NaN where undefined."""
    standard, base = given.standard, given.standard0
    measures: dict[str, float] = {
        "npar": given.npar,
        "fmin": given.fmin,
        "chisq": standard.statistic,
        "df": standard.df,
        "pvalue": standard.pvalue,
    }
    if given.scaled is not None:
        measures |= _scaled_test(given.scaled)
    measures |= {"baseline.chisq": base.statistic, "baseline.df": base.df, "baseline.pvalue": base.pvalue}
    if given.scaled0 is not None:
        measures |= {f"baseline.{k}": v for k, v in _scaled_test(given.scaled0).items()}
    measures |= _incremental(standard.statistic, standard.df, base.statistic, base.df, "")
    if given.scaled is not None and given.scaled0 is not None:
        measures |= _incremental(
            given.scaled.statistic, given.scaled.df, given.scaled0.statistic, given.scaled0.df, ".scaled"
        )
    if given.robust is not None:
        measures |= _robust_incremental(given.robust)
    measures |= _likelihood(given)
    measures |= _rmsea(given)
    measures |= dict(given.residuals or {})
    chisq, df = standard.statistic, standard.df
    measures |= {
        "cn_05": indices.critical_n(chisq, df, given.n, 0.05),
        "cn_01": indices.critical_n(chisq, df, given.n, 0.01),
        "gfi": given.gfi,
        "agfi": indices.adjusted_goodness_of_fit(given.gfi, given.n_moments, df),
        "pgfi": df / given.n_moments * given.gfi if given.n_moments else math.nan,
        "mfi": indices.mcdonald_fit(chisq, df, given.n),
        "ecvi": indices.expected_cross_validation(chisq, given.npar, given.n),
    }
    return measures


def _scaled_test(test: TestStatistic) -> dict[str, float]:
    measures: dict[str, float] = {
        "chisq.scaled": test.statistic,
        "df.scaled": test.df,
        "pvalue.scaled": test.pvalue,
        "chisq.scaling.factor": test.scaling_factor,
    }
    if test.name == "scaled.shifted":
        measures["chisq.shift.parameters"] = test.shift
    return measures


def _incremental(chisq: float, df: float, chisq0: float, df0: float, suffix: str) -> dict[str, float]:
    values = {
        "cfi": indices.comparative_fit(chisq, df, chisq0, df0),
        "tli": indices.tucker_lewis(chisq, df, chisq0, df0),
        "nnfi": indices.tucker_lewis(chisq, df, chisq0, df0),
        "rfi": indices.relative_fit(chisq, df, chisq0, df0),
        "nfi": indices.normed_fit(chisq, df, chisq0, df0),
        "pnfi": indices.parsimony_normed_fit(chisq, df, chisq0, df0),
        "ifi": indices.incremental_fit(chisq, df, chisq0),
        "rni": indices.relative_noncentrality(chisq, df, chisq0, df0),
    }
    return {f"{name}{suffix}": value for name, value in values.items()}


def _robust_incremental(r: RobustInput) -> dict[str, float]:
    numbers = (r.chisq, r.df, r.chisq0, r.df0, r.scale, r.scale0)
    if any(math.isnan(v) for v in numbers):
        return dict.fromkeys(("cfi.robust", "tli.robust", "nnfi.robust", "rni.robust"), math.nan)
    tli = indices.tucker_lewis(*numbers)
    return {
        "cfi.robust": indices.comparative_fit(*numbers),
        "tli.robust": tli,
        "nnfi.robust": tli,
        "rni.robust": indices.relative_noncentrality(*numbers),
    }


def _likelihood(given: MeasureInput) -> dict[str, float]:
    if given.likelihood is None:
        return {"ntotal": given.ntotal}
    logl, unrestricted = given.likelihood
    aic, bic, bic2 = indices.information_criteria(logl, given.npar, given.ntotal)
    measures: dict[str, float] = {
        "logl": logl,
        "unrestricted.logl": unrestricted,
        "aic": aic,
        "bic": bic,
        "ntotal": given.ntotal,
        "bic2": bic2,
    }
    if given.scaled is not None and not math.isnan(given.scaled.scaling_h0):
        measures["scaling.factor.h1"] = given.scaled.scaling_h1
        measures["scaling.factor.h0"] = given.scaled.scaling_h0
    return measures


def _rmsea(given: MeasureInput) -> dict[str, float]:
    n, groups = given.n, given.groups
    measures = _rmsea_of(given.standard.statistic, given.standard.df, n, groups, "")
    measures |= {"rmsea.ci.level": 0.90, "rmsea.close.h0": CLOSE, "rmsea.notclose.h0": NOT_CLOSE}
    if given.scaled is not None:
        if given.scaled.name == "scaled.shifted":
            measures |= _rmsea_of(given.scaled.statistic, given.standard.df, n, groups, ".scaled")
        else:
            measures |= _rmsea_of(given.standard.statistic, given.scaled.trace, n, groups, ".scaled")
    if given.robust is not None:
        r = given.robust
        interval_chisq = r.interval_chisq
        lower, upper = indices.rmsea_interval(interval_chisq, r.df, n, groups, r.scale)
        measures |= {
            "rmsea.robust": indices.rmsea(r.chisq, r.df, n, groups, r.scale),
            "rmsea.ci.lower.robust": lower,
            "rmsea.ci.upper.robust": upper,
        }
        close = indices.rmsea_p_value(interval_chisq, r.df, n, groups, r.scale, CLOSE)
        not_close = indices.rmsea_p_value(interval_chisq, r.df, n, groups, r.scale, NOT_CLOSE)
        measures |= {"rmsea.pvalue.robust": close, "rmsea.notclose.pvalue.robust": 1.0 - not_close}
    return measures


def _rmsea_of(chisq: float, df: float, n: int, groups: int, suffix: str) -> dict[str, float]:
    lower, upper = indices.rmsea_interval(chisq, df, n, groups)
    values = {
        "rmsea": indices.rmsea(chisq, df, n, groups),
        "rmsea.ci.lower": lower,
        "rmsea.ci.upper": upper,
        "rmsea.pvalue": indices.rmsea_p_value(chisq, df, n, groups, limit=CLOSE),
        "rmsea.notclose.pvalue": 1.0 - indices.rmsea_p_value(chisq, df, n, groups, limit=NOT_CLOSE),
    }
    return {f"{name}{suffix}": value for name, value in values.items()}


def weighted_residuals(groups: Sequence[tuple[int, dict[str, float]]]) -> dict[str, float]:
    """Group summaries of residuals averaged by n; `srmr` is the Bentler version with means where modelled."""
    total = sum(n for n, _ in groups)
    names = (
        "rmr",
        "rmr_nomean",
        "srmr_bentler",
        "srmr_bentler_nomean",
        "crmr",
        "crmr_nomean",
        "srmr_mplus",
        "srmr_mplus_nomean",
    )
    averaged = {name: sum(n / total * values[name] for n, values in groups) for name in names}
    return {"srmr": averaged["srmr_bentler"], **averaged}
