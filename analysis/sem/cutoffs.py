"""Dynamic fit-index cut-offs: CFI, RMSEA and SRMR of this very model when it is right, or a bit wrong.

The standardised estimates are taken as truth; samples of the same size are drawn from them and from models
with one, two, ... omitted parameters, and the model is fitted to each. McNeish & Wolf (2023), Dynamic fit
index cutoffs for confirmatory factor analysis models, Psychological Methods 28, 61-88; one factor: Behavior
Research Methods 55 (2023). Rating scales treated as continuous: the samples are cut at the observed shares of
the answers; McNeish (2023), Dynamic fit index cutoffs for treating Likert items as continuous, Psychological
Methods.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from analysis.results import FloatArray, Result
from analysis.sem import fit_indices
from analysis.sem.constrained import minimise_constrained
from analysis.sem.discretised import Categories, categories_of, latent_correlations
from analysis.sem.errors import DataError
from analysis.sem.fit import Fit
from analysis.sem.likelihood import NormalTheory, saturated_value
from analysis.sem.misspecification import (
    Misspecification,
    StandardisedModel,
    misspecifications,
    standardised_model,
)
from analysis.sem.model import Model
from analysis.sem.moments import GroupMoments, SampleMoments
from analysis.sem.parameter_table import TableOptions, build_table
from analysis.sem.patterns import Pattern
from analysis.sem.simulation import run_seeded
from analysis.sem.start_values import parameter_scales, start_values
from analysis.sem.statements import Modifiers, Syntax
from analysis.sem.syntax import parse

__all__ = ["DynamicCutoffs", "dynamic_cutoffs", "population_misfit"]

LARGEST_N = 2000
INDICES = ("srmr", "rmsea", "cfi")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DynamicCutoffs(Result):
    """table: one row a level: level (0: the model is right), added (what the data have beyond the model),
    converged (share), and for each of srmr, rmsea, cfi the cut-off, its sensitivity (share of samples of that
    level beyond it; level 0: share of right ones within it) and `_met`: is the observed index as good?

    A cut-off is NaN where fewer than half of the misspecified samples lie beyond 95 % of the right ones.
    observed: the model's own indices, robust ones where the estimator has them. n is the sample size used,
    at most 2000.
    cut says whether the samples were cut into the items' categories; smoothed, that the normal correlations
    behind them had to be moved to a positive definite matrix.
    """

    kind: str
    cut: bool
    smoothed: bool
    n: int
    replications: int
    seed: int
    observed: dict[str, float]
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def to_text(self) -> str:
        """The cut-offs beside the observed indices."""
        observed = ", ".join(f"{name} {value:.3f}" for name, value in self.observed.items())
        drawn = "samples cut into the items' categories" if self.cut else "continuous samples"
        head = f"Dynamic cut-offs ({self.kind}, {drawn}), {self.replications} replications, n = {self.n}"
        table = self.table.to_string(index=False, float_format="%.3f", na_rep="none")
        return f"{head}; observed: {observed}\n\n{table}"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Plan:
    """What one replication needs: model, start, typical step sizes, roots of the population matrices (of the
    normal variables behind the items where these have categories), n.
    """

    model: Model
    start: FloatArray
    scale: FloatArray
    roots: tuple[FloatArray, ...]
    n: int
    categories: Categories | None = None
    smoothed: bool = False


def dynamic_cutoffs(
    fit: Fit,
    *,
    replications: int = 500,
    seed: int = 1,
    processes: int = 1,
    levels: Sequence[Sequence[Misspecification]] | None = None,
    likert: pd.DataFrame | None = None,
) -> DynamicCutoffs:
    """Cut-offs for a fitted single-group model of continuous items (or items treated so).

    likert: the answers the model was fitted to; the samples are then cut into the items' categories at the
    observed shares, with the model's correlations kept, as answers on a rating scale need it.

    levels: misspecifications of one's own, one list a level; by default the rules of McNeish & Wolf: for
    several factors the weakest item of each other factor also loads on the most reliable one; for one factor,
    residual correlations of .30 among a third, two thirds, all of the items. Raises DataError for several
    groups, an unusable fit, or a structure that the rules do not reach.
    """
    plan, kind, chosen, _ = _prepare(fit, levels, likert)
    task = functools.partial(_replicate, plan)
    drawn = np.array(run_seeded(task, replications, seed=seed, processes=processes))
    observed = {name: _observed(fit, name) for name in INDICES}
    records = []
    for level in range(drawn.shape[1]):
        added = chosen[level - 1] if level else []
        words = ", ".join(f"{m.lhs} {m.op} {m.value:.3f}*{m.rhs}" for m in added)
        record: dict[str, object] = {"level": level, "added": words}
        record["converged"] = float(np.isfinite(drawn[:, level, 0]).mean())
        for k, name in enumerate(INDICES):
            cut, sensitivity = _cutoff(drawn[:, 0, k], drawn[:, level, k], level == 0, upward=name != "cfi")
            good = observed[name] >= cut if name == "cfi" else observed[name] <= cut
            record |= {name: cut, f"{name}_sensitivity": sensitivity, f"{name}_met": bool(good)}
        records.append(record)
    return DynamicCutoffs(
        kind=kind,
        cut=plan.categories is not None,
        smoothed=plan.smoothed,
        n=plan.n,
        replications=replications,
        seed=seed,
        observed=observed,
        table=pd.DataFrame.from_records(records),
    )


def population_misfit(fit: Fit, levels: Sequence[Sequence[Misspecification]] | None = None) -> pd.DataFrame:
    """Indices of the model at the population matrices themselves, one row a level: no sampling, no seed."""
    plan, _, _, truth = _prepare(fit, levels)
    exact = replace(plan, n=1_000_000)
    rows = [_indices(exact, matrix) for matrix in truth]
    return pd.DataFrame(rows, columns=list(INDICES)).rename_axis("level")


def _prepare(
    fit: Fit,
    levels: Sequence[Sequence[Misspecification]] | None,
    likert: pd.DataFrame | None = None,
) -> tuple[_Plan, str, list[list[Misspecification]], list[FloatArray]]:
    if not fit.usable:
        raise DataError(f"dynamic cut-offs need a usable fit ({fit.status}: {'; '.join(fit.problems)})")
    if len(fit.nobs) > 1:
        raise DataError("dynamic cut-offs are defined for a single group")
    standard = standardised_model(fit)
    kind, chosen = misspecifications(standard)
    if levels is not None:
        kind, chosen = "own levels", [list(level) for level in levels]
    truth = [standard.correlation()] + [standard.correlation(level) for level in chosen]
    for number, matrix in enumerate(truth):
        if np.linalg.eigvalsh(matrix)[0] <= 0:
            raise DataError(f"the population matrix of level {number} is not positive definite")
    model, start, scale = _clean_model(fit, standard)
    categories = categories_of(likert, standard.items) if likert is not None else None
    drawn, smoothed = _behind(truth, categories)
    roots = tuple(np.asarray(np.linalg.cholesky(matrix)) for matrix in drawn)
    plan = _Plan(
        model=model,
        start=start,
        scale=scale,
        roots=roots,
        n=min(fit.nobs[0], LARGEST_N),
        categories=categories,
        smoothed=smoothed,
    )
    return plan, kind, chosen, truth


def _behind(truth: list[FloatArray], categories: Categories | None) -> tuple[list[FloatArray], bool]:
    """The matrices to draw from: the population's own, or those of the normal variables behind the items."""
    if categories is None:
        return truth, False
    found = [latent_correlations(matrix, categories) for matrix in truth]
    missed = [pair for one in found for pair in one.unreachable]
    if missed:
        raise DataError(
            f"the categories of {' and '.join(missed[0])} cannot have the correlation the model implies"
        )
    return [one.matrix for one in found], any(one.smoothed for one in found)


def _clean_model(fit: Fit, standard: StandardisedModel) -> tuple[Model, FloatArray, FloatArray]:
    """The pattern without values and labels (zeros stay), its start and step sizes.

    Latents have unit variance, but for factors of factors: a residual variance must be able to reach zero.
    """
    request, syntax = fit.solution.request, parse(fit.solution.request.model)
    formulas = tuple(
        f if f.modifiers.fixed == (0.0,) else replace(f, modifiers=Modifiers())
        for f in syntax.formulas
        if f.op in ("=~", "~~") and not (f.op == "~~" and f.lhs == f.rhs)
    )
    higher = {f.lhs for f in formulas if f.op == "=~"} & {f.rhs for f in formulas if f.op == "=~"}
    options = TableOptions(std_lv=not higher, orthogonal=request.orthogonal, meanstructure=False)
    table = build_table(Syntax(formulas), options)
    assert table.variables.observed == standard.items
    truth = standard.correlation()
    model = Model(table, np.array([row.value for row in table.rows]))
    start = start_values(table, [np.zeros(len(truth))], [truth])[list(table.free_rows)]
    scale = parameter_scales(table, [truth])
    found = minimise_constrained(_likelihood(model, truth, 1000), model, start, scale)
    if not found.converged:
        raise DataError(f"the model could not be fitted to its own implied matrix: {found.message}")
    return model, found.x, scale


def _likelihood(model: Model, covariance: FloatArray, n: int) -> NormalTheory:
    p = len(covariance)
    mean = np.zeros(p)
    pattern = Pattern(observed=np.arange(p), n=n, mean=mean, cov=covariance, rows=np.zeros(0, dtype=np.int64))
    group = GroupMoments(n=n, mean=mean, cov=covariance, patterns=(pattern,), data=np.zeros((0, p)))
    sample = SampleMoments(
        observed=model.observed,
        groups=(group,),
        labels=("",),
        complete=True,
        kept=pattern.rows,
    )
    return NormalTheory(model, sample, saturated_value(sample))


def _replicate(plan: _Plan, seed: np.random.SeedSequence) -> list[tuple[float, ...]]:
    """SRMR, RMSEA and CFI of one sample of every level, NaN where the fit did not converge."""
    rng = np.random.default_rng(seed)
    found = []
    for root in plan.roots:
        values = rng.standard_normal((plan.n, len(root))) @ root.T
        found.append(_indices(plan, _sample_matrix(plan, values)))
    return found


def _sample_matrix(plan: _Plan, values: FloatArray) -> FloatArray:
    """Covariances of continuous values; correlations of cut ones (the model does not depend on units)."""
    if plan.categories is None:
        return np.asarray(np.cov(values, rowvar=False, bias=True))
    answers = plan.categories.cut(values)
    if np.any(answers.min(axis=0) == answers.max(axis=0)):
        return np.full((values.shape[1],) * 2, math.nan)  # everybody chose the same category
    return np.asarray(np.corrcoef(answers, rowvar=False))


def _indices(plan: _Plan, covariance: FloatArray) -> tuple[float, ...]:
    if not np.isfinite(covariance).all():
        return (math.nan,) * len(INDICES)
    likelihood = _likelihood(plan.model, covariance, plan.n)
    found = minimise_constrained(likelihood, plan.model, plan.start, plan.scale)
    if not found.converged:
        return (math.nan,) * len(INDICES)
    p = len(covariance)
    df = p * (p + 1) // 2 - plan.model.table.n_theta
    chisq = max(plan.n * found.value, 0.0)
    deviation = np.sqrt(np.diag(covariance))
    log_determinant = np.linalg.slogdet(covariance / np.outer(deviation, deviation))[1]
    implied = plan.model.implied(found.x)[0].cov
    srmr = fit_indices.residual_summaries(covariance, implied, None, None)["srmr_bentler"]
    rmsea = fit_indices.rmsea(chisq, df, plan.n)
    cfi = fit_indices.comparative_fit(chisq, df, -plan.n * float(log_determinant), p * (p - 1) / 2)
    return srmr, rmsea, cfi


def _observed(fit: Fit, name: str) -> float:
    robust = fit.fit.get(f"{name}.robust")  # corrected for answers that are not normal: MLR
    value = fit.fit.get(name) if robust is None else robust
    return math.nan if value is None else value


def _cutoff(right: FloatArray, wrong: FloatArray, own: bool, *, upward: bool) -> tuple[float, float]:
    """Cut-off and its sensitivity: the mildest quantile of the wrong model beyond 95 % of the right one's.

    Looks at the 5, 6, ... 50 % quantile (CFI: 95, 94, ... 50 %) of the misspecified samples for the first
    that lies beyond the 95 % (CFI: 5 %) quantile of the right ones; NaN when there is none.
    """
    right, wrong = right[np.isfinite(right)], wrong[np.isfinite(wrong)]
    if len(right) == 0 or len(wrong) == 0:
        return math.nan, math.nan
    limit = float(np.quantile(right, 0.95 if upward else 0.05))
    if own:
        return limit, 0.95
    for percent in range(5, 51):
        value = float(np.quantile(wrong, percent / 100 if upward else 1 - percent / 100))
        if value >= limit if upward else value <= limit:
            return value, 1 - percent / 100
    return math.nan, math.nan
