"""A standardised measurement model and the parameters that a fitted model may have left out of it.

The rules of dynamic cut-offs: McNeish & Wolf (2023), Psychological Methods 28, 61-88 (several factors);
McNeish & Wolf (2023), Behavior Research Methods 55, 1157-1174 (one factor).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray
from analysis.sem.errors import DataError
from analysis.sem.fit import Fit

__all__ = ["Misspecification", "StandardisedModel", "misspecifications", "standardised_model"]

ONE_FACTOR_CORRELATION = 0.3
LARGEST_COMMUNALITY = 0.95
DIGITS = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Misspecification:
    """A parameter that the data have and the model lacks: a loading (=~) or a residual correlation (~~),
    standardised."""

    lhs: str
    op: str
    rhs: str
    value: float


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StandardisedModel:
    """loadings (p, m) of the items on the first-order factors, correlations (m, m) of these, residual
    correlations (p, p) with a unit diagonal; everything standardised."""

    items: tuple[str, ...]
    factors: tuple[str, ...]
    loadings: FloatArray
    correlations: FloatArray
    residuals: FloatArray

    def correlation(self, added: Sequence[Misspecification] = ()) -> FloatArray:
        """Correlations of the items with further parameters; unique variances make up the rest to one."""
        loadings, residuals = self.loadings.copy(), self.residuals.copy()
        for m in added:
            if m.op == "=~":
                loadings[self.items.index(m.rhs), self.factors.index(m.lhs)] += m.value
            else:
                i, j = self.items.index(m.lhs), self.items.index(m.rhs)
                residuals[i, j] = residuals[j, i] = m.value
        common = loadings @ self.correlations @ loadings.T
        unique = 1.0 - np.diag(common)
        if np.any(unique <= 0):
            raise DataError(f"no unique variance would be left to {self.items[int(np.argmin(unique))]}")
        deviation = np.sqrt(unique)
        return np.asarray(common + residuals * np.outer(deviation, deviation))


def standardised_model(fit: Fit) -> StandardisedModel:
    """The standardised first-order measurement model of a fit, to four digits; higher factors are folded in.

    Raises DataError for regressions among observed variables or items that load on nothing.
    """
    model = fit.solution.model
    layout, matrices = model.layouts[0], model.matrices(fit.solution.estimate.x, 0)
    if layout.stand_ins:
        raise DataError("dynamic cut-offs need a measurement model: observed variables only as indicators")
    used = [j for j in range(len(layout.latent)) if np.any(matrices.lambda_[:, j] != 0)]
    latent = matrices.latent_covariance[np.ix_(used, used)]
    deviation = np.sqrt(np.diag(latent))
    covariance = fit.solution.implied[0].cov
    item_deviation = np.sqrt(np.diag(covariance))
    theta = matrices.theta
    unique = np.sqrt(np.abs(np.diag(theta)))
    with np.errstate(divide="ignore", invalid="ignore"):
        residuals = np.where(np.outer(unique, unique) > 0, theta / np.outer(unique, unique), 0.0)
    np.fill_diagonal(residuals, 1.0)
    loadings = matrices.lambda_[:, used] * deviation / item_deviation[:, None]
    if np.any(np.all(loadings == 0, axis=1)):
        raise DataError("every item must load on a factor")
    return StandardisedModel(
        items=layout.observed,
        factors=tuple(layout.latent[j] for j in used),
        loadings=np.round(loadings, DIGITS),
        correlations=np.round(latent / np.outer(deviation, deviation), DIGITS),
        residuals=np.array(np.round(residuals, DIGITS), dtype=np.float64),
    )


def misspecifications(standard: StandardisedModel) -> tuple[str, list[list[Misspecification]]]:
    """The levels of McNeish & Wolf, each holding the parameters of the one before.

    Several factors: the weakest pure item of every factor but the most reliable also loads on that one,
    weakest first. One factor: residual correlations of .30 between neighbours in order of loading.
    """
    if len(standard.factors) == 1:
        return "one factor", _residual_levels(standard)
    return "several factors", _cross_loading_levels(standard)


def _pure_items(standard: StandardisedModel) -> list[int]:
    """Items that load on one factor and have no residual correlation."""
    alone = np.count_nonzero(standard.loadings, axis=1) == 1
    unrelated = np.count_nonzero(standard.residuals, axis=1) == 1
    return [int(k) for k in np.flatnonzero(alone & unrelated)]


def _cross_loading_levels(standard: StandardisedModel) -> list[list[Misspecification]]:
    squared = np.minimum(standard.loadings**2, 0.9999)
    strength = (squared / (1.0 - squared)).sum(axis=0)  # coefficient H rises with this sum
    best = int(np.argmax(strength))
    pure = _pure_items(standard)
    weakest: list[tuple[float, int, int]] = []
    for factor in range(len(standard.factors)):
        mine = [i for i in pure if standard.loadings[i, factor] != 0]
        if factor == best or not mine:
            continue
        item = min(mine, key=lambda i: abs(standard.loadings[i, factor]))
        weakest.append((abs(float(standard.loadings[item, factor])), item, factor))
    if not weakest:
        raise DataError("no item loads on one factor only: give the levels of misspecification yourself")
    levels: list[list[Misspecification]] = []
    for size, item, factor in sorted(weakest):
        shared = size * float(standard.correlations[factor, best])
        most = np.sqrt(shared**2 + LARGEST_COMMUNALITY - size**2) - shared
        added = Misspecification(
            lhs=standard.factors[best],
            op="=~",
            rhs=standard.items[item],
            value=round(min(size, float(most)), DIGITS),
        )
        levels.append([*(levels[-1] if levels else []), added])
    return levels


def _residual_levels(standard: StandardisedModel) -> list[list[Misspecification]]:
    pure = sorted(_pure_items(standard), key=lambda i: abs(standard.loadings[i, 0]))
    count = len(pure)
    if count < 4:
        raise DataError("dynamic cut-offs of a one-factor model need four items or more")
    pairs = [
        Misspecification(
            lhs=standard.items[pure[k + 1]],
            op="~~",
            rhs=standard.items[pure[k]],
            value=ONE_FACTOR_CORRELATION,
        )
        for k in range(0, count - 1, 2)
    ]
    sizes = {4: (1,), 5: (1, 2)}.get(count, (count // 6, count // 3, count // 2))
    return [pairs[:size] for size in sizes]
