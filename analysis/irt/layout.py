"""How answers and factors are laid out for the E-step: unique patterns, blocks of items, quadrature.

A block is a set of items that share a specific factor; one-factor models have one block without any.
Given the general factor blocks are independent, so integrals stay two-dimensional (Gibbons & Hedeker, 1992).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import FloatArray, IntArray

NODES = 61  # mirt's grids: 61 for one dimension, 31 each for two, equally spaced on [−6, 6]
NODES_TWO = 31
REACH = 6.0


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Answers:
    """Unique answer patterns: codes (R, J) category numbers from 0, −1 missing; frequency (R,).

    pattern_of: for each row of the data its pattern, −1 for a row without any answer.
    values: per item the observed category values, ascending.
    """

    codes: IntArray
    frequency: FloatArray
    pattern_of: IntArray
    values: tuple[tuple[float, ...], ...]
    items: tuple[str, ...]

    @property
    def n(self) -> int:
        """People with at least one answer."""
        return round(float(self.frequency.sum()))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Block:
    """Items under one specific factor (or none): places (G, D), their specific weights, one-hot answers.

    indicators: (R, Σ K_j), columns item by item. columns: per item its slice of them.
    """

    specific: str
    items: tuple[int, ...]
    places: FloatArray
    weights: FloatArray
    indicators: FloatArray
    columns: tuple[slice, ...]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Layout:
    """The general factor's grid and the blocks."""

    answers: Answers
    nodes: FloatArray
    weights: FloatArray
    blocks: tuple[Block, ...]


def grid(points: int) -> tuple[FloatArray, FloatArray]:
    """`points` equally spaced nodes on [−6, 6] and standard-normal weights that sum to 1."""
    nodes = np.linspace(-REACH, REACH, points)
    density = np.exp(-(nodes**2) / 2)
    return nodes, density / density.sum()


def unique_answers(data: pd.DataFrame) -> Answers:
    """Patterns of `data` (respondents × items, NaN missing), in the categories that occur."""
    raw = data.to_numpy(dtype=float)
    codes = np.full(raw.shape, -1, dtype=np.int64)
    values: list[tuple[float, ...]] = []
    for j in range(raw.shape[1]):
        present = ~np.isnan(raw[:, j])
        found, at = np.unique(raw[present, j], return_inverse=True)
        codes[present, j] = at
        values.append(tuple(float(v) for v in found))
    answered = (codes >= 0).any(axis=1)
    pattern_of = np.full(len(raw), -1, dtype=np.int64)
    patterns, inverse, counts = np.unique(codes[answered], axis=0, return_inverse=True, return_counts=True)
    pattern_of[answered] = inverse.ravel()
    return Answers(
        codes=patterns,
        frequency=counts.astype(float),
        pattern_of=pattern_of,
        values=tuple(values),
        items=tuple(str(c) for c in data.columns),
    )


def lay_out(answers: Answers, specific: Mapping[str, str], nodes: int | None = None) -> Layout:
    """Blocks and grids. specific: item → its specific factor; items not named load on the general alone."""
    general, weights = grid(nodes or (NODES_TWO if specific else NODES))
    names = sorted({specific.get(i, "") for i in answers.items})
    blocks = tuple(_block(answers, specific, name, general, weights) for name in names)
    return Layout(answers=answers, nodes=general, weights=weights, blocks=blocks)


def _block(
    answers: Answers, specific: Mapping[str, str], name: str, general: FloatArray, weights: FloatArray
) -> Block:
    items = tuple(j for j, item in enumerate(answers.items) if specific.get(item, "") == name)
    indicators, columns, at = [], [], 0
    for j in items:
        k = len(answers.values[j])
        indicators.append((answers.codes[:, [j]] == np.arange(k)[None, :]).astype(float))
        columns.append(slice(at, at + k))
        at += k
    if name:
        g, s = np.meshgrid(general, general, indexing="ij")
        places, own = np.column_stack([g.ravel(), s.ravel()]), weights
    else:
        places, own = general[:, None], np.ones(1)
    return Block(
        specific=name,
        items=items,
        places=places,
        weights=own,
        indicators=np.hstack(indicators),
        columns=tuple(columns),
    )
