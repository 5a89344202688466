"""Estimates of a graded response model as tables: parameters with standard errors, loadings, EAP scores.

EAP: posterior mean and standard deviation at the model's quadrature (Bock & Mislevy, 1982).
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from analysis.irt.layout import Layout
from analysis.irt.model import GradedItem
from analysis.irt.posterior import Parameters, parameter_order, pieces
from analysis.results import FloatArray


def parameter_table(layout: Layout, model: tuple[GradedItem, ...], vcov: FloatArray | None) -> pd.DataFrame:
    """Long frame item, parameter, est, se; se is NaN when `vcov` is None."""
    rows: dict[int, list[tuple[str, str, float, float | None]]] = {}
    at = 0
    for j in parameter_order(layout):
        item = model[j]
        a, d = item.slopes, item.intercepts
        p = len(a) + len(d)
        own = None if vcov is None else vcov[at : at + p, at : at + p]
        names = ["a", "a_specific"][: len(a)] + [f"d{k + 1}" for k in range(len(d))]
        rows[j] = [
            (item.name, name, float(v), None if own is None else math.sqrt(own[i, i]))
            for i, (name, v) in enumerate(zip(names, [*a, *d], strict=True))
        ]
        if len(a) == 1:
            rows[j] += [
                (item.name, f"b{k + 1}", float(-d[k] / a[0]), _se_of_b(a, d, k, own)) for k in range(len(d))
            ]
        at += p
    frame = pd.DataFrame(
        [r for j in range(len(model)) for r in rows[j]], columns=["item", "parameter", "est", "se"]
    )
    return frame.astype({"se": float})


def _se_of_b(a: FloatArray, d: FloatArray, k: int, own: FloatArray | None) -> float | None:
    """Delta method for b = −d/a."""
    if own is None:
        return None
    slope = np.zeros(len(own))
    slope[0], slope[1 + k] = d[k] / a[0] ** 2, -1 / a[0]
    return math.sqrt(float(slope @ own @ slope))


def standardized_loadings(model: tuple[GradedItem, ...]) -> pd.DataFrame:
    """Loadings (a/1.702) / √(1 + Σ(a/1.702)²) by item; columns general, and each specific factor by name."""
    names = ["general", *sorted({i.specific for i in model if i.specific})]
    table = pd.DataFrame(0.0, index=pd.Index([i.name for i in model], name="item"), columns=names)
    for item in model:
        scaled = item.slopes / 1.702
        loading = scaled / math.sqrt(1 + float(scaled @ scaled))
        table.loc[item.name, "general"] = loading[0]
        if item.specific:
            table.loc[item.name, item.specific] = loading[1]
    return table


def eap_scores(layout: Layout, parameters: Parameters) -> pd.DataFrame:
    """EAP scores and posterior standard deviations, one row a respondent."""
    nodes, names = layout.nodes, ["", *(b.specific for b in layout.blocks if b.specific)]
    means = np.zeros((len(layout.answers.frequency), len(names)))
    squares = np.zeros_like(means)
    for piece in pieces(layout, parameters):
        margins = [piece.general]
        margins += [p.sum(axis=1) for b, p in zip(layout.blocks, piece.blocks, strict=True) if b.specific]
        for at, margin in enumerate(margins):
            means[piece.rows, at] = margin @ nodes
            squares[piece.rows, at] = margin @ nodes**2
    sd = np.sqrt(np.maximum(squares - means**2, 0))
    people = layout.answers.pattern_of
    table = {}
    for i, name in enumerate(names):
        tail = f"_{name}" if name else ""
        table[f"EAP{tail}"] = np.where(people >= 0, means[people, i], np.nan)
        table[f"se_EAP{tail}"] = np.where(people >= 0, sd[people, i], np.nan)
    return pd.DataFrame(table)
