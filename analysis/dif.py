"""Differential item functioning by ordinal logistic regression: does a group answer an item otherwise
than others with the same standing?

Swaminathan & Rogers (1990); Zumbo (1999); lordif: Choi, Gibbons & Crane (2011); R²: Jodoin & Gierl (2001).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.frames import numeric
from analysis.irt.fit import fit_graded
from analysis.irt.graded import category_probabilities
from analysis.irt.proportional_odds import Regression, proportional_odds
from analysis.results import FloatArray, IntArray, Result

Matching = Literal["theta", "rest", "total"]
Criterion = Literal["total", "any", "r2", "both"]
MEASURES = ("McFadden", "CoxSnell", "Nagelkerke")
MIN_GROUP = 200  # people per group: fewer say little either way
NEGLIGIBLE, LARGE = 0.035, 0.070  # Jodoin & Gierl (2001), on the change of Nagelkerke's R²
TOO_MANY_ROUNDS = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class DifResult(Result):
    """Every item against one grouping.

    status: "ok"; "too_few_people" or "group_too_small" with `problems` (no table); "no_matching" when the
    graded response model behind theta failed; "not_purified" when flags did not settle (table kept).
    items: index item; n, status ("ok", "constant_item", "not_converged"), log-likelihoods ll0…ll3, chi2, df
    and p of uniform (M1–M2), nonuniform (M2–M3), total (M1–M3), changes of the three pseudo-R², beta_change,
    p_total_holm, flagged, size ("negligible", "moderate", "large" by the total change of Nagelkerke's R²),
    merged: the values of answer categories that were joined to neighbours, as text.
    curves: long frame item, group, match, expected (M3's expected answer), for plots.
    groups_left_out: groups below the least size, whose people are not used.
    """

    group_sizes: dict[str, int]
    groups_left_out: tuple[str, ...]
    matching: Matching
    purified: bool
    rounds: int
    criterion: Criterion
    alpha: float
    r2_limit: float
    min_cell: int
    status: str
    problems: tuple[str, ...]
    items: pd.DataFrame | None
    curves: pd.DataFrame | None
    flagged: tuple[str, ...]
    note: str


def logistic_dif(
    data: pd.DataFrame,
    groups: pd.Series,
    *,
    matching: Matching = "theta",
    purify: bool = True,
    criterion: Criterion = "both",
    alpha: float = 0.01,
    r2_limit: float = NEGLIGIBLE,
    min_cell: int = 5,
    min_group: int = MIN_GROUP,
) -> DifResult:
    """Ordinal logistic DIF of each item of `data` (respondents × items, keyed) between `groups`.

    groups: labels aligned by index, missing left out; the first label in sort order is the reference.
    matching: "theta", EAP of a graded response model in which flagged items have parameters of their own
    in each group; "rest", mean of the other unflagged items; "total", mean of all unflagged items and the
    studied one (complete rows only for both means). purify: repeat until the flags stay the same.
    criterion: an item is flagged when p of the total test < alpha ("total"), any of the three p < alpha
    ("any", lordif's rule), its change of Nagelkerke's R² M1–M3 ≥ r2_limit ("r2"), or by "total" and "r2"
    alike ("both").
    Categories with fewer than `min_cell` answers in a group are joined.
    Raises ValueError when the indexes differ.
    """
    if not data.index.equals(groups.index):
        raise ValueError("groups are not aligned with the data")
    data = numeric(data)
    labels = groups.astype("object")
    sizes = {str(k): int(v) for k, v in labels.dropna().astype(str).value_counts().sort_index().items()}
    kept = [g for g, size in sizes.items() if size >= min_group]
    use = labels.notna() & labels.astype(str).isin(kept) & data.notna().any(axis=1)
    if matching != "theta":
        use &= data.notna().all(axis=1)
    answers, member = data[use], labels[use].astype(str)
    base = DifResult(
        group_sizes=sizes, groups_left_out=tuple(g for g in sizes if g not in kept), matching=matching,
        purified=purify, rounds=0, criterion=criterion, alpha=alpha, r2_limit=r2_limit, min_cell=min_cell,
        status="ok", problems=(), items=None, curves=None, flagged=(),
        note=f"{data.shape[1]} 题各检验一次，标记用未校正的 p；p_total_holm 按 Holm 校正 / "
        f"{data.shape[1]} items, one test each: flags use the uncorrected p; p_total_holm after Holm (1979)",
    )  # fmt: skip
    if len(kept) < 2 or member.nunique() < 2:
        words = f"不足两组达到 {min_group} 人 / fewer than two groups of {min_group} people"
        return _with(base, status="group_too_small", problems=(words,))
    return _rounds(base, answers, member)


def _with(base: DifResult, **changes: object) -> DifResult:
    fields = {name: getattr(base, name) for name in DifResult.__dataclass_fields__}
    return DifResult(**(fields | changes))


def _rounds(base: DifResult, answers: pd.DataFrame, member: pd.Series) -> DifResult:
    """Match, test, flag; with purification until the flags repeat."""
    flagged: tuple[str, ...] = ()
    seen: list[tuple[str, ...]] = []
    while True:
        match = _matching(base, answers, member, flagged)
        if isinstance(match, str):
            return _with(base, status="no_matching", problems=(match,), rounds=len(seen))
        parts = [_one_item(base, answers[i], member, match[str(i)]) for i in answers.columns]
        table = _decided(base, pd.DataFrame([row for row, _ in parts]).set_index("item"))
        seen.append(flagged)
        found = tuple(str(i) for i in table.index[table["flagged"]])
        settled = found == flagged or not base.purified
        if settled or found in seen or len(seen) >= TOO_MANY_ROUNDS or len(found) == len(table):
            curves = [frame for _, frame in parts if frame is not None]
            problem = "标记未稳定，取最后一轮 / flags did not settle: the last round is shown"
            return _with(
                base,
                status="ok" if settled else "not_purified",
                problems=() if settled else (problem,),
                items=table,
                curves=pd.concat(curves, ignore_index=True) if curves else None,
                flagged=found,
                rounds=len(seen),
            )
        flagged = found


def _matching(
    base: DifResult, answers: pd.DataFrame, member: pd.Series, flagged: tuple[str, ...]
) -> dict[str, FloatArray] | str:
    """The matching variable of each item (n,), or why there is none."""
    names = [str(c) for c in answers.columns]
    if base.matching == "theta":
        return _theta(answers, member, flagged)
    clean = [c for c in answers.columns if str(c) not in flagged]
    found = {}
    for name, column in zip(names, answers.columns, strict=True):
        others = [c for c in clean if c != column]
        if not others:
            return "没有未标记的题目可作匹配 / no unflagged item is left to match on"
        members = others if base.matching == "rest" else [*others, column]
        found[name] = answers[members].mean(axis=1).to_numpy(dtype=float)
    return found


def _theta(answers: pd.DataFrame, member: pd.Series, flagged: tuple[str, ...]) -> dict[str, FloatArray] | str:
    """EAP with flagged items split by group. A linear link of scales, as lordif makes, changes no test."""
    columns: dict[str, pd.Series] = {}
    for name in answers.columns:
        if str(name) not in flagged:
            columns[str(name)] = answers[name]
            continue
        for group in sorted(member.unique()):
            columns[f"{name}|{group}"] = answers[name].where(member == group)
    split = pd.DataFrame(columns)
    split = split.loc[:, split.nunique() > 1]
    fitted = fit_graded(split)
    if fitted.scores is None or not fitted.converged:
        return "; ".join(fitted.problems) or fitted.status
    eap = fitted.scores["EAP"].to_numpy(dtype=float)
    return {str(name): eap for name in answers.columns}


def joined_categories(
    values: FloatArray, groups: IntArray, min_cell: int
) -> tuple[IntArray, list[list[float]]]:
    """Codes 0…K − 1 of `values` (n,) after joining categories with fewer than `min_cell` answers in a group.

    The rarest category is joined to its rarer neighbour until none is left; → codes, the values of each.
    """
    found, codes = np.unique(values, return_inverse=True)
    cells = np.zeros((len(found), int(groups.max()) + 1))
    np.add.at(cells, (codes, groups), 1)
    bins: list[list[float]] = [[float(v)] for v in found]
    while len(bins) > 1 and float(cells.min()) < min_cell:
        rarest = int(np.argmin(cells.min(axis=1)))
        sides = [s for s in (rarest - 1, rarest + 1) if 0 <= s < len(bins)]
        low = min(rarest, min(sides, key=lambda s: cells[s].sum()))
        side = low if low != rarest else rarest
        cells[side] += cells[side + 1]
        cells = np.delete(cells, side + 1, axis=0)
        bins[side] += bins.pop(side + 1)
    code_of = {value: k for k, members in enumerate(bins) for value in members}
    return np.array([code_of[float(v)] for v in values], dtype=np.int64), bins


def _one_item(
    base: DifResult, column: pd.Series, member: pd.Series, match: FloatArray
) -> tuple[dict[str, object], pd.DataFrame | None]:
    """A row of the table and the curves of one item."""
    present = column.notna().to_numpy() & ~np.isnan(match)
    names, group = np.unique(member.to_numpy(dtype=str)[present], return_inverse=True)
    x, values = match[present], column.to_numpy(dtype=float)[present]
    row: dict[str, object] = {"item": str(column.name), "n": int(present.sum()), "status": "constant_item"}
    if not present.any():
        return row | {"status": "all_missing", "merged": ""}, None
    codes, bins = joined_categories(values, group.astype(np.int64), base.min_cell)
    row["merged"] = "; ".join("+".join(f"{v:g}" for v in b) for b in bins if len(b) > 1)
    if len(bins) < 2 or len(names) < 2:
        return row, None
    dummies: FloatArray = (group[:, None] == np.arange(1, len(names))[None, :]).astype(float)
    designs = (np.zeros((len(x), 0)), x[:, None], np.column_stack([x, dummies]))
    fits = [
        proportional_odds(d, codes) for d in (*designs, np.column_stack([x, dummies, x[:, None] * dummies]))
    ]
    row["status"] = "ok" if all(f.converged for f in fits) else "not_converged"
    if row["status"] == "ok":
        row |= _statistics([f.log_likelihood for f in fits], len(x), len(names) - 1)
        b1, b2 = float(fits[1].slopes[0]), float(fits[2].slopes[0])
        row["beta_change"] = abs((b2 - b1) / b1) if b1 else math.nan
    return row, _expected(str(column.name), fits[3], x, codes, values, names) if row[
        "status"
    ] == "ok" else None


def pseudo_r2(log_likelihood: float, null: float, n: int) -> dict[str, float]:
    """McFadden 1 − L/L0, Cox–Snell 1 − exp(2(L0 − L)/n), Nagelkerke: Cox–Snell over its greatest value."""
    cox = 1 - math.exp(2 * (null - log_likelihood) / n)
    return {
        "McFadden": 1 - log_likelihood / null,
        "CoxSnell": cox,
        "Nagelkerke": cox / (1 - math.exp(2 * null / n)),
    }


def _statistics(values: list[float], n: int, contrasts: int) -> dict[str, object]:
    """Likelihood-ratio tests and changes of pseudo-R² from the log-likelihoods of M0…M3."""
    found: dict[str, object] = {f"ll{i}": v for i, v in enumerate(values)}
    r2 = [pseudo_r2(v, values[0], n) for v in values]
    for name, low, high in (("uniform", 1, 2), ("nonuniform", 2, 3), ("total", 1, 3)):
        chi2, df = max(2 * (values[high] - values[low]), 0.0), contrasts * (high - low)
        found |= {f"chi2_{name}": chi2, f"df_{name}": df, f"p_{name}": float(stats.chi2.sf(chi2, df))}
        found |= {f"{m}_{name}": r2[high][m] - r2[low][m] for m in MEASURES}
    return found


def _decided(base: DifResult, table: pd.DataFrame) -> pd.DataFrame:
    """Flags, sizes and Holm's p beside the statistics. An item without a test is never flagged."""
    needed = ("p_uniform", "p_nonuniform", "p_total", "Nagelkerke_total")
    table = table.reindex(columns=[*table.columns, *(c for c in needed if c not in table.columns)])
    p, change = table["p_total"].astype(float), table["Nagelkerke_total"].astype(float)
    by_p, by_r2 = p < base.alpha, change >= base.r2_limit
    any_p = (table[["p_uniform", "p_nonuniform", "p_total"]].astype(float) < base.alpha).any(axis=1)
    table["p_total_holm"] = holm(p)
    table["flagged"] = {"total": by_p, "any": any_p, "r2": by_r2, "both": by_p & by_r2}[base.criterion]
    table["size"] = np.select(
        [change.isna(), change < NEGLIGIBLE, change < LARGE], ["", "negligible", "moderate"], "large"
    )
    return table


def holm(p: pd.Series) -> pd.Series:
    """Holm's step-down p values of the tests that exist; NaN stays NaN."""
    order = p.dropna().sort_values(kind="stable")
    steps = order * np.arange(len(order), 0, -1)
    return steps.cummax().clip(upper=1).reindex(p.index)


def _expected(
    item: str, found: Regression, x: FloatArray, codes: IntArray, values: FloatArray, names: FloatArray
) -> pd.DataFrame:
    """Expected answer by group along the matching variable (M3), on 61 points of its middle 98 %."""
    line = np.linspace(float(np.quantile(x, 0.01)), float(np.quantile(x, 0.99)), 61)
    means = np.array([values[codes == k].mean() for k in range(int(codes.max()) + 1)])
    parts = []
    for g, name in enumerate(names):
        own: FloatArray = np.zeros((len(line), len(names) - 1))
        if g:
            own[:, g - 1] = 1
        places = np.column_stack([line, own, line[:, None] * own])
        expected = means @ category_probabilities(found.slopes, found.intercepts, places)
        parts.append(pd.DataFrame({"item": item, "group": str(name), "match": line, "expected": expected}))
    return pd.concat(parts, ignore_index=True)
