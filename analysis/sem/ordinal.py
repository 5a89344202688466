"""Estimators for ordinal, or mixed ordinal and continuous, data on the statistics of `ordinal_moments`.

DWLS, WLS, ULS, and the robust WLSM, WLSMV, ULSM, ULSMV: the point estimates of DWLS or ULS with sandwich
standard errors and a statistic corrected in its mean, or mean and variance (Muthén, du Toit & Spisic, 1997).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.results import FloatArray
from analysis.sem.conditional_model import ConditionalModel
from analysis.sem.inference import TestStatistic, rescaled
from analysis.sem.least_squares import (
    Correction,
    MomentDiscrepancy,
    WeightedMoments,
    expected_information,
    independence_statistic,
    score_variance,
    traces,
)
from analysis.sem.model import Model
from analysis.sem.ordinal_moments import OrdinalMoments

__all__ = ["ORDINAL_ESTIMATORS", "OrdinalMethod", "corrected", "standard_test", "weighted_moments"]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Estimator:
    weight: str
    correction: str | None


ORDINAL_ESTIMATORS = {
    "DWLS": _Estimator(weight="DWLS", correction=None),
    "WLS": _Estimator(weight="WLS", correction=None),
    "ULS": _Estimator(weight="ULS", correction=None),
    "WLSM": _Estimator(weight="DWLS", correction="satorra.bentler"),
    "WLSMV": _Estimator(weight="DWLS", correction="scaled.shifted"),
    "ULSM": _Estimator(weight="ULS", correction="satorra.bentler"),
    "ULSMV": _Estimator(weight="ULS", correction="scaled.shifted"),
}


class OrdinalMethod:
    """One estimator of `ORDINAL_ESTIMATORS` on ordinal moments, as `inference.Method` asks.

    `n` is N - G: lavaan's divisor for the least squares family.
    """

    def __init__(self, model: Model, moments: Sequence[OrdinalMoments], estimator: str) -> None:
        given = any(group.slopes is not None for group in moments)
        self.model = ConditionalModel(model.table, model.fixed) if given else model
        self.estimator = ORDINAL_ESTIMATORS[estimator]
        self.moments = tuple(moments)
        self.samples = tuple(weighted_moments(group, self.estimator.weight) for group in moments)
        self.has_reference = self.estimator.weight != "ULS"
        self.n = sum(group.nobs - 1 for group in moments)

    def discrepancy(self) -> MomentDiscrepancy:
        """The function to minimise; n times its minimum is the chi-square."""
        return MomentDiscrepancy(self.model, self.samples)

    def n_moments(self) -> int:
        """Thresholds, means, variances and correlations of all groups."""
        return sum(len(sample.vector) for sample in self.samples)

    def information(self, x: FloatArray) -> FloatArray:
        """Σ n_g/N J'WJ over the free rows."""
        return expected_information(self.samples, self.model.jacobian(x))

    def score_variance(self, x: FloatArray) -> FloatArray | None:
        """Σ n_g/N J'WΓWJ for the robust estimators; None for DWLS, WLS and ULS."""
        if self.estimator.correction is None:
            return None
        return score_variance(self.samples, self.model.jacobian(x))

    def scaled_test(
        self, x: FloatArray, inverse: FloatArray, standard: TestStatistic, n_theta: int
    ) -> TestStatistic | None:
        """The corrected statistic of the robust estimators."""
        del n_theta
        if self.estimator.correction is None:
            return None
        correction = traces(self.samples, self.model.jacobian(x), inverse)
        return corrected(standard, correction, self.estimator.correction)

    def baseline_tests(self) -> tuple[TestStatistic, TestStatistic | None]:
        """Tests of the independence model, in closed form: its free moments are fitted exactly."""
        items = len(self.moments[0].names)
        pairs = items * (items - 1) // 2
        statistic, correction = independence_statistic(self.samples, pairs)
        standard = standard_test(statistic, pairs * len(self.samples), self.estimator.weight)
        if correction is None or self.estimator.correction is None:
            return standard, None
        return standard, corrected(standard, correction, self.estimator.correction)


def weighted_moments(moments: OrdinalMoments, weight: str) -> WeightedMoments:
    """Sample moments of a group with the weights of DWLS, WLS or ULS."""
    matrix: FloatArray = np.ones(len(moments.vector))
    if weight != "ULS":
        assert moments.gamma is not None
        matrix = np.asarray(np.linalg.inv(moments.gamma) if weight == "WLS" else 1.0 / np.diag(moments.gamma))
    return WeightedMoments(vector=moments.vector, weight=matrix, gamma=moments.gamma, nobs=moments.nobs)


def standard_test(statistic: float, df: int, weight: str) -> TestStatistic:
    """The uncorrected test; the ULS statistic follows no known distribution and has no p-value."""
    known = df > 0 and weight != "ULS"
    pvalue = float(stats.chi2.sf(statistic, df)) if known else math.nan
    return TestStatistic(name="standard", statistic=statistic, df=df, pvalue=pvalue)


def corrected(standard: TestStatistic, correction: Correction, kind: str) -> TestStatistic:
    """The statistic T with its first, or first two, moments matched to chi-square.

    satorra.bentler: T df / tr(UΓ). scaled.shifted: a T + df - a tr(UΓ), a = sqrt(df / tr((UΓ)²)).
    """
    first, second, df = correction.trace, correction.trace_squared, standard.df
    if df <= 0 or not second > 0:  # nothing to test, or moments that vary with nothing: no correction
        return rescaled(standard, math.nan, name=kind, trace=first, trace_squared=second)
    if kind == "satorra.bentler":
        return rescaled(standard, first / df, name=kind, trace=first, trace_squared=second)
    a = math.sqrt(df / second)
    return rescaled(standard, 1.0 / a, name=kind, trace=first, trace_squared=second, shift=df - a * first)
