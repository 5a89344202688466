"""Exploratory factor analysis by factor_analyzer: minres or maximum likelihood, oblique or orthogonal.

Harman & Jones (1966); Jöreskog (1967); Jennrich & Sampson (1966) for direct oblimin.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from factor_analyzer import FactorAnalyzer, Rotator

from analysis.dimensionality import correlation_trouble
from analysis.frames import numeric
from analysis.polychoric import polychoric_matrix, polychoric_trouble
from analysis.results import FloatArray, Result

Extraction = Literal["minres", "ml"]
Rotation = Literal["oblimin", "promax", "varimax", "geomin", "none"]
Matrix = Literal["pearson", "polychoric"]
OBLIQUE = ("oblimin", "promax", "geomin")
OWN_NAMES = {"geomin": "geomin_obl"}  # factor_analyzer's
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
    matrix: Matrix = "pearson",
) -> ExploratoryFactors:
    """Factor the correlations of the complete cases of `data` (respondents × items).

    Oblimin and geomin are without Kaiser normalisation, varimax and promax with it, as in R's psych.
    """
    complete = numeric(data).dropna()
    n, k = complete.shape
    trouble = correlation_trouble if matrix == "pearson" else polychoric_trouble
    reason = trouble(complete) or _too_many(k, n_factors)
    solved: tuple[FloatArray, FloatArray, FloatArray] | None = None
    if not reason:
        observed = complete.corr() if matrix == "pearson" else polychoric_matrix(complete)
        solved, reason = _solve(observed.to_numpy(dtype=float), n_factors, extraction, rotation)
    if solved is None:
        return ExploratoryFactors(
            n=n,
            k=k,
            n_factors=n_factors,
            extraction=extraction,
            rotation=rotation,
            loadings=None,
            uniquenesses=None,
            correlations=None,
            variance=None,
            reason=reason,
        )
    return _ordered(*solved, complete, extraction, rotation)


def _too_many(k: int, n_factors: int) -> str:
    if n_factors < 1:
        return "没有可提取的因子 / no factor to extract"
    if ((k - n_factors) ** 2 - (k + n_factors)) / 2 < 0:
        return f"{k} 题提取 {n_factors} 个因子，自由度为负 / negative degrees of freedom"
    return ""


def _solve(
    correlations: FloatArray, n_factors: int, extraction: Extraction, rotation: Rotation
) -> tuple[tuple[FloatArray, FloatArray, FloatArray] | None, str]:
    """Loadings (k × m), factor correlations (m × m) and uniquenesses (k), or why there are none.

    Extraction and rotation are called one after the other: `FactorAnalyzer.fit` reorders the loadings but
    not the factor correlations, and its uniquenesses leave those out after an oblique rotation.
    """
    analyzer = FactorAnalyzer(
        n_factors=n_factors, method=extraction, rotation=None, bounds=(BOUND, 1), is_corr_matrix=True
    )
    phi = np.eye(n_factors)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", RuntimeWarning)  # a division by zero inside is no solution
            # factor_analyzer 0.5.1 uses scikit-learn's old name, which the pinned version still knows
            warnings.filterwarnings("ignore", message="'force_all_finite'", category=FutureWarning)
            analyzer.fit(correlations)
            extracted: FloatArray = np.asarray(analyzer.loadings_, dtype=np.float64)
            loadings = extracted
            if rotation != "none" and n_factors > 1:
                normalize = rotation not in ("oblimin", "geomin")
                rotator = Rotator(method=OWN_NAMES.get(rotation, rotation), normalize=normalize)
                loadings = np.asarray(rotator.fit_transform(extracted), dtype=np.float64)
                phi = (
                    np.eye(n_factors) if rotator.phi_ is None else np.asarray(rotator.phi_, dtype=np.float64)
                )
    except (np.linalg.LinAlgError, ValueError, RuntimeWarning) as error:
        return None, f"没有求得解 / no solution: {error}"
    if not np.isfinite(loadings).all():
        return None, "没有求得解 / no solution: loadings are not finite"
    return (loadings, phi, 1 - (extracted**2).sum(axis=1)), ""


def _ordered(
    raw: FloatArray,
    phi: FloatArray,
    uniquenesses: FloatArray,
    complete: pd.DataFrame,
    extraction: Extraction,
    rotation: Rotation,
) -> ExploratoryFactors:
    """Factors by the variance they explain, each pointing upwards, correlations in the same order."""
    k, n_factors = raw.shape
    explained = np.diag(phi @ raw.T @ raw)
    order = np.argsort(-explained, kind="stable")
    signs = np.where(raw[:, order].sum(axis=0) < 0, -1.0, 1.0)
    loadings = raw[:, order] * signs
    turned = phi[np.ix_(order, order)] * np.outer(signs, signs)
    names = [f"F{i + 1}" for i in range(n_factors)]
    heywood = tuple(str(i) for i in complete.columns[uniquenesses <= BOUND * 1.01])
    variance = pd.DataFrame({"sum_of_squares": explained[order], "share": explained[order] / k}, index=names)
    is_oblique = rotation in OBLIQUE and n_factors > 1
    return ExploratoryFactors(
        n=len(complete),
        k=k,
        n_factors=n_factors,
        extraction=extraction,
        rotation=rotation,
        loadings=pd.DataFrame(loadings, index=complete.columns, columns=names).rename_axis("item"),
        uniquenesses=pd.Series(uniquenesses, index=complete.columns, name="uniqueness").rename_axis("item"),
        correlations=pd.DataFrame(turned, index=names, columns=names).rename_axis("factor")
        if is_oblique
        else None,
        variance=variance.rename_axis("factor"),
        heywood_items=heywood,
        warnings=(f"唯一性触及下界 / uniqueness at its bound: {', '.join(heywood)}",) if heywood else (),
    )
