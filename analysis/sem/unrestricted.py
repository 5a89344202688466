"""The unrestricted model (H1): how many moments, and the traces that robust tests compare the model with."""

from __future__ import annotations

import numpy as np

from analysis.results import FloatArray
from analysis.sem import incomplete_h1
from analysis.sem.model import Model
from analysis.sem.moments import SampleMoments


def count_moments(model: Model) -> int:
    """Moments of one group: variances and covariances (and means), without those among fixed covariates."""
    p, x = len(model.observed), len(model.covariates)
    count = p * (p + 1) // 2 - x * (x + 1) // 2
    return count + (p - x if model.meanstructure else 0)


def weighted_gamma_trace(model: Model, sample: SampleMoments, x: FloatArray) -> float:
    """tr(V Γ) with V the normal-theory weight at the model and Γ the distribution-free covariance of the
    moments.

    Rows enter by Z = yy' - ŷŷ', ŷ being their regression on fixed covariates (zero without any): what is
    fixed does not vary. tr(VΓ) = mean of ½ tr(VZVZ) less the same at the mean of Z (+ e'Ve, e = y - ŷ, with
    means).
    """
    total = 0.0
    for group, moments in enumerate(sample.groups):
        inverse = np.linalg.inv(model.structure(x, group).cov)
        slopes = covariate_slopes(model, moments.cov)
        centre = inverse @ (moments.cov - slopes.T @ moments.cov @ slopes)
        sums = 0.0
        for rows in row_chunks(moments.n):
            centred = moments.data[rows] - moments.mean
            fitted = centred @ slopes
            projected = centred @ inverse
            own = np.sum(projected * centred, axis=1)
            both = np.sum(projected * fitted, axis=1)
            explained = np.sum((fitted @ inverse) * fitted, axis=1)
            sums += 0.5 * float(np.sum(own**2 - 2.0 * both**2 + explained**2))
            if model.meanstructure:
                sums += float(np.sum(own - 2.0 * both + explained))
        total += sums / moments.n - 0.5 * float(np.sum(centre * centre.T))
    return total


def row_chunks(n: int, size: int = 20_000) -> list[slice]:
    """Slices that cover n rows, so that memory does not grow with the number of respondents."""
    return [slice(start, min(start + size, n)) for start in range(0, n, size)]


def covariate_slopes(model: Model, cov: FloatArray) -> FloatArray:
    """Regression of all variables on the fixed covariates, (p, p): fitted = centred rows @ slopes; zeros
    without any.
    """
    slopes = np.zeros_like(cov)
    places = [model.observed.index(name) for name in model.covariates]
    if places:
        slopes[places] = np.linalg.solve(cov[np.ix_(places, places)], cov[places])
    return slopes


def first_order_trace(model: Model, sample: SampleMoments) -> float:
    """tr(A1^-1 B1) of the unrestricted model at the sample moments; complete data: from Mardia's kurtosis."""
    total = 0.0
    for moments in sample.groups:
        p = len(moments.mean)
        inverse = np.linalg.inv(moments.cov)
        fourth = 0.0
        for rows in row_chunks(moments.n):
            centred = moments.data[rows] - moments.mean
            fourth += float(np.sum(np.sum((centred @ inverse) * centred, axis=1) ** 2))
        total += 0.5 * (fourth / moments.n - p) + (p if model.meanstructure else 0)
    return total


def conditional_trace(model: Model, sample: SampleMoments) -> float:
    """tr(A1^-1 B1) when some variables are fixed covariates: only the other moments count."""
    kept = incomplete_h1.kept_moments(model)
    p = len(model.observed)
    kept = kept if model.meanstructure else kept[kept >= p]
    cells = np.ix_(kept, kept)
    return sum(
        float(
            np.trace(
                np.linalg.solve(
                    incomplete_h1.complete_information(group)[cells],
                    incomplete_h1.score_variance(group)[cells],
                )
            )
        )
        for group in sample.groups
    )
