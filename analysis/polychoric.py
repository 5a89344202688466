"""Polychoric correlations of rating-scale items, and Horn's parallel analysis on them.

Olsson (1979), Psychometrika 44: thresholds from the margins first, each correlation by maximum likelihood
then. Parallel analysis of ordinal items: Garrido, Abad & Ponsoda (2013), Psychological Methods 18, with the
columns permuted, so that every item keeps its own margins (Buja & Eyuboglu, 1992).
"""

from __future__ import annotations

import itertools
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.dimensionality import (
    ParallelAnalysis,
    against_random,
    correlation_trouble,
    descending,
    reduced,
)
from analysis.frames import numeric
from analysis.results import FloatArray
from analysis.sem.polychoric import contingency_tables, pair_tables, polychoric_correlations, thresholds_of

MOST_CATEGORIES = 10


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Items:
    """codes: (n, k) categories in use counted from 0; thresholds of every item; all pairs."""

    codes: np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    thresholds: list[FloatArray]
    pairs: tuple[
        np.ndarray[tuple[int, ...], np.dtype[np.int64]], np.ndarray[tuple[int, ...], np.dtype[np.int64]]
    ]

    @property
    def categories(self) -> int:
        """The most that any item has in use."""
        return max(len(cuts) for cuts in self.thresholds) + 1

    def matrix(self, codes: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> FloatArray:
        """Correlations of codes with the same margins, shape (k, k)."""
        tables = pair_tables(contingency_tables(codes, self.categories), self.thresholds, self.pairs)
        found = np.eye(codes.shape[1])
        rho = polychoric_correlations(tables)
        found[self.pairs] = rho
        found[self.pairs[::-1]] = rho
        return found


def _items(complete: pd.DataFrame) -> _Items:
    values = complete.to_numpy(dtype=float)
    codes = np.stack([np.unique(column, return_inverse=True)[1] for column in values.T], axis=1).astype(
        np.int64
    )
    thresholds = [thresholds_of(np.bincount(column).astype(float)) for column in codes.T]
    first, second = (
        np.array(side, dtype=np.int64)
        for side in zip(*itertools.combinations(range(codes.shape[1]), 2), strict=True)
    )
    return _Items(codes=codes, thresholds=thresholds, pairs=(first, second))


def polychoric_trouble(complete: pd.DataFrame) -> str:
    """Why there are no polychoric correlations of these complete cases, "" where there are."""
    trouble = correlation_trouble(complete)
    most = int(complete.nunique().max()) if len(complete) and complete.shape[1] else 0
    if not trouble and most > MOST_CATEGORIES:
        return f"有题目的取值多达 {most} 个，不是评分量表 / an item with {most} values is no rating scale"
    return trouble


def polychoric_matrix(data: pd.DataFrame) -> pd.DataFrame:
    """Item × item polychoric correlations of the complete cases of `data` (respondents × items).

    Raises ValueError as `polychoric_trouble` says.
    """
    complete = numeric(data).dropna()
    trouble = polychoric_trouble(complete)
    if trouble:
        raise ValueError(trouble)
    made = _items(complete)
    return pd.DataFrame(made.matrix(made.codes), index=complete.columns, columns=complete.columns)


def polychoric_parallel_analysis(
    data: pd.DataFrame, *, seed: int, replications: int = 50, percentile: float = 95.0
) -> ParallelAnalysis:
    """Parallel analysis of the polychoric correlations of the complete cases; columns permuted at random."""
    complete = numeric(data).dropna()
    n, k = complete.shape
    trouble = polychoric_trouble(complete)
    if trouble:
        return ParallelAnalysis(
            n=n, k=k, n_components=None, n_factors=None, first_share=None, table=None,
            replications=replications, percentile=percentile, seed=seed, reason=trouble,
        )  # fmt: skip
    made, rng = _items(complete), np.random.default_rng(seed)
    drawn = np.array([made.matrix(rng.permuted(made.codes, axis=0)) for _ in range(replications)])
    random = descending(drawn), descending(reduced(drawn))
    return against_random(made.matrix(made.codes), random, n=n, percentile=percentile, seed=seed)
