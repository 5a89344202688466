"""Chi-square difference tests of nested models, plain and scaled.

Satorra (2000): traces of UΓ over the constraints that separate the models, scaled and shifted as lavaan
does; Satorra & Bentler (2001): from the two scaling factors, can turn negative; Satorra & Bentler (2010):
cannot, needs the larger model at the estimates of the smaller.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import linalg, stats

from analysis.results import FloatArray, Result
from analysis.sem import fit_indices
from analysis.sem.constrained import tangent_basis
from analysis.sem.errors import DataError
from analysis.sem.fit import Fit
from analysis.sem.inference import invert_information
from analysis.sem.normal_theory import NormalMethod, cross_product
from analysis.sem.ordinal import OrdinalMethod
from analysis.sem.ordinal_difference import ordinal_difference
from analysis.sem.solution import Solution

METHODS = ("default", "standard", "satorra.bentler.2001", "satorra.bentler.2010", "satorra.2000")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModelComparison(Result):
    """Nested models from the least to the most restricted; each row is tested against the one before.

    table: name, df, aic, bic, chisq (unscaled), chisq_diff, df_diff, pvalue, rmsea_diff (unscaled test
    only), scaling_factor.
    """

    method: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table


def compare(*fits: Fit, method: str = "default", names: Sequence[str] = ()) -> ModelComparison:
    """Difference tests of two or more nested fits to the same data by the same estimator.

    method: default is lavaan's (unscaled for ML, GLS, ULS; satorra.bentler.2001 for MLM, MLR; satorra.2000
    shifted for ordinal estimators). Raises DataError when the fits cannot be compared.
    """
    if method not in METHODS:
        raise DataError(f"unknown difference test {method!r}; known are {', '.join(METHODS)}")
    check_comparable(fits)
    labels = list(names) or [f"model {i + 1}" for i in range(len(fits))]
    order = sorted(range(len(fits)), key=lambda i: fits[i].solution.standard.df)
    chosen = default_method(fits[0].solution) if method == "default" else method
    records: list[dict[str, object]] = []
    for place, index in enumerate(order):
        fit = fits[index]
        record: dict[str, object] = {
            "name": labels[index],
            "df": fit.solution.standard.df,
            "aic": fit.fit.get("aic"),
            "bic": fit.fit.get("bic"),
            "chisq": fit.solution.standard.statistic,
        }
        if place:
            record |= difference_test(fits[order[place - 1]].solution, fit.solution, chosen)
        records.append(record)
    columns = ["name", "df", "aic", "bic", "chisq", "chisq_diff", "df_diff", "pvalue"]
    columns += ["rmsea_diff", "scaling_factor"]
    return ModelComparison(method=chosen, table=pd.DataFrame.from_records(records).reindex(columns=columns))


def check_comparable(fits: Sequence[Fit]) -> None:
    """Raise DataError unless the fits share data, variables, estimator and have all converged."""
    if len(fits) < 2:
        raise DataError("a comparison needs at least two fits")
    first = fits[0]
    for fit in fits:
        if not fit.converged or fit.status == "not_identified":
            raise DataError(f"a model cannot be compared: {'; '.join(fit.problems)}")
        if (fit.nobs, fit.estimator, fit.missing) != (first.nobs, first.estimator, first.missing):
            raise DataError("the models were fitted to different data or by different estimators")
        if set(fit.solution.model.observed) != set(first.solution.model.observed):
            raise DataError("the models have different observed variables and are not nested")
        if fit.solution.model.meanstructure != first.solution.model.meanstructure:
            raise DataError("only some of the models have a mean structure")


def default_method(solution: Solution) -> str:
    """lavaan's choice for the estimator."""
    if solution.inference.scaled is None:
        return "standard"
    return "satorra.2000" if solution.inference.scaled.name == "scaled.shifted" else "satorra.bentler.2001"


def difference_test(less: Solution, more: Solution, method: str) -> dict[str, float]:
    """Test of `more` restricted against `less`: chisq_diff, df_diff, pvalue and what the method adds."""
    df = more.standard.df - less.standard.df
    difference = more.standard.statistic - less.standard.statistic
    if df == 0:
        return {"chisq_diff": difference, "df_diff": 0, "pvalue": math.nan}
    if method == "standard":
        groups, n = less.model.n_groups, sum(less.nobs)
        return _tested(difference, df) | {"rmsea_diff": fit_indices.rmsea(difference, df, n, groups)}
    if method == "satorra.2000":
        if isinstance(less.prepared.method_for(less.model), OrdinalMethod):
            test = ordinal_difference(less, more)
            return _tested(test.statistic, df) | {"scaling_factor": test.scaling_factor}
        first, second = satorra_traces(less, more)
        a = math.sqrt(df / second)
        return _tested(a * difference + df - a * first, df) | {"scaling_factor": 1.0 / a}
    factor = _satorra_bentler_factor(less, more, df, at_restricted=method == "satorra.bentler.2010")
    if factor <= 0 or math.isnan(factor):
        return {"chisq_diff": math.nan, "df_diff": df, "pvalue": math.nan, "scaling_factor": factor}
    return _tested(difference / factor, df) | {"scaling_factor": factor}


def _tested(statistic: float, df: int) -> dict[str, float]:
    return {"chisq_diff": statistic, "df_diff": df, "pvalue": float(stats.chi2.sf(statistic, df))}


def _scaling(solution: Solution) -> float:
    """c of a fit; 1 for a saturated model."""
    if solution.standard.df == 0:
        return 1.0
    if solution.inference.scaled is None:
        raise DataError("a scaled difference test needs an estimator with a scaled statistic (MLM, MLR)")
    return solution.inference.scaled.scaling_factor


def _satorra_bentler_factor(less: Solution, more: Solution, df: int, *, at_restricted: bool) -> float:
    """(df0·c0 - df1·c1)/(df0 - df1), c1 at its own estimates (2001) or at those of the restricted model
    (2010).
    """
    own = _scaling_at(less, restricted_values(less, more)) if at_restricted else _scaling(less)
    return (more.standard.df * _scaling(more) - less.standard.df * own) / df


def restricted_values(less: Solution, more: Solution) -> FloatArray:
    """Free rows of the larger model at the estimates of the smaller; DataError when a row has no
    counterpart.
    """
    values = dict(
        zip(((r.lhs, r.op, r.rhs, r.group) for r in more.model.table.rows), more.row_estimates(), strict=True)
    )
    x = []
    for index in less.model.table.free_rows:
        row = less.model.table.rows[index]
        key = (row.lhs, row.op, row.rhs, row.group)
        if key not in values and row.op not in ("=~", "~", "~~"):
            raise DataError(f"{row.title} has no counterpart in the restricted model")
        x.append(values.get(key, 0.0))
    return np.array(x)


def _scaling_at(solution: Solution, x: FloatArray) -> float:
    """Scaling factor of a model at other estimates than its own."""
    if solution.standard.df == 0:
        return 1.0
    model = solution.model
    method = solution.prepared.method_for(model)
    basis = tangent_basis(model, x)
    inverse, _ = invert_information(basis.T @ method.information(x) @ basis, basis)
    if inverse is None:
        raise DataError("the information of the larger model is singular at the restricted estimates")
    test = method.scaled_test(x, basis @ inverse @ basis.T, solution.standard, basis.shape[1])
    return math.nan if test is None else test.scaling_factor


def satorra_traces(less: Solution, more: Solution) -> tuple[float, float]:
    """tr(UΓ) and tr((UΓ)²) of the constraints, U = V Δ P^-1 A'(A P^-1 A')^- A P^-1 Δ' V, at the larger
    model.
    """
    model, x = less.model, less.estimate.x
    method = less.prepared.method_for(model)
    if not isinstance(method, NormalMethod) or not method.sample.complete:
        raise DataError("satorra.2000 needs complete data and a likelihood or ordinal estimator")
    basis = tangent_basis(model, x)
    own = np.concatenate(model.jacobian(x)) @ basis
    other = np.concatenate(more.model.jacobian(more.estimate.x)) @ tangent_basis(more.model, more.estimate.x)
    path = np.linalg.pinv(own) @ align_moments(less, more) @ other
    constraints = linalg.null_space(path.T).T @ np.linalg.pinv(basis)
    inverse = less.inference.inverse_information
    middle = constraints @ inverse @ constraints.T
    projector = inverse @ constraints.T @ np.linalg.pinv(middle, hermitian=True) @ constraints @ inverse
    product = projector @ cross_product(model, method.sample, x, about_sample=True)
    return float(np.trace(product)), float(np.sum(product * product.T))


def align_moments(less: Solution, more: Solution) -> FloatArray:
    """Permutation from the moment order of `more` to that of `less`, for models that name items in another
    order.
    """
    p = len(less.model.observed)
    place = [more.model.observed.index(name) for name in less.model.observed]
    mark = np.arange(1.0, p * p + 1).reshape(p, p)
    mark = np.tril(mark) + np.tril(mark, -1).T
    order = less.model.moment_vector(-np.arange(1.0, p + 1), mark, np.zeros(0))
    mean, cov = np.zeros(p), np.zeros((p, p))
    mean[place] = -np.arange(1.0, p + 1)
    cov[np.ix_(place, place)] = mark
    theirs = more.model.moment_vector(mean, cov, np.zeros(0))
    one = (order[:, None] == theirs[None, :]).astype(np.float64)
    return np.asarray(linalg.block_diag(*[one] * less.model.n_groups))
