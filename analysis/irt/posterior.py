"""Posterior of the factors for each answer pattern: the E-step, and observed information after Louis (1982).

Bock & Aitkin (1981); dimension reduction after Gibbons et al. (2007). Everything runs in pieces of patterns.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from analysis.irt.graded import Derivatives, category_probabilities, derivatives, expected_hessian
from analysis.irt.layout import Block, Layout
from analysis.results import FloatArray

PIECE = 4_000_000  # numbers held at once by one array of a piece

Parameters = tuple[tuple[FloatArray, FloatArray], ...]  # per item: slopes, intercepts


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Piece:
    """Posterior of some patterns: rows of them; general (r, Q); per block (r, Q, Qs), summing to general."""

    rows: slice
    log_likelihood: FloatArray
    general: FloatArray
    blocks: tuple[FloatArray, ...]


def log_probabilities(block: Block, parameters: Parameters) -> FloatArray:
    """log P of every category of the block's items at its places: (Σ K_j, G)."""
    return np.log(np.vstack([category_probabilities(*parameters[j], block.places) for j in block.items]))


def pieces(layout: Layout, parameters: Parameters, per_pattern: int = 1) -> Iterator[Piece]:
    """Posteriors piece by piece; per_pattern: numbers the caller keeps for each pattern and place."""
    logs = [log_probabilities(b, parameters) for b in layout.blocks]
    size = max(len(b.places) for b in layout.blocks) * per_pattern
    step = max(1, PIECE // size)
    for start in range(0, len(layout.answers.frequency), step):
        yield _piece(layout, logs, slice(start, min(start + step, len(layout.answers.frequency))))


def _piece(layout: Layout, logs: list[FloatArray], rows: slice) -> Piece:
    q, likelihoods, margins = len(layout.nodes), [], []
    shift: FloatArray = np.zeros(rows.stop - rows.start)
    for block, log in zip(layout.blocks, logs, strict=True):
        value = block.indicators[rows] @ log
        top = value.max(axis=1, keepdims=True)
        shift += top[:, 0]
        likelihood = np.exp(value - top).reshape(len(value), q, -1) * block.weights
        likelihoods.append(likelihood)
        margins.append(np.maximum(likelihood.sum(axis=2), 1e-290))
    joint = layout.weights * np.prod(margins, axis=0)
    total = joint.sum(axis=1)
    general = joint / total[:, None]
    return Piece(
        rows=rows,
        log_likelihood=np.log(total) + shift,
        general=general,
        blocks=tuple(x * (general / m)[:, :, None] for x, m in zip(likelihoods, margins, strict=True)),
    )


def expected_counts(layout: Layout, parameters: Parameters) -> tuple[float, list[FloatArray]]:
    """Log-likelihood, and per block the expected answers in each category at each place (Σ K_j, G)."""
    total = 0.0
    counts = [np.zeros((b.indicators.shape[1], len(b.places))) for b in layout.blocks]
    for piece in pieces(layout, parameters):
        weight = layout.answers.frequency[piece.rows]
        total += float(weight @ piece.log_likelihood)
        for at, (block, posterior) in enumerate(zip(layout.blocks, piece.blocks, strict=True)):
            weighted = (block.indicators[piece.rows] * weight[:, None]).T
            counts[at] += weighted @ posterior.reshape(len(weight), -1)
    return total, counts


def parameter_order(layout: Layout) -> list[int]:
    """Items in the order of their parameters: block by block."""
    return [j for block in layout.blocks for j in block.items]


def observed_information(layout: Layout, parameters: Parameters) -> tuple[float, FloatArray, FloatArray]:
    """Log-likelihood, its gradient (p,) and the observed information (p, p), items in `parameter_order`.

    Louis: information of the complete data minus what the unseen factors take away, Σ f·Var(score | answers).
    """
    _, counts = expected_counts(layout, parameters)
    found = [[derivatives(*parameters[j], b.places) for j in b.items] for b in layout.blocks]
    sizes = [sum(f.scores.shape[2] for f in fs) for fs in found]
    starts = np.concatenate([[0], np.cumsum(sizes)])
    information = np.zeros((starts[-1], starts[-1]))
    _add_complete(information, layout, found, counts)
    gradient, log_likelihood = np.zeros(starts[-1]), 0.0
    for piece in pieces(layout, parameters, per_pattern=max(sizes)):
        weight = layout.answers.frequency[piece.rows]
        log_likelihood += float(weight @ piece.log_likelihood)
        means: list[FloatArray] = []
        for at, block in enumerate(layout.blocks):
            here = slice(int(starts[at]), int(starts[at + 1]))
            square, mean = _moments(layout, block, found[at], piece, at, weight)
            information[here, here] -= square
            means.append(mean)
        _add_between(information, means, piece, weight, starts)
        person = np.concatenate([np.einsum("rq,rqp->rp", piece.general, m) for m in means], axis=1)
        gradient += weight @ person
        information += (person * weight[:, None]).T @ person
    return log_likelihood, gradient, information


def _add_complete(
    information: FloatArray, layout: Layout, found: list[list[Derivatives]], counts: list[FloatArray]
) -> None:
    at = 0
    for block, items, count in zip(layout.blocks, found, counts, strict=True):
        for item, columns in zip(items, block.columns, strict=True):
            p = item.scores.shape[2]
            information[at : at + p, at : at + p] -= expected_hessian(item, count[columns], block.places)
            at += p


def _moments(
    layout: Layout, block: Block, found: list[Derivatives], piece: Piece, at: int, weight: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Σ f·E[s s'] of one block, and E[s | general] (r, Q, p)."""
    codes = layout.answers.codes[piece.rows]
    tables = []
    for item, j in zip(found, block.items, strict=True):
        chosen = item.scores[np.maximum(codes[:, j], 0)]
        chosen[codes[:, j] < 0] = 0
        tables.append(chosen)
    scores = np.concatenate(tables, axis=2)
    p = scores.shape[2]
    posterior = piece.blocks[at]
    flat = (posterior * weight[:, None, None]).reshape(len(weight), -1, 1) * scores
    square = flat.reshape(-1, p).T @ scores.reshape(-1, p)
    r, q, s = posterior.shape
    within = posterior / np.maximum(piece.general, 1e-290)[:, :, None]
    mean = np.matmul(within.reshape(r, q, 1, s), scores.reshape(r, q, s, p)).reshape(r, q, p)
    return square, mean


def _add_between(
    information: FloatArray, means: list[FloatArray], piece: Piece, weight: FloatArray, starts: FloatArray
) -> None:
    for a in range(len(means)):
        weighted = means[a] * (piece.general * weight[:, None])[:, :, None]
        for b in range(a + 1, len(means)):
            p, r = means[a].shape[2], means[b].shape[2]
            cross = weighted.reshape(-1, p).T @ means[b].reshape(-1, r)
            rows = slice(int(starts[a]), int(starts[a + 1]))
            columns = slice(int(starts[b]), int(starts[b + 1]))
            information[rows, columns] -= cross
            information[columns, rows] -= cross.T
