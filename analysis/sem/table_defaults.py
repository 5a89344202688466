"""What `cfa()` adds to a model and how it fixes it: lavaan's defaults, then the modifiers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from analysis.sem.errors import ModelSyntaxError
from analysis.sem.parameters import Parameter, TableOptions
from analysis.sem.statements import Formula
from analysis.sem.variables import Variables


def one_group(
    formulas: Sequence[Formula],
    variables: Variables,
    options: TableOptions,
    meanstructure: bool,
    ordered: Mapping[str, int],
) -> list[Parameter]:
    """Rows of one group before modifiers: the formulas as written, then what the defaults add."""
    rows = [Parameter(f.lhs, f.op, f.rhs, user=True, modifiers=f.modifiers) for f in formulas]
    written = {(row.lhs, row.op, row.rhs) for row in rows}
    written |= {(row.rhs, row.op, row.lhs) for row in rows if row.op == "~~"}
    added = [
        Parameter(lhs, op, rhs)
        for lhs, op, rhs in _default_elements(variables, meanstructure, ordered)
        if (lhs, op, rhs) not in written
    ]
    rows += added
    _fix_by_default(rows, variables, options)
    return rows


def _default_elements(
    variables: Variables, meanstructure: bool, ordered: Mapping[str, int]
) -> list[tuple[str, str, str]]:
    """What `cfa()` adds: thresholds, variances, covariances, scales, intercepts, in lavaan's order."""
    elements = [(v, "|", f"t{k}") for v in variables.ordered for k in range(1, ordered.get(v, 0) + 1)]
    elements += [(v, "~~", v) for v in (*variables.not_exogenous, *variables.latent)]
    for names in (variables.latent_exogenous, (*variables.latent_outcomes, *variables.observed_outcomes)):
        elements += [(a, "~~", b) for i, a in enumerate(names) for b in names[i + 1 :]]
    x = variables.exogenous
    elements += [(a, "~~", b) for i, a in enumerate(x) for b in x[i:]]
    elements += [(v, "~*~", v) for v in variables.ordered]
    if meanstructure:
        elements += [(v, "~1", "") for v in (*variables.observed, *variables.latent)]
    return elements


def _fix_by_default(rows: list[Parameter], variables: Variables, options: TableOptions) -> None:
    latent, ordered, exogenous = set(variables.latent), set(variables.ordered), set(variables.exogenous)
    single = variables.single_indicators
    first_seen: set[str] = set()
    for row in rows:
        if row.op == "=~":
            if not options.std_lv and row.lhs not in first_seen:
                row.free, row.value = False, 1.0
            first_seen.add(row.lhs)
        elif row.op == "~~" and row.lhs == row.rhs:
            if (row.lhs in latent and options.std_lv) or (not row.user and row.lhs in ordered):
                row.free, row.value = False, 1.0
            elif not row.user and row.lhs in single:
                row.free, row.value = False, 0.0
        elif row.op == "~~" and not row.user and options.orthogonal and {row.lhs, row.rhs} <= latent:
            row.free, row.value = False, 0.0
        elif row.op == "~*~" and not row.user:
            row.free, row.value = False, 1.0
        elif row.op == "~1" and not row.user and (row.lhs in latent or row.lhs in ordered):
            row.free, row.value = False, 0.0
        if (
            options.fixed_x
            and not row.user
            and row.lhs in exogenous
            and (row.op == "~1" or row.rhs in exogenous)
        ):
            row.free, row.exogenous, row.value = False, True, np.nan


def in_group(row: Parameter, group: int, variables: Variables, options: TableOptions) -> Parameter:
    """A copy for one group; later groups lose what the equality of others makes superfluous."""
    copy = Parameter(
        row.lhs,
        row.op,
        row.rhs,
        group,
        row.user,
        row.free,
        row.value,
        row.label,
        row.exogenous,
        row.modifiers,
    )
    if group == 1:
        return copy
    equal = set(options.group_equal)
    is_variance = row.op == "~~" and row.lhs == row.rhs
    frees_mean = bool(equal & {"intercepts", "thresholds"}) and "means" not in equal
    frees_variance = options.std_lv and "loadings" in equal and "lv.variances" not in equal
    in_latent, in_ordered = row.lhs in variables.latent, row.lhs in variables.ordered
    frees_scale = "thresholds" in equal and in_ordered
    released = (
        (row.op == "~1" and in_latent and not row.user and frees_mean)
        or (is_variance and in_latent and not row.user and frees_variance)
        or (row.op == "~*~" and frees_scale and options.parameterization == "delta")
        or (is_variance and frees_scale and options.parameterization == "theta")
    )
    if released:
        copy.free, copy.value = True, np.nan
    return copy


def apply_modifiers(rows: list[Parameter], formulas: Sequence[Formula], ngroups: int) -> None:
    """Fixed values, starts and labels, one for all groups or one per group."""
    places = {(f.lhs, f.op, f.rhs): (f.line, f.column) for f in formulas}
    for row in rows:
        given = row.modifiers
        if given is None:
            continue
        for kind in ("fixed", "start", "label"):
            values = getattr(given, kind)
            if values is not None and len(values) not in (1, ngroups):
                line, column = places[(row.lhs, row.op, row.rhs)]
                raise ModelSyntaxError(
                    f"{row.lhs} {row.op} {row.rhs}: {len(values)} values for {ngroups} group(s)",
                    line,
                    column,
                )
        if given.fixed is not None:
            fixed = given.fixed[0 if len(given.fixed) == 1 else row.group - 1]
            row.free, row.value = fixed is None, np.nan if fixed is None else fixed
        if given.start is not None:
            row.value = given.start[0 if len(given.start) == 1 else row.group - 1]
        if given.label is not None:
            row.label = given.label[0 if len(given.label) == 1 else row.group - 1]
