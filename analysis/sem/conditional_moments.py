"""Statistics of ordinal items given covariates: thresholds, slopes, residual correlations, their covariance.

What lavaan fits when an ordinal model has observed exogenous predictors (conditional.x). Muthén (1984),
Psychometrika 49, 115-132, case with x.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.results import FloatArray
from analysis.sem.asymptotic_covariance import two_step_covariance
from analysis.sem.errors import DataError
from analysis.sem.first_step import first_step
from analysis.sem.ordered_probit import Probit, fit_probit, pair_scores, residual_correlation
from analysis.sem.ordinal_moments import OrdinalMoments, pairs_beyond

__all__ = ["conditional_moments"]


def conditional_moments(
    values: FloatArray,
    covariates: FloatArray,
    names: Sequence[str],
    levels: Sequence[FloatArray | None],
    *,
    gamma: bool = True,
    group: str = "",
) -> OrdinalMoments:
    """As `ordinal_moments`, of ordinal items (n, p) given covariates (n, q) without missing values.

    `vector` holds thresholds, slopes (all items on the first covariate, then the second, ...) and residual
    correlations. Raises DataError for a continuous variable among the responses.
    """
    continuous = [name for name, level in zip(names, levels, strict=True) if level is None]
    if continuous:
        raise DataError(
            f"continuous responses ({', '.join(continuous)}) beside ordinal ones cannot be modelled given "
            "covariates; make the covariates random (give them a variance in the model)"
        )
    if len(values) <= covariates.shape[1] + 1:
        raise DataError(f"too few rows ({len(values)}) for {covariates.shape[1]} covariates{group}")
    first = first_step(values, names, levels, group)
    centre, spread = covariates.mean(axis=0), covariates.std(axis=0)
    if np.any(spread == 0):
        raise DataError(f"a covariate is constant{group}")
    scaled = (covariates - centre) / spread
    probits = [
        fit_probit(first.codes[:, i], scaled, first.locations[i], name) for i, name in enumerate(names)
    ]
    p = len(names)
    lower, upper = np.triu_indices(p, 1)
    rho = np.array([residual_correlation(probits[a], probits[b]) for a, b in zip(lower, upper, strict=True)])
    cuts = [f.thresholds + float(f.slopes @ (centre / spread)) for f in probits]
    slopes = np.array([f.slopes / spread for f in probits])
    correlation = np.eye(p)
    correlation[lower, upper] = correlation[upper, lower] = rho
    return OrdinalMoments(
        names=tuple(names),
        ordered=first.ordered,
        nobs=len(values),
        locations=np.concatenate(cuts),
        location_variable=np.repeat(np.arange(p), [len(c) for c in cuts]),
        location_names=tuple(f"{names[i]}|t{k + 1}" for i in range(p) for k in range(len(cuts[i]))),
        covariance=correlation,
        vector=np.concatenate([*cuts, slopes.T.ravel(), rho]),
        gamma=_gamma(probits, covariates, rho) if gamma else None,
        empty_tables=(),
        perfect=pairs_beyond(rho, 0.99, names),
        identical=pairs_beyond(rho, 0.9985, names),
        slopes=slopes,
    )


def _gamma(probits: Sequence[Probit], covariates: FloatArray, rho: FloatArray) -> FloatArray:
    """N times the covariance of (thresholds, slopes, residual correlations) from casewise scores."""
    n, q = covariates.shape
    p, cuts = len(probits), [len(f.thresholds) for f in probits]
    starts, total = np.concatenate([[0], np.cumsum(cuts)]), sum(cuts)
    columns = [
        np.concatenate([np.arange(starts[i], starts[i + 1]), total + i + p * np.arange(q)]) for i in range(p)
    ]
    size = total + p * q
    scores = np.zeros((n, size + len(rho)))
    for own, probit in zip(columns, probits, strict=True):
        by_cut = probit.scores[:, : len(probit.thresholds)]
        scores[:, own] = np.hstack([by_cut, -covariates * by_cut.sum(axis=1)[:, None]])
    cross = np.zeros((len(rho), size))
    for k, (a, b) in enumerate(zip(*np.triu_indices(p, 1), strict=True)):
        pair = pair_scores(probits[int(a)], probits[int(b)], covariates, float(rho[k]))
        scores[:, size + k] = pair.rho
        for item, own in zip((a, b), pair.own, strict=True):
            cross[k, columns[item]] += pair.rho @ own
    return np.asarray(n * two_step_covariance(scores.T @ scores, cross, columns))
