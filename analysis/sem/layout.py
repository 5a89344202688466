"""Where each parameter lives: matrix, row and column; and which observed variables act as latents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np

from analysis.results import IntArray
from analysis.sem.errors import ModelSyntaxError
from analysis.sem.parameter_table import Parameter, ParameterTable


@dataclass(frozen=True, kw_only=True)
class Layout:
    """Where each row of one group lives.

    observed (p names), latent (m names, stand-ins of observed variables last); rows: indices into the table;
    matrix, row, column: the cell of each of them. free: position in the free vector, -1 when fixed.
    threshold_of: variable index of each threshold, in the order of the variables.
    """

    observed: tuple[str, ...]
    latent: tuple[str, ...]
    stand_ins: tuple[tuple[int, int], ...]
    rows: IntArray
    matrix: tuple[str, ...]
    row: IntArray
    column: IntArray
    free: IntArray
    ordered: tuple[int, ...]
    threshold_of: IntArray

    def cells(self, matrix: str) -> IntArray:
        """Positions (into `rows`) of the rows that live in one matrix."""
        return np.array([k for k, name in enumerate(self.matrix) if name == matrix], dtype=np.int64)


@cache
def lower_indices(p: int, *, diagonal: bool) -> tuple[IntArray, IntArray]:
    """Row and column indices of the lower triangle taken column by column (vech order)."""
    columns, rows = np.triu_indices(p, 0 if diagonal else 1)
    return rows, columns


def layout_of(table: ParameterTable, group: int) -> Layout:
    """The layout of one group (from 1)."""
    variables = table.variables
    observed = variables.observed
    indices = table.group_rows(group)
    rows = [table.rows[i] for i in indices]
    stand_in_names = _stand_ins(rows, variables.latent, observed)
    latent = (*variables.latent, *stand_in_names)
    of_observed = {name: i for i, name in enumerate(observed)}
    of_latent = {name: j for j, name in enumerate(latent)}
    thresholds = sorted(
        ((of_observed[r.lhs], int(r.rhs[1:])) for r in rows if r.op == "|"), key=lambda t: (t[0], t[1])
    )
    threshold_place = {key: k for k, key in enumerate(thresholds)}
    free_place = {row: position for position, row in enumerate(table.free_rows)}
    cells = [_cell(row, of_observed, of_latent, threshold_place) for row in rows]
    return Layout(
        observed=observed,
        latent=latent,
        stand_ins=tuple((of_observed[n], of_latent[n]) for n in stand_in_names),
        rows=np.array(indices, dtype=np.int64),
        matrix=tuple(c[0] for c in cells),
        row=np.array([c[1] for c in cells], dtype=np.int64),
        column=np.array([c[2] for c in cells], dtype=np.int64),
        free=np.array([free_place.get(i, -1) for i in indices], dtype=np.int64),
        ordered=tuple(of_observed[v] for v in variables.ordered),
        threshold_of=np.array([v for v, _ in thresholds], dtype=np.int64),
    )


def _stand_ins(rows: Sequence[Parameter], latent: Sequence[str], observed: Sequence[str]) -> tuple[str, ...]:
    """Observed variables that must act as latents: in regressions, or covarying with a latent
    (transitively).
    """
    is_latent = set(latent)
    found = {name for r in rows if r.op == "~" for name in (r.lhs, r.rhs) if name not in is_latent}
    pairs = [(r.lhs, r.rhs) for r in rows if r.op == "~~" and r.lhs != r.rhs and (r.free or r.value != 0)]
    while True:
        joined = set(found)
        for a, b in pairs:
            for one, other in ((a, b), (b, a)):
                if one not in is_latent and (other in is_latent or other in joined):
                    joined.add(one)
        if joined == found:
            return tuple(name for name in observed if name in found)
        found = joined


def _cell(
    row: Parameter,
    observed: dict[str, int],
    latent: dict[str, int],
    thresholds: dict[tuple[int, int], int],
) -> tuple[str, int, int]:
    """Matrix, row and column of a parameter."""
    lhs, op, rhs = row.lhs, row.op, row.rhs
    if op == "=~":
        return ("beta", latent[rhs], latent[lhs]) if rhs in latent else ("lambda", observed[rhs], latent[lhs])
    if op == "~":
        return "beta", latent[lhs], latent[rhs]
    if op == "~~":
        if lhs in latent and rhs in latent:
            return "psi", latent[lhs], latent[rhs]
        if lhs in latent or rhs in latent:  # a zero covariance between an indicator and a latent
            return "none", 0, 0
        return "theta", observed[lhs], observed[rhs]
    if op == "~1":
        return ("alpha", latent[lhs], 0) if lhs in latent else ("nu", observed[lhs], 0)
    if op == "|":
        return "tau", thresholds[(observed[lhs], int(rhs[1:]))], 0
    if op == "~*~":
        return "delta", observed[lhs], 0
    raise ModelSyntaxError(f"{row.title}: this operator has no place in the model")
