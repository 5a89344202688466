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
        centred = moments.data - moments.mean
        fitted = covariate_fit(model, centred)
        own = np.sum((centred @ inverse) * centred, axis=1)
        both = np.sum((centred @ inverse) * fitted, axis=1)
        explained = np.sum((fitted @ inverse) * fitted, axis=1)
        centre = inverse @ (moments.cov - fitted.T @ fitted / moments.n)
        terms = 0.5 * (own**2 - 2.0 * both**2 + explained**2 - float(np.sum(centre * centre.T)))
        if model.meanstructure:
            left_over = centred - fitted
            terms = terms + np.sum((left_over @ inverse) * left_over, axis=1)
        total += float(terms.mean())
    return total


def covariate_fit(model: Model, centred: FloatArray) -> FloatArray:
    """Regression of centred rows (n, p) on the fixed covariates among their columns; zeros without
    covariates.
    """
    fitted = np.zeros_like(centred)
    places = [model.observed.index(name) for name in model.covariates]
    if places:
        covariates = centred[:, places]
        fitted[:] = covariates @ np.linalg.lstsq(covariates, centred, rcond=None)[0]
    return fitted


def first_order_trace(model: Model, sample: SampleMoments) -> float:
    """tr(A1^-1 B1) of the unrestricted model at the sample moments; complete data: from Mardia's kurtosis."""
    total = 0.0
    for moments in sample.groups:
        p = len(moments.mean)
        centred = moments.data - moments.mean
        distance = np.sum(np.linalg.solve(moments.cov, centred.T).T * centred, axis=1)
        total += 0.5 * (float((distance**2).mean()) - p) + (p if model.meanstructure else 0)
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
