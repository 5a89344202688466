"""Convergent and discriminant validity of constructs with items of their own, with intervals.

AVE and composite reliability: Fornell & Larcker (1981), of a model of correlated factors, delta method.
HTMT and HTMT2 with percentile bootstrap intervals: Henseler et al. (2015); Roemer et al. (2021).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import FloatArray, Result
from analysis.sem import fit
from analysis.validity import heterotrait_ratios

Z = 1.959963984540054


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ConstructValidity(Result):
    """Constructs as correlated factors.

    constructs: index construct; k, cr, cr_lower, cr_upper, ave, ave_lower, ave_upper, root_ave.
    pairs: one row a pair; one, other, r, r_lower, r_upper (of the factors), htmt, htmt_lower, htmt_upper,
    htmt2, htmt2_lower, htmt2_upper, fornell_larcker (is r below both roots of AVE?). Empty with a
    reason where the model has no usable estimates; HTMT needs none and is given all the same.
    """

    n: int
    n_htmt: int
    resamples: int
    seed: int
    status: str
    constructs: pd.DataFrame
    pairs: pd.DataFrame
    reason: str = ""


def correlated_factors(constructs: Mapping[str, Sequence[str]]) -> str:
    """Each construct a factor of its items, all correlated, with `cr_` and `ave_` as defined parameters."""
    lines = []
    for name, items in constructs.items():
        lines.append(f"F_{name} =~ " + " + ".join(f"l_{i}*{i}" for i in items))
        lines += [f"{i} ~~ t_{i}*{i}" for i in items]
        common = f"({' + '.join(f'l_{i}' for i in items)})^2"
        explained = " + ".join(f"l_{i}^2/(l_{i}^2 + t_{i})" for i in items)
        lines += [
            f"cr_{name} := {common} / ({common} + {' + '.join(f't_{i}' for i in items)})",
            f"ave_{name} := ({explained}) / {len(items)}",
        ]
    return "\n".join(lines)


def construct_validity(
    data: pd.DataFrame,
    constructs: Mapping[str, Sequence[str]],
    *,
    missing: str = "listwise",
    resamples: int = 500,
    seed: int = 20240501,
) -> ConstructValidity:
    """AVE, CR, factor correlations and HTMT of `constructs` (name → items) in `data` (keyed answers)."""
    kept = {name: [i for i in items if i in data] for name, items in constructs.items()}
    kept = {name: items for name, items in kept.items() if len(items) > 1}
    used = [i for items in kept.values() for i in items]
    rows = data[used].dropna(how="any" if missing == "listwise" else "all")
    table, correlations, status, reason = _modelled(rows, kept, missing)
    complete = data[used].dropna()
    times = min(resamples, max(100, 1_000_000 // max(len(complete), 1)))
    pairs = heterotrait_ratios(data, kept).table
    if len(pairs):
        pairs = pairs.join(_bounds(complete, kept, times, seed))
        pairs = pairs.join(correlations) if len(correlations) else pairs
        if len(table):
            root = table["root_ave"]
            limit = np.minimum(pairs["one"].map(root), pairs["other"].map(root))
            pairs["fornell_larcker"] = pairs["r"].abs() < limit
    warnings: tuple[str, ...] = ()
    if len(pairs) and pairs[["htmt", "htmt2", "htmt_lower", "htmt2_lower"]].isna().any(axis=None):
        warnings = (
            "有的 HTMT 或其区间无定义：组内平均相关为 0，或一成以上的重抽样没有值 / some HTMT or interval is "
            "undefined: a mean monotrait correlation of 0, or over a tenth of resamples without a value",
        )
    return ConstructValidity(
        warnings=warnings, n=len(rows), n_htmt=len(complete), resamples=times, seed=seed, status=status,
        constructs=table,
        pairs=pairs, reason=reason,
    )  # fmt: skip


def _modelled(
    rows: pd.DataFrame, kept: dict[str, list[str]], missing: str
) -> tuple[pd.DataFrame, pd.DataFrame, str, str]:
    nothing = pd.DataFrame(), pd.DataFrame()
    if len(kept) < 2 or len(rows) < 3 * rows.shape[1]:
        return *nothing, "not_estimated", "构念不足两个，或人数不足题数的三倍 / too few constructs or people"
    try:
        found = fit(correlated_factors(kept), rows, missing=missing, std_lv=True)
    except ValueError as error:
        return *nothing, "not_estimated", str(error)
    if not found.usable:
        return *nothing, found.status, "; ".join(found.problems) or found.status
    parameters = found.parameters
    defined = parameters[parameters["op"] == ":="].set_index("lhs")
    records = []
    for name, items in kept.items():
        record: dict[str, float | int | str] = {"construct": name, "k": len(items)}
        for kind in ("cr", "ave"):
            est, se = (float(defined[c][f"{kind}_{name}"]) for c in ("est", "se"))
            record |= {
                kind: est,
                f"{kind}_lower": max(est - Z * se, 0.0),
                f"{kind}_upper": min(est + Z * se, 1.0),
            }
        records.append(record)
    table = pd.DataFrame(records).set_index("construct")
    table["root_ave"] = table["ave"] ** 0.5
    return table, _correlations(parameters, list(kept)), found.status, ""


def _correlations(parameters: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    """r with its interval for every pair, in the order of `itertools.combinations`."""
    rows = parameters[(parameters["op"] == "~~") & (parameters["lhs"] != parameters["rhs"])]
    known = {
        frozenset((str(a), str(b))): (float(r), float(se))
        for a, b, r, se in zip(rows["lhs"], rows["rhs"], rows["std_all"], rows["std_all_se"], strict=True)
    }
    found = [known[frozenset((f"F_{a}", f"F_{b}"))] for a, b in itertools.combinations(names, 2)]
    return pd.DataFrame(
        [{"r": r, "r_lower": max(r - Z * se, -1.0), "r_upper": min(r + Z * se, 1.0)} for r, se in found]
    )


def _bounds(complete: pd.DataFrame, kept: dict[str, list[str]], times: int, seed: int) -> pd.DataFrame:
    """Percentile intervals of HTMT and HTMT2 of every pair."""
    values = complete.to_numpy(dtype=np.float64)
    at = {str(item): place for place, item in enumerate(complete.columns)}
    places = [[at[i] for i in items] for items in kept.values()]
    rng = np.random.default_rng(seed)
    with np.errstate(invalid="ignore", divide="ignore"):  # an item constant in a resample has no correlation
        drawn = np.array(
            [
                _ratios(np.corrcoef(values[rng.integers(0, len(values), len(values))], rowvar=False), places)
                for _ in range(times)
            ]
        )
    found = {}
    for k, name in enumerate(("htmt", "htmt2")):
        is_known = (
            np.isfinite(drawn[:, :, k]).mean(axis=0) > 0.9
        )  # too many resamples without a value: no bounds
        for bound, share in (("lower", 0.025), ("upper", 0.975)):
            found[f"{name}_{bound}"] = [
                float(np.nanquantile(drawn[:, pair, k], share)) if is_known[pair] else math.nan
                for pair in range(drawn.shape[1])
            ]
    return pd.DataFrame(found)


def _ratios(matrix: FloatArray, places: list[list[int]]) -> FloatArray:
    """HTMT and HTMT2 of every pair, shape (n_pairs, 2)."""
    plain = np.abs(matrix)
    with np.errstate(divide="ignore"):
        logs = np.log(plain)
    within = []
    for own in places:
        block = np.ix_(own, own)
        upper = np.triu_indices(len(own), 1)
        within.append((float(plain[block][upper].mean()), float(np.exp(logs[block][upper].mean()))))
    rows = []
    for (i, one), (j, other) in itertools.combinations(enumerate(places), 2):
        block = np.ix_(one, other)
        rows.append(
            (
                _over(float(plain[block].mean()), within[i][0] * within[j][0]),
                _over(float(np.exp(logs[block].mean())), within[i][1] * within[j][1]),
            )
        )
    return np.array(rows)


def _over(between: float, within: float) -> float:
    """The ratio to the root of the product of the two monotrait means; NaN where one of them is 0."""
    return between / math.sqrt(within) if within > 0 else math.nan
