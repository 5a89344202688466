"""What a graded response model says along the factor: information, error of measurement, expected scores.

Samejima (1969); marginal reliability ∫ I/(I + 1) φ, empirical reliability var(EAP) / (var(EAP) + mean SE²)
(Green, Bock, Humphreys, Linn & Reckase, 1984).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.irt.graded import category_probabilities
from analysis.irt.layout import grid
from analysis.irt.model import GradedFit, GradedItem
from analysis.results import FloatArray, Result

THETA = np.linspace(-4, 4, 81)
LEAST_INFORMATION = 1e-12
NOTHING_TOLD = (
    "部分水平上题目不提供信息，条件标准误无法计算"
    " / at some levels the items tell nothing: no conditional standard error there"
)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curves(Result):
    """Curves along the general factor; in a bifactor model at specific factors 0 (`at_specific_zero`).

    information: theta; a column per item, `test` their sum, `se` = 1/√test, the conditional standard error,
    NaN (with a warning) where the items tell nothing.
    expected: theta; expected answer per item in the answers' own units, `test` their sum.
    categories: item, value, theta, probability (long).
    """

    theta: FloatArray
    information: pd.DataFrame
    expected: pd.DataFrame
    categories: pd.DataFrame
    at_specific_zero: bool


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ScoreReliabilityIRT(Result):
    """Reliability of EAP scores: marginal (population; one factor only), empirical (sample)."""

    marginal: float | None
    empirical: float | None
    mean_se: float | None
    n: int
    reason: str = ""


def item_information(item: GradedItem, theta: FloatArray) -> FloatArray:
    """Fisher information about the general factor, Σ_k P'_k² / P_k, at theta (G,) (specific factor 0)."""
    places = np.zeros((len(theta), len(item.slopes)))
    places[:, 0] = theta
    boundaries = np.zeros((len(item.intercepts) + 2, len(theta)))
    eta = places @ item.slopes
    inner = 1 / (1 + np.exp(-np.clip(eta[None, :] + item.intercepts[:, None], -700, 700)))
    boundaries[1:-1] = inner * (1 - inner)
    change = item.slopes[0] * (boundaries[:-1] - boundaries[1:])
    probabilities = category_probabilities(item.slopes, item.intercepts, places)
    return np.asarray((change**2 / probabilities).sum(axis=0))


def expected_score(item: GradedItem, theta: FloatArray) -> FloatArray:
    """Σ_k value_k P_k at theta (G,): the answer one expects, in the answers' own units."""
    return np.asarray(np.array(item.values) @ item.probabilities(theta))


def curves(fitted: GradedFit, theta: FloatArray = THETA) -> Curves:
    """Curves of a fitted model over `theta` (G,). Raises ValueError when the fit has no estimates."""
    if not fitted.model:
        raise ValueError(f"no estimates to draw: {fitted.status}")
    information = pd.DataFrame({i.name: item_information(i, theta) for i in fitted.model})
    information.insert(0, "theta", theta)
    test = information[list(fitted.items)].sum(axis=1)
    told = test > LEAST_INFORMATION
    information["test"] = test
    information["se"] = (1 / np.sqrt(test.where(told))).astype(float)
    expected = pd.DataFrame({i.name: expected_score(i, theta) for i in fitted.model})
    expected.insert(0, "theta", theta)
    expected["test"] = expected[list(fitted.items)].sum(axis=1)
    parts = []
    for item in fitted.model:
        for value, probability in zip(item.values, item.probabilities(theta), strict=True):
            parts.append(
                pd.DataFrame({"item": item.name, "value": value, "theta": theta, "probability": probability})
            )
    return Curves(
        theta=theta,
        information=information,
        expected=expected,
        categories=pd.concat(parts, ignore_index=True),
        at_specific_zero=bool(fitted.specific),
        warnings=() if told.all() else (NOTHING_TOLD,),
    )


def score_reliability(fitted: GradedFit) -> ScoreReliabilityIRT:
    """Marginal and empirical reliability of the general factor's EAP."""
    if fitted.scores is None:
        return ScoreReliabilityIRT(marginal=None, empirical=None, mean_se=None, n=0, reason=fitted.status)
    present = fitted.scores[["EAP", "se_EAP"]].dropna()
    variance = float(present["EAP"].var(ddof=1))
    error = float((present["se_EAP"] ** 2).mean())
    marginal = None
    if not fitted.specific:
        nodes, weights = grid(241)
        information = np.sum([item_information(i, nodes) for i in fitted.model], axis=0)
        marginal = float(weights @ (information / (information + 1)))
    return ScoreReliabilityIRT(
        marginal=marginal,
        empirical=variance / (variance + error),
        mean_se=float(present["se_EAP"].mean()),
        n=len(present),
        reason="" if marginal is not None else "双因子模型不给边际信度 / none for a bifactor model",
    )


def information_area(fitted: GradedFit, lower: float, upper: float) -> float:
    """Test information between two points of the factor, by Simpson's rule on 401 points."""
    theta = np.linspace(lower, upper, 401)
    total = np.sum([item_information(i, theta) for i in fitted.model], axis=0)
    weights = np.ones(401)
    weights[1:-1:2], weights[2:-1:2] = 4, 2
    return math.fsum(weights * total) * (upper - lower) / 400 / 3
