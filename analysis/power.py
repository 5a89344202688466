"""How many people: power of RMSEA tests and the N they need, and Monte Carlo of the very model.

MacCallum, Browne & Sugawara (1996); Muthén & Muthén (2002). RMSEA power speaks of the test of fit only: with
many degrees of freedom it asks for far fewer people than the estimates need.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.results import Result
from analysis.sem import DataError
from analysis.sem.monte_carlo import MonteCarloResult, monte_carlo
from analysis.sem.simulation import Population

LARGEST_N = 1_000_000
FEWEST_FOR_ESTIMATES = 200  # below it one solution in four or five of a second-order model is inadmissible


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RmseaPower(Result):
    """Power of a test of RMSEA with df degrees of freedom, and the smallest N for the power wanted.

    null and alternative: RMSEA under each; test: "close" when the alternative is the larger (.05 against
    .08), "not close" when it is the smaller (.05 against .01), "exact" when the null is 0. power: at n, None
    without n. needed: smallest N, None with a reason.
    """

    df: int
    null: float
    alternative: float
    test: Literal["close", "not close", "exact"]
    alpha: float
    wanted: float
    n: int | None
    power: float | None
    needed: int | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleSizeGuides:
    """What an N must reach: Muthén & Muthén (2002), and the share of admissible solutions.

    The bounds of coverage are widened by two Monte Carlo standard errors of a .95 coverage.
    """

    admissible: float = 0.95
    power: float = 0.80
    coverage: tuple[float, float] = (0.91, 0.98)
    relative_bias: float = 0.10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SampleSizes(Result):
    """One Monte Carlo study for each N of a model.

    table: index n; converged, admissible, rejected (test of fit at .05), cfi, rmsea, srmr (means), power
    (lowest of the judged parameters), weakest (that parameter), coverage_lowest, coverage_highest,
    relative_bias (largest |bias|), sufficient (all guides met), reason (why an N has no numbers, or "").
    needed: smallest N of those tried from which on every N is sufficient; None when there is none.
    """

    model: str
    replications: int
    seed: int
    guides: SampleSizeGuides
    judged: tuple[str, ...]
    table: pd.DataFrame
    needed: int | None
    studies: dict[int, MonteCarloResult] = field(repr=False)
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """One row an N."""
        return self.table


def rmsea_test_power(n: float, df: int, null: float, alternative: float, alpha: float = 0.05) -> float:
    """Power of the test of RMSEA = null when it is `alternative`; noncentrality (n − 1)·df·RMSEA².

    >>> round(rmsea_test_power(200, 100, 0.05, 0.08), 3)
    0.955
    """
    central, shifted = ((n - 1) * df * rmsea**2 for rmsea in (null, alternative))
    if alternative > null:
        return float(_upper(_critical(1 - alpha, df, central), df, shifted))
    return 1 - float(_upper(_critical(alpha, df, central), df, shifted))


def _critical(p: float, df: int, noncentrality: float) -> float:
    if noncentrality == 0:
        return float(stats.chi2.ppf(p, df))
    return float(stats.ncx2.ppf(p, df, noncentrality))


def _upper(value: float, df: int, noncentrality: float) -> float:
    if noncentrality == 0:
        return float(stats.chi2.sf(value, df))
    return float(stats.ncx2.sf(value, df, noncentrality))


def rmsea_power(
    df: int,
    *,
    null: float = 0.05,
    alternative: float = 0.08,
    n: int | None = None,
    wanted: float = 0.80,
    alpha: float = 0.05,
) -> RmseaPower:
    """Power at `n` and the N for `wanted` power, before collecting or after.

    Raises ValueError for df < 1, equal or negative RMSEA values, or shares outside 0..1.
    """
    if df < 1 or min(null, alternative) < 0 or null == alternative:
        raise ValueError("RMSEA power needs df of at least 1 and two different RMSEA values from 0 up")
    if not (0 < alpha < 1 and 0 < wanted < 1) or (n is not None and n < 2):
        raise ValueError("alpha and power lie between 0 and 1, and n is at least 2")
    test: Literal["close", "not close", "exact"] = "close" if alternative > null else "not close"
    needed = _smallest_n(df, null, alternative, alpha, wanted)
    return RmseaPower(
        df=df,
        null=null,
        alternative=alternative,
        test="exact" if null == 0 else test,
        alpha=alpha,
        wanted=wanted,
        n=n,
        power=None if n is None else rmsea_test_power(n, df, null, alternative, alpha),
        needed=needed,
        reason="" if needed else f"{LARGEST_N} 人仍不够 / not even {LARGEST_N} people are enough",
        warnings=tuple(_cautions(df, needed)),
    )


def _cautions(df: int, needed: int | None) -> Iterator[str]:
    if df < 10:
        yield "自由度小，RMSEA 不宜用来判断 / with so few degrees of freedom RMSEA should not be judged"
    if needed is not None and needed < FEWEST_FOR_ESTIMATES:
        yield (
            f"{needed} 人只够检验拟合，不够估计参数 / {needed} people suffice for the test of fit, "
            "not for the estimates"
        )


def _smallest_n(df: int, null: float, alternative: float, alpha: float, wanted: float) -> int | None:
    """By bisection: power grows with N."""
    low, high = 2, 4
    while rmsea_test_power(high, df, null, alternative, alpha) < wanted:
        low, high = high, 2 * high
        if high > LARGEST_N:
            return None
    while high - low > 1:
        middle = (low + high) // 2
        if rmsea_test_power(middle, df, null, alternative, alpha) < wanted:
            low = middle
        else:
            high = middle
    return high


def sample_sizes(
    population: Population,
    model: str,
    sizes: Sequence[int],
    *,
    judged: Sequence[str] = (),
    guides: SampleSizeGuides | None = None,
    replications: int = 200,
    seed: int = 20240501,
    processes: int = 1,
    progress: Callable[[int, int], None] | None = None,
    **options: Any,
) -> SampleSizes:
    """How many people does `model` need if `population` is the truth?

    Before collecting, the population is typed (`population_from_syntax`); after, it is the pilot's own fit
    (`population_from_fit`). sizes: people (for each group, where there are several). judged: parameters as
    "f=~x1" or "f~~g", all loadings and regressions when empty. progress: called with how many sizes are
    done and the one that begins. options: those of `fit`; identify the model as the population is.
    Raises ValueError without sizes, or for a judged parameter the model does not have.
    """
    if not sizes or min(sizes) < 2:
        raise ValueError("sample sizes of at least 2 are needed")
    limits, tried = guides or SampleSizeGuides(), sorted(set(sizes))
    studies: dict[int, MonteCarloResult] = {}
    rows: dict[int, dict[str, float | str | bool]] = {}
    for done, n in enumerate(tried):
        if progress is not None:
            progress(done, n)
        try:
            studies[n] = monte_carlo(
                population, model, n=n, replications=replications, seed=seed, processes=processes, **options
            )
        except DataError as error:
            rows[n] = {"sufficient": False, "reason": str(error)}
            continue
        rows[n] = _size_row(studies[n], judged, limits)
    columns = [
        "converged", "admissible", "rejected", "cfi", "rmsea", "srmr", "power", "weakest",
        "coverage_lowest", "coverage_highest", "relative_bias", "sufficient", "reason",
    ]  # fmt: skip
    table = pd.DataFrame.from_dict(rows, orient="index").reindex(columns=columns).rename_axis("n")
    needed = None
    for n in reversed(tried):
        if not table.loc[n, "sufficient"]:
            break
        needed = n
    return SampleSizes(
        model=model,
        replications=replications,
        seed=seed,
        guides=limits,
        judged=tuple(judged),
        table=table,
        needed=needed,
        studies=studies,
        reason="" if needed else "试过的人数都不够 / none of the sizes tried is sufficient",
        warnings=(
            (f"每个人数只重复 {replications} 次，比例的误差较大 / only {replications} replications a size",)
            if replications < 200
            else ()
        ),
    )


def _size_row(
    study: MonteCarloResult, judged: Sequence[str], limits: SampleSizeGuides
) -> dict[str, float | str | bool]:
    names = study.parameters["lhs"] + study.parameters["op"] + study.parameters["rhs"]
    absent = sorted(set(judged) - set(names))
    if absent:
        raise ValueError(f"the model has no free parameter {', '.join(absent)}")
    chosen = names.isin(list(judged)) if judged else study.parameters["op"].isin(["=~", "~"])
    table = study.parameters[chosen]
    if not len(table):
        return {"sufficient": False, "reason": "没有可判断的参数 / no parameter to judge"}
    means = study.measures.set_index("measure")["mean"] if len(study.measures) else pd.Series(dtype=float)
    weakest = table["power"].idxmin()
    power = float(table["power"].min())
    low, high = float(table["coverage"].min()), float(table["coverage"].max())
    bias = (
        float(np.nanmax(np.abs(table["relative_bias"]))) if table["relative_bias"].notna().any() else math.nan
    )
    unknown = table["truth"].isna().any()
    slack = 2 * math.sqrt(0.95 * 0.05 / study.replications)
    sufficient = (
        study.admissible >= limits.admissible
        and power >= limits.power
        and limits.coverage[0] - slack <= low <= high <= limits.coverage[1] + slack
        and not bias > limits.relative_bias
    )
    return {
        "converged": study.converged,
        "admissible": study.admissible,
        "rejected": math.nan if study.rejected is None else study.rejected,
        **{name: float(means.get(name, math.nan)) for name in ("cfi", "rmsea", "srmr")},
        "power": power,
        "weakest": str(names[weakest]),
        "coverage_lowest": low,
        "coverage_highest": high,
        "relative_bias": bias,
        "sufficient": bool(sufficient and not unknown),
        "reason": "总体中没有相应的参数值 / the population has no value of a judged parameter"
        if unknown
        else "",
    }
