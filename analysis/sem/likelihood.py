"""The normal-theory likelihood as a discrepancy: maximum likelihood, complete or with missing values (FIML).

F = sum over patterns of n/N [log|Sigma| + tr(T Sigma^-1)] - the same for the unrestricted model, with
T = S + (m - mu)(m - mu)'. One Cholesky factor per missing pattern (Jöreskog, 1967; Arbuckle, 1996).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import linalg

from analysis.results import FloatArray
from analysis.sem.derivatives import Structure
from analysis.sem.model import Model
from analysis.sem.moments import SampleMoments
from analysis.sem.pattern_sums import PatternSums, incomplete_slopes, pattern_sums
from analysis.sem.patterns import Pattern


@dataclass(frozen=True)
class _PatternTerms:
    """Sigma^-1 of one pattern, its log-determinant, T and the mean residual d, all on the observed
    variables.
    """

    inverse: FloatArray
    log_determinant: float
    second_moment: FloatArray
    difference: FloatArray

    @property
    def value(self) -> float:
        return self.log_determinant + float(np.sum(self.inverse * self.second_moment))


def _terms(pattern: Pattern, cov: FloatArray, mean: FloatArray | None) -> _PatternTerms | None:
    """None when Sigma is not positive definite. mean None: no mean structure, d = 0."""
    observed = pattern.observed
    sigma = cov if len(observed) == len(cov) else cov[np.ix_(observed, observed)]
    try:
        lower = np.linalg.cholesky(sigma)
    except np.linalg.LinAlgError:
        return None
    inverse, _ = linalg.lapack.dpotri(lower, lower=1)
    inverse = np.tril(inverse) + np.tril(inverse, -1).T
    difference = np.zeros(len(observed)) if mean is None else pattern.mean - mean[observed]
    second = pattern.cov if mean is None else pattern.cov + np.outer(difference, difference)
    return _PatternTerms(inverse, 2.0 * float(np.log(np.diag(lower)).sum()), second, difference)


class NormalTheory:
    """-2/N times the log-likelihood, up to the constant of the unrestricted model: chi-square = N·F."""

    def __init__(self, model: Model, sample: SampleMoments, saturated: float) -> None:
        self.model = model
        self.sample = sample
        self.saturated = saturated
        self.means = model.meanstructure
        self._sums: dict[int, tuple[bytes, PatternSums | None]] = {}

    def value(self, x: FloatArray) -> float:
        """F at x."""
        total = -self.saturated
        for group, moments in enumerate(self.sample.groups):
            structure = self._structure(x, group)
            if structure is None:
                return float(np.inf)
            if not self.sample.complete:
                sums = self._pattern_sums(x, group, structure)
                total += float(np.inf) if sums is None else sums.value / self.sample.n
                continue
            pattern = moments.patterns[0]
            terms = _terms(pattern, structure.cov, structure.mean if self.means else None)
            total += float(np.inf) if terms is None else pattern.n / self.sample.n * terms.value
        return float(total)

    def slopes(self, x: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """F, gradient and Fisher approximation of the Hessian."""
        value, gradient, information, _ = self._expand(x, exact=False)
        return value, gradient, information

    def hessian(self, x: FloatArray) -> FloatArray | None:
        """Exact Hessian."""
        return self._expand(x, exact=True)[3]

    def expected_information(self, x: FloatArray) -> FloatArray:
        """Expected information per observation, (n_free, n_free): half the Fisher approximation."""
        return 0.5 * self._expand(x, exact=False)[2]

    def observed_information(self, x: FloatArray) -> FloatArray:
        """Observed information per observation, (n_free, n_free): half the exact Hessian."""
        return 0.5 * self._expand(x, exact=True)[3]

    def _structure(self, x: FloatArray, group: int) -> Structure | None:
        try:
            structure = self.model.structure(x, group)
        except np.linalg.LinAlgError:
            return None
        return structure if np.isfinite(structure.cov).all() else None

    def _expand(self, x: FloatArray, *, exact: bool) -> tuple[float, FloatArray, FloatArray, FloatArray]:
        size = len(x)
        value, gradient = -self.saturated, np.zeros(size)
        information, hessian = np.zeros((size, size)), np.zeros((size, size))
        for group in range(len(self.sample.groups)):
            structure = self._structure(x, group)
            if structure is None:
                return float(np.inf), gradient, information, hessian
            block = np.ix_(structure.positions, structure.positions)
            expanded = self._group_slopes(x, structure, group, exact)
            if expanded is None:
                return float(np.inf), gradient, information, hessian
            value += expanded[0]
            gradient[structure.positions] += expanded[1]
            information[block] += expanded[2]
            hessian[block] += expanded[3]
        return float(value), gradient, information, hessian

    def _pattern_sums(self, x: FloatArray, group: int, structure: Structure) -> PatternSums | None:
        """Sums over patterns at x; the last ones are kept, as value and slopes are asked for in turn."""
        key = x.tobytes()
        if group not in self._sums or self._sums[group][0] != key:
            patterns = self.sample.groups[group].patterns
            self._sums[group] = (key, pattern_sums(patterns, structure.cov, structure.mean))
        return self._sums[group][1]

    def _group_slopes(
        self, x: FloatArray, structure: Structure, group: int, exact: bool
    ) -> tuple[float, FloatArray, FloatArray, FloatArray] | None:
        """Value and slopes of one group, weighted by its share of the rows; None where Sigma is not positive
        definite.
        """
        moments = self.sample.groups[group]
        if not self.sample.complete:
            sums = self._pattern_sums(x, group, structure)
            if sums is None:
                return None
            slope, fisher, curvature = incomplete_slopes(structure, sums, exact=exact)
            n = self.sample.n
            return sums.value / n, slope / n, fisher / n, curvature / n
        pattern = moments.patterns[0]
        terms = _terms(pattern, structure.cov, structure.mean if self.means else None)
        if terms is None:
            return None
        share = pattern.n / self.sample.n
        slope, fisher, curvature = _pattern_slopes(structure, pattern, terms, self.means, exact)
        return share * terms.value, share * slope, share * fisher, share * curvature


def _pattern_slopes(
    structure: Structure, pattern: Pattern, terms: _PatternTerms, means: bool, exact: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Gradient, Fisher approximation and exact Hessian of log|Sigma| + tr(T Sigma^-1) for one pattern.

    dF = tr(M dSigma) - 2 d'V dmu with V = Sigma^-1, P = V T V, M = V - P;
    d²F = 2 tr(V dSigma P dSigma) - tr(V dSigma V dSigma) + tr(M d²Sigma) + terms of the mean.
    """
    base = structure.base[pattern.observed]
    inverse = terms.inverse
    projected = inverse @ base
    gram = base.T @ projected
    gram_p = projected.T @ terms.second_moment @ projected
    gram_m = gram - gram_p
    slope = structure.cov_trace(gram_m)
    cov_information = structure.cov_information(gram)
    fisher = cov_information.copy()
    along = terms.difference @ projected
    if means:
        slope = slope - 2.0 * structure.mean_scale * along[structure.left]
        mean_information = structure.mean_information(gram)
        fisher += 2.0 * mean_information
    if not exact:
        return slope, fisher, fisher
    curvature = 2.0 * structure.cov_information(gram, gram_p) - cov_information
    curvature += structure.cov_curvature(gram_m)
    if means:
        u, v = structure.left, structure.right
        cross = (
            structure.scale[:, None]
            * (along[u][:, None] * gram[np.ix_(v, u)] + along[v][:, None] * gram[np.ix_(u, u)])
            * structure.mean_scale
        )
        curvature += 2.0 * (cross + cross.T) + 2.0 * mean_information
        curvature -= 2.0 * structure.mean_curvature_from(along)
    return slope, fisher, (curvature + curvature.T) / 2.0


def saturated_value(sample: SampleMoments) -> float:
    """-2/N log-likelihood (without the 2·pi constant) of the unrestricted model at its own moments."""
    total = 0.0
    for moments in sample.groups:
        sums = pattern_sums(moments.patterns, moments.cov, moments.mean)
        if sums is None:
            raise np.linalg.LinAlgError("the sample covariance is not positive definite")
        total += sums.value / sample.n
    return total


def log_likelihood(sample: SampleMoments, value: float) -> float:
    """Log-likelihood from -2/N logl without its constant: adds n·k·log(2·pi) per pattern."""
    constant = sum(
        pattern.n * len(pattern.observed) for group in sample.groups for pattern in group.patterns
    ) * np.log(2.0 * np.pi)
    return float(-0.5 * (sample.n * value + constant))
