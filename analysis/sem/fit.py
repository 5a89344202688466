"""`fit()`: lavaan syntax and a data frame in, a `Fit` out. One path for every estimator.

Trouble in estimation is a status and a list of named problems, never an exception and never a silent NaN.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.results import FloatArray, Result, plain
from analysis.sem import admissibility
from analysis.sem.errors import DataError
from analysis.sem.inference import Inference
from analysis.sem.prepared import Request
from analysis.sem.solution import Solution, solve
from analysis.sem.standardize import standardize

Status = Literal["ok", "not_converged", "not_identified", "inadmissible"]
LEVEL = 0.95


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Fit(Result):
    """A fitted model. `solution` keeps what later questions (scores, indices, tests) need; it is not
    exported.

    usable: converged, identified and admissible. problems: what is wrong, each naming parameter, item or
    group. parameters: one row a parameter, in lavaan's columns; fit: lavaan's fit measures by name, None
    where undefined.
    """

    estimator: str
    missing: str
    converged: bool
    status: Status
    problems: tuple[str, ...]
    nobs: tuple[int, ...]
    npar: int
    group_labels: tuple[str, ...]
    parameters: pd.DataFrame
    fit: dict[str, float | None]
    solution: Solution = field(repr=False)

    @property
    def usable(self) -> bool:
        """May these estimates be used?"""
        return self.status == "ok"

    def to_dict(self) -> dict[str, Any]:
        """All fields but the solution as JSON-ready data."""
        names = [f.name for f in dataclasses.fields(self) if f.name != "solution"]
        return {name: plain(getattr(self, name)) for name in names} | {"usable": self.usable}

    def to_frame(self) -> pd.DataFrame:
        """The parameter table."""
        return self.parameters


def fit(
    model: str,
    data: pd.DataFrame,
    *,
    estimator: str = "ML",
    ordered: Sequence[str] = (),
    missing: str = "listwise",
    group: str | None = None,
    group_equal: Sequence[str] = (),
    group_partial: Sequence[str] = (),
    std_lv: bool = False,
    orthogonal: bool = False,
    meanstructure: bool | None = None,
    parameterization: str = "delta",
    fixed_x: bool | None = None,
) -> Fit:
    """Fit a structural equation model.

    model: lavaan syntax. estimator: ML, MLM, MLR, GLS, ULS, DWLS, WLS, WLSM, WLSMV, ULSMV (any case).
    missing: listwise, fiml (ML and MLR), pairwise (ordinal). group: a column; groups are numbered by first
    appearance. fixed_x: are the moments of observed covariates fixed (default: lavaan's, yes but for GLS and
    ULS)? Raises ModelSyntaxError (line, column) and DataError (the column or group at fault).
    """
    request = Request(
        model=model,
        estimator=estimator.upper(),
        ordered=tuple(ordered),
        missing=missing,
        group=group,
        group_equal=tuple(group_equal),
        group_partial=tuple(group_partial),
        std_lv=std_lv,
        orthogonal=orthogonal,
        meanstructure=meanstructure,
        parameterization=parameterization,
        fixed_x=fixed_x,
    )
    return report(solve(request, data))


def report(solution: Solution) -> Fit:
    """Turn a solution into the result a reader sees."""
    inference = solution.inference
    problems = admissibility.problems(solution)
    status: Status = "ok"
    if not solution.estimate.converged:
        status = "not_converged"
    elif inference.unidentified or solution.standard.df < 0:
        status = "not_identified"
    elif problems:
        status = "inadmissible"
    frame = parameter_frame(solution, inference)
    defined = status in ("ok", "inadmissible")
    std_all = frame["std_all"].to_numpy(dtype=np.float64)
    remarks = admissibility.remarks(solution, std_all) if defined else ()
    measures = solution.measures() if defined else solution.counts()
    return Fit(
        estimator=solution.request.estimator,
        missing=solution.request.missing,
        converged=solution.estimate.converged,
        status=status,
        problems=problems,
        nobs=tuple(solution.nobs),
        npar=inference.npar,
        group_labels=solution.labels,
        parameters=frame,
        fit={k: (float(v) if math.isfinite(v) else None) for k, v in measures.items()},
        warnings=(*solution.warnings, *remarks),
        solution=solution,
    )


def parameter_frame(solution: Solution, inference: Inference) -> pd.DataFrame:
    """One row a parameter and definition, with lavaan's columns. A fixed row has se 0 and no z or p."""
    model, table = solution.model, solution.model.table
    x = solution.estimate.x
    estimates = solution.row_estimates()
    vcov = inference.vcov
    free = np.array(table.free_rows, dtype=np.int64)
    se = np.zeros(len(table.rows))
    held = np.abs(solution.model.table.basis).max(axis=1, initial=0.0) < 1e-8
    se[free] = np.where(held, 0.0, _roots(np.diag(vcov), 1e-16 * estimates[free] ** 2))
    lv, lv_jacobian = standardize(model, x, estimates, observed=False)
    std, std_jacobian = standardize(model, x, estimates, observed=True)
    std_se = _delta_se(std_jacobian, np.nan_to_num(vcov), least=1e-16)
    if np.isnan(vcov).any():
        std_se = np.where(np.abs(std_jacobian).sum(axis=1) > 0, np.nan, 0.0)
    records = [
        {
            "lhs": row.lhs,
            "op": row.op,
            "rhs": row.rhs,
            "group": row.group,
            "label": row.label,
            "free": row.free,
            "est": estimates[i],
            "se": se[i],
            "std_lv": lv[i],
            "std_all": std[i],
            "std_all_se": std_se[i],
        }
        for i, row in enumerate(table.rows)
    ]
    records += _definitions(solution, lv[free], std[free], std_jacobian[free], lv_jacobian[free])
    frame = pd.DataFrame.from_records(records)
    return with_intervals(frame)


def _definitions(
    solution: Solution, lv: FloatArray, std: FloatArray, std_jacobian: FloatArray, lv_jacobian: FloatArray
) -> list[dict[str, Any]]:
    """Rows of `:=`: value, delta-method standard error, and the same at the standardised estimates."""
    vcov = np.nan_to_num(solution.inference.vcov, nan=np.nan)
    values, jacobian = solution.definitions(solution.estimate.x)
    lv_values, _ = solution.definitions(lv)
    std_values, std_slopes = solution.definitions(std)
    chained = std_slopes @ std_jacobian
    records = []
    for k, definition in enumerate(solution.model.table.definitions):
        records.append(
            {
                "lhs": definition.name,
                "op": ":=",
                "rhs": definition.text[1],
                "group": 0 if solution.model.n_groups > 1 else 1,
                "label": definition.name,
                "free": False,
                "est": values[k],
                "se": _delta_se(jacobian[[k]], vcov)[0],
                "std_lv": lv_values[k],
                "std_all": std_values[k],
                "std_all_se": _delta_se(chained[[k]], vcov, least=1e-16)[0],
            }
        )
    return records


def with_intervals(frame: pd.DataFrame) -> pd.DataFrame:
    """Add z, two-sided p and the 95 % normal interval, in lavaan's column order."""
    se = frame["se"].to_numpy(dtype=np.float64)
    est = frame["est"].to_numpy(dtype=np.float64)
    with np.errstate(all="ignore"):
        z = np.where(se > 0, est / np.where(se > 0, se, 1.0), np.nan)
    half = stats.norm.ppf((1 + LEVEL) / 2) * se
    columns = {
        "z": z,
        "pvalue": 2.0 * stats.norm.sf(np.abs(z)),
        "ci_lower": est - half,
        "ci_upper": est + half,
    }
    order = "lhs op rhs group label free est se z pvalue ci_lower ci_upper std_lv std_all std_all_se"
    return frame.assign(**columns)[order.split()]


def _delta_se(jacobian: FloatArray, vcov: FloatArray, *, least: float = 0.0) -> FloatArray:
    """Delta-method standard errors; (m, k) slopes, (k, k) covariance matrix.

    What cancels is zero: rounding is judged against the terms that are summed, whatever their units.
    least: a variance below which there is none, where the values have no unit.
    """
    terms = np.einsum("ij,jk,ik->i", np.abs(jacobian), np.abs(vcov), np.abs(jacobian))
    return _roots(np.einsum("ij,jk,ik->i", jacobian, vcov, jacobian), np.maximum(1e-15 * terms, least))


def _roots(variances: FloatArray, noise: FloatArray) -> FloatArray:
    """Square roots; what is within noise of zero counts as zero, a truly negative variance as NaN."""
    clean = np.where(np.abs(variances) < noise, 0.0, variances)
    return np.sqrt(np.where(clean < 0, np.nan, clean))


__all__ = ["DataError", "Fit", "fit", "parameter_frame", "report", "with_intervals"]
