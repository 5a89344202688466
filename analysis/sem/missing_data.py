"""Mean and covariance of the unrestricted model from incomplete rows: the EM algorithm on pattern
statistics.

Each step costs one small factorisation per missing pattern, whatever the number of rows (Dempster, Laird &
Rubin, 1977; Little & Rubin, 2002, ch. 8), with squared extrapolation between steps (Varadhan & Roland, 2008,
Scand. J. Stat. 35).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from analysis.results import FloatArray
from analysis.sem.errors import DataError
from analysis.sem.pattern_sums import pattern_sums
from analysis.sem.patterns import Pattern

_MAX_CYCLES = 2000
_TOLERANCE = 1e-10


def estimate_moments(patterns: Sequence[Pattern], names: Sequence[str]) -> tuple[FloatArray, FloatArray]:
    """Maximum-likelihood mean (p,) and covariance (p, p) under missingness at random.

    Raises DataError when two variables are never seen together, or when the covariance degenerates.
    """
    p = len(names)
    _check_coverage(patterns, names)
    n = sum(pattern.n for pattern in patterns)
    count, total, square = np.zeros(p), np.zeros(p), np.zeros(p)
    for pattern in patterns:
        o = pattern.observed
        count[o] += pattern.n
        total[o] += pattern.n * pattern.mean
        square[o] += pattern.n * (np.diag(pattern.cov) + pattern.mean**2)
    mean = total / count
    spread = np.sqrt(square / count - mean**2)
    scaled = [_standardised(pattern, mean, spread) for pattern in patterns]
    point = (np.zeros(p), np.eye(p))
    for _ in range(_MAX_CYCLES):
        first = _em_step(scaled, point, n)
        second = _em_step(scaled, first, n)
        change = _distance(second, first)
        if change < _TOLERANCE:
            point = second
            break
        point = _extrapolated(scaled, point, first, second, n)
    centre, cov = point
    if np.linalg.eigvalsh(cov)[0] < 1e-8:
        raise DataError(
            "the unrestricted covariance matrix is singular: items are collinear, or too much is missing"
        )
    return mean + spread * centre, cov * np.outer(spread, spread)


def _check_coverage(patterns: Sequence[Pattern], names: Sequence[str]) -> None:
    p = len(names)
    seen = np.zeros((p, p))
    for pattern in patterns:
        seen[np.ix_(pattern.observed, pattern.observed)] += pattern.n
    for i, j in zip(*np.nonzero(seen < 2), strict=True):
        if i != j:
            raise DataError(f"{names[i]!r} and {names[j]!r} are answered together by fewer than two rows")


def _standardised(pattern: Pattern, mean: FloatArray, spread: FloatArray) -> Pattern:
    o = pattern.observed
    return Pattern(
        observed=o,
        n=pattern.n,
        mean=(pattern.mean - mean[o]) / spread[o],
        cov=pattern.cov / np.outer(spread[o], spread[o]),
        rows=pattern.rows,
    )


def _em_step(
    patterns: Sequence[Pattern], point: tuple[FloatArray, FloatArray], n: int
) -> tuple[FloatArray, FloatArray]:
    """Expected first and second moments given what is observed, averaged over rows.

    The regression of all variables on the observed ones is Sigma V, V = Sigma_oo^-1 padded with zeros. So
    the mean moves by Sigma (sum V d)/n, and the second moment about the old mean is Sigma - Sigma M Sigma/n,
    M the slope of the likelihood.
    """
    mean, cov = point
    sums = pattern_sums(patterns, cov, mean)
    if sums is None:
        raise DataError(
            "the unrestricted covariance matrix is singular: items are collinear, or too much is missing"
        )
    shift = cov @ sums.mean_pull / n
    updated = cov - cov @ sums.gradient_weight @ cov / n - np.outer(shift, shift)
    return mean + shift, (updated + updated.T) / 2.0


def _distance(a: tuple[FloatArray, FloatArray], b: tuple[FloatArray, FloatArray]) -> float:
    return float(max(np.abs(a[0] - b[0]).max(), np.abs(a[1] - b[1]).max()))


def _extrapolated(
    patterns: Sequence[Pattern],
    start: tuple[FloatArray, FloatArray],
    first: tuple[FloatArray, FloatArray],
    second: tuple[FloatArray, FloatArray],
    n: int,
) -> tuple[FloatArray, FloatArray]:
    """A longer step along the direction of two EM steps, kept only if the covariance stays positive
    definite.
    """
    p = len(start[0])
    flat = [np.concatenate([m, c.ravel()]) for m, c in (start, first, second)]
    change = flat[1] - flat[0]
    bend = flat[2] - flat[1] - change
    size = float(np.linalg.norm(bend))
    if size < 1e-14:
        return second
    length = max(float(np.linalg.norm(change)) / size, 1.0)
    moved = flat[0] + 2 * length * change + length**2 * bend
    candidate = (moved[:p], moved[p:].reshape(p, p))
    if not np.isfinite(moved).all() or np.linalg.eigvalsh(candidate[1])[0] < 1e-6:
        return second
    return _em_step(patterns, candidate, n)
