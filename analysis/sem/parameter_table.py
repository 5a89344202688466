"""Statements → parameter table: every parameter of every group, fixed or free, with lavaan's defaults of
`cfa()`.

One row a parameter. Equality (by label or `==`) is a linear map: free rows = offset + basis · theta, theta
unrestricted. Defaults: first loading or latent variance fixed, residual variances, covariances among
exogenous latents and among outcomes, intercepts, thresholds (Rosseel, 2012, J. Stat. Software 48(2); Muthén,
1984, Psychometrika 49).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np

from analysis.results import FloatArray
from analysis.sem.equality import linear_form, merge_equal, null_space, shared_labels
from analysis.sem.errors import ModelSyntaxError
from analysis.sem.parameters import GROUP_EQUAL, Parameter, TableOptions
from analysis.sem.statements import Constraint, Syntax
from analysis.sem.table_defaults import apply_modifiers, in_group, one_group
from analysis.sem.variables import Variables, classify

__all__ = ["GROUP_EQUAL", "Parameter", "ParameterTable", "TableOptions", "build_table"]


@dataclass(frozen=True, kw_only=True)
class ParameterTable:
    """All rows (groups one after the other), the definitions and constraints, and the equality map.

    free_rows: row index of each free row, shape (n_free,). basis (n_free, n_theta) and offset (n_free,):
    the free rows are offset + basis @ theta. `nonlinear` are `==` constraints that no linear map can hold,
    `inequalities` the `<` and `>` ones.
    """

    rows: tuple[Parameter, ...]
    variables: Variables
    options: TableOptions
    definitions: tuple[Constraint, ...] = ()
    equalities: tuple[Constraint, ...] = ()
    nonlinear: tuple[Constraint, ...] = ()
    inequalities: tuple[Constraint, ...] = ()
    free_rows: tuple[int, ...] = ()
    basis: FloatArray = field(default_factory=lambda: np.zeros((0, 0)))
    offset: FloatArray = field(default_factory=lambda: np.zeros(0))

    @staticmethod
    def unconstrained(
        rows: tuple[Parameter, ...],
        variables: Variables,
        options: TableOptions,
        free_rows: tuple[int, ...],
    ) -> ParameterTable:
        """A table whose free rows are all distinct parameters."""
        return ParameterTable(
            rows=rows,
            variables=variables,
            options=options,
            free_rows=free_rows,
            basis=np.eye(len(free_rows)),
            offset=np.zeros(len(free_rows)),
        )

    @property
    def n_free(self) -> int:
        """Free rows, equal ones counted singly each."""
        return len(self.free_rows)

    @property
    def n_theta(self) -> int:
        """Free parameters after linear equality constraints."""
        return int(self.basis.shape[1])

    def group_rows(self, group: int) -> tuple[int, ...]:
        """Row indices of one group (from 1)."""
        return tuple(i for i, row in enumerate(self.rows) if row.group == group)

    def label_rows(self) -> dict[str, int]:
        """Label → first row that carries it; `.p3.` names the third row as in lavaan."""
        found: dict[str, int] = {}
        for index, row in enumerate(self.rows):
            found.setdefault(f".p{index + 1}.", index)
            if row.label:
                found.setdefault(row.label, index)
        return found


def build_table(
    syntax: Syntax, options: TableOptions, ordered: Mapping[str, int] | None = None
) -> ParameterTable:
    """Apply the defaults, the modifiers and the group equalities.

    ordered: ordinal variables → number of thresholds. Raises ModelSyntaxError naming line and column.
    """
    ordered = dict(ordered or {})
    unknown = [name for name in options.group_equal if name not in GROUP_EQUAL]
    if unknown:
        raise ModelSyntaxError(f"unknown group equality {unknown[0]!r}; known are {', '.join(GROUP_EQUAL)}")
    variables = classify(syntax.formulas, ordered)
    meanstructure = (
        options.meanstructure or bool(variables.ordered) or any(f.op == "~1" for f in syntax.formulas)
    )
    first = one_group(syntax.formulas, variables, options, meanstructure, ordered)
    rows = [
        in_group(row, group, variables, options) for group in range(1, options.ngroups + 1) for row in first
    ]
    apply_modifiers(rows, syntax.formulas, options.ngroups)
    for index, row in enumerate(rows):
        row.name = f".p{index + 1}."
    shared = shared_labels(rows, variables, options)
    free_rows, merge = merge_equal(rows, shared)
    return _with_constraints(tuple(rows), variables, options, syntax.constraints, free_rows, merge)


def _with_constraints(
    rows: tuple[Parameter, ...],
    variables: Variables,
    options: TableOptions,
    constraints: tuple[Constraint, ...],
    free_rows: tuple[int, ...],
    merge: FloatArray,
) -> ParameterTable:
    table = ParameterTable(rows=rows, variables=variables, options=options, free_rows=free_rows)
    labels = table.label_rows()
    known = set(labels)
    for constraint in constraints:
        for name in (*constraint.lhs.labels, *constraint.rhs.labels):
            if name not in known and not (constraint.op == ":=" and name == constraint.name):
                raise ModelSyntaxError(
                    f"{name!r} is not the label of a parameter", constraint.line, constraint.column
                )
        if constraint.op == ":=":
            if constraint.name in labels or constraint.name in constraint.rhs.labels:
                raise ModelSyntaxError(
                    f"{constraint.name!r} is already a label", constraint.line, constraint.column
                )
            known.add(constraint.name)
    equalities = tuple(c for c in constraints if c.op == "==")
    linear, nonlinear = [], []
    definitions = tuple(c for c in constraints if c.op == ":=")
    for constraint in equalities:
        coefficients = linear_form(constraint, rows, free_rows, labels, {d.name for d in definitions})
        if coefficients is None:
            nonlinear.append(constraint)
        else:
            linear.append(coefficients)
    basis, offset = merge, np.zeros(len(free_rows))
    if linear:
        basis, offset = null_space(np.array([c for c, _ in linear]), np.array([b for _, b in linear]), merge)
    return ParameterTable(
        rows=rows,
        variables=variables,
        options=options,
        definitions=definitions,
        equalities=equalities,
        nonlinear=tuple(nonlinear),
        inequalities=tuple(c for c in constraints if c.op in "<>"),
        free_rows=free_rows,
        basis=basis,
        offset=offset,
    )
