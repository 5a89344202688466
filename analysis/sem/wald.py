"""Wald tests of hypotheses about labelled parameters: h'(H V H')^-1 h (Buse, 1982, Am. Statistician 36)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from analysis.results import Result
from analysis.sem.constrained import constraint_values
from analysis.sem.errors import ModelSyntaxError
from analysis.sem.fit import Fit
from analysis.sem.syntax import parse_constraints


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class WaldTest(Result):
    """statistic on df degrees of freedom: do all hypotheses hold together?"""

    hypotheses: tuple[str, ...]
    statistic: float
    df: int
    pvalue: float


def wald_test(fit: Fit, hypotheses: str) -> WaldTest:
    """Test `a == b`, `ind == 0`, … (one a line) with the fit's own covariance matrix, robust if it is robust.

    Raises ModelSyntaxError for an unknown label, and for hypotheses that repeat one another.
    """
    model, x = fit.solution.model, fit.solution.estimate.x
    constraints = parse_constraints(hypotheses)
    known = {*model.table.label_rows(), *(d.name for d in model.table.definitions)}
    for constraint in constraints:
        for name in (*constraint.lhs.labels, *constraint.rhs.labels):
            if name not in known:
                raise ModelSyntaxError(
                    f"{name!r} is not the label of a parameter", constraint.line, constraint.column
                )
    values, jacobian = constraint_values(model, constraints, x)
    covariance = jacobian @ fit.solution.inference.vcov @ jacobian.T
    scale = np.sqrt(np.maximum(np.diag(covariance), 1e-300))
    if np.linalg.matrix_rank(covariance / np.outer(scale, scale), tol=1e-8) < len(values):
        raise ModelSyntaxError("the hypotheses repeat one another, or name only fixed parameters")
    statistic = float(values @ np.linalg.solve(covariance, values))
    return WaldTest(
        hypotheses=tuple(f"{c.text[0]} == {c.text[1]}" for c in constraints),
        statistic=statistic,
        df=len(values),
        pvalue=float(stats.chi2.sf(statistic, len(values))),
    )
