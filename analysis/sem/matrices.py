"""The matrices of one group, and the moments they imply."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray


@dataclass(frozen=True, kw_only=True)
class Matrices:
    """The matrices of one group: lambda_ p×m, theta p×p, psi m×m, beta m×m, nu p, alpha m, tau (thresholds),
    delta p.
    """

    lambda_: FloatArray
    theta: FloatArray
    psi: FloatArray
    beta: FloatArray
    nu: FloatArray
    alpha: FloatArray
    tau: FloatArray
    delta: FloatArray

    @property
    def total_effects(self) -> FloatArray:
        """A = (I - Beta)^-1, m×m. Raises numpy.linalg.LinAlgError when Beta makes it singular."""
        identity = np.eye(self.beta.shape[0])
        return np.asarray(np.linalg.inv(identity - self.beta)) if self.beta.any() else identity

    @property
    def latent_covariance(self) -> FloatArray:
        """Model-implied covariance of eta, m×m."""
        a = self.total_effects
        return a @ self.psi @ a.T


@dataclass(frozen=True, kw_only=True)
class Implied:
    """Implied moments of one group: mean (p,), cov (p, p), thresholds (n_thresholds,) on the observed
    metric.
    """

    mean: FloatArray
    cov: FloatArray
    thresholds: FloatArray
