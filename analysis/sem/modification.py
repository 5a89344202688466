"""What would improve a model: modification indices with expected change, score tests of equality constraints.

MI = N s² / V, with s the slope of a parameter that is fixed or absent and V its information after the free
parameters are taken out (Sörbom, 1989, Psychometrika 54); EPC = s / V (Saris, Satorra & Sörbom, 1987).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from analysis.results import FloatArray, Result
from analysis.sem.fit import Fit
from analysis.sem.least_squares import MomentDiscrepancy
from analysis.sem.model import Model
from analysis.sem.parameter_table import Parameter, ParameterTable
from analysis.sem.solution import Solution
from analysis.sem.standardize import standardize

__all__ = ["ModificationIndices", "ScoreTests", "modification_indices", "score_tests"]

SMALLEST_INFORMATION = float(np.finfo(float).eps ** (1.0 / 3.0))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ModificationIndices(Result):
    """table: lhs, op, rhs, group, mi, epc, sepc_lv, sepc_all, largest index first.

    mi is the expected drop of chi-square, epc the expected value of the parameter once free; sepc_*: the same
    standardised by latents, or by latents and observed variables.
    """

    estimator: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def to_text(self, rows: int = 20) -> str:
        """The largest indices as a table."""
        head = f"Modification indices ({self.estimator}), {min(rows, len(self.table))} of {len(self.table)}"
        return f"{head}\n\n{self.table.head(rows).to_string(index=False, float_format='%.3f')}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreTests(Result):
    """Tests of the equality constraints.

    table: lhs, op, rhs, group (of the row held equal), held_to (the group it is held to), statistic (expected
    drop of chi-square if that one constraint went), pvalue. total, df, pvalue: all constraints together.
    """

    total: float
    df: int
    pvalue: float
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def to_text(self) -> str:
        """The joint test and the single ones."""
        head = f"Score tests of {self.df} equalities together: {self.total:.3f}, p = {self.pvalue:.4f}"
        return f"{head}\n\n{self.table.to_string(index=False, float_format='%.3f')}"


def modification_indices(fit: Fit, *, minimum: float = 0.0) -> ModificationIndices:
    """Indices of every parameter that the model fixes or leaves out, as lavaan's modindices().

    Candidates: cross-loadings, residual covariances, covariances of latents, paths among variables already in
    regressions, intercepts and thresholds where a mean structure is modelled. One that the data cannot
    identify beside the free ones is left out. minimum: smallest index listed.
    """
    solution = fit.solution
    extended, x, added = _extended(solution)
    score, information, n = _score_and_information(solution, extended, x)
    size = solution.model.table.n_free
    old, new = np.arange(size), np.arange(size, len(x))
    inverse = _constrained_inverse(information[np.ix_(old, old)], solution.model.table.basis)
    cross = information[np.ix_(new, old)]
    remaining = np.diag(information)[new] - np.einsum("ij,jk,ik->i", cross, inverse, cross)
    known = remaining > SMALLEST_INFORMATION
    with np.errstate(divide="ignore", invalid="ignore"):
        epc = np.where(known, score[new] / remaining, np.nan)
    mi = n * score[new] * epc
    rows = [extended.table.rows[i] for i in added]
    sepc_lv, sepc_all = _standardised_changes(solution, extended, x, added, epc)
    table = pd.DataFrame(
        {
            "lhs": [r.lhs for r in rows],
            "op": [r.op for r in rows],
            "rhs": [r.rhs for r in rows],
            "group": [r.group for r in rows],
            "mi": mi,
            "epc": epc,
            "sepc_lv": sepc_lv,
            "sepc_all": sepc_all,
        }
    )
    table = table[known & (table["mi"].to_numpy() >= minimum)]
    table = table.sort_values("mi", ascending=False, kind="stable").reset_index(drop=True)
    return ModificationIndices(estimator=fit.estimator, table=table, warnings=fit.problems)


def score_tests(fit: Fit) -> ScoreTests:
    """Score test of each equality constraint between two rows, as lavaan's lavTestScore().

    A constraint ties a row to the first row of its set. Raises ValueError for a model without any.
    """
    solution = fit.solution
    table = solution.model.table
    pairs = equal_pairs(table)
    if not pairs:
        raise ValueError("the model has no equality constraint to test")
    free = Model(
        ParameterTable.unconstrained(table.rows, table.variables, table.options, table.free_rows),
        solution.model.fixed,
    )
    score, information, n = _score_and_information(solution, free, solution.estimate.x)
    total = n * float(score @ np.linalg.pinv(information, hermitian=True) @ score)
    records = []
    for later, first in pairs:
        basis = _released_basis(table, later)
        inverse = _constrained_inverse(information, basis)
        statistic = n * float(score @ inverse @ score)
        row, reference = table.rows[table.free_rows[later]], table.rows[table.free_rows[first]]
        records.append(
            {
                "lhs": row.lhs,
                "op": row.op,
                "rhs": row.rhs,
                "group": row.group,
                "held_to": reference.group,
                "statistic": statistic,
                "pvalue": float(stats.chi2.sf(statistic, 1)),
            }
        )
    return ScoreTests(
        total=total,
        df=len(pairs),
        pvalue=float(stats.chi2.sf(total, len(pairs))),
        table=pd.DataFrame.from_records(records),
    )


def equal_pairs(table: ParameterTable) -> list[tuple[int, int]]:
    """Positions (later, first) among the free rows of rows that one parameter stands for."""
    pairs = []
    seen: dict[bytes, int] = {}
    for position, weights in enumerate(table.basis):
        if np.count_nonzero(weights) != 1:
            continue
        first = seen.setdefault(weights.tobytes(), position)
        if first != position:
            pairs.append((position, first))
    return pairs


def _released_basis(table: ParameterTable, position: int) -> FloatArray:
    """The equality map with one free row on its own."""
    basis = np.column_stack([table.basis, np.zeros(table.n_free)])
    basis[position] = 0.0
    basis[position, -1] = 1.0
    return basis


def _score_and_information(
    solution: Solution, model: Model, x: FloatArray
) -> tuple[FloatArray, FloatArray, int]:
    """Slope of the fit function and expected information per observation at x, and lavaan's N."""
    method, n = solution.prepared.method_for(model), sum(solution.nobs)
    discrepancy = method.discrepancy()
    _, gradient, approximate = discrepancy.slopes(x)
    least_squares = isinstance(discrepancy, MomentDiscrepancy)
    information = method.information(x) if least_squares else 0.5 * approximate
    return -0.5 * method.n / n * gradient, information, n


def _constrained_inverse(information: FloatArray, basis: FloatArray) -> FloatArray:
    """B (B'IB)⁻¹ B'."""
    return np.asarray(basis @ np.linalg.pinv(basis.T @ information @ basis, hermitian=True) @ basis.T)


def _extended(solution: Solution) -> tuple[Model, FloatArray, list[int]]:
    """The model with every candidate freed at its present value, its free vector, the candidates' rows."""
    table = solution.model.table
    present = {(r.lhs, r.op, r.rhs, r.group): i for i, r in enumerate(table.rows)}
    present |= {(r.rhs, r.op, r.lhs, r.group): i for i, r in enumerate(table.rows) if r.op == "~~"}
    rows = list(table.rows)
    candidates: list[int] = []
    for group in range(1, table.options.ngroups + 1):
        for lhs, op, rhs in _elements(table):
            place = present.get((lhs, op, rhs, group))
            if place is None:
                rows.append(Parameter(lhs, op, rhs, group, value=0.0))
                candidates.append(len(rows) - 1)
            elif not rows[place].free and not rows[place].exogenous:
                candidates.append(place)
    fixed = np.concatenate(
        [solution.model.row_values(solution.estimate.x), np.zeros(len(rows) - len(table.rows))]
    )
    free_rows = (*table.free_rows, *candidates)
    extended = ParameterTable.unconstrained(tuple(rows), table.variables, table.options, free_rows)
    return Model(extended, fixed), fixed[list(free_rows)], candidates


def _elements(table: ParameterTable) -> list[tuple[str, str, str]]:
    """All parameters that could be in the model, in lavaan's order."""
    variables = table.variables
    regressions = [r for r in table.rows if r.op == "~" and r.group == 1]
    in_paths = list(dict.fromkeys([r.lhs for r in regressions] + [r.rhs for r in regressions]))
    indicators = {r.rhs for r in table.rows if r.op == "=~"}
    latent, observed = variables.latent, variables.not_exogenous
    measured = [v for v in observed if v in indicators]
    found = [(f, "=~", v) for f in latent for v in observed if v not in in_paths]
    found += _covariances(measured) + _covariances(latent)
    outcomes = [v for v in in_paths if v not in variables.exogenous or not variables.ordered]
    found += [
        (a, "~", b) for a in outcomes for b in in_paths if a != b and not (a in indicators and b in latent)
    ]
    if any(r.op == "~1" for r in table.rows):
        found += [(v, "~1", "") for v in (*variables.observed, *latent)]
    found += [(r.lhs, "|", r.rhs) for r in table.rows if r.op == "|" and r.group == 1]
    if table.options.ngroups > 1:
        found += [(v, "~*~", v) for v in variables.ordered]
    return found


def _covariances(names: Sequence[str]) -> list[tuple[str, str, str]]:
    return [(a, "~~", b) for i, a in enumerate(names) for b in names[i:]]


def _standardised_changes(
    solution: Solution, extended: Model, x: FloatArray, added: Sequence[int], epc: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Expected changes in standard deviations of latents, and of latents and observed variables.

    The deviations are those of the fitted model; for a variance its own value stands in, as in lavaan.
    """
    estimates = extended.row_values(x)
    old = solution.model.table
    estimates[: len(old.rows)] = solution.row_estimates()
    for row, change in zip(added, epc, strict=True):
        parameter = extended.table.rows[row]
        if parameter.op != "~~" or parameter.lhs != parameter.rhs:
            estimates[row] = change
    lv, _ = standardize(extended, x, estimates, observed=False)
    everything, _ = standardize(extended, x, estimates, observed=True)
    return lv[list(added)], everything[list(added)]
