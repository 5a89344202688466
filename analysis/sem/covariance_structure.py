"""GLS and ULS for continuous variables: least squares on means and covariances (divided by n - 1, as lavaan
does).

GLS weighs residuals by the inverse of the sample covariance, ½ tr[(S^-1(S - Sigma))²]; ULS counts each
distinct moment once (Browne, 1974; Jöreskog & Goldberger, 1972). The normal-theory weight is applied as a
product, never formed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray
from analysis.sem import unrestricted
from analysis.sem.inference import TestStatistic
from analysis.sem.least_squares import MomentDiscrepancy, WeightedMoments, expected_information
from analysis.sem.model import Model, lower_indices
from analysis.sem.moments import GroupMoments, SampleMoments


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NormalWeightedMoments(WeightedMoments):
    """Moments weighed by the inverse of their normal-theory covariance. inverse: S^-1 (p, p); means: are
    they modelled?
    """

    inverse: FloatArray
    means: bool

    def weigh(self, matrix: FloatArray) -> FloatArray:
        """W · matrix for vectors of moments (m,) or (m, q): S^-1 R S^-1 on the covariances, S^-1 on the
        means.
        """
        columns = matrix[:, None] if matrix.ndim == 1 else matrix
        p = len(self.inverse)
        rows, cols = lower_indices(p, diagonal=True)
        start = p if self.means else 0
        square = np.zeros((p, p, columns.shape[1]))
        square[rows, cols] = square[cols, rows] = columns[start:]
        once = np.tensordot(self.inverse, square, axes=1)
        twice = np.tensordot(self.inverse, once, axes=([1], [1])).transpose(1, 0, 2)
        weighed = twice[rows, cols] * np.where(rows == cols, 0.5, 1.0)[:, None]
        if self.means:
            weighed = np.concatenate([self.inverse @ columns[:start], weighed])
        return np.asarray(weighed[:, 0] if matrix.ndim == 1 else weighed)


class LeastSquaresMethod:
    """GLS or ULS of a model on continuous moments, as `inference.Method` asks. n is N - G."""

    def __init__(self, model: Model, sample: SampleMoments, estimator: str) -> None:
        self.model = model
        self.estimator = estimator
        self.samples = tuple(weighted_moments(model, group, estimator) for group in sample.groups)
        self.n = sample.n - len(sample.groups)
        self.has_reference = estimator != "ULS"

    def discrepancy(self) -> MomentDiscrepancy:
        """The function to minimise; n times its minimum is the chi-square."""
        return ContinuousDiscrepancy(self.model, self.samples)

    def n_moments(self) -> int:
        """Variances, covariances (and means), without those among fixed covariates."""
        return len(self.samples) * unrestricted.count_moments(self.model)

    def information(self, x: FloatArray) -> FloatArray:
        """Σ n_g/N J'WJ."""
        return expected_information(self.samples, self.model.jacobian(x))

    def score_variance(self, x: FloatArray) -> FloatArray | None:
        """None: standard errors come from the information."""
        del x
        return None

    def scaled_test(
        self, x: FloatArray, inverse: FloatArray, standard: TestStatistic, n_theta: int
    ) -> TestStatistic | None:
        """None: these estimators have no robust companion here."""
        del x, inverse, standard, n_theta
        return None


class ContinuousDiscrepancy(MomentDiscrepancy):
    """Least squares on continuous moments, with the exact Hessian 2 J'WJ - 2 r'W d²σ."""

    def hessian(self, x: FloatArray) -> FloatArray | None:
        """Exact Hessian (n_free, n_free)."""
        _, _, information = self.slopes(x)
        hessian = information.copy()
        p = len(self.model.observed)
        rows, cols = lower_indices(p, diagonal=True)
        for group, (s, r, f) in enumerate(zip(self.samples, self.residuals(x), self.share, strict=True)):
            weighed = s.weigh(r)
            start = len(weighed) - len(rows)
            pull = np.zeros((p, p))
            pull[rows, cols] = np.where(rows == cols, 1.0, 0.5) * weighed[start:]
            pull[cols, rows] = pull[rows, cols]
            structure = self.model.structure(x, group)
            curvature = structure.cov_curvature(structure.gram(pull))
            if start:
                curvature = curvature + structure.mean_curvature(weighed[:start])
            hessian[np.ix_(structure.positions, structure.positions)] -= f * (curvature + curvature.T)
        return hessian


def unbiased_covariance(group: GroupMoments) -> FloatArray:
    """Covariance divided by n - 1."""
    return np.asarray(group.cov * group.n / (group.n - 1))


def weighted_moments(model: Model, group: GroupMoments, estimator: str) -> WeightedMoments:
    """Moments of one group with the weight of GLS or ULS."""
    cov = unbiased_covariance(group)
    vector = model.moment_vector(group.mean, cov, np.zeros(0))
    ones = np.ones(len(vector))
    if estimator == "ULS":
        return WeightedMoments(vector=vector, weight=ones, gamma=None, nobs=group.n)
    return NormalWeightedMoments(
        vector=vector,
        weight=ones,
        gamma=None,
        nobs=group.n,
        inverse=np.asarray(np.linalg.inv(cov)),
        means=model.meanstructure,
    )


def goodness_of_fit(samples: Sequence[WeightedMoments], residuals: Sequence[FloatArray]) -> float:
    """GFI = 1 - r'Wr/s'Ws, averaged over groups by n."""
    total = sum(s.nobs for s in samples)
    return sum(
        s.nobs / total * (1 - float(r @ s.weigh(r)) / float(s.vector @ s.weigh(s.vector)))
        for s, r in zip(samples, residuals, strict=True)
    )
