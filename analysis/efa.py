"""Exploratory factor analysis by factor_analyzer: minres or maximum likelihood, oblique or orthogonal.

Harman & Jones (1966); Jöreskog (1967); Jennrich & Sampson (1966) for direct oblimin.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from factor_analyzer import FactorAnalyzer

from analysis.dimensionality import correlation_trouble
from analysis.results import FloatArray, Result

Extraction = Literal["minres", "ml"]
Rotation = Literal["oblimin", "promax", "varimax", "none"]
OBLIQUE = ("oblimin", "promax")
BOUND = 0.005  # factor_analyzer keeps uniquenesses at or above this: one that lies there is a Heywood case


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExploratoryFactors(Result):
    """Factors ordered by the variance they explain, each with its sum of loadings positive.

    loadings: item × F1..Fm (pattern matrix when oblique). correlations: F × F, None when orthogonal.
    variance: F × (sum of squares, share). None with a reason where there is no solution.
    """

    n: int
    k: int
    n_factors: int
    extraction: Extraction
    rotation: Rotation
    loadings: pd.DataFrame | None
    uniquenesses: pd.Series | None
    correlations: pd.DataFrame | None
    variance: pd.DataFrame | None
    heywood_items: tuple[str, ...] = ()
    reason: str = ""


def explore_factors(
    data: pd.DataFrame,
    n_factors: int,
    *,
    extraction: Extraction = "minres",
    rotation: Rotation = "oblimin",
) -> ExploratoryFactors:
    """Factor the Pearson correlations of the complete cases of `data` (respondents × items).

    Oblimin is without Kaiser normalisation, varimax and promax with it, as in R's psych.
    """
    complete = data.dropna()
    n, k = complete.shape
    reason = correlation_trouble(complete) or _too_many(k, n_factors)
    if not reason:
        analyzer, reason = _extract(complete, n_factors, extraction, rotation)
    if reason or analyzer is None:
        return ExploratoryFactors(
            n=n, k=k, n_factors=n_factors, extraction=extraction, rotation=rotation, loadings=None,
            uniquenesses=None, correlations=None, variance=None, reason=reason,
        )  # fmt: skip
    return _ordered(analyzer, complete, n_factors, extraction, rotation)


def _too_many(k: int, n_factors: int) -> str:
    if n_factors < 1:
        return "没有可提取的因子 / no factor to extract"
    if ((k - n_factors) ** 2 - (k + n_factors)) / 2 < 0:
        return f"{k} 题提取 {n_factors} 个因子，自由度为负 / negative degrees of freedom"
    return ""


def _extract(
    complete: pd.DataFrame, n_factors: int, extraction: Extraction, rotation: Rotation
) -> tuple[FactorAnalyzer | None, str]:
    turn = None if rotation == "none" or n_factors == 1 else rotation
    options = {"normalize": False} if turn == "oblimin" else {}
    analyzer = FactorAnalyzer(
        n_factors=n_factors, method=extraction, rotation=turn, rotation_kwargs=options, bounds=(BOUND, 1)
    )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # a division by zero inside is no solution
            # factor_analyzer 0.5.1 uses scikit-learn's old name, which the pinned version still knows
            warnings.filterwarnings("ignore", message="'force_all_finite'", category=FutureWarning)
            analyzer.fit(complete.to_numpy(dtype=float))
    except (np.linalg.LinAlgError, ValueError, RuntimeWarning) as error:
        return None, f"没有求得解 / no solution: {error}"
    if not np.isfinite(analyzer.loadings_).all():
        return None, "没有求得解 / no solution: loadings are not finite"
    return analyzer, ""


def _ordered(
    analyzer: FactorAnalyzer,
    complete: pd.DataFrame,
    n_factors: int,
    extraction: Extraction,
    rotation: Rotation,
) -> ExploratoryFactors:
    raw: FloatArray = np.asarray(analyzer.loadings_, dtype=float)
    phi = np.eye(n_factors)
    if rotation in OBLIQUE and n_factors > 1 and analyzer.phi_ is not None:
        phi = np.asarray(analyzer.phi_, dtype=float)
    explained = np.diag(phi @ raw.T @ raw)
    order = np.argsort(-explained, kind="stable")
    signs = np.where(raw[:, order].sum(axis=0) < 0, -1.0, 1.0)
    loadings = raw[:, order] * signs
    phi = phi[np.ix_(order, order)] * np.outer(signs, signs)
    names = [f"F{i + 1}" for i in range(n_factors)]
    uniquenesses = pd.Series(np.asarray(analyzer.get_uniquenesses()), index=complete.columns)
    heywood = tuple(str(i) for i in complete.columns[uniquenesses.to_numpy() <= BOUND * 1.01])
    k = complete.shape[1]
    variance = pd.DataFrame({"sum_of_squares": explained[order], "share": explained[order] / k}, index=names)
    return ExploratoryFactors(
        n=len(complete),
        k=k,
        n_factors=n_factors,
        extraction=extraction,
        rotation=rotation,
        loadings=pd.DataFrame(loadings, index=complete.columns, columns=names).rename_axis("item"),
        uniquenesses=uniquenesses.rename("uniqueness").rename_axis("item"),
        correlations=pd.DataFrame(phi, index=names, columns=names).rename_axis("factor")
        if rotation in OBLIQUE and n_factors > 1
        else None,
        variance=variance.rename_axis("factor"),
        heywood_items=heywood,
        warnings=(f"唯一性触及下界 / uniqueness at its bound: {', '.join(heywood)}",) if heywood else (),
    )
