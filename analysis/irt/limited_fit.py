"""Overall fit of a one-factor graded model from first and second moments of the answers: C2 and M2*.

M2*: Cai & Hansen (2013), means and products. C2: Cai & Monroe (2014), category margins and products.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

from analysis.irt.graded import derivatives
from analysis.irt.layout import grid
from analysis.irt.model import GradedFit, GradedItem
from analysis.results import FloatArray, Result


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class LimitedFit(Result):
    """What was found; None under status "no_model", "bifactor" (not offered), "no_df", "singular" or
    "no_complete_rows" (fewer than two).
    """

    kind: Literal["C2", "M2*"]
    status: str
    n: int
    statistic: float | None = None
    df: int | None = None
    p: float | None = None
    rmsea: float | None = None


def limited_fit(fitted: GradedFit, data: pd.DataFrame, *, kind: Literal["C2", "M2*"] = "C2") -> LimitedFit:
    """Test of a one-factor fit in the complete rows of `data`, the frame it was fitted to.

    The model must have been fitted to complete data for the test to hold; a warning says when it was not.
    """
    complete = data.dropna()
    n = len(complete)
    if not fitted.model or fitted.specific:
        return LimitedFit(kind=kind, status="bifactor" if fitted.specific else "no_model", n=n)
    if n < 2:
        return LimitedFit(kind=kind, status="no_complete_rows", n=n)
    expected, covariance, jacobian = _moments(fitted.model, margins=kind == "C2")
    df = len(expected) - jacobian.shape[1]
    if df < 1:
        return LimitedFit(kind=kind, status="no_df", n=n, df=df)
    residual = _observed(fitted.model, complete, margins=kind == "C2") - expected
    try:
        np.linalg.cholesky(covariance)
        solved = np.linalg.solve(covariance, np.column_stack([residual, jacobian]))
        middle = jacobian.T @ solved[:, 1:]
        projected = jacobian.T @ solved[:, 0]
        value = n * float(residual @ solved[:, 0] - projected @ np.linalg.solve(middle, projected))
    except np.linalg.LinAlgError:
        return LimitedFit(kind=kind, status="singular", n=n, df=df)
    partial = ("模型用了不完整的作答 / the model was fitted with incomplete rows",)
    return LimitedFit(
        kind=kind,
        status="ok",
        n=n,
        statistic=value,
        df=df,
        p=float(stats.chi2.sf(value, df)),
        rmsea=math.sqrt(max(value - df, 0) / (df * (n - 1))),
        warnings=() if n == fitted.n else partial,
    )


def _observed(model: tuple[GradedItem, ...], data: pd.DataFrame, *, margins: bool) -> FloatArray:
    codes = np.column_stack([np.searchsorted(i.values, data[i.name].to_numpy(dtype=float)) for i in model])
    first: list[float] = []
    for j, item in enumerate(model):
        counts = range(1, len(item.values))
        first += (
            [float((codes[:, j] == c).mean()) for c in counts] if margins else [float(codes[:, j].mean())]
        )
    upper = np.triu_indices(len(model), 1)
    products = codes.T @ codes / len(codes)
    return np.concatenate([first, products[upper]])


def _moments(model: tuple[GradedItem, ...], *, margins: bool) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Expected moments, covariance of one person's, and their derivatives, by quadrature.

    Given the factor answers are independent, so a covariance is that of the conditional means plus the mean
    of the conditional covariances, which are zero unless two moments share an item.
    """
    nodes, weights = grid(61)
    found = [derivatives(i.slopes, i.intercepts, nodes[:, None]) for i in model]
    starts = np.concatenate([[0], np.cumsum([f.scores.shape[2] for f in found])])
    j = len(model)
    values = [np.arange(len(f.probabilities), dtype=float) for f in found]
    mean = np.array([v @ f.probabilities for v, f in zip(values, found, strict=True)])
    square = np.array([v**2 @ f.probabilities for v, f in zip(values, found, strict=True)])
    variance = square - mean**2
    change = [
        np.einsum("k,kg,kgp->gp", v, f.probabilities, f.scores) for v, f in zip(values, found, strict=True)
    ]
    functions: list[tuple[int, FloatArray]] = []  # item, its function of the category
    for i in range(j):
        rows = np.eye(len(values[i]))[1:] if margins else values[i][None, :]
        functions += [(i, row) for row in rows]
    pairs = list(zip(*np.triu_indices(j, 1), strict=True))
    u, m = len(functions), len(functions) + len(pairs)
    conditional = np.zeros((m, len(nodes)))
    jacobian = np.zeros((m, starts[-1]))
    for at, (i, row) in enumerate(functions):
        conditional[at] = row @ found[i].probabilities
        slope = np.einsum("k,kg,kgp->gp", row, found[i].probabilities, found[i].scores)
        jacobian[at, starts[i] : starts[i + 1]] = weights @ slope
    for at, (a, b) in enumerate(pairs, start=u):
        conditional[at] = mean[a] * mean[b]
        jacobian[at, starts[a] : starts[a + 1]] = (weights * mean[b]) @ change[a]
        jacobian[at, starts[b] : starts[b + 1]] = (weights * mean[a]) @ change[b]
    expected = conditional @ weights
    covariance = (conditional * weights) @ conditional.T - np.outer(expected, expected)
    for i in range(j):  # moments that share item i: Cov(h, k | θ) times what the other items contribute
        own = [(at, row, np.ones(len(nodes))) for at, (item, row) in enumerate(functions) if item == i]
        own += [
            (at, values[i], mean[b if a == i else a])
            for at, (a, b) in enumerate(pairs, start=u)
            if i in (a, b)
        ]
        places = [at for at, _, _ in own]
        table = np.array([row for _, row, _ in own])
        rest = np.array([other for _, _, other in own])
        inner = np.einsum("sk,kg,tk->stg", table, found[i].probabilities, table)
        centre = table @ found[i].probabilities
        inner -= centre[:, None, :] * centre[None, :, :]
        covariance[np.ix_(places, places)] += np.einsum("stg,sg,tg,g->st", inner, rest, rest, weights)
    for at, (a, b) in enumerate(pairs, start=u):  # a pair with itself shares both items
        covariance[at, at] += float(weights @ (variance[a] * variance[b]))
    return expected, covariance, jacobian
