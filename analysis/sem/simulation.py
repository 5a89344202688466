"""Data from a model: continuous, or ordinal with thresholds, from syntax with values or from a fit.

Latent responses are multivariate normal with the implied moments; an ordinal item is cut at its thresholds.
Every draw comes from a seed; blocks of a simulation have seeds of their own, so that a process pool gives the
same numbers as one process.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import pandas as pd

from analysis.results import FloatArray
from analysis.sem.errors import DataError, ModelSyntaxError
from analysis.sem.fit import Fit
from analysis.sem.model import Model
from analysis.sem.parameter_table import ParameterTable, TableOptions, build_table
from analysis.sem.syntax import parse

__all__ = [
    "Population",
    "free_pattern",
    "population_from_fit",
    "population_from_syntax",
    "run_seeded",
    "simulate",
]

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Population:
    """Moments to draw from, one entry a group.

    names: observed variables. means (p,), covariances (p, p) of the latent responses; thresholds: item →
    ascending cuts on the scale of its latent response (continuous variables are absent). values: what each
    parameter of the model is, by (lhs, op, rhs, group), for comparison with estimates.
    """

    names: tuple[str, ...]
    means: tuple[FloatArray, ...]
    covariances: tuple[FloatArray, ...]
    thresholds: tuple[dict[str, FloatArray], ...]
    labels: tuple[str, ...] = ("",)
    group: str = "group"
    values: dict[tuple[str, str, str, int], float] = field(default_factory=dict)


def population_from_fit(fit: Fit) -> Population:
    """The fitted model as a population: its implied moments and its estimates as truth.

    Raises DataError for a fit that is not usable.
    """
    if not fit.usable:
        raise DataError(f"data can be drawn from a usable fit only ({fit.status}: {'; '.join(fit.problems)})")
    solution = fit.solution
    return _population(
        solution.model,
        solution.estimate.x,
        labels=fit.group_labels or ("",),
        group=solution.request.group or "group",
    )


def population_from_syntax(model: str, *, standardized: bool = False, groups: int = 1) -> Population:
    """A population from lavaan syntax whose parameters have values ("f =~ .7*x1 + .6*x2").

    Without a value: latent variances are 1, residual variances 1 (standardized: what makes the total variance
    1), covariances, intercepts and latent means 0. Raises ModelSyntaxError naming a loading, regression or
    threshold without a value, or a residual variance that would not be positive.
    """
    syntax = parse(model)
    cuts: dict[str, int] = {}
    for formula in syntax.formulas:
        if formula.op == "|":
            cuts[formula.lhs] = cuts.get(formula.lhs, 0) + 1
    options = TableOptions(
        ngroups=groups, meanstructure=True, parameterization="theta", fixed_x=False, std_lv=True
    )
    table = build_table(syntax, options, cuts)
    values = np.array([_given_value(row.value, row.op, row.lhs == row.rhs, row.title) for row in table.rows])
    if standardized:
        _standardise(table, values)
    x = values[list(table.free_rows)]
    return _population(
        Model(table, values), x, labels=tuple(str(g + 1) for g in range(groups)), group="group"
    )


def free_pattern(model: str) -> str:
    """The model behind population syntax: its values gone, labels and zeros kept, for fitting to samples.

    Lines that only give a value (variances, thresholds, intercepts) are left to the defaults.
    """
    lines = []
    for f in parse(model).formulas:
        if f.op in ("|", "~*~", "~1") or (f.op == "~~" and f.lhs == f.rhs):
            continue
        prefix = "0*" if f.modifiers.fixed == (0.0,) else ""
        if f.modifiers.label is not None:
            names = f.modifiers.label
            prefix = f"{names[0]}*" if len(names) == 1 else f"c({', '.join(names)})*"
        lines.append(f"{f.lhs} {f.op} {prefix}{f.rhs}")
    return "\n".join(lines)


def _given_value(value: float, op: str, variance: bool, title: str) -> float:
    if not np.isnan(value):
        return value
    if op in ("=~", "~", "|"):
        raise ModelSyntaxError(f"{title} has no value to simulate from")
    return 1.0 if op == "~*~" or (op == "~~" and variance) else 0.0


def _standardise(table: ParameterTable, values: FloatArray) -> None:
    """Set residual variances without a given value so that every observed and latent variance is one."""
    open_rows = [
        i
        for i, row in enumerate(table.rows)
        if row.op == "~~" and row.lhs == row.rhs and (row.modifiers is None or row.modifiers.fixed is None)
    ]
    free = list(table.free_rows)
    for _ in range(1 + len(table.variables.latent)):  # one pass for each level of a hierarchy
        model = Model(table, values)
        for i in open_rows:
            row = table.rows[i]
            layout, matrices = model.layouts[row.group - 1], model.matrices(values[free], row.group - 1)
            latent = matrices.latent_covariance
            if row.lhs in layout.latent:
                total = float(latent[layout.latent.index(row.lhs), layout.latent.index(row.lhs)])
            else:
                k = layout.observed.index(row.lhs)
                total = float(matrices.lambda_[k] @ latent @ matrices.lambda_[k] + matrices.theta[k, k])
            values[i] += 1.0 - total
    for i in open_rows:
        if values[i] <= 0:
            raise ModelSyntaxError(
                f"{table.rows[i].title} would be {values[i]:.3g}: the loadings leave no variance"
            )


def _population(model: Model, x: FloatArray, *, labels: Sequence[str], group: str) -> Population:
    means, covariances, thresholds = [], [], []
    for number, layout in enumerate(model.layouts):
        structure, matrices = model.structure(x, number), model.matrices(x, number)
        cov = structure.cov.copy()
        if model.categorical and model.table.options.parameterization == "delta":
            k = list(layout.ordered)
            cov[k, k] = 1.0 / matrices.delta[k] ** 2
        means.append(structure.mean)
        covariances.append(cov)
        thresholds.append(
            {layout.observed[i]: matrices.tau[layout.threshold_of == i] for i in layout.ordered}
        )
    reported = model.reported_values(x)
    rows = model.table.rows
    return Population(
        names=model.observed,
        means=tuple(means),
        covariances=tuple(covariances),
        thresholds=tuple(thresholds),
        labels=tuple(labels),
        group=group,
        values={(r.lhs, r.op, r.rhs, r.group): float(v) for r, v in zip(rows, reported, strict=True)},
    )


def simulate(
    population: Population, n: int | Sequence[int], *, seed: int | np.random.SeedSequence
) -> pd.DataFrame:
    """Draw a sample: n cases, or one number for each group. Ordinal items are coded 1, 2, ...

    Several groups are told apart by the column `population.group`. Raises DataError when n does not fit.
    """
    sizes = [n] * len(population.labels) if isinstance(n, int) else list(n)
    if len(sizes) != len(population.labels) or min(sizes) < 1:
        raise DataError(f"{len(population.labels)} group(s) need as many positive sample sizes, not {n}")
    rng = np.random.default_rng(seed)
    parts = []
    for number, (size, label) in enumerate(zip(sizes, population.labels, strict=True)):
        values = draw(population, number, size, rng)
        part = pd.DataFrame(values, columns=list(population.names))
        if len(population.labels) > 1:
            part[population.group] = label
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def draw(population: Population, group: int, n: int, rng: np.random.Generator) -> FloatArray:
    """n cases of one group (from 0), (n, p)."""
    covariance = population.covariances[group]
    values, vectors = np.linalg.eigh(covariance)
    if values[0] < -1e-8 * max(1.0, float(values[-1])):
        raise DataError("the covariance matrix of the population is not positive definite")
    root = vectors * np.sqrt(np.maximum(values, 0.0))
    drawn = population.means[group] + rng.standard_normal((n, len(values))) @ root.T
    for name, cuts in population.thresholds[group].items():
        column = population.names.index(name)
        drawn[:, column] = 1.0 + np.searchsorted(cuts, drawn[:, column], side="left")
    return np.asarray(drawn)


def run_seeded(
    task: Callable[[np.random.SeedSequence], T], replications: int, *, seed: int, processes: int = 1
) -> list[T]:
    """Run a task once for each replication, each with a seed of its own; the same results for any pool size.

    task: picklable when processes > 1 (a function of a module, or functools.partial of one).
    """
    seeds: Iterable[np.random.SeedSequence] = np.random.SeedSequence(seed).spawn(replications)
    if processes <= 1:
        return [task(s) for s in seeds]
    with ProcessPoolExecutor(max_workers=processes) as pool:
        return list(pool.map(task, seeds, chunksize=max(1, replications // (4 * processes))))
