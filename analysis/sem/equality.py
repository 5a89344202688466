"""Which parameters are one and the same: shared labels, group equality, and linear `==` as a null space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.results import FloatArray
from analysis.sem.errors import ModelSyntaxError
from analysis.sem.parameters import Parameter, TableOptions
from analysis.sem.statements import Constraint
from analysis.sem.variables import Variables


def shared_labels(rows: list[Parameter], variables: Variables, options: TableOptions) -> list[str]:
    """The name under which each row is compared: its label, or its key with the group unless held equal."""
    partial = {"".join(name.split()) for name in options.group_partial}
    known = {row.key for row in rows}
    for name in partial - known:
        raise ModelSyntaxError(f"group_partial names {name!r}, which is no parameter of this model")
    names = []
    for row in rows:
        if row.label:
            names.append(row.label)
            continue
        held = row.group > 1 and row.key not in partial and _is_held(row, variables, options.group_equal)
        names.append(row.key if row.group == 1 or held else f"{row.key}.g{row.group}")
    reference = {row.key: name for row, name in zip(rows, names, strict=True) if row.group == 1}
    for index, row in enumerate(rows):
        given = row.modifiers
        if row.group > 1 and not row.label and names[index] == row.key:
            names[index] = reference[row.key]
        if given is not None and given.equal is not None:
            if given.equal not in reference:
                raise ModelSyntaxError(f'equal("{given.equal}") names no parameter of this model')
            suffix = "" if row.group == 1 else f".g{row.group}"
            names[index] = reference[given.equal] + suffix
    return names


def _is_held(row: Parameter, variables: Variables, group_equal: tuple[str, ...]) -> bool:
    observed, latent = row.lhs in variables.not_exogenous, row.lhs in variables.latent
    variance = row.lhs == row.rhs
    kind = {
        "=~": "loadings",
        "|": "thresholds",
        "~": "regressions",
        "~1": "intercepts" if observed else ("means" if latent else ""),
        "~~": (
            ("residuals" if variance else "residual.covariances")
            if observed
            else (("lv.variances" if variance else "lv.covariances") if latent else "")
        ),
    }.get(row.op, "")
    return kind in group_equal


def merge_equal(rows: list[Parameter], names: list[str]) -> tuple[tuple[int, ...], FloatArray]:
    """Rows of one name share one parameter; if one of them is fixed, all are, at its value."""
    members: dict[str, list[int]] = {}
    for index, name in enumerate(names):
        members.setdefault(name, []).append(index)
    for indices in members.values():
        fixed = [i for i in indices if not rows[i].free and not rows[i].exogenous]
        if len(indices) > 1 and fixed:
            for i in indices:
                rows[i].free, rows[i].value = False, rows[fixed[0]].value
        elif len(indices) > 1:
            for i in indices:
                rows[i].label = rows[i].label or rows[indices[0]].label or rows[indices[0]].name
    free_rows = tuple(i for i, row in enumerate(rows) if row.free)
    columns: dict[str, int] = {}
    merge = np.zeros((len(free_rows), len({names[i] for i in free_rows})))
    for position, i in enumerate(free_rows):
        merge[position, columns.setdefault(names[i], len(columns))] = 1.0
    return free_rows, merge


def linear_form(
    constraint: Constraint,
    rows: Sequence[Parameter],
    free_rows: Sequence[int],
    labels: Mapping[str, int],
    defined: set[str],
) -> tuple[FloatArray, float] | None:
    """a'x = b for a linear constraint over free rows, else None. Linear: the same slope at two far points."""
    names = tuple(dict.fromkeys((*constraint.lhs.labels, *constraint.rhs.labels)))
    if defined.intersection(names):
        return None
    position = {row: place for place, row in enumerate(free_rows)}
    fixed = {n: rows[labels[n]].value for n in names if labels[n] not in position}
    slopes = []
    for point in (0.731, -1.93):
        values = {n: fixed.get(n, point * (1 + 0.37 * i)) for i, n in enumerate(names)}
        slopes.append(constraint.lhs.gradient(values, names) - constraint.rhs.gradient(values, names))
    if not np.allclose(slopes[0], slopes[1], rtol=1e-10, atol=1e-12):
        return None
    values = {n: fixed.get(n, 0.0) for n in names}
    constant = constraint.lhs.evaluate(dict(values)).real - constraint.rhs.evaluate(dict(values)).real
    form = np.zeros(len(free_rows))
    for name, slope in zip(names, slopes[0], strict=True):
        if labels[name] in position:
            form[position[labels[name]]] += slope
    return form, -constant


def null_space(form: FloatArray, right: FloatArray, merge: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Solutions x = merge · (start + null · theta) of form · x = right. Raises when there is none."""
    reduced = form @ merge
    start, *_ = np.linalg.lstsq(reduced, right, rcond=None)
    if not np.allclose(reduced @ start, right, atol=1e-8):
        raise ModelSyntaxError("the equality constraints contradict each other")
    _, singular, rows = np.linalg.svd(reduced)
    rank = int((singular > 1e-10 * max(1.0, singular.max(initial=0.0))).sum())
    return merge @ rows[rank:].T, merge @ start
