"""Nonlinear equality constraints h(x) = 0: an augmented Lagrangian around any discrepancy.

F + λ'h + ½ρ|h|², with λ ← λ + ρh between rounds (Nocedal & Wright, 2006, ch. 17). Standard errors then use
the directions that the constraints leave free (the null space of their Jacobian).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from analysis.results import FloatArray
from analysis.sem.definitions import label_values
from analysis.sem.estimation import Discrepancy, Estimate, minimise
from analysis.sem.model import Model
from analysis.sem.statements import Constraint

_ROUNDS = 30
_TOLERANCE = 1e-9


def constraint_values(
    model: Model, constraints: Sequence[Constraint], x: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """h(x) = lhs - rhs, shape (k,), and its Jacobian (k, n_free)."""
    values, slopes = label_values(model.table, model.fixed, x)
    h, jacobian = [], []
    for constraint in constraints:
        total, slope = 0.0, np.zeros(len(x))
        for side, sign in ((constraint.lhs, 1.0), (constraint.rhs, -1.0)):
            names = side.labels
            total += sign * complex(side.evaluate(dict(values))).real
            for name, factor in zip(names, side.gradient(values, names), strict=True):
                slope = slope + sign * factor * slopes[name]
        h.append(total)
        jacobian.append(slope)
    return np.array(h), np.array(jacobian).reshape(len(h), len(x))


class _Augmented:
    """A discrepancy plus the penalty of its constraints."""

    def __init__(self, inner: Discrepancy, model: Model, multipliers: FloatArray, penalty: float) -> None:
        self.inner, self.model = inner, model
        self.multipliers, self.penalty = multipliers, penalty

    def value(self, x: FloatArray) -> float:
        """F + λ'h + ½ρ|h|²."""
        h, _ = constraint_values(self.model, self.model.table.nonlinear, x)
        return self.inner.value(x) + float(self.multipliers @ h + 0.5 * self.penalty * h @ h)

    def slopes(self, x: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """Value, gradient and Gauss-Newton Hessian."""
        value, gradient, approximate = self.inner.slopes(x)
        h, jacobian = constraint_values(self.model, self.model.table.nonlinear, x)
        value += float(self.multipliers @ h + 0.5 * self.penalty * h @ h)
        gradient = gradient + jacobian.T @ (self.multipliers + self.penalty * h)
        return value, gradient, approximate + self.penalty * jacobian.T @ jacobian

    def hessian(self, x: FloatArray) -> FloatArray | None:
        """None: the approximation serves."""
        del x
        return None


def minimise_constrained(
    discrepancy: Discrepancy, model: Model, start: FloatArray, scale: FloatArray | None = None
) -> Estimate:
    """Minimise subject to the table's nonlinear equalities; plain `minimise` when there are none."""
    if not model.table.nonlinear:
        return minimise(discrepancy, model, start, scale)
    multipliers, penalty, x = np.zeros(len(model.table.nonlinear)), 10.0, start
    for _ in range(_ROUNDS):
        found = minimise(_Augmented(discrepancy, model, multipliers, penalty), model, x, scale)
        x = found.x
        h, _ = constraint_values(model, model.table.nonlinear, x)
        if np.abs(h).max() < _TOLERANCE:
            return replace(found, value=discrepancy.value(x))
        multipliers = multipliers + penalty * h
        penalty = min(penalty * 2.0, 1e4)
    return replace(
        found, value=discrepancy.value(x), converged=False, message="the equality constraints are not met"
    )


def tangent_basis(model: Model, x: FloatArray) -> FloatArray:
    """Directions of the free rows that keep all equality constraints, (n_free, n_theta - nonlinear ones)."""
    basis = model.table.basis
    if not model.table.nonlinear:
        return basis
    _, jacobian = constraint_values(model, model.table.nonlinear, x)
    _, singular, rows = np.linalg.svd(jacobian @ basis)
    rank = int((singular > 1e-10 * max(1.0, float(singular.max(initial=0.0)))).sum())
    return np.asarray(basis @ rows[rank:].T)
