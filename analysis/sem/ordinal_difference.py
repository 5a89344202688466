"""Difference test of nested models fitted by robust weighted least squares (WLSMV, ULSMV and kin).

Satorra (2000), Scaled and adjusted restricted tests in multi-sample analysis of moment structures; shifted as
Asparouhov & Muthén (2010). With A the constraints that lead from H1 to H0 and P = Δ'WΔ,
U = Δ P⁻¹A'(A P⁻¹A')⁻A P⁻¹Δ'; the difference T0 - T1 behaves like a sum with traces tr(UΓ), tr((UΓ)²).
"""

from __future__ import annotations

import numpy as np
from scipy import linalg, stats

from analysis.results import FloatArray
from analysis.sem.inference import TestStatistic
from analysis.sem.least_squares import expected_information, score_variance
from analysis.sem.ordinal import OrdinalMethod
from analysis.sem.solution import Solution

__all__ = ["ordinal_difference"]


def ordinal_difference(less: Solution, more: Solution) -> TestStatistic:
    """Scaled and shifted test of `more` (restricted) within `less`, as lavaan's satorra.2000.

    Raises ValueError for other estimators, or when `more` has no more degrees of freedom than `less`.
    """
    method = less.prepared.method_for(less.model)
    if not isinstance(method, OrdinalMethod) or method.samples[0].gamma is None:
        raise ValueError("both models must be fitted by an ordinal estimator with an asymptotic covariance")
    df = more.standard.df - less.standard.df
    if df <= 0:
        raise ValueError(f"the second model is not more restricted than the first (df difference {df})")
    jacobians = _jacobians(less)
    information = expected_information(method.samples, jacobians)
    inverse = np.linalg.pinv(information, hermitian=True)
    path, *_ = np.linalg.lstsq(np.vstack(jacobians), np.vstack(_aligned(less, more)), rcond=None)
    constraints = linalg.null_space(path.T).T
    middle = constraints @ inverse @ constraints.T
    projector = inverse @ constraints.T @ np.linalg.pinv(middle, hermitian=True) @ constraints @ inverse
    product = projector @ score_variance(method.samples, jacobians)
    first, second = float(np.trace(product)), float((product * product.T).sum())
    difference = more.standard.statistic - less.standard.statistic
    a = float(np.sqrt(df / second))
    shift = df - a * first
    statistic = a * difference + shift
    return TestStatistic(
        name="satorra.2000",
        statistic=statistic,
        df=df,
        pvalue=float(stats.chi2.sf(statistic, df)),
        scaling_factor=1.0 / a,
        shift=shift,
        trace=first,
        trace_squared=second,
    )


def _jacobians(solution: Solution) -> list[FloatArray]:
    basis = solution.model.table.basis
    return [j @ basis for j in _method(solution).model.jacobian(solution.estimate.x)]


def _method(solution: Solution) -> OrdinalMethod:
    method = solution.prepared.method_for(solution.model)
    assert isinstance(method, OrdinalMethod)
    return method


def _aligned(less: Solution, more: Solution) -> list[FloatArray]:
    """Jacobians of `more` with their rows in the order of the moments of `less`."""
    aligned = []
    for a, b, jacobian in zip(_names(less), _names(more), _jacobians(more), strict=True):
        place = {name: k for k, name in enumerate(b)}
        if set(a) != set(b):
            raise ValueError("the models have different observed variables and are not nested")
        aligned.append(jacobian[[place[name] for name in a]])
    return aligned


def _names(solution: Solution) -> list[list[tuple[str, ...]]]:
    """What each moment is, group by group: a location, a slope, a variance or a pair."""
    found = []
    covariates = solution.model.table.variables.exogenous
    for moments in _method(solution).moments:
        continuous = [v for v, ordered in zip(moments.names, moments.ordered, strict=True) if not ordered]
        pairs = [sorted((a, b)) for i, a in enumerate(moments.names) for b in moments.names[i + 1 :]]
        names: list[tuple[str, ...]] = [("location", name) for name in moments.location_names]
        if moments.slopes is not None:
            names += [("slope", x, name) for x in covariates for name in moments.names]
        names += [("variance", name) for name in continuous]
        found.append([*names, *(("pair", a, b) for a, b in pairs)])
    return found
