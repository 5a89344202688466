"""Discrepancy functions and their minimiser: Fisher scoring in a trust region, finished by the exact
Hessian.

A discrepancy sees sufficient statistics only and answers, at free rows x: its value F (chi-square = N·F),
its gradient, an approximate and, where there is one, the exact Hessian (Bollen, 1989, ch. 4; Lee & Jennrich,
1979, Psychometrika 44; trust region: Nocedal & Wright, 2006, ch. 4).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from analysis.results import FloatArray
from analysis.sem.model import Model

_MAX_STEPS = 300
_WINDOW = 20  # steps over which progress is judged
_FAR = 50.0  # typical sizes from the origin at which an estimate without progress counts as running away
_FIRST_RADIUS = 2.0


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
    """Where the minimiser stopped: x (n_free,), theta (n_theta,), F, its gradient in theta, and why it
    stopped.
    """

    x: FloatArray
    theta: FloatArray
    value: float
    gradient: FloatArray
    converged: bool
    iterations: int
    message: str = ""


def minimise(
    discrepancy: Discrepancy, model: Model, start: FloatArray, scale: FloatArray | None = None
) -> Estimate:
    """Minimise over theta from the free rows `start` (projected on the equality constraints).

    scale (n_free,): the size of a typical change of each free row, ones when not given; steps are bounded in
    these units.
    """
    basis = model.table.basis
    theta = model.theta_of(start)
    if not np.isfinite(discrepancy.value(model.free_vector(theta))):
        theta = _feasible(discrepancy, model, model.free_vector(theta), theta)
    units = np.ones(len(theta)) if scale is None else _theta_units(basis, scale)
    state = _State(discrepancy, model, theta)
    radius, gain, steps = _FIRST_RADIUS, np.inf, 0
    trace: list[float] = []
    if not np.isfinite(state.value):
        return state.estimate(0, "no admissible starting point was found")
    while steps < _MAX_STEPS:
        flat = state.is_flat(1e-9)
        if flat and not state.is_saddle():
            return state.estimate(steps)
        steps += 1
        near = gain < 0.1 * max(state.value, 0.01)
        curvature = state.curvature(near=near, saddle=flat)
        moved = _trust_region_move(state, curvature, units, radius)
        if moved is None:
            if state.is_flat(1e-4):
                return state.estimate(steps)
            return state.estimate(steps, "no step lowers the discrepancy further, but its slope is not zero")
        gain, radius = state.value - moved[0].value, moved[1]
        state = moved[0]
        trace.append(state.value)
        if _runs_away(trace, state.theta / units):
            return state.estimate(steps, f"the estimates run away: {_farthest(model, state.theta / units)}")
    return state.estimate(steps, f"no convergence after {_MAX_STEPS} steps")


def _runs_away(trace: list[float], distance: FloatArray) -> bool:
    """Hardly any progress over the last steps, far from the origin: a minimum at infinity."""
    if len(trace) <= _WINDOW or np.abs(distance).max() < _FAR:
        return False
    return trace[-1 - _WINDOW] - trace[-1] < 0.01 * max(trace[-1], 1e-6)


def _farthest(model: Model, distance: FloatArray) -> str:
    """Names of the free rows that have moved farthest in their own units."""
    weight = (np.abs(model.table.basis) > 1e-8).astype(np.float64) @ np.abs(distance)
    chosen = [k for k in np.argsort(-weight, kind="stable")[:4] if weight[k] > 0.2 * weight.max()]
    return ", ".join(model.table.rows[model.table.free_rows[k]].title for k in chosen)


class _State:
    """One point: theta, x, F, and the slopes in theta."""

    def __init__(self, discrepancy: Discrepancy, model: Model, theta: FloatArray) -> None:
        self.discrepancy, self.model, self.theta = discrepancy, model, theta
        self.basis = model.table.basis
        self.x = model.free_vector(theta)
        self.value, gradient, approximate = discrepancy.slopes(self.x)
        self.gradient = self.basis.T @ gradient
        self.approximate = self.basis.T @ approximate @ self.basis
        self._exact: FloatArray | None = None
        self._asked = False

    def exact(self) -> FloatArray | None:
        """Exact Hessian in theta, where the discrepancy offers one."""
        if not self._asked:
            hessian = self.discrepancy.hessian(self.x)
            self._exact = None if hessian is None else np.asarray(self.basis.T @ hessian @ self.basis)
            self._asked = True
        return self._exact

    def is_saddle(self) -> bool:
        """Does the exact Hessian curve downwards somewhere?"""
        exact = self.exact()
        if exact is None or len(exact) == 0:
            return False
        units = np.sqrt(np.maximum(np.diag(self.approximate), 1e-12))
        return bool(np.linalg.eigvalsh(exact / np.outer(units, units))[0] < -1e-6)

    def curvature(self, *, near: bool, saddle: bool) -> FloatArray:
        """Hessian in theta: the exact one near a minimum (where it is positive definite) or at a saddle."""
        exact = self.exact() if near or saddle else None
        if exact is None:
            return self.approximate
        if saddle:
            return exact
        try:
            np.linalg.cholesky(exact)
        except np.linalg.LinAlgError:
            return self.approximate
        return exact

    def is_flat(self, tolerance: float) -> bool:
        """Is every slope negligible, in units of its own curvature?"""
        if len(self.gradient) == 0:
            return True
        units = np.sqrt(np.maximum(np.diag(self.approximate), 1e-12))
        return bool(np.max(np.abs(self.gradient) / units) < tolerance)

    def estimate(self, steps: int, message: str = "") -> Estimate:
        """Stop here; a message means without convergence."""
        return Estimate(
            x=self.x,
            theta=self.theta,
            value=self.value,
            gradient=self.gradient,
            converged=not message,
            iterations=steps,
            message=message,
        )


def _theta_units(basis: FloatArray, scale: FloatArray) -> FloatArray:
    """Typical sizes of theta from those of the free rows it moves."""
    weight = np.abs(basis)
    return np.asarray((weight * scale[:, None]).sum(axis=0) / np.maximum(weight.sum(axis=0), 1e-12))


def _trust_region_move(
    state: _State, curvature: FloatArray, units: FloatArray, radius: float
) -> tuple[_State, float] | None:
    """The next point and radius; None when even tiny steps do not help."""
    gradient = state.gradient * units
    scaled = curvature * np.outer(units, units)
    values, vectors = np.linalg.eigh((scaled + scaled.T) / 2.0)
    along = vectors.T @ gradient
    noise = 1e-13 * max(1.0, abs(state.value))
    for _ in range(60):
        coordinates = _subproblem(values, along, radius)
        length = float(np.linalg.norm(coordinates))
        predicted = -float(along @ coordinates + 0.5 * coordinates @ (values * coordinates))
        step = units * (vectors @ coordinates)
        value = state.discrepancy.value(state.model.free_vector(state.theta + step))
        actual = state.value - value
        if np.isfinite(value) and (actual > 1e-4 * predicted or (predicted < noise and actual > -noise)):
            moved = _State(state.discrepancy, state.model, state.theta + step)
            if predicted < noise and np.abs(moved.gradient).max() >= np.abs(state.gradient).max():
                return None
            if actual > 0.5 * predicted and length > 0.7 * radius:
                radius *= 3.0 if actual > 0.8 * predicted else 2.0
            elif actual < 0.25 * predicted:
                radius = 0.5 * length
            return moved, radius
        radius = 0.35 * min(radius, length)
        if radius < 1e-12:
            return None
    return None


def _subproblem(values: FloatArray, along: FloatArray, radius: float) -> FloatArray:
    """Minimiser of along'p + ½ p' diag(values) p within |p| <= radius, in eigen-coordinates."""
    largest = max(float(np.abs(values).max(initial=0.0)), 1e-300)
    floor = 1e-12 * largest
    if values[0] > floor:
        newton = -along / values
        if np.linalg.norm(newton) <= radius:
            return np.asarray(newton)
    low = max(0.0, floor - float(values[0]))
    high = low + float(np.linalg.norm(along)) / radius + largest
    if (
        np.linalg.norm(along / (values + low)) < radius
    ):  # the hard case: walk along the most negative curvature
        step = -along / (values + low)
        missing = radius**2 - float(step @ step)
        step[0] += np.sqrt(max(missing, 0.0)) * (1.0 if step[0] >= 0 else -1.0)
        return np.asarray(step)
    for _ in range(100):
        middle = 0.5 * (low + high)
        if np.linalg.norm(along / (values + middle)) > radius:
            low = middle
        else:
            high = middle
    return np.asarray(-along / (values + high))


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
