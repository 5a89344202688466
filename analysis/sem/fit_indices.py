"""Fit indices as plain functions: numbers in, numbers out. NaN where an index is not defined.

Papers: CFI, RNI Bentler (1990); TLI Tucker & Lewis (1973); NFI Bentler & Bonett (1980); IFI, RFI Bollen
(1989); PNFI James et al. (1982); MFI McDonald (1989); RMSEA Steiger & Lind (1980), interval Browne & Cudeck
(1993), robust Li & Bentler (2006), Brosseau-Liard, Savalei & Li (2012); CN Hoelter (1983); ECVI Browne &
Cudeck (1989); GFI Jöreskog & Sörbom (1981).
"""

from __future__ import annotations

import math

import numpy as np
from scipy import optimize, stats

from analysis.results import FloatArray
from analysis.sem.model import lower_indices

_ZERO = 1.5e-8


def comparative_fit(
    chisq: float, df: float, chisq0: float, df0: float, scale: float = 1.0, scale0: float = 1.0
) -> float:
    """CFI: 1 - max(X² - c·df, 0) / max(X² - c·df, X0² - c0·df0, 0); c = 1 unless robust."""
    own = max(chisq - scale * df, 0.0)
    worst = max(own, chisq0 - scale0 * df0, 0.0)
    if math.isnan(own) or math.isnan(worst):
        return math.nan
    return 1.0 if worst < _ZERO else 1.0 - own / worst


def tucker_lewis(
    chisq: float, df: float, chisq0: float, df0: float, scale: float = 1.0, scale0: float = 1.0
) -> float:
    """TLI (NNFI): 1 - [(X² - c·df)/df] / [(X0² - c0·df0)/df0]; 1 for a saturated model."""
    if df <= 0:
        return 1.0
    below = (chisq0 - scale0 * df0) * df
    return 1.0 if below == 0 else 1.0 - (chisq - scale * df) * df0 / below


def relative_noncentrality(
    chisq: float, df: float, chisq0: float, df0: float, scale: float = 1.0, scale0: float = 1.0
) -> float:
    """RNI: CFI without its bounds."""
    below = chisq0 - scale0 * df0
    return math.nan if abs(below) < _ZERO else 1.0 - (chisq - scale * df) / below


def normed_fit(chisq: float, df: float, chisq0: float, df0: float) -> float:
    """NFI: (X0² - X²)/X0²."""
    if df > df0 or abs(chisq0) < _ZERO:
        return math.nan
    return (chisq0 - chisq) / chisq0 if df > 0 else 1.0


def parsimony_normed_fit(chisq: float, df: float, chisq0: float, df0: float) -> float:
    """PNFI: NFI · df/df0."""
    return df / df0 * (chisq0 - chisq) / chisq0 if df0 > 0 and chisq0 > 0 else math.nan


def relative_fit(chisq: float, df: float, chisq0: float, df0: float) -> float:
    """RFI: (X0²/df0 - X²/df)/(X0²/df0)."""
    if df > df0:
        return math.nan
    if df <= 0 or df0 <= 0:
        return 1.0
    above, below = chisq0 / df0 - chisq / df, chisq0 / df0
    return 1.0 if above < 0 or below < 0 else above / below


def incremental_fit(chisq: float, df: float, chisq0: float) -> float:
    """IFI: (X0² - X²)/(X0² - df)."""
    below = chisq0 - df
    if below < 0:
        return 1.0
    return math.nan if below < _ZERO else (chisq0 - chisq) / below


def rmsea(chisq: float, df: float, n: int, groups: int = 1, scale: float = 1.0) -> float:
    """Root mean square error of approximation: sqrt(max(X²/(n·df) - c/n, 0))·sqrt(groups)."""
    if math.isnan(df) or math.isnan(chisq):
        return math.nan
    return math.sqrt(max(chisq / n / df - scale / n, 0.0)) * math.sqrt(groups) if df > 0 else 0.0


def rmsea_interval(
    chisq: float, df: float, n: int, groups: int = 1, scale: float = 1.0, level: float = 0.90
) -> tuple[float, float]:
    """Bounds of RMSEA from the noncentral chi-square. chisq: the scaled statistic when scale is not 1."""
    if not (math.isfinite(chisq) and math.isfinite(df)):
        return math.nan, math.nan
    if df < 1:
        return 0.0, 0.0
    bounds = []
    top = max(n, 4 * chisq)
    for tail in ((1 + level) / 2, (1 - level) / 2):
        central = stats.chi2.cdf(chisq, df) - tail
        if central < 0:
            bounds.append(0.0)
            continue
        if _noncentral_cdf(chisq, df, top) > tail:
            bounds.append(0.0)
            continue
        noncentrality = optimize.brentq(
            lambda ncp, tail=tail: _noncentral_cdf(chisq, df, ncp) - tail,
            0.0,
            top,
            xtol=1e-10,
        )
        bounds.append(math.sqrt(scale * noncentrality / (n * df)) * math.sqrt(groups))
    return bounds[0], bounds[1]


def rmsea_p_value(
    chisq: float, df: float, n: int, groups: int = 1, scale: float = 1.0, limit: float = 0.05
) -> float:
    """P(X² at least this large | RMSEA = limit): the test of close fit. 1 minus it tests not-close fit."""
    if not (math.isfinite(chisq) and math.isfinite(df)) or df <= 0:
        return math.nan
    ncp = n * df / scale * limit**2 / groups
    if ncp <= 0:
        return float(stats.chi2.sf(chisq, df))
    try:
        return float(stats.ncx2.sf(chisq, df, ncp))
    except OverflowError:  # scipy's series fails far below the mean, where the answer is one
        return 1.0 if chisq < df else math.nan


def _noncentral_cdf(chisq: float, df: float, ncp: float) -> float:
    """Distribution function of the (noncentral) chi-square; zero where scipy fails far below the mean."""
    if ncp <= 0:
        return float(stats.chi2.cdf(chisq, df))
    try:
        return float(stats.ncx2.cdf(chisq, df, ncp))
    except OverflowError:
        return 0.0 if chisq < df else math.nan


def critical_n(chisq: float, df: float, n: int, alpha: float = 0.05) -> float:
    """Hoelter's critical n: the sample size at which this misfit would just be significant."""
    if df == 0:
        return 1.0
    return float(stats.chi2.isf(alpha, df)) / (chisq / n) + 1 if chisq > 0 else math.inf


def mcdonald_fit(chisq: float, df: float, n: int) -> float:
    """MFI: exp(-(X² - df)/(2n))."""
    return math.exp(-0.5 * (chisq - df) / n)


def expected_cross_validation(chisq: float, npar: int, n: int) -> float:
    """ECVI: X²/n + 2·npar/n."""
    return chisq / n + 2 * npar / n


def adjusted_goodness_of_fit(gfi: float, n_moments: int, df: float) -> float:
    """AGFI: 1 - (moments/df)(1 - GFI)."""
    return 1 - n_moments / df * (1 - gfi) if df > 0 else 1.0


def information_criteria(logl: float, npar: int, n: int) -> tuple[float, float, float]:
    """AIC, BIC and the sample-size adjusted BIC (Sclove, 1987)."""
    return (
        -2 * logl + 2 * npar,
        -2 * logl + npar * math.log(n),
        -2 * logl + npar * math.log((n + 2) / 24),
    )


def residual_summaries(
    cov: FloatArray, implied_cov: FloatArray, mean: FloatArray | None, implied_mean: FloatArray | None
) -> dict[str, float]:
    """RMR, SRMR (Bentler), CRMR (Bollen) and SRMR (Mplus) of one group, with and without means.

    cov, implied_cov: (p, p); mean, implied_mean: (p,), or None without a mean structure. Sums run over the
    lower triangle; CRMR does not count the diagonal, which is zero by construction.
    """
    p = len(cov)
    lower = lower_indices(p, diagonal=True)
    sd, implied_sd = np.sqrt(np.diag(cov)), np.sqrt(np.diag(implied_cov))
    raw = (cov - implied_cov)[lower]
    bentler = ((cov - implied_cov) / np.outer(sd, sd))[lower]
    correlations = cov / np.outer(sd, sd) - implied_cov / np.outer(implied_sd, implied_sd)
    bollen = correlations[lower_indices(p, diagonal=False)]
    relative_variance = (np.diag(cov) - np.diag(implied_cov)) / np.diag(cov)
    mplus = float((bollen**2).sum() + (relative_variance**2).sum())
    count = p * (p + 1) / 2
    summary = {
        "rmr_nomean": math.sqrt(float(raw @ raw) / count),
        "srmr_bentler_nomean": math.sqrt(float(bentler @ bentler) / count),
        "crmr_nomean": math.sqrt(float(bollen @ bollen) / (count - p)) if p > 1 else 0.0,
        "srmr_mplus_nomean": math.sqrt(mplus / count),
    }
    if mean is None or implied_mean is None:
        return summary | {key.removesuffix("_nomean"): value for key, value in summary.items()}
    shift = mean - implied_mean
    shift_own = mean / sd - implied_mean / implied_sd
    both = count + p
    return summary | {
        "rmr": math.sqrt(float(raw @ raw + shift @ shift) / both),
        "srmr_bentler": math.sqrt(float(bentler @ bentler + (shift / sd) @ (shift / sd)) / both),
        "crmr": math.sqrt(float(bollen @ bollen + (shift / sd) @ (shift / sd)) / (both - p)),
        "srmr_mplus": math.sqrt((mplus + float(shift_own @ shift_own)) / both),
    }
