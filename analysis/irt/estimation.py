"""Maximum marginal likelihood: EM cycles to come near, Newton steps with observed information to arrive.

Bock & Aitkin (1981). EM alone needs a thousand cycles where slopes are steep; Newton needs three steps.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.irt.graded import improved
from analysis.irt.layout import Layout
from analysis.irt.posterior import Parameters, expected_counts, observed_information, parameter_order
from analysis.results import FloatArray

NEAR = 1e-2  # EM hands over to Newton when no parameter moves more than this in a cycle


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Estimate:
    """Where estimation stopped. gradient: largest absolute derivative of the log-likelihood.

    information: observed, items in `parameter_order`. converged: the gradient is below the tolerance.
    """

    parameters: Parameters
    log_likelihood: float
    gradient: float
    information: FloatArray
    converged: bool
    em_cycles: int
    newton_steps: int


def start_values(layout: Layout) -> Parameters:
    """Slopes of size 1 with the sign of the item–rest correlation, intercepts from the margins."""
    answers = layout.answers
    codes = np.where(answers.codes >= 0, answers.codes, np.nan).astype(float)
    centred = codes - np.nanmean(codes, axis=0)
    filled = np.where(np.isnan(centred), 0, centred)
    people = answers.frequency
    total = filled.sum(axis=1)
    found: dict[int, tuple[FloatArray, FloatArray]] = {}
    for block in layout.blocks:
        for j in block.items:
            sign = 1.0 if people @ (filled[:, j] * (total - filled[:, j])) >= 0 else -1.0
            slopes = np.full(block.places.shape[1], 0.7) if block.specific else np.ones(1)
            slopes[0] = sign * (1.0 if not block.specific else 1.2)
            k = len(answers.values[j])
            counts = np.array([people[answers.codes[:, j] == c].sum() for c in range(k)])
            above = 1 - np.cumsum(counts)[:-1] / counts.sum()
            spread = float(np.sqrt(1 + (slopes @ slopes) / 1.702**2))
            found[j] = (slopes, np.log(above / (1 - above)) * spread)
    return tuple(found[j] for j in range(len(answers.items)))


def em_cycle(layout: Layout, parameters: Parameters) -> tuple[float, Parameters, float]:
    """Log-likelihood before the cycle, parameters after it, and the largest move."""
    value, counts = expected_counts(layout, parameters)
    after = list(parameters)
    moved = 0.0
    for block, count in zip(layout.blocks, counts, strict=True):
        for j, columns in zip(block.items, block.columns, strict=True):
            after[j] = improved(*parameters[j], block.places, count[columns], steps=2)
            change = np.abs(_joined(after[j]) - _joined(parameters[j])).max()
            moved = max(moved, float(change))
    return value, tuple(after), moved


def _joined(one: tuple[FloatArray, FloatArray]) -> FloatArray:
    return np.concatenate(one)


def estimate(layout: Layout, *, max_cycles: int, tolerance: float) -> Estimate:
    """Climb to the maximum; stops at `max_cycles` EM cycles or where the gradient is below tolerance·√n."""
    parameters, cycles, newton = start_values(layout), 0, 0
    limit = tolerance * float(np.sqrt(layout.answers.n))
    near = NEAR
    while True:
        moved = np.inf
        while cycles < max_cycles and moved > near:
            _, parameters, moved = em_cycle(layout, parameters)
            cycles += 1
        value, gradient, information = observed_information(layout, parameters)
        for _ in range(12):
            if float(np.abs(gradient).max()) < limit:
                break
            stepped = _newton(layout, parameters, value, gradient, information)
            if stepped is None:
                break
            parameters = stepped
            value, gradient, information = observed_information(layout, parameters)
            newton += 1
        size = float(np.abs(gradient).max())
        if size < limit or cycles >= max_cycles or near < 1e-7:
            return Estimate(
                parameters=parameters,
                log_likelihood=value,
                gradient=size,
                information=information,
                converged=size < limit,
                em_cycles=cycles,
                newton_steps=newton,
            )
        near /= 10


def _newton(
    layout: Layout, parameters: Parameters, value: float, gradient: FloatArray, information: FloatArray
) -> Parameters | None:
    """Parameters after one step that climbs, or None: not a hill here, go on with EM."""
    try:
        np.linalg.cholesky(information)
    except np.linalg.LinAlgError:
        return None
    step: FloatArray = np.asarray(np.linalg.solve(information, gradient), dtype=float)
    for _ in range(5):
        candidate = _moved(layout, parameters, step)
        if all(np.all(np.diff(d) < 0) for _, d in candidate):
            new, _ = expected_counts(layout, candidate)
            if new >= value - 1e-9 * abs(value):
                return candidate
        step = step / 2
    return None


def _moved(layout: Layout, parameters: Parameters, step: FloatArray) -> Parameters:
    after, at = list(parameters), 0
    for j in parameter_order(layout):
        a, d = parameters[j]
        middle, end = at + len(a), at + len(a) + len(d)
        after[j] = (a + step[at:middle], d + step[middle:end])
        at = end
    return tuple(after)
