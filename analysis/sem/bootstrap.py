"""Bootstrap of a fit: standard errors, percentile and BCa intervals, and the Bollen-Stine test of fit.

A replicate is a vector of multinomial weights: it needs new moments, not new data, and starts at the
estimate. BCa: Efron (1987), with the acceleration from casewise influence values; Bollen & Stine (1992):
rows are first moved so that the model holds exactly in them, and the chi-square is referred to its
distribution over replicates.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.results import FloatArray, IntArray, Result
from analysis.sem.constrained import minimise_constrained
from analysis.sem.continuous import LIKELIHOOD, ContinuousSample
from analysis.sem.definitions import evaluate_definitions
from analysis.sem.errors import DataError
from analysis.sem.fit import Fit
from analysis.sem.likelihood import NormalTheory, saturated_value
from analysis.sem.model import Model
from analysis.sem.moments import GroupMoments, SampleMoments
from analysis.sem.normal_theory import casewise_scores
from analysis.sem.patterns import Pattern
from analysis.sem.solution import Solution
from analysis.sem.standardize import standardize

Kind = Literal["nonparametric", "bollen.stine"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class BootstrapResult(Result):
    """parameters: lhs, op, rhs, group, est, se, percentile_lower, percentile_upper, bca_lower, bca_upper,
    std_all_lower, std_all_upper (percentile). replicates, failed: drawn, and not converged (left out).
    pvalue: Bollen-Stine, else None. draws: estimates of all rows and definitions, one replicate a row,
    for statistics of one's own.
    """

    kind: str
    seed: int
    level: float
    replicates: int
    failed: int
    pvalue: float | None
    parameters: pd.DataFrame
    draws: FloatArray

    def to_frame(self) -> pd.DataFrame:
        """The parameters."""
        return self.parameters


def bootstrap(
    fit: Fit, *, replicates: int = 1000, seed: int = 1, level: float = 0.95, kind: Kind = "nonparametric"
) -> BootstrapResult:
    """Resample rows within groups. For ML, MLM, MLR (FIML too; Bollen-Stine needs complete data).

    Raises DataError for another estimator or an unusable fit.
    """
    solution = fit.solution
    prepared = solution.prepared
    if not isinstance(prepared, ContinuousSample) or prepared.estimator not in LIKELIHOOD:
        raise DataError("the bootstrap is offered for ML, MLM and MLR")
    if not fit.converged or fit.status == "not_identified":
        raise DataError(f"no bootstrap: {'; '.join(fit.problems)}")
    sample = prepared.sample
    if kind == "bollen.stine":
        sample = model_conforming(solution, sample)
    rng = np.random.default_rng(seed)
    draws, standardised, statistics = [], [], []
    scale = prepared.scales(solution.model.table)
    for drawn in resamples(sample, rng, replicates):
        likelihood = NormalTheory(solution.model, drawn, 0.0)
        found = minimise_constrained(likelihood, solution.model, solution.estimate.x, scale)
        if not found.converged:
            continue
        values, std = row_statistics(solution.model, found.x)
        draws.append(values)
        standardised.append(std)
        if kind == "bollen.stine":
            statistics.append(drawn.n * (found.value - saturated_value(drawn)))
    if len(draws) < 2:
        raise DataError("hardly any bootstrap replicate converged")
    chisq = solution.standard.statistic
    return BootstrapResult(
        kind=kind,
        seed=seed,
        level=level,
        replicates=replicates,
        failed=replicates - len(draws),
        pvalue=float(np.mean(np.array(statistics) >= chisq)) if statistics else None,
        parameters=_intervals(solution, np.array(draws), np.array(standardised), level),
        draws=np.array(draws),
        warnings=fit.problems,
    )


def resamples(sample: SampleMoments, rng: np.random.Generator, count: int) -> Iterator[SampleMoments]:
    """Samples whose moments weigh the rows multinomially, (weights sum to n per group)."""
    for _ in range(count):
        groups = []
        for group in sample.groups:
            weights = rng.multinomial(group.n, np.full(group.n, 1.0 / group.n))
            groups.append(weighted_group(group, np.asarray(weights, dtype=np.int64)))
        yield replace(sample, groups=tuple(groups))


def weighted_group(group: GroupMoments, weights: IntArray) -> GroupMoments:
    """Moments of one group with integer row weights (n,); patterns that nobody shows any more are dropped."""
    patterns = []
    for pattern in group.patterns:
        w = weights[pattern.rows].astype(np.float64)
        total = w.sum()
        if total == 0:
            continue
        rows = group.data[np.ix_(pattern.rows, pattern.observed)]
        mean = w @ rows / total
        centred = rows - mean
        cov = (centred * w[:, None]).T @ centred / total
        patterns.append(
            Pattern(observed=pattern.observed, n=int(total), mean=mean, cov=cov, rows=pattern.rows)
        )
    whole = len(patterns) == 1 and len(patterns[0].observed) == group.data.shape[1]
    return GroupMoments(
        n=group.n,
        mean=patterns[0].mean if whole else group.mean,
        cov=patterns[0].cov if whole else group.cov,
        patterns=tuple(patterns),
        data=group.data,
    )


def model_conforming(solution: Solution, sample: SampleMoments) -> SampleMoments:
    """Rows moved so that their moments are the implied ones: (y - ȳ) S^-1/2 Sigma^1/2 + mu."""
    if not sample.complete:
        raise DataError("the Bollen-Stine bootstrap needs complete data")
    groups = []
    for group, implied in zip(sample.groups, solution.implied, strict=True):
        mean = implied.mean if solution.model.meanstructure else group.mean
        transform = np.linalg.solve(np.linalg.cholesky(group.cov).T, np.linalg.cholesky(implied.cov).T)
        data = (group.data - group.mean) @ transform + mean
        groups.append(weighted_group(replace(group, data=data), np.ones(group.n, dtype=np.int64)))
    return replace(sample, groups=tuple(groups))


def row_statistics(model: Model, x: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Estimates of all rows and definitions, and their standardised values (std_all)."""
    rows = model.reported_values(x)
    standardised, _ = standardize(model, x, rows, observed=True)
    free = list(model.table.free_rows)
    own, _ = evaluate_definitions(model.table, model.fixed, x)
    std, _ = evaluate_definitions(model.table, model.fixed, standardised[free])
    return np.concatenate([rows, own]), np.concatenate([standardised, std])


def influence(solution: Solution) -> FloatArray:
    """Influence of each row on every row and definition, (n, n_rows + k), in units of 1/n."""
    model, x = solution.model, solution.estimate.x
    prepared = solution.prepared
    assert isinstance(prepared, ContinuousSample)
    inverse = solution.inference.inverse_information
    parts = []
    for group in range(model.n_groups):
        scores = np.zeros((prepared.sample.groups[group].n, len(x)))
        positions = model.structure(x, group).positions
        scores[:, positions] = casewise_scores(model, prepared.sample, x, group)
        parts.append(scores @ inverse)
    own = np.concatenate(parts)
    full = np.zeros((len(own), len(model.table.rows)))
    full[:, list(model.table.free_rows)] = own
    _, jacobian = evaluate_definitions(model.table, model.fixed, x)
    return np.concatenate([full, own @ jacobian.T], axis=1)


def _intervals(solution: Solution, draws: FloatArray, standardised: FloatArray, level: float) -> pd.DataFrame:
    estimates, _ = row_statistics(solution.model, solution.estimate.x)
    tails = np.array([(1 - level) / 2, (1 + level) / 2])
    percentile = np.quantile(draws, tails, axis=0)
    with warnings.catch_warnings():
        # no replicate has a standardised value where the factor's variance is never positive
        warnings.filterwarnings("ignore", message="All-NaN slice", category=RuntimeWarning)
        std = np.nanquantile(standardised, tails, axis=0)
    bca = np.array(
        [bca_interval(draws[:, k], estimates[k], pull, level) for k, pull in enumerate(influence(solution).T)]
    )
    table = solution.model.table
    keys = [(r.lhs, r.op, r.rhs, r.group) for r in table.rows]
    group = 0 if solution.model.n_groups > 1 else 1
    keys += [(d.name, ":=", d.text[1], group) for d in table.definitions]
    frame = pd.DataFrame(keys, columns=["lhs", "op", "rhs", "group"])
    return frame.assign(
        est=estimates,
        se=draws.std(axis=0, ddof=1),
        percentile_lower=percentile[0],
        percentile_upper=percentile[1],
        bca_lower=bca[:, 0],
        bca_upper=bca[:, 1],
        std_all_lower=std[0],
        std_all_upper=std[1],
    )


def bca_interval(
    draws: FloatArray, estimate: float, pull: FloatArray, level: float = 0.95
) -> tuple[float, float]:
    """Bias-corrected and accelerated interval. draws (B,), pull (n,): influence values of the rows.

    z0 = Φ^-1(share of draws below the estimate), a = Σ l³ / 6(Σ l²)^1.5. A constant keeps itself.
    """
    if np.ptp(draws) == 0:
        return estimate, estimate
    below = (np.sum(draws < estimate) + 0.5 * np.sum(draws == estimate)) / len(draws)
    bias = stats.norm.ppf(np.clip(below, 1e-6, 1 - 1e-6))
    spread = float(np.sum(pull**2))
    acceleration = float(np.sum(pull**3)) / (6.0 * spread**1.5) if spread > 0 else 0.0
    z = bias + stats.norm.ppf([(1 - level) / 2, (1 + level) / 2])
    shares = stats.norm.cdf(bias + z / (1.0 - acceleration * z))
    lower, upper = np.quantile(draws, shares)
    return float(lower), float(upper)
