"""The unrestricted model with incomplete rows: its information and scores, and the corrected fit indices.

Order of its parameters: means, then vech(covariance) by columns. The FIML chi-square loses power with
missing data; CFI, TLI and RMSEA are therefore rebuilt from the complete-data discrepancy at the FIML
moments, corrected by a trace (Zhang & Savalei, 2023, Struct. Equ. Modeling 30; versions V3 robust, V6
normal).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray, IntArray
from analysis.sem.model import Model, lower_indices
from analysis.sem.moments import GroupMoments, SampleMoments
from analysis.sem.pattern_sums import PatternSums, pattern_sums

_CHUNK = 2000  # rows whose scores are held at once


def unit_slopes(p: int) -> tuple[FloatArray, FloatArray]:
    """dSigma (p, p, p*) and dmu (p, p) for the unrestricted parameters."""
    i, j = lower_indices(p, diagonal=True)
    d_cov = np.zeros((p, p, len(i)))
    d_cov[i, j, np.arange(len(i))] = 1.0
    d_cov[j, i, np.arange(len(i))] = 1.0
    return d_cov, np.eye(p)


def observed_information(moments: GroupMoments) -> FloatArray:
    """Observed information per row at the EM moments, (p + p*, p + p*)."""
    return h1_information(moments, moments.cov, moments.mean, observed=True)


def h1_information(moments: GroupMoments, cov: FloatArray, mean: FloatArray, *, observed: bool) -> FloatArray:
    """Observed or expected information per row of means and vech(covariance) at any (cov, mean)."""
    sums = _sums(moments, cov, mean)
    d_cov, d_mean = unit_slopes(len(mean))
    cov_part = 0.5 * sums.cov_product(d_cov, observed=observed)
    cross = sums.cross_product(d_cov, d_mean) * (1.0 if observed else 0.0)
    return np.asarray(np.block([[sums.mean_weight, cross.T], [cross, cov_part]]) / moments.n)


def score_variance(moments: GroupMoments) -> FloatArray:
    """First-order information per row at the EM moments, (p + p*, p + p*)."""
    p = len(moments.mean)
    i, j = lower_indices(p, diagonal=True)
    half = np.where(i == j, 0.5, 1.0)
    total = np.zeros((p + len(i), p + len(i)))
    inverses = _sums(moments, moments.cov, moments.mean).inverse
    along = np.where(np.isnan(moments.data), 0.0, moments.data - moments.mean)
    belongs = np.zeros(moments.n, dtype=np.int64)
    for index, pattern in enumerate(moments.patterns):
        along[pattern.rows] = along[pattern.rows] @ inverses[index]
        belongs[pattern.rows] = index
    expected = inverses[:, i, j]
    for start in range(0, moments.n, _CHUNK):
        rows = along[start : start + _CHUNK]
        products = rows[:, i] * rows[:, j] - expected[belongs[start : start + _CHUNK]]
        scores = np.concatenate([rows, half * products], axis=1)
        total += scores.T @ scores
    return total / moments.n


def complete_information(moments: GroupMoments) -> FloatArray:
    """Information per row if the EM moments had been seen in complete data, (p + p*, p + p*)."""
    p = len(moments.mean)
    inverse = np.linalg.inv(moments.cov)
    i, j = lower_indices(p, diagonal=True)
    half = np.where(i == j, 0.5, 1.0)
    block = inverse[np.ix_(i, i)] * inverse[np.ix_(j, j)] + inverse[np.ix_(i, j)] * inverse[np.ix_(j, i)]
    return np.asarray(
        np.block(
            [
                [inverse, np.zeros((p, len(i)))],
                [np.zeros((len(i), p)), block * np.outer(half, half)],
            ]
        )
    )


def kept_moments(model: Model) -> IntArray:
    """Positions of the moments that are not those of fixed covariates alone."""
    names = model.observed
    fixed = {names.index(v) for v in model.covariates}
    p = len(names)
    i, j = lower_indices(p, diagonal=True)
    means = [k for k in range(p) if k not in fixed]
    covariances = [p + k for k in range(len(i)) if not (i[k] in fixed and j[k] in fixed)]
    return np.array(means + covariances, dtype=np.int64)


@dataclass(frozen=True)
class H1:
    """Information matrices of the unrestricted model, per group, restricted to the moments kept."""

    kept: IntArray
    observed: tuple[FloatArray, ...]
    scores: tuple[FloatArray, ...]
    complete: tuple[FloatArray, ...]

    @property
    def first_order_trace(self) -> float:
        """sum over groups of tr(A1^-1 B1)."""
        return sum(
            float(np.trace(np.linalg.solve(a, b))) for a, b in zip(self.observed, self.scores, strict=True)
        )


def unrestricted_information(model: Model, sample: SampleMoments) -> H1:
    """All three matrices of every group, computed once."""
    kept = kept_moments(model)
    cells = np.ix_(kept, kept)
    return H1(
        kept,
        tuple(observed_information(g)[cells] for g in sample.groups),
        tuple(score_variance(g)[cells] for g in sample.groups),
        tuple(complete_information(g)[cells] for g in sample.groups),
    )


def fiml_correction(
    h1: H1, model: Model, sample: SampleMoments, x: FloatArray, *, robust: bool
) -> tuple[float, float]:
    """The complete-data chi-square at the FIML estimates and the trace k by whose k/df it is corrected.

    V6 (normal): k = tr(Wc Wm^-1 U Wm^-1). V3 (robust): k = tr(U Wm^-1 Wc Wm^-1 U Γ), Γ = Wm^-1 Jm Wm^-1, U =
    Wm - Wm D (D'WmD)^-1 D'Wm. Wm, Wc: information with missing and complete data; Jm: of the scores; D:
    Jacobian.
    """
    share = [group.n / sample.n for group in sample.groups]
    jacobian = np.concatenate([block[h1.kept] for block in model.jacobian(x)]) @ model.table.basis
    seen = _block_diagonal([f * w for f, w in zip(share, h1.observed, strict=True)])
    complete = _block_diagonal([f * w for f, w in zip(share, h1.complete, strict=True)])
    weighted = seen @ jacobian
    residual = seen - weighted @ np.linalg.solve(jacobian.T @ weighted, weighted.T)
    inverse = np.linalg.inv(seen)
    middle = inverse @ complete @ inverse
    if robust:
        gamma = _block_diagonal(
            [
                np.linalg.solve(a, np.linalg.solve(a, b).T) / f
                for f, a, b in zip(share, h1.observed, h1.scores, strict=True)
            ]
        )
        trace = float(np.trace(residual @ middle @ residual @ gamma))
    else:
        trace = float(np.sum(middle * residual))
    return _complete_chisq(model, sample, x), trace


def _complete_chisq(model: Model, sample: SampleMoments, x: FloatArray) -> float:
    """N times the complete-data discrepancy between the EM moments and the implied ones."""
    total = 0.0
    for group, implied in zip(sample.groups, model.implied(x), strict=True):
        difference = group.mean - implied.mean
        _, log_implied = np.linalg.slogdet(implied.cov)
        _, log_sample = np.linalg.slogdet(group.cov)
        second = group.cov + np.outer(difference, difference)
        fit = float(np.trace(np.linalg.solve(implied.cov, second)))
        total += group.n * (float(log_implied) - float(log_sample) + fit - len(difference))
    return total


def weighted_squares(
    moments: GroupMoments, cov: FloatArray, mean: FloatArray, shift: FloatArray, spread: FloatArray
) -> float:
    """v'Av with A the expected information at (cov, mean) and v = (shift (p,), spread (p, p)); up to the
    factor n.
    """
    sums = _sums(moments, cov, mean)
    covariance = sums.cov_product(spread[:, :, None], observed=False)[0, 0]
    return float(shift @ sums.mean_weight @ shift + 0.5 * covariance)


def _sums(moments: GroupMoments, cov: FloatArray, mean: FloatArray) -> PatternSums:
    sums = pattern_sums(moments.patterns, cov, mean)
    if sums is None:
        raise np.linalg.LinAlgError("the covariance matrix is not positive definite")
    return sums


def _block_diagonal(blocks: Sequence[FloatArray]) -> FloatArray:
    size = sum(len(b) for b in blocks)
    matrix, at = np.zeros((size, size)), 0
    for block in blocks:
        matrix[at : at + len(block), at : at + len(block)] = block
        at += len(block)
    return matrix
