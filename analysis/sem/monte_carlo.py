"""Monte Carlo study of a design: bias, coverage, power, rejection rates, share of usable estimates.

Muthén & Muthén (2002), How to use a Monte Carlo study to decide on sample size and determine power,
Structural Equation Modeling 9, 599-620.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from analysis.results import FloatArray, Result
from analysis.sem.errors import DataError
from analysis.sem.fit import fit
from analysis.sem.simulation import Population, run_seeded, simulate

__all__ = ["MonteCarloResult", "monte_carlo", "values_in_model"]

LEVEL = 0.05
COVERED = 1.959963984540054
NO_VALUE = 1e-8  # a truth below it is zero, found by fitting: bias has nothing to be relative to
MEASURES = ("chisq", "chisq.scaled", "cfi", "rmsea", "srmr", "cfi.robust", "rmsea.robust")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MonteCarloResult(Result):
    """parameters: one row a free parameter: lhs, op, rhs, group, truth, mean, bias, relative_bias, sd,
    mean_se, se_bias, mse, coverage (of 95 % intervals), power (share with p < .05).

    measures: mean, sd and 5, 50, 95 % quantiles of fit measures. converged, admissible: shares of all
    replications; the tables use converged and identified ones in which every category was drawn.
    rejected: share with p < .05 of the test of fit (scaled where there is one), None without one.
    """

    n: tuple[int, ...]
    replications: int
    seed: int
    estimator: str
    converged: float
    admissible: float
    rejected: float | None
    parameters: pd.DataFrame
    measures: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The parameters."""
        return self.parameters

    def to_text(self) -> str:
        """Both tables with the shares."""
        head = (
            f"Monte Carlo, {self.replications} replications, n = {', '.join(map(str, self.n))}, "
            f"{self.estimator}, seed {self.seed}: converged {self.converged:.1%}, admissible "
            f"{self.admissible:.1%}"
        )
        if self.rejected is not None:
            head += f", fit rejected at .05 {self.rejected:.1%}"
        tables = [
            t.to_string(index=False, float_format="%.3f", na_rep="") for t in (self.parameters, self.measures)
        ]
        return "\n\n".join([head, *tables, *(f"warning: {w}" for w in self.warnings)])


@dataclass(frozen=True, slots=True, kw_only=True)
class _Replicate:
    status: str
    keys: tuple[tuple[str, str, str, int], ...] = ()
    est: tuple[float, ...] = ()
    se: tuple[float, ...] = ()
    measures: tuple[float, ...] = ()
    pvalue: float = math.nan
    trouble: str = ""


def monte_carlo(
    population: Population,
    model: str,
    *,
    n: int | Sequence[int],
    replications: int = 500,
    seed: int = 1,
    processes: int = 1,
    truth: Mapping[tuple[str, str, str, int], float] | None = None,
    **options: Any,
) -> MonteCarloResult:
    """Draw samples from a population and fit a model to each.

    n: cases, or one number for each group. options: those of `fit` (estimator, ordered, group_equal, std_lv,
    ...); the group column is known from the population. processes: worker processes; the numbers do not
    depend on it. truth: by default `values_in_model` where the model is true in the population, else the
    population's value of the parameter of the same name.
    """
    if replications < 2:
        raise DataError("a Monte Carlo study needs at least two replications")
    if len(population.labels) > 1:
        options = {**options, "group": population.group}
    task = functools.partial(_replicate, population, model, n, options)
    replicates = run_seeded(task, replications, seed=seed, processes=processes)
    used = [r for r in replicates if r.status in ("ok", "inadmissible")]
    if len(used) < 2:
        reasons = sorted({r.trouble or r.status for r in replicates})
        raise DataError(f"hardly any replication could be fitted: {'; '.join(reasons[:3])}")
    used, narrower = _alike(used)
    sizes = [n] * len(population.labels) if isinstance(n, int) else list(n)
    pvalues = np.array([r.pvalue for r in used])
    failed = sorted({r.trouble for r in replicates if r.trouble})
    return MonteCarloResult(
        n=tuple(sizes),
        replications=replications,
        seed=seed,
        estimator=str(options.get("estimator", "ML")).upper(),
        converged=len(used) / replications,
        admissible=sum(r.status == "ok" for r in replicates) / replications,
        rejected=None if np.isnan(pvalues).all() else float(np.nanmean(pvalues < LEVEL)),
        parameters=_parameter_table(_truth(population, model, options) if truth is None else truth, used),
        measures=_measure_table(used),
        warnings=(
            *narrower,
            *(f"replications could not be fitted: {reason}" for reason in failed[:5]),
        ),
    )


def _alike(used: Sequence[_Replicate]) -> tuple[list[_Replicate], tuple[str, ...]]:
    """Replicates with every parameter: a sample without a rare category has fewer thresholds."""
    fullest = max((r.keys for r in used), key=len)
    kept = [r for r in used if r.keys == fullest]
    left_out = len(used) - len(kept)
    if len(kept) < 2:
        raise DataError("categories are so rare that hardly any sample holds them all")
    words = f"{left_out} replications left out: a category of an item was not drawn"
    return kept, (words,) if left_out else ()


def _truth(
    population: Population, model: str, options: Mapping[str, Any]
) -> Mapping[tuple[str, str, str, int], float]:
    """Values in the metric of the fitted model where that can be had, else the population's by name."""
    if len(population.labels) > 1 or options.get("parameterization", "delta") != "delta":
        return population.values
    try:
        return values_in_model(
            population,
            model,
            std_lv=bool(options.get("std_lv", False)),
            orthogonal=bool(options.get("orthogonal", False)),
        )
    except DataError:
        return population.values


def values_in_model(
    population: Population, model: str, *, std_lv: bool = False, orthogonal: bool = False
) -> dict[tuple[str, str, str, int], float]:
    """The population's parameters in the metric of a model that is true in it, by (lhs, op, rhs, group).

    The model is fitted to the exact moments of the latent responses, ordinal ones with unit variance (delta
    parameterisation); thresholds are the population's on that scale. For single-group models.
    """
    scale = np.ones(len(population.names))
    for name in population.thresholds[0]:
        k = population.names.index(name)
        scale[k] = 1.0 / math.sqrt(population.covariances[0][k, k])
    size = 10 * len(population.names)
    values = np.random.default_rng(1).standard_normal((size, len(population.names)))
    values -= values.mean(axis=0)
    values = values @ np.linalg.inv(np.linalg.cholesky(values.T @ values / size)).T
    values = (population.means[0] + values @ np.linalg.cholesky(population.covariances[0]).T) * scale
    found = fit(
        model, pd.DataFrame(values, columns=list(population.names)), std_lv=std_lv, orthogonal=orthogonal
    )
    if not found.usable or (found.fit["chisq"] or 0.0) > 1e-6:
        raise DataError(f"the model does not hold in the population: {'; '.join(found.problems) or 'misfit'}")
    rows = found.parameters.to_dict("records")
    truth = {(r["lhs"], r["op"], r["rhs"], int(r["group"])): float(r["est"]) for r in rows}
    for name, cuts in population.thresholds[0].items():
        k = population.names.index(name)
        for number, cut in enumerate(cuts, start=1):
            truth[name, "|", f"t{number}", 1] = float((cut - population.means[0][k]) * scale[k])
    return truth


def _replicate(
    population: Population,
    model: str,
    n: int | Sequence[int],
    options: dict[str, Any],
    seed: np.random.SeedSequence,
) -> _Replicate:
    """One sample and its fit. A sample that cannot be analysed (an empty category) is a status, no error."""
    data = simulate(population, n, seed=seed)
    try:
        found = fit(model, data, **options)
    except DataError as error:
        return _Replicate(status="data", trouble=str(error))
    if found.status not in ("ok", "inadmissible"):
        return _Replicate(status=found.status, trouble="; ".join(found.problems[:1]))
    table = found.parameters[found.parameters["free"]]
    pvalue = found.fit.get("pvalue.scaled", found.fit.get("pvalue"))
    return _Replicate(
        status=found.status,
        keys=tuple(zip(table["lhs"], table["op"], table["rhs"], table["group"], strict=True)),
        est=tuple(table["est"]),
        se=tuple(table["se"]),
        measures=tuple(_number(found.fit.get(name)) for name in MEASURES),
        pvalue=_number(pvalue),
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else value


def _parameter_table(
    values: Mapping[tuple[str, str, str, int], float], used: Sequence[_Replicate]
) -> pd.DataFrame:
    est, se = np.array([r.est for r in used]), np.array([r.se for r in used])
    keys = used[0].keys
    truth = np.array([values.get(key, math.nan) for key in keys])
    mean, sd = est.mean(axis=0), est.std(axis=0, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        relative = np.where(np.abs(truth) > NO_VALUE, (mean - truth) / truth, np.nan)
        power = _share(np.abs(est / se) > COVERED, se)
        covered = _share(np.abs(est - truth) <= COVERED * se, se)
    table = pd.DataFrame(keys, columns=["lhs", "op", "rhs", "group"])
    return table.assign(
        truth=truth,
        mean=mean,
        bias=mean - truth,
        relative_bias=relative,
        sd=sd,
        mean_se=np.nanmean(se, axis=0),
        se_bias=np.nanmean(se, axis=0) / sd - 1.0,
        mse=((est - truth) ** 2).mean(axis=0),
        coverage=np.where(np.isnan(truth), np.nan, covered),
        power=power,
    )


def _share(flags: np.ndarray[Any, np.dtype[np.bool_]], se: FloatArray) -> FloatArray:
    """Share of true flags among replications that have a standard error."""
    known = np.isfinite(se)
    return np.asarray((flags & known).sum(axis=0) / np.maximum(known.sum(axis=0), 1))


def _measure_table(used: Sequence[_Replicate]) -> pd.DataFrame:
    values = np.array([r.measures for r in used])
    records = []
    for name, column in zip(MEASURES, values.T, strict=True):
        known = column[~np.isnan(column)]
        if len(known) < 2:
            continue
        low, middle, high = np.quantile(known, [0.05, 0.5, 0.95])
        records.append(
            {
                "measure": name,
                "mean": known.mean(),
                "sd": known.std(ddof=1),
                "q05": low,
                "q50": middle,
                "q95": high,
            }
        )
    return pd.DataFrame.from_records(records)
