"""Whether a total score stands for one thing: omega hierarchical of a general factor.

McDonald (1999); Zinbarg, Revelle, Yovel & Li (2005); for second- and third-order models the general
factor reaches an item through the factors between (Schmid & Leiman, 1957).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import FloatArray, Result
from analysis.sem import Fit


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GeneralFactor(Result):
    """omega_hierarchical: the general factor's share of the implied variance of the sum of all items."""

    factor: str
    omega_hierarchical: float | None
    reason: str = ""


def implied_moments(parameters: pd.DataFrame) -> tuple[list[str], FloatArray, FloatArray]:
    """Names of all variables, total effects (k × k, of column on row) and disturbance covariances.

    RAM form: Σ = (I − A)⁻¹ S (I − A)⁻ᵀ (McArdle & McDonald, 1984).
    """
    rows = parameters[parameters["op"].isin(["=~", "~", "~~"])]
    names = list(dict.fromkeys([*rows["lhs"], *rows["rhs"]]))
    at = {name: i for i, name in enumerate(names)}
    directed, disturbance = np.zeros((len(names), len(names))), np.zeros((len(names), len(names)))
    for lhs, op, rhs, est in zip(rows["lhs"], rows["op"], rows["rhs"], rows["est"], strict=True):
        if op == "=~":
            directed[at[rhs], at[lhs]] = est
        elif op == "~":
            directed[at[lhs], at[rhs]] = est
        else:
            disturbance[at[lhs], at[rhs]] = disturbance[at[rhs], at[lhs]] = est
    effects: FloatArray = np.linalg.inv(np.eye(len(names)) - directed).astype(np.float64)
    return names, effects, disturbance


def general_factor(found: Fit) -> GeneralFactor:
    """Omega hierarchical of the one factor that lies above all items; a reason where there is none."""
    if not found.usable:
        return GeneralFactor(
            factor="", omega_hierarchical=None, reason="; ".join(found.problems) or found.status
        )
    names, effects, disturbance = implied_moments(found.parameters)
    latents = set(found.parameters[found.parameters["op"] == "=~"]["lhs"])
    observed = [i for i, name in enumerate(names) if name not in latents]
    exogenous = [
        i
        for i, name in enumerate(names)
        if name in latents
        and np.allclose(np.delete(effects[i], i), 0.0)
        and (effects[observed, i] != 0).all()
    ]
    if len(exogenous) != 1:
        return GeneralFactor(factor="", omega_hierarchical=None, reason="没有总因子 / no general factor")
    top = exogenous[0]
    implied = effects @ disturbance @ effects.T
    total = float(implied[np.ix_(observed, observed)].sum())
    general = float(effects[observed, top].sum() ** 2 * disturbance[top, top])
    return GeneralFactor(factor=names[top], omega_hierarchical=general / total)
