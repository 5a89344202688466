"""Scales and figures that stand beside the instrument's own items in a file, and how scores go with them.

Pearson r with Fisher's interval; between factors, free of measurement error, where items are given. A scale
score is the mean of the items answered, three in four at least (Newman, 2014).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
import pandas as pd
from scipy import stats

from analysis.correlations import fisher_interval
from analysis.criteria import UnitCriteria, unit_correlations
from analysis.frames import numeric
from analysis.results import Result
from analysis.sem import fit

Role = Literal["related", "convergent", "discriminant", "desirability", "marker", "outcome", "record"]
ROLES: tuple[Role, ...] = get_args(Role)
ANSWERED = 0.75  # share of a scale's items that must be answered
LEAST_PEOPLE = 10
PER_ITEM = 3  # people an item, for the correlation of factors
Z = 1.959963984540054
COLUMNS = ("companion", "role", "score", "k", "n", "r", "lower", "upper", "pvalue")
LATENT = ("n_latent", "latent", "latent_lower", "latent_upper", "reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Companion:
    """A scale or figure beside the instrument: its columns, those keyed the other way in `reversed_columns`.

    role: what it is there for; "record": a figure of the unit, not of the person.
    """

    name: str
    columns: tuple[str, ...]
    reversed_columns: frozenset[str] = frozenset()
    role: Role = "related"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CompanionCorrelations(Result):
    """One row a companion and score: COLUMNS, then the correlation of factors with its 95 % interval (NaN
    where none was asked for or found, with the reason) in n_latent people.
    """

    missing: str
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table


def companion_from(text: str) -> Companion:
    """The companion in `name=column,column:role`; a minus before a column reverses it.

    Raises ValueError.

    >>> companion_from("赞许=sd1,-sd2:desirability").columns
    ('sd1', 'sd2')
    """
    name, equals, rest = text.partition("=")
    listed, colon, role = rest.rpartition(":")
    if not colon:
        listed, role = rest, "related"
    given = [part.strip() for part in listed.split(",")]
    columns = tuple(part.removeprefix("-") for part in given)
    if not (name.strip() and equals and all(columns)) or len(set(columns)) < len(columns):
        raise ValueError(f"应写成 名称=列1,列2:作用 / not name=column,column:role: {text!r}")
    if role not in ROLES:
        raise ValueError(f"{role!r} 不是作用 / is no role: {', '.join(ROLES)}")
    return Companion(
        name=name.strip(),
        columns=columns,
        reversed_columns=frozenset(part[1:] for part in given if part.startswith("-")),
        role=role,
    )


def companion_items(companion: Companion, data: pd.DataFrame) -> pd.DataFrame:
    """Its columns as numbers, keyed in one direction (x → lowest + highest − x of the column).

    Raises ValueError naming a column that `data` lack or that holds no numbers.
    """
    absent = [column for column in companion.columns if column not in data]
    if absent:
        raise ValueError(f"数据中没有 {absent[0]} 列 / no column {absent[0]!r} in the data")
    found = numeric(data[list(companion.columns)])
    for column in companion.reversed_columns:
        found[column] = found[column].min() + found[column].max() - found[column]
    return found


def scale_score(items: pd.DataFrame) -> pd.Series:
    """Mean of the items answered, NaN below three in four."""
    return items.mean(axis=1).where(items.notna().mean(axis=1) >= ANSWERED)


def companion_correlations(
    scores: pd.DataFrame,
    items: Mapping[str, pd.DataFrame],
    companions: Sequence[tuple[Companion, pd.DataFrame]],
    *,
    missing: str = "listwise",
) -> CompanionCorrelations:
    """Every score (people × scores) with every companion and its items (rows aligned).

    items: score → its items, for the scores whose correlation between factors is wanted.
    """
    scores = numeric(scores)
    items = {name: numeric(own) for name, own in items.items()}
    companions = [(companion, numeric(own)) for companion, own in companions]
    rows = [
        {
            "companion": companion.name,
            "role": companion.role,
            "score": str(score),
            "k": len(companion.columns),
            **_observed(scores[score], scale_score(own)),
            **_between_factors(items.get(str(score)), own, missing),
        }
        for companion, own in companions
        for score in scores.columns
    ]
    return CompanionCorrelations(missing=missing, table=pd.DataFrame(rows, columns=[*COLUMNS, *LATENT]))


def _observed(score: pd.Series, other: pd.Series) -> dict[str, float | int]:
    pairs = pd.DataFrame({"x": score, "y": other}).dropna()
    n = len(pairs)
    if n < LEAST_PEOPLE or (np.ptp(pairs.to_numpy(), axis=0) < 1e-12).any():
        return {"n": n, **dict.fromkeys(("r", "lower", "upper", "pvalue"), math.nan)}
    test = stats.pearsonr(pairs["x"], pairs["y"])
    r = float(test.statistic)
    lower, upper = fisher_interval(r, n)
    return {"n": n, "r": r, "lower": lower, "upper": upper, "pvalue": float(test.pvalue)}


def _between_factors(
    own: pd.DataFrame | None, other: pd.DataFrame, missing: str
) -> dict[str, float | int | str]:
    nothing: dict[str, float | int | str] = {
        "n_latent": 0, **dict.fromkeys(("latent", "latent_lower", "latent_upper"), math.nan), "reason": "",
    }  # fmt: skip
    if own is None or own.shape[1] < 2 or other.shape[1] < 2:
        return nothing
    left, right = ([f"{side}{k}" for k in range(t.shape[1])] for side, t in (("x", own), ("y", other)))
    rows = pd.DataFrame(np.hstack([own, other]), columns=[*left, *right])
    rows = rows.dropna(how="any" if missing == "listwise" else "all")
    if len(rows) < PER_ITEM * rows.shape[1]:
        return nothing | {"reason": "人数不足题数的三倍 / fewer than three people an item"}
    syntax = f"X_ =~ {' + '.join(left)}\nY_ =~ {' + '.join(right)}"
    try:
        found = fit(syntax, rows, estimator="MLR", missing=missing, std_lv=True)
    except ValueError as error:
        return nothing | {"reason": str(error)}
    if not found.usable:
        return nothing | {"reason": "; ".join(found.problems) or found.status}
    table = found.parameters
    row = table[(table["op"] == "~~") & (table["lhs"] == "X_") & (table["rhs"] == "Y_")].iloc[0]
    r, half = float(row["std_all"]), Z * float(row["std_all_se"])
    return {
        "n_latent": sum(found.nobs), "latent": r, "latent_lower": max(r - half, -1.0),
        "latent_upper": min(r + half, 1.0), "reason": "",
    }  # fmt: skip


def unit_records(scores: pd.DataFrame, records: pd.DataFrame, unit: pd.Series) -> UnitCriteria:
    """Unit means of the scores with recorded figures of the units (one value a unit), over units.

    Raises ValueError naming a record that differs between people of one unit.
    """
    scores, records = numeric(scores), numeric(records)
    for name in records.columns:
        if (records[name].groupby(unit).nunique() > 1).any():
            raise ValueError(
                f"{name} 在同一单位内取值不同，不是单位的记录 / {name} differs within a unit: no record of it"
            )
    return unit_correlations(scores.groupby(unit).mean(), records.groupby(unit).first())
