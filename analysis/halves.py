"""Factors found in one random half and confirmed in the other, beside the structure that was expected.

Exploration and confirmation on the same people would confirm chance (Cudeck & Browne, 1983; Anderson &
Gerbing, 1988). Congruence of loadings: Tucker (1951); .85–.94 fair, .95 and more good (Lorenzo-Seva & ten
Berge, 2006).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.optimize import linear_sum_assignment

from analysis.efa import ExploratoryFactors, Extraction, Matrix, Rotation, explore_factors
from analysis.frames import numeric
from analysis.polychoric import polychoric_parallel_analysis
from analysis.results import FloatArray, Result
from analysis.rivals import Rival, RivalFits, fit_rivals

LEAST_LOADING = 0.30  # an item whose largest loading is smaller belongs to no factor
LEAST_PER_ITEM = 5  # people an item in each half
FOUND = "found"
EXTRACTIONS: tuple[Extraction, ...] = ("minres", "ml")
ROTATIONS: tuple[Rotation, ...] = ("oblimin", "promax", "varimax", "geomin")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class HalfAgainstHalf(Result):
    """What one half finds, and how it fits the other.

    n_first, n_second: people of the halves (complete cases). n_factors: by polychoric parallel analysis in
    the first. assigned: index item; factor (largest loading, "" below .30), loading, expected (the
    instrument's construct), matches (the construct its factor stands for), is_moved (these differ). ways:
    the same by other extractions and rotations; extraction, rotation, same (share of items on the same
    factor), r_least, r_most (factor correlations), reason. syntax: the model found. fits: found and expected
    structures in the second half. congruence: Tucker's, of each factor with its partner in the second half.
    """

    n_first: int
    n_second: int
    seed: int
    n_factors: int | None
    factors: ExploratoryFactors | None
    assigned: pd.DataFrame
    ways: pd.DataFrame
    syntax: str
    fits: RivalFits | None
    congruence: pd.Series
    reason: str = ""


def half_against_half(
    data: pd.DataFrame,
    expected: Sequence[Mapping[str, str]],
    rivals: Sequence[Rival],
    *,
    seed: int,
    extraction: Extraction = "minres",
    rotation: Rotation = "oblimin",
    matrix: Matrix = "polychoric",
    estimator: str = "MLR",
    replications: int = 30,
) -> HalfAgainstHalf:
    """Explore a random half of the complete cases of `data` (respondents × items), confirm in the other.

    expected: item → construct it was written for, one mapping a level of the instrument (the one with most
    nearly as many constructs as there are factors is compared); rivals: structures fitted beside it.
    """
    complete = numeric(data).dropna()
    order = np.random.default_rng(seed).permutation(len(complete))
    first, second = complete.iloc[order[: len(order) // 2]], complete.iloc[order[len(order) // 2 :]]
    needed = LEAST_PER_ITEM * complete.shape[1]
    if len(first) < needed:
        return _nothing(
            first,
            second,
            seed,
            f"每半只有 {len(first)} 人，不足题数的 {LEAST_PER_ITEM} 倍（{needed} 人） / "
            f"{len(first)} people a half, fewer than {LEAST_PER_ITEM} an item ({needed})",
        )
    parallel = polychoric_parallel_analysis(first, seed=seed, replications=replications)
    if not parallel.n_components:
        why = parallel.reason or "没有超过随机的因子 / no factor beyond chance"
        return _nothing(first, second, seed, why)
    number = parallel.n_components
    found = explore_factors(first, number, extraction=extraction, rotation=rotation, matrix=matrix)
    if found.loadings is None:
        return _nothing(first, second, seed, found.reason)
    level = min(expected, key=lambda owners: abs(len(set(owners.values())) - number))
    assigned = _assigned(found.loadings, level)
    syntax = _syntax(assigned)
    if not syntax:
        why = "没有一个因子有三道以上的题目 / no factor has three items"
        return _nothing(first, second, seed, why)
    again = explore_factors(second, number, extraction=extraction, rotation=rotation, matrix=matrix)
    lost = (f"第二半没有求得因子 / no factors in the second half: {again.reason}",) if again.reason else ()
    return HalfAgainstHalf(
        n_first=len(first),
        n_second=len(second),
        seed=seed,
        n_factors=number,
        factors=found,
        assigned=assigned,
        ways=_ways(first, found, matrix),
        syntax=syntax,
        fits=fit_rivals([Rival(id=FOUND, syntax=syntax, std_lv=True), *rivals], second, estimator=estimator),
        congruence=_congruence(found.loadings, again.loadings),
        warnings=lost,
    )


def _nothing(first: pd.DataFrame, second: pd.DataFrame, seed: int, reason: str) -> HalfAgainstHalf:
    return HalfAgainstHalf(
        n_first=len(first), n_second=len(second), seed=seed, n_factors=None, factors=None,
        assigned=pd.DataFrame(), ways=pd.DataFrame(), syntax="", fits=None,
        congruence=pd.Series(dtype=float), reason=reason,
    )  # fmt: skip


def _assigned(loadings: pd.DataFrame, expected: Mapping[str, str]) -> pd.DataFrame:
    """Each item with its factor, and whether that factor matches the construct it was written for.

    Factors and constructs are matched one to one so that as many items as possible agree.
    """
    values, names = loadings.to_numpy(dtype=float), [str(name) for name in loadings.columns]
    place = np.abs(values).argmax(axis=1)
    largest = values[np.arange(len(values)), place]
    kept = np.abs(largest) >= LEAST_LOADING
    table = pd.DataFrame(
        {
            "factor": [names[p] if k else "" for p, k in zip(place.tolist(), kept.tolist(), strict=True)],
            "loading": largest,
            "expected": [expected.get(str(item), "") for item in loadings.index],
        },
        index=loadings.index,
    )
    counted = pd.crosstab(table["factor"], table["expected"]).drop(index="", errors="ignore")
    rows, columns = linear_sum_assignment(-counted.to_numpy())
    matched = {
        str(counted.index[r]): str(counted.columns[c])
        for r, c in zip(rows.tolist(), columns.tolist(), strict=True)
    }
    table["matches"] = [matched.get(factor, "") for factor in table["factor"]]
    table["is_moved"] = (table["factor"] == "") | (table["matches"] != table["expected"])
    return table.rename_axis("item")


def _ways(first: pd.DataFrame, found: ExploratoryFactors, matrix: Matrix) -> pd.DataFrame:
    """The same number of factors by every extraction and rotation, against the solution found."""
    assert found.loadings is not None
    own = found.loadings.abs().to_numpy(dtype=float)
    rows: list[dict[str, object]] = []
    for extraction, rotation in itertools.product(EXTRACTIONS, ROTATIONS):
        other = explore_factors(
            first, found.n_factors, extraction=extraction, rotation=rotation, matrix=matrix
        )
        row: dict[str, object] = {"extraction": extraction, "rotation": rotation, "same": math.nan}
        row |= {"r_least": math.nan, "r_most": math.nan, "reason": other.reason}
        if other.loadings is not None:
            theirs = other.loadings.abs().to_numpy(dtype=float)
            _, partner = linear_sum_assignment(-(own.T @ theirs))
            row["same"] = float((theirs[:, partner].argmax(axis=1) == own.argmax(axis=1)).mean())
        if other.loadings is not None and other.correlations is None:
            row["reason"] = "因子不相关或只有一个 / uncorrelated factors, or one"
        if other.correlations is not None:
            upper = other.correlations.to_numpy(dtype=float)[np.triu_indices(found.n_factors, 1)]
            row |= {"r_least": float(upper.min()), "r_most": float(upper.max())}
        rows.append(row)
    return pd.DataFrame(rows)


def _syntax(assigned: pd.DataFrame) -> str:
    lines = [
        f"{factor} =~ {' + '.join(items)}"
        for factor in sorted(set(assigned["factor"]) - {""})
        if len(items := [str(item) for item in assigned.index[assigned["factor"] == factor]]) > 2
    ]
    return "\n".join(lines)


def _congruence(first: pd.DataFrame, second: pd.DataFrame | None) -> pd.Series:
    """Tucker's coefficient of each factor with its partner in the other half, NaN where that has none."""
    if second is None:
        return pd.Series(math.nan, index=first.columns)
    one: FloatArray = first.to_numpy(dtype=float)
    other: FloatArray = second.to_numpy(dtype=float)
    lengths = np.sqrt(np.outer((one**2).sum(axis=0), (other**2).sum(axis=0)))
    coefficients = np.abs(one.T @ other) / lengths
    rows, columns = linear_sum_assignment(-coefficients)
    names = [str(name) for name in first.columns]
    return pd.Series(coefficients[rows, columns], index=[names[row] for row in rows])
