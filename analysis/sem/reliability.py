"""Reliability of sum scores under a fitted model: omega, alpha, average variance extracted, by factor.

Omega (McDonald, 1999; Raykov, 2001): (Σλ)² φ / total variance of the factor's items. The total is observed
(semTools' compRelSEM default) or implied by the model. For ordinal items everything is on the latent response
scale. A factor without items of its own is read over all items that it reaches through other factors.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import FloatArray, Result
from analysis.sem.continuous import ContinuousSample
from analysis.sem.errors import DataError
from analysis.sem.fit import Fit
from analysis.sem.matrices import Matrices
from analysis.sem.ordinal_sample import OrdinalSample


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelReliability(Result):
    """table: one row a factor and group: factor, group, n_items, omega (observed total variance),
    omega_implied (the model's), alpha (of the items, observed), ave (average variance extracted; NaN for a
    factor of factors). scale: "observed" or "latent response".
    """

    scale: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table


def cronbach_alpha(covariance: FloatArray) -> float:
    """k / (k - 1) · (1 - tr S / 1'S1) for a covariance matrix (k, k); NaN for a single item."""
    k = len(covariance)
    return float(k / (k - 1) * (1 - np.trace(covariance) / covariance.sum())) if k > 1 else float("nan")


def _covariances(fit: Fit) -> list[FloatArray]:
    prepared = fit.solution.prepared
    if isinstance(prepared, ContinuousSample):
        return [group.cov for group in prepared.sample.groups]
    if isinstance(prepared, OrdinalSample):
        return list(prepared.covariances)
    raise DataError("reliability needs a sample of items")


def _factors(matrices: Matrices, names: list[str]) -> Iterator[tuple[str, FloatArray, bool]]:
    """Each factor with the loadings of all items on it, direct ones where it has any; True for direct."""
    through = matrices.lambda_ @ matrices.total_effects
    for k, name in enumerate(names):
        direct = matrices.lambda_[:, k]
        own = bool(np.any(direct != 0))
        yield name, direct if own else through[:, k], own


def model_reliability(fit: Fit) -> ModelReliability:
    """Reliability of the sum score of every factor's items. Raises DataError for a fit without estimates."""
    if fit.status not in ("ok", "inadmissible"):
        raise DataError(f"no reliability: {'; '.join(fit.problems)}")
    solution = fit.solution
    names = list(solution.model.table.variables.latent)
    observed = _covariances(fit)
    records = []
    for group, implied in enumerate(solution.implied):
        matrices = solution.model.matrices(solution.estimate.x, group)
        variances = np.diag(matrices.latent_covariance)
        for k, (name, loadings, own) in enumerate(_factors(matrices, names)):
            items = np.flatnonzero(loadings)
            if not items.size:
                continue
            cell = np.ix_(items, items)
            true = float(loadings[items].sum() ** 2 * variances[k])
            explained = float((loadings[items] ** 2).sum() * variances[k])
            records.append(
                {
                    "factor": name,
                    "group": group + 1,
                    "n_items": len(items),
                    "omega": true / float(observed[group][cell].sum()),
                    "omega_implied": true / float(implied.cov[cell].sum()),
                    "alpha": cronbach_alpha(observed[group][cell]),
                    "ave": explained / float(np.trace(observed[group][cell])) if own else np.nan,
                }
            )
    return ModelReliability(
        scale="latent response" if isinstance(solution.prepared, OrdinalSample) else "observed",
        table=pd.DataFrame.from_records(records),
        warnings=tuple(fit.problems),
    )
