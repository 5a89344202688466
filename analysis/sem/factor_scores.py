"""Factor scores by regression or Bartlett's method, with their determinacy.

Regression: E(eta) + Phi Lambda' Sigma^-1 (y - mu) (Thurstone, 1935; Thomson). Bartlett (1937): unbiased
given eta. With missing values each row uses what it has. Determinacy: correlation of score and factor
(Grice, 2001, Psychol. Methods 6).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.results import FloatArray, Result
from analysis.sem.continuous import ContinuousSample
from analysis.sem.errors import DataError
from analysis.sem.fit import Fit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class FactorScores(Result):
    """scores: one row a respondent used (index: position in the data), one column a latent. determinacy: per
    group and latent, for a complete row; below about .9 scores should not stand for the factor.
    """

    method: str
    scores: pd.DataFrame
    determinacy: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The scores."""
        return self.scores


def factor_scores(fit: Fit, method: Literal["regression", "Bartlett"] = "regression") -> FactorScores:
    """Scores of the respondents the model was fitted to. Raises DataError for ordinal items or an unusable
    fit.
    """
    solution = fit.solution
    sample = solution.prepared
    if not isinstance(sample, ContinuousSample):
        raise DataError("factor scores need continuous items")
    if fit.status not in ("ok", "inadmissible"):
        raise DataError(f"no factor scores: {'; '.join(fit.problems)}")
    names = solution.model.table.variables.latent
    scores = np.full((sum(solution.nobs), len(names)), np.nan)
    determinacy, start = [], 0
    for group, moments in enumerate(sample.sample.groups):
        matrices = solution.model.matrices(solution.estimate.x, group)
        structure = solution.model.structure(solution.estimate.x, group)
        mean = structure.mean if solution.model.meanstructure else moments.mean
        latent_mean = matrices.total_effects @ matrices.alpha
        phi = matrices.latent_covariance
        for pattern in moments.patterns:
            o = pattern.observed
            weights = score_weights(matrices.lambda_[o], phi, structure.cov[np.ix_(o, o)], method)
            rows = moments.data[np.ix_(pattern.rows, o)] - mean[o]
            scores[start + pattern.rows] = (rows @ weights.T + latent_mean)[:, : len(names)]
        start += moments.n
        determinacy.append(score_determinacy(matrices.lambda_, phi, structure.cov, method)[: len(names)])
    labels = list(fit.group_labels) or ["all"]
    return FactorScores(
        method=method,
        scores=pd.DataFrame(scores, index=sample.sample.kept, columns=list(names)).sort_index(),
        determinacy=pd.DataFrame(determinacy, index=labels, columns=list(names)),
        warnings=fit.problems,
    )


def score_weights(lambda_: FloatArray, phi: FloatArray, sigma: FloatArray, method: str) -> FloatArray:
    """Weights (m, p) that turn centred items into scores. lambda_: p×m, phi: m×m, sigma: p×p."""
    projected = np.linalg.solve(sigma, lambda_).T
    if method == "regression":
        return np.asarray(phi @ projected)
    if method == "Bartlett":
        return np.asarray(np.linalg.pinv(projected @ lambda_, hermitian=True) @ projected)
    raise DataError(f"unknown method {method!r}; known are regression, Bartlett")


def score_determinacy(lambda_: FloatArray, phi: FloatArray, sigma: FloatArray, method: str) -> FloatArray:
    """Correlation of each score with its factor, (m,): diag(W Λ Φ)/sqrt(diag(W Σ W')·diag Φ)."""
    weights = score_weights(lambda_, phi, sigma, method)
    covariance = np.diag(weights @ lambda_ @ phi)
    variance = np.diag(weights @ sigma @ weights.T) * np.diag(phi)
    with np.errstate(invalid="ignore", divide="ignore"):  # a factor without positive variance has none
        return np.where(variance > 0, covariance / np.sqrt(variance), np.nan)
