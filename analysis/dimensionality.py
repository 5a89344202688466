"""How many dimensions: KMO, Bartlett's test, eigenvalues with parallel analysis, Velicer's MAP.

Kaiser & Rice (1974); Bartlett (1950); Horn (1965) with the 95th percentile (Glorfeld, 1995); Velicer (1976)
and Velicer, Eaton & Fava (2000).
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from factor_analyzer.factor_analyzer import calculate_bartlett_sphericity, calculate_kmo

from analysis.frames import numeric
from analysis.results import FloatArray, Result

SINGULAR = 1e-10  # smallest eigenvalue of a correlation matrix that may still be inverted
CHUNK = 100  # random matrices decomposed at once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Factorability(Result):
    """Whether the correlations (Pearson, complete cases) are worth factoring; None with a reason if not.

    kmo_items: index item, column kmo.
    """

    n: int
    k: int
    kmo: float | None
    kmo_items: pd.DataFrame | None
    bartlett_chisq: float | None
    bartlett_df: int | None
    bartlett_p: float | None
    determinant: float | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ParallelAnalysis(Result):
    """Observed eigenvalues against those of uncorrelated normal data of the same size.

    table: index number (1..k); eigenvalue, random_mean, random_p95 (of the full correlation matrix, for
    components) and reduced, reduced_p95 (squared multiple correlations in the diagonal, for common factors).
    n_components, n_factors: how many lead their percentile without a break.
    """

    n: int
    k: int
    n_components: int | None
    n_factors: int | None
    first_share: float | None  # first eigenvalue as a share of all variance
    table: pd.DataFrame | None
    replications: int
    percentile: float
    seed: int
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MinimumAveragePartial(Result):
    """Velicer's MAP: the number of components after which the average (squared) partial correlation is least.

    table: index number of components removed (0..); squared, fourth.
    """

    n_squared: int | None
    n_fourth: int | None
    table: pd.DataFrame | None
    reason: str = ""


def correlation_trouble(complete: pd.DataFrame) -> str:
    """Why Pearson correlations of these complete cases cannot be inverted; empty when they can."""
    n, k = complete.shape
    if k < 3:
        return "不足三题 / fewer than three items"
    if n <= k:
        return f"完整作答 {n} 人，不多于题数 {k} / {n} complete cases for {k} items"
    flat = [str(c) for c in complete.columns if complete[c].nunique() < 2]
    if flat:
        return f"没有差异的题目 / constant items: {', '.join(flat)}"
    correlations = np.corrcoef(complete.to_numpy(dtype=float), rowvar=False)
    if np.linalg.eigvalsh(correlations)[0] < SINGULAR:
        return f"题目之间完全线性相关 / items are linearly dependent: {_dependent(complete, correlations)}"
    return ""


def _dependent(complete: pd.DataFrame, correlations: FloatArray) -> str:
    weights = np.abs(np.linalg.eigh(correlations)[1][:, 0])
    return ", ".join(str(c) for c, w in zip(complete.columns, weights, strict=True) if w > 0.1)


def factorability(data: pd.DataFrame) -> Factorability:
    """KMO and Bartlett's test of `data` (respondents × items), by factor_analyzer, in complete cases."""
    complete = numeric(data).dropna()
    n, k = complete.shape
    reason = correlation_trouble(complete)
    if reason:
        return Factorability(
            n=n, k=k, kmo=None, kmo_items=None, bartlett_chisq=None, bartlett_df=None, bartlett_p=None,
            determinant=None, reason=reason,
        )  # fmt: skip
    matrix = complete.to_numpy(dtype=float)
    with warnings.catch_warnings():
        # it judges the determinant by a fixed bound, and would take a pseudo-inverse of what is invertible:
        # `correlation_trouble` has made sure of that, and then both inverses are the same
        warnings.filterwarnings("ignore", message="The inverse of the variance", category=UserWarning)
        per_item, overall = calculate_kmo(matrix)
    chisq, p = calculate_bartlett_sphericity(matrix)
    kmo_items = pd.DataFrame({"kmo": per_item}, index=complete.columns).rename_axis("item")
    return Factorability(
        n=n,
        k=k,
        kmo=float(overall),
        kmo_items=kmo_items,
        bartlett_chisq=float(chisq),
        bartlett_df=k * (k - 1) // 2,
        bartlett_p=float(p),
        determinant=float(np.linalg.det(np.corrcoef(matrix, rowvar=False))),
    )


def random_correlations(n: int, k: int, count: int, rng: np.random.Generator) -> FloatArray:
    """Correlation matrices of n uncorrelated normal cases: shape (count, k, k).

    Drawn from the Wishart distribution by Bartlett's decomposition, so that the cost does not grow with n.
    """
    lower = np.tril(rng.standard_normal((count, k, k)), -1)
    diagonal = np.sqrt(rng.chisquare(n - 1 - np.arange(k), size=(count, k)))
    lower[:, np.arange(k), np.arange(k)] = diagonal
    scatter = lower @ lower.transpose(0, 2, 1)
    scale = np.sqrt(np.einsum("cii->ci", scatter))
    correlations: FloatArray = (scatter / (scale[:, :, None] * scale[:, None, :])).astype(np.float64)
    return correlations


def descending(matrices: FloatArray) -> FloatArray:
    """Eigenvalues of each matrix, the largest first."""
    values: FloatArray = np.linalg.eigvalsh(matrices).astype(np.float64)
    return values[..., ::-1]


def reduced(correlations: FloatArray) -> FloatArray:
    """The same matrices with squared multiple correlations in the diagonal."""
    made = correlations.copy()
    k = made.shape[-1]
    smc = 1 - 1 / np.einsum("...ii->...i", np.linalg.inv(correlations))
    made[..., np.arange(k), np.arange(k)] = smc
    return made


def parallel_analysis(
    data: pd.DataFrame, *, seed: int, replications: int = 1000, percentile: float = 95.0
) -> ParallelAnalysis:
    """Horn's parallel analysis of `data` (respondents × items): Pearson correlations, complete cases."""
    complete = numeric(data).dropna()
    n, k = complete.shape
    reason = correlation_trouble(complete)
    if reason:
        return ParallelAnalysis(
            n=n, k=k, n_components=None, n_factors=None, first_share=None, table=None,
            replications=replications, percentile=percentile, seed=seed, reason=reason,
        )  # fmt: skip
    rng = np.random.default_rng(seed)
    whole, shared = [], []
    for start in range(0, replications, CHUNK):
        drawn = random_correlations(n, k, min(CHUNK, replications - start), rng)
        whole.append(descending(drawn))
        shared.append(descending(reduced(drawn)))
    observed = np.corrcoef(complete.to_numpy(dtype=float), rowvar=False)
    random = np.concatenate(whole), np.concatenate(shared)
    return against_random(observed, random, n=n, percentile=percentile, seed=seed)


def against_random(
    observed: FloatArray, random: tuple[FloatArray, FloatArray], *, n: int, percentile: float, seed: int
) -> ParallelAnalysis:
    """Eigenvalues of `observed` (k × k) beside those of random matrices: whole and reduced, replications "
    "× k."""
    k, (whole, shared) = len(observed), random
    table = pd.DataFrame(
        {
            "eigenvalue": descending(observed),
            "random_mean": whole.mean(axis=0),
            "random_p95": np.percentile(whole, percentile, axis=0),
            "reduced": descending(reduced(observed)),
            "reduced_p95": np.percentile(shared, percentile, axis=0),
        },
        index=pd.RangeIndex(1, k + 1, name="number"),
    )
    return ParallelAnalysis(
        n=n,
        k=k,
        n_components=leading(table["eigenvalue"], table["random_p95"]),
        n_factors=leading(table["reduced"], table["reduced_p95"]),
        first_share=float(table["eigenvalue"].iloc[0] / k),
        table=table,
        replications=len(whole),
        percentile=percentile,
        seed=seed,
    )


def leading(observed: pd.Series, random: pd.Series) -> int:
    """How many of the first observed values in a row exceed the random ones."""
    return int((observed > random).cumprod().sum())


def minimum_average_partial(data: pd.DataFrame) -> MinimumAveragePartial:
    """Velicer's MAP of `data` (respondents × items): Pearson correlations, complete cases."""
    complete = numeric(data).dropna()
    reason = correlation_trouble(complete)
    if reason:
        return MinimumAveragePartial(n_squared=None, n_fourth=None, table=None, reason=reason)
    correlations = np.corrcoef(complete.to_numpy(dtype=float), rowvar=False)
    k = len(correlations)
    values, vectors = np.linalg.eigh(correlations)
    loadings = vectors[:, ::-1] * np.sqrt(np.maximum(values[::-1], 0))
    pairs = k * (k - 1)
    squared, fourth = [], []
    for removed in range(k - 1):
        partial = correlations - loadings[:, :removed] @ loadings[:, :removed].T
        scale = np.sqrt(np.maximum(np.diag(partial), 0))
        if (scale < math.sqrt(SINGULAR)).any():
            break
        partial = partial / np.outer(scale, scale)
        squared.append(((partial**2).sum() - k) / pairs)
        fourth.append(((partial**4).sum() - k) / pairs)
    table = pd.DataFrame({"squared": squared, "fourth": fourth}).rename_axis("removed")
    return MinimumAveragePartial(
        n_squared=int(np.argmin(squared)), n_fourth=int(np.argmin(fourth)), table=table
    )
