"""From an estimate to standard errors and tests of fit, whatever the estimator.

vcov = B/N (standard) or B M B/N (robust), with B the inverse information and M the variance of the scores,
all in the unconstrained theta and mapped back to the free rows. Chi-square = N·F; robust statistics rescale
it by tr(UΓ)/df (Satorra & Bentler, 1994; Yuan & Bentler, 2000; Asparouhov & Muthén, 2010).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import stats

from analysis.results import FloatArray
from analysis.sem.constrained import tangent_basis
from analysis.sem.estimation import Discrepancy, Estimate
from analysis.sem.model import Model

_RANK = 1e-9


@dataclass(frozen=True, kw_only=True)
class TestStatistic:
    """A test of exact fit. scaling_factor divides the standard statistic; shift is added (scaled and shifted
    only).
    """

    name: str
    statistic: float
    df: int
    pvalue: float
    scaling_factor: float = 1.0
    shift: float = 0.0
    trace: float = math.nan
    trace_squared: float = math.nan
    scaling_h0: float = math.nan
    scaling_h1: float = math.nan


class Method(Protocol):
    """One estimator on one sample: what to minimise, and what its standard errors and tests are made of.

    n: what the discrepancy is multiplied by to give the chi-square.
    All matrices are per observation (not multiplied by N), over the free rows, (n_free, n_free).
    has_reference: does the unscaled statistic follow a chi-square in large samples (that of ULS does not)?
    """

    n: int
    has_reference: bool

    def discrepancy(self) -> Discrepancy:
        """The function to minimise; N times its minimum is the chi-square."""
        ...

    def n_moments(self) -> int:
        """Sample moments that the model may use, all groups, without those of fixed covariates."""
        ...

    def information(self, x: FloatArray) -> FloatArray:
        """Expected or observed information, as the estimator asks for."""
        ...

    def score_variance(self, x: FloatArray) -> FloatArray | None:
        """Variance of the casewise scores for the sandwich; None for standard errors from the information
        alone.
        """
        ...

    def scaled_test(
        self, x: FloatArray, inverse: FloatArray, standard: TestStatistic, n_theta: int
    ) -> TestStatistic | None:
        """The robust companion of the standard test. inverse: of the information, in the free rows."""
        ...


@dataclass(frozen=True, kw_only=True)
class Inference:
    """inverse_information, vcov: (n_free, n_free), zero along directions the equality constraints forbid.

    npar: free parameters after equality constraints. unidentified: positions of free rows that the data
    cannot tell apart (empty when all is well).
    """

    inverse_information: FloatArray
    vcov: FloatArray
    standard: TestStatistic
    scaled: TestStatistic | None
    npar: int
    unidentified: tuple[int, ...] = ()


def infer(method: Method, model: Model, estimate: Estimate, *, standard_errors: bool = True) -> Inference:
    """Standard errors and tests at an estimate."""
    n_free, basis = model.table.n_free, tangent_basis(model, estimate.x)
    npar = int(basis.shape[1])
    df = method.n_moments() - npar
    chisq = max(method.n * estimate.value, 0.0)
    if df == 0 and chisq < 1e-6:
        chisq = 0.0
    pvalue = float(stats.chi2.sf(chisq, df)) if df > 0 and method.has_reference else math.nan
    standard = TestStatistic(name="standard", statistic=chisq, df=df, pvalue=pvalue)
    nothing = np.full((n_free, n_free), np.nan)
    information = basis.T @ method.information(estimate.x) @ basis
    inverse_theta, unidentified = invert_information(information, basis)
    if inverse_theta is None:
        return Inference(
            inverse_information=nothing,
            vcov=nothing,
            standard=standard,
            scaled=None,
            npar=npar,
            unidentified=unidentified,
        )
    inverse = basis @ inverse_theta @ basis.T
    vcov = inverse / method.n
    if standard_errors:
        meat = method.score_variance(estimate.x)
        if meat is not None:
            vcov = inverse @ meat @ inverse / method.n
    scaled = method.scaled_test(estimate.x, inverse, standard, npar)
    return Inference(inverse_information=inverse, vcov=vcov, standard=standard, scaled=scaled, npar=npar)


def invert_information(
    information: FloatArray, basis: FloatArray
) -> tuple[FloatArray | None, tuple[int, ...]]:
    """Inverse of a symmetric information matrix (n_theta, n_theta), or None with the free rows that are to
    blame.

    Singular: an eigenvalue of the matrix scaled to unit diagonal below 1e-9 of the largest.
    """
    if len(information) == 0:
        return information, ()
    if not np.isfinite(information).all():
        return None, tuple(range(len(basis)))
    diagonal = np.diag(information)
    if (diagonal <= 0).any():
        to_blame = basis[:, diagonal <= 0]
        return None, tuple(int(k) for k in np.flatnonzero(np.abs(to_blame).sum(axis=1) > 1e-8))
    scale = np.sqrt(diagonal)
    scaled = information / np.outer(scale, scale)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2.0)
    if values[0] < _RANK * values[-1]:
        weight = np.abs(basis) @ np.abs(vectors[:, values < _RANK * values[-1]]).sum(axis=1)
        return None, tuple(int(k) for k in np.argsort(-weight) if weight[k] > 0.2 * weight.max())
    inverse = (vectors / values) @ vectors.T
    return inverse / np.outer(scale, scale), ()


def mean_scaled(standard: TestStatistic, trace: float, name: str) -> TestStatistic:
    """Satorra-Bentler: divide by c = tr(UΓ)/df."""
    return rescaled(standard, trace / standard.df if standard.df > 0 else math.nan, trace=trace, name=name)


def rescaled(
    standard: TestStatistic,
    factor: float,
    *,
    name: str,
    trace: float,
    trace_squared: float = math.nan,
    shift: float = 0.0,
    scaling_h0: float = math.nan,
    scaling_h1: float = math.nan,
) -> TestStatistic:
    """standard / factor + shift, with its p-value. A saturated model keeps its statistic."""
    if standard.df <= 0:
        factor, statistic, pvalue = math.nan, standard.statistic, math.nan
    else:
        factor = factor if factor > 0 else math.nan
        statistic = standard.statistic / factor + shift
        pvalue = float(stats.chi2.sf(statistic, standard.df))
    return TestStatistic(
        name=name,
        statistic=statistic,
        df=standard.df,
        pvalue=pvalue,
        scaling_factor=factor,
        shift=shift,
        trace=trace,
        trace_squared=trace_squared,
        scaling_h0=scaling_h0,
        scaling_h1=scaling_h1,
    )
