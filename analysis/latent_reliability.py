"""Reliability beyond alpha and omega: ordinal alpha and omega, the best split half, a general factor's share.

Ordinal: Zumbo, Gadermann & Zeisser (2007), on polychoric correlations. Best split half: Guttman's λ4 (1945).
Omega hierarchical, ECV and PUC of a bifactor model: Rodriguez, Reise & Haviland (2016). Intervals: delta
method, and bootstrap for λ4.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.frames import numeric
from analysis.results import FloatArray, Interval, Result
from analysis.sem import Fit, fit
from analysis.sem.ordinal_sample import OrdinalSample

Z = 1.959963984540054
MOST_SPLITS = 2000  # more items than have this many halves: that many are drawn at random


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class OrdinalReliability(Result):
    """Alpha and omega on the latent response scale of k items in n complete cases; None with a reason."""

    n: int
    k: int
    alpha: float | None
    alpha_interval: Interval | None
    omega: float | None
    omega_interval: Interval | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class SplitHalf(Result):
    """The largest λ4 over splits into halves; `searched` splits, all of them when `is_exhaustive`."""

    n: int
    value: float | None
    interval: Interval | None
    searched: int
    is_exhaustive: bool
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeneralReliability(Result):
    """A bifactor model's account of the total: table, index coefficient ("omega_h", "omega_t", "ecv" and
    "omega_hs_<group>"), est, lower, upper. puc: share of correlations between groups, a fact of the design.
    """

    n: int
    status: str
    puc: float | None
    table: pd.DataFrame
    reason: str = ""


def ordinal_reliability(data: pd.DataFrame) -> OrdinalReliability:
    """Ordinal alpha and omega of `data` (respondents × items, keyed) by WLSMV in complete cases."""
    complete = numeric(data).dropna()
    n, k = complete.shape
    nothing = OrdinalReliability(
        n=n, k=k, alpha=None, alpha_interval=None, omega=None, omega_interval=None, reason=""
    )
    if k < 3 or n < 2 * k:
        return _said(nothing, "题数或人数不足 / too few items or people")
    items = [str(c) for c in complete.columns]
    try:
        found = fit(_ordinal_model(items), complete, estimator="WLSMV", ordered=items, std_lv=True)
    except ValueError as error:
        return _said(nothing, str(error))
    if not found.usable:
        return _said(nothing, "; ".join(found.problems) or found.status)
    alpha, alpha_se = _ordinal_alpha(found, n)
    omega = _defined(found, "omega")
    return OrdinalReliability(
        n=n,
        k=k,
        alpha=alpha,
        alpha_interval=None if alpha_se is None else _interval(alpha, alpha_se),
        omega=omega[0],
        omega_interval=_interval(*omega),
    )


def _said(nothing: OrdinalReliability, reason: str) -> OrdinalReliability:
    return OrdinalReliability(
        n=nothing.n, k=nothing.k, alpha=None, alpha_interval=None, omega=None, omega_interval=None,
        reason=reason,
    )  # fmt: skip


def _ordinal_model(items: Sequence[str]) -> str:
    """One factor; latent responses have variance 1, so that their residual variances are 1 − λ²."""
    loadings = [f"l{i}" for i in range(1, len(items) + 1)]
    common = f"({' + '.join(loadings)})^2"
    unique = f"({len(items)} - ({' + '.join(f'{name}^2' for name in loadings)}))"
    terms = " + ".join(f"{name}*{item}" for name, item in zip(loadings, items, strict=True))
    return f"F =~ {terms}\nomega := {common} / ({common} + {unique})"


def _defined(found: Fit, name: str) -> tuple[float, float]:
    rows = found.parameters
    row = rows[(rows["op"] == ":=") & (rows["lhs"] == name)].iloc[0]
    return float(row["est"]), float(row["se"])


def _interval(value: float, se: float) -> Interval:
    return Interval(lower=value - Z * se, upper=min(value + Z * se, 1.0), method="delta")


def _ordinal_alpha(found: Fit, n: int) -> tuple[float, float | None]:
    """Alpha of the polychoric correlations with its delta-method error: each pair counts alike."""
    prepared = found.solution.prepared
    if not isinstance(prepared, OrdinalSample):
        raise TypeError("an ordinal fit has an ordinal sample")
    moments = prepared.moments[0]
    matrix = moments.covariance
    k, total = len(matrix), float(matrix.sum())
    alpha = k / (k - 1) * (1 - k / total)
    if moments.gamma is None:
        return alpha, None
    pairs = k * (k - 1) // 2
    own = moments.gamma[-pairs:, -pairs:]
    slope = 2 * k * k / (k - 1) / total**2
    return alpha, math.sqrt(max(float(own.sum()), 0.0) / n) * slope


def split_signs(k: int, seed: int) -> tuple[FloatArray, bool]:
    """Halves of k items as rows of ±1 (all of them, or `MOST_SPLITS` at random), and whether they are all."""
    half = k // 2
    if math.comb(k, half) / 2 <= MOST_SPLITS:
        chosen = [c for c in itertools.combinations(range(k), half) if k % 2 or 0 in c]
        signs = np.full((len(chosen), k), -1.0)
        for row, members in enumerate(chosen):
            signs[row, list(members)] = 1.0
        return signs, True
    rng = np.random.default_rng(seed)
    start = np.where(np.arange(k) < half, 1.0, -1.0)
    return np.array([rng.permutation(start) for _ in range(MOST_SPLITS)]), False


def best_split_half(data: pd.DataFrame, *, resamples: int = 200, seed: int = 20240501) -> SplitHalf:
    """λ4 = 1 − s'Cs/ΣC, largest over splits s; percentile bootstrap interval (optimistic, as any maximum).

    data: respondents × items, keyed; complete cases. Items are counted unstandardised.
    """
    complete = numeric(data).dropna().to_numpy(dtype=np.float64)
    n, k = complete.shape
    if k < 2 or n < 10 or not np.ptp(complete.sum(axis=1)) > 0:
        why = "题数、人数或差异不足 / too few items, people or differences"
        return SplitHalf(n=n, value=None, interval=None, searched=0, is_exhaustive=False, reason=why)
    signs, is_all = split_signs(k, seed)
    value = _lambda4(np.cov(complete, rowvar=False), signs)
    rng = np.random.default_rng(seed)
    times = min(resamples, 4_000_000 // n + 1)
    drawn = [_lambda4(np.cov(complete[rng.integers(0, n, n)], rowvar=False), signs) for _ in range(times)]
    known = [v for v in drawn if math.isfinite(v)]
    bounds = [float(b) for b in np.quantile(known, [0.025, 0.975])] if known else [math.nan, math.nan]
    return SplitHalf(
        n=n,
        value=value,
        interval=Interval(lower=bounds[0], upper=bounds[1], method="bootstrap"),
        searched=len(signs),
        is_exhaustive=is_all,
    )


def _lambda4(covariance: FloatArray, signs: FloatArray) -> float:
    total = float(covariance.sum())
    return (
        float(1 - np.einsum("ij,jk,ik->i", signs, covariance, signs, optimize=True).min() / total)
        if total > 0
        else math.nan
    )


def bifactor_model(groups: Mapping[str, Sequence[str]]) -> str:
    """A general factor, one specific factor a group, and the coefficients as defined parameters."""
    items = [item for members in groups.values() for item in members]
    lines = ["GEN =~ " + " + ".join(f"g_{i}*{i}" for i in items)]
    lines += [
        f"SP_{name} =~ " + " + ".join(f"s_{i}*{i}" for i in members) for name, members in groups.items()
    ]
    lines += [f"{i} ~~ t_{i}*{i}" for i in items]
    general = f"({' + '.join(f'g_{i}' for i in items)})^2"
    special = {name: f"({' + '.join(f's_{i}' for i in members)})^2" for name, members in groups.items()}
    unique = " + ".join(f"t_{i}" for i in items)
    total = f"({general} + {' + '.join(special.values())} + {unique})"
    spread = {i: f"(g_{i}^2 + s_{i}^2 + t_{i})" for i in items}
    shared = " + ".join(f"g_{i}^2/{spread[i]}" for i in items)
    rest = " + ".join(f"s_{i}^2/{spread[i]}" for i in items)
    lines += [
        f"omega_h := {general} / {total}",
        f"omega_t := ({general} + {' + '.join(special.values())}) / {total}",
        f"ecv := ({shared}) / ({shared} + {rest})",
    ]
    for name, members in groups.items():
        own = f"({' + '.join(f'g_{i}' for i in members)})^2"
        noise = " + ".join(f"t_{i}" for i in members)
        lines.append(f"omega_hs_{name} := {special[name]} / ({own} + {special[name]} + {noise})")
    return "\n".join(lines)


def share_of_uncontaminated(groups: Mapping[str, Sequence[str]]) -> float:
    """PUC: correlations between items of different groups, of all correlations.

    >>> round(share_of_uncontaminated({"a": ["1", "2"], "b": ["3", "4"]}), 3)
    0.667
    """
    sizes = [len(members) for members in groups.values()]
    k = sum(sizes)
    within = sum(size * (size - 1) for size in sizes)
    return 1 - within / (k * (k - 1))


def general_reliability(
    data: pd.DataFrame, groups: Mapping[str, Sequence[str]], *, missing: str = "listwise"
) -> GeneralReliability:
    """Omega hierarchical, omega total, ECV and omega of every group's own part, by ML of a bifactor model."""
    kept = {name: [i for i in members if i in data] for name, members in groups.items()}
    kept = {name: members for name, members in kept.items() if len(members) > 2}
    used = [i for members in kept.values() for i in members]
    empty = pd.DataFrame(columns=["est", "lower", "upper"]).rename_axis("coefficient")
    rows = data[used].dropna(how="any" if missing == "listwise" else "all")
    if len(kept) < 2 or len(rows) < 5 * len(used):
        why = "维度不足两个，或人数不足题数的五倍 / fewer than two groups, or than five people an item"
        return GeneralReliability(n=len(rows), status="not_estimated", puc=None, table=empty, reason=why)
    try:
        found = fit(bifactor_model(kept), rows, missing=missing, std_lv=True, orthogonal=True)
    except ValueError as error:
        return GeneralReliability(
            n=len(rows), status="not_estimated", puc=None, table=empty, reason=str(error)
        )
    if not found.usable:
        reason = "; ".join(found.problems) or found.status
        return GeneralReliability(n=len(rows), status=found.status, puc=None, table=empty, reason=reason)
    names = ["omega_h", "omega_t", "ecv", *(f"omega_hs_{name}" for name in kept)]
    table = pd.DataFrame([_defined(found, name) for name in names], index=names, columns=["est", "se"])
    table["lower"] = (table["est"] - Z * table["se"]).clip(lower=0)
    table["upper"] = (table["est"] + Z * table["se"]).clip(upper=1)
    return GeneralReliability(
        n=len(rows),
        status=found.status,
        puc=share_of_uncontaminated(kept),
        table=table[["est", "lower", "upper"]].rename_axis("coefficient"),
    )
