"""Statements → parameter table: every parameter of every group, fixed or free, with lavaan's defaults of
`cfa()`.

One row a parameter. Equality (by label or `==`) is a linear map: free rows = offset + basis · theta, theta
unrestricted. Defaults: first loading or latent variance fixed, residual variances, covariances among
exogenous latents and among outcomes, intercepts, thresholds (Rosseel, 2012, J. Stat. Software 48(2); Muthén,
1984, Psychometrika 49).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from analysis.results import FloatArray
from analysis.sem.errors import ModelSyntaxError
from analysis.sem.statements import Constraint, Formula, Modifiers, Syntax
from analysis.sem.variables import Variables, classify

GROUP_EQUAL = (
    "loadings",
    "intercepts",
    "residuals",
    "residual.covariances",
    "thresholds",
    "lv.variances",
    "lv.covariances",
    "means",
    "regressions",
)


@dataclass(slots=True)
class Parameter:
    """One row. `value` is the fixed value of a fixed row and the user's start of a free one (NaN: none).

    `exogenous` rows are moments of fixed covariates: not free, filled from the sample.
    """

    lhs: str
    op: str
    rhs: str
    group: int = 1
    user: bool = False
    free: bool = True
    value: float = np.nan
    label: str = ""
    exogenous: bool = False
    modifiers: Modifiers | None = None
    name: str = ""

    @property
    def key(self) -> str:
        """lavaan's default label: lhs, op and rhs run together."""
        return f"{self.lhs}{self.op}{self.rhs}"

    @property
    def title(self) -> str:
        """How a message names this parameter."""
        where = f" in group {self.group}" if self.group > 1 else ""
        return (f"{self.lhs} ~1" if self.op == "~1" else f"{self.lhs} {self.op} {self.rhs}") + where


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """Options of the defaults, with lavaan's names and meanings."""

    ngroups: int = 1
    std_lv: bool = False
    orthogonal: bool = False
    meanstructure: bool = False
    fixed_x: bool = True
    parameterization: str = "delta"
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()


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
    first = _one_group(syntax.formulas, variables, options, meanstructure, ordered)
    rows = [
        _in_group(row, group, variables, options) for group in range(1, options.ngroups + 1) for row in first
    ]
    _apply_modifiers(rows, syntax.formulas, options.ngroups)
    for index, row in enumerate(rows):
        row.name = f".p{index + 1}."
    shared = _shared_labels(rows, variables, options)
    free_rows, merge = _merge_equal(rows, shared)
    return _with_constraints(tuple(rows), variables, options, syntax.constraints, free_rows, merge)


def _one_group(
    formulas: Sequence[Formula],
    variables: Variables,
    options: TableOptions,
    meanstructure: bool,
    ordered: Mapping[str, int],
) -> list[Parameter]:
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


def _in_group(row: Parameter, group: int, variables: Variables, options: TableOptions) -> Parameter:
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


def _apply_modifiers(rows: list[Parameter], formulas: Sequence[Formula], ngroups: int) -> None:
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


def _shared_labels(rows: list[Parameter], variables: Variables, options: TableOptions) -> list[str]:
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


def _merge_equal(rows: list[Parameter], names: list[str]) -> tuple[tuple[int, ...], FloatArray]:
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
        coefficients = _linear_form(constraint, table, labels, {d.name for d in definitions})
        if coefficients is None:
            nonlinear.append(constraint)
        else:
            linear.append(coefficients)
    basis, offset = merge, np.zeros(len(free_rows))
    if linear:
        basis, offset = _null_space(np.array([c for c, _ in linear]), np.array([b for _, b in linear]), merge)
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


def _linear_form(
    constraint: Constraint, table: ParameterTable, labels: Mapping[str, int], defined: set[str]
) -> tuple[FloatArray, float] | None:
    """a'x = b for a linear constraint over free rows, else None. Linear: the same slope at two far points."""
    names = tuple(dict.fromkeys((*constraint.lhs.labels, *constraint.rhs.labels)))
    if defined.intersection(names):
        return None
    position = {row: place for place, row in enumerate(table.free_rows)}
    fixed = {n: table.rows[labels[n]].value for n in names if labels[n] not in position}
    slopes = []
    for point in (0.731, -1.93):
        values = {n: fixed.get(n, point * (1 + 0.37 * i)) for i, n in enumerate(names)}
        slopes.append(constraint.lhs.gradient(values, names) - constraint.rhs.gradient(values, names))
    if not np.allclose(slopes[0], slopes[1], rtol=1e-10, atol=1e-12):
        return None
    values = {n: fixed.get(n, 0.0) for n in names}
    constant = constraint.lhs.evaluate(dict(values)).real - constraint.rhs.evaluate(dict(values)).real
    form = np.zeros(table.n_free)
    for name, slope in zip(names, slopes[0], strict=True):
        if labels[name] in position:
            form[position[labels[name]]] += slope
    return form, -constant


def _null_space(form: FloatArray, right: FloatArray, merge: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Solutions x = merge · (start + null · theta) of form · x = right. Raises when there is none."""
    reduced = form @ merge
    start, *_ = np.linalg.lstsq(reduced, right, rcond=None)
    if not np.allclose(reduced @ start, right, atol=1e-8):
        raise ModelSyntaxError("the equality constraints contradict each other")
    _, singular, rows = np.linalg.svd(reduced)
    rank = int((singular > 1e-10 * max(1.0, singular.max(initial=0.0))).sum())
    return merge @ rows[rank:].T, merge @ start
