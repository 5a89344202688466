"""The unrestricted model (H1): how many moments, and the traces that robust tests compare the model with."""

from __future__ import annotations

import numpy as np

from analysis.results import FloatArray
from analysis.sem import incomplete_h1
from analysis.sem.model import Model
from analysis.sem.moments import SampleMoments


def count_moments(model: Model) -> int:
    """Moments of one group: variances and covariances (and means), without those among fixed covariates."""
    p, x = len(model.observed), len(model.table.variables.exogenous) if model.table.options.fixed_x else 0
    count = p * (p + 1) // 2 - x * (x + 1) // 2
    return count + (p - x if model.meanstructure else 0)


def weighted_gamma_trace(model: Model, sample: SampleMoments, x: FloatArray) -> float:
    """tr(V Γ) with V the normal-theory weight at the model and Γ the distribution-free covariance of the moments.

    = mean of z'Vz over rows, z = moments about the sample mean minus s: ½[d² - 2 y'VSVy + tr(VSVS)] (+ d with means).
    """
    total = 0.0
    for group, moments in enumerate(sample.groups):
        inverse = np.linalg.inv(model.structure(x, group).cov)
        centred = moments.data - moments.mean
        projected = centred @ inverse
        distance = np.sum(projected * centred, axis=1)
        product = inverse @ moments.cov
        cross = np.sum((projected @ moments.cov) * projected, axis=1)
        terms = 0.5 * (distance**2 - 2.0 * cross + float(np.sum(product * product.T)))
        if model.meanstructure:
            terms = terms + distance
        total += float(terms.mean())
    return total


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
