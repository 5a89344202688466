"""Discrepancy functions and their minimiser: Fisher scoring with a line search, finished by the exact Hessian.

A discrepancy sees sufficient statistics only and answers, at free rows x: its value F (chi-square = N·F), its gradient, an
approximate and, where there is one, the exact Hessian (Bollen, 1989, ch. 4; Lee & Jennrich, 1979, Psychometrika 44).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from scipy import linalg

from analysis.results import FloatArray
from analysis.sem.model import Model

_MAX_STEPS = 500
_TOLERANCE = 1e-9


class Discrepancy(Protocol):
    """A function of the free rows x (n_free,) to be minimised."""

    def value(self, x: FloatArray) -> float:
        """F at x; infinite where the implied covariance is not positive definite."""
        ...

    def slopes(self, x: FloatArray) -> tuple[float, FloatArray, FloatArray]:
        """F, its gradient (n_free,) and a non-negative approximation of its Hessian (n_free, n_free)."""
        ...

    def hessian(self, x: FloatArray) -> FloatArray | None:
        """The exact Hessian (n_free, n_free), or None where only the approximation is offered."""
        ...


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """Where the minimiser stopped: x (n_free,), theta (n_theta,), F, its gradient in theta, and why it stopped."""

    x: FloatArray
    theta: FloatArray
    value: float
    gradient: FloatArray
    converged: bool
    iterations: int
    message: str = ""


def minimise(discrepancy: Discrepancy, model: Model, start: FloatArray) -> Estimate:
    """Minimise over theta from the free rows `start` (projected on the equality constraints)."""
    basis = model.table.basis
    theta = model.theta_of(start)
    x = model.free_vector(theta)
    if not np.isfinite(discrepancy.value(x)):
        theta = _feasible(discrepancy, model, x, theta)
        x = model.free_vector(theta)
    value, gradient_x, approximate = discrepancy.slopes(x)
    gradient = basis.T @ gradient_x
    message, steps, last_gain = "", 0, np.inf
    if not np.isfinite(value):
        return _stopped(x, theta, value, gradient, 0, "no admissible starting point was found")
    for steps in range(1, _MAX_STEPS + 1):
        curvature = basis.T @ approximate @ basis
        exact = discrepancy.hessian(x) if steps > 2 and last_gain < 0.5 else None
        step = _newton_step(None if exact is None else basis.T @ exact @ basis, curvature, gradient)
        decrement = -float(gradient @ step)
        if decrement < _TOLERANCE**2 * max(1.0, abs(value)) * 1e2 and _is_flat(gradient, curvature):
            return Estimate(
                x=x, theta=theta, value=value, gradient=gradient, converged=True, iterations=steps
            )
        found = _line_search(lambda t: discrepancy.value(model.free_vector(t)), theta, value, gradient, step)
        if found is None:
            if _is_flat(gradient, curvature, loose=True):
                return Estimate(
                    x=x, theta=theta, value=value, gradient=gradient, converged=True, iterations=steps
                )
            message = "no step lowers the discrepancy any further, but the gradient is not zero"
            break
        theta, new_value = found
        last_gain = value - new_value
        x = model.free_vector(theta)
        value, gradient_x, approximate = discrepancy.slopes(x)
        gradient = basis.T @ gradient_x
    else:
        message = f"no convergence after {_MAX_STEPS} steps"
    return _stopped(x, theta, value, gradient, steps, message)


def _stopped(
    x: FloatArray, theta: FloatArray, value: float, gradient: FloatArray, steps: int, message: str
) -> Estimate:
    return Estimate(
        x=x, theta=theta, value=value, gradient=gradient, converged=False, iterations=steps, message=message
    )


def _is_flat(gradient: FloatArray, curvature: FloatArray, *, loose: bool = False) -> bool:
    """Is every slope negligible, measured in units of its own curvature?"""
    if len(gradient) == 0:
        return True
    scale = np.sqrt(np.maximum(np.diag(curvature), 1e-12))
    return bool(np.max(np.abs(gradient) / scale) < (1e-5 if loose else 1e-7))


def _newton_step(exact: FloatArray | None, approximate: FloatArray, gradient: FloatArray) -> FloatArray:
    """-H^-1 g with the exact Hessian if it is positive definite, else with the approximation, lightly damped if need be."""
    if len(gradient) == 0:
        return gradient
    for curvature in (exact, approximate):
        if curvature is None:
            continue
        try:
            factor = linalg.cho_factor(curvature)
        except linalg.LinAlgError:
            continue
        step = -linalg.cho_solve(factor, gradient)
        if np.isfinite(step).all():
            return np.asarray(step)
    scale = np.sqrt(np.maximum(np.diag(approximate), 1e-12))
    scaled = approximate / np.outer(scale, scale)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2)
    floor = 1e-6 * max(values.max(), 1e-6)
    return np.asarray(-(vectors @ ((vectors.T @ (gradient / scale)) / np.maximum(values, floor))) / scale)


def _line_search(
    function: Callable[[FloatArray], float],
    theta: FloatArray,
    value: float,
    gradient: FloatArray,
    step: FloatArray,
) -> tuple[FloatArray, float] | None:
    """Backtrack from the full step until the value falls enough (Armijo). None when nothing helps."""
    slope = float(gradient @ step)
    length = 1.0
    for _ in range(40):
        candidate = theta + length * step
        new_value = function(candidate)
        if np.isfinite(new_value) and new_value <= value + 1e-4 * length * slope:
            return candidate, new_value
        length *= 0.5
    return None


def _feasible(discrepancy: Discrepancy, model: Model, x: FloatArray, theta: FloatArray) -> FloatArray:
    """A start whose implied covariance is positive definite: smaller covariances, larger variances."""
    rows = [model.table.rows[i] for i in model.table.free_rows]
    variance = np.array([r.op == "~~" and r.lhs == r.rhs for r in rows])
    covariance = np.array([r.op == "~~" and r.lhs != r.rhs for r in rows])
    for factor in (1.0, 2.0, 4.0, 10.0):
        moved = x.copy()
        moved[covariance] = 0.0
        moved[variance] = np.maximum(np.abs(moved[variance]), 0.05) * factor
        candidate = model.theta_of(moved)
        if np.isfinite(discrepancy.value(model.free_vector(candidate))):
            return candidate
    return theta
