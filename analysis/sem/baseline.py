"""The independence model: variances (and means, thresholds) free, all covariances zero but those of fixed
covariates.
"""

from __future__ import annotations

from collections.abc import Mapping

from analysis.sem.parameter_table import ParameterTable, TableOptions, build_table
from analysis.sem.statements import Formula, Modifiers, Syntax


def independence_table(table: ParameterTable, ordered: Mapping[str, int] | None = None) -> ParameterTable:
    """The parameter table of the baseline for the variables and groups of `table`."""
    variables = table.variables
    means = any(row.op == "~1" for row in table.rows)
    fixed = {row.lhs for row in table.rows if row.exogenous}
    nothing = Modifiers()
    formulas = [Formula(v, "~~", v, nothing, 0, 0) for v in variables.observed]
    formulas += [
        Formula(a, "~~", b, nothing, 0, 0)
        for i, a in enumerate(variables.observed)
        for b in variables.observed[i + 1 :]
        if {a, b} <= set(variables.exogenous)
    ]
    if variables.ordered:
        one = Modifiers(fixed=(1.0,))
        formulas = [
            Formula(f.lhs, f.op, f.rhs, one if f.lhs in variables.ordered else nothing, 0, 0)
            for f in formulas
        ]
    options = TableOptions(
        ngroups=table.options.ngroups,
        meanstructure=means,
        fixed_x=False,
        parameterization="delta",
    )
    built = build_table(Syntax(tuple(formulas)), options, ordered)
    for row in built.rows:
        if row.lhs in fixed and (row.op == "~1" or row.rhs in fixed):
            row.free, row.exogenous = False, True
    return rebuild_free(built)


def rebuild_free(table: ParameterTable) -> ParameterTable:
    """The same rows with the free ones counted anew and no equality between them."""
    free_rows = tuple(i for i, row in enumerate(table.rows) if row.free)
    return ParameterTable.unconstrained(table.rows, table.variables, table.options, free_rows)
