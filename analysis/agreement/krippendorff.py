"""Krippendorff's alpha of coders: nominal, ordinal or interval, any number of coders, gaps allowed.

Krippendorff (2004, ch. 11; 2011). The interval comes from a bootstrap of units (rows resampled with
replacement), because coded units, not single judgements, are the sample. Alpha equals R `irr::kripp.alpha`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.frames import UnfitData, numeric
from analysis.results import FloatArray, Interval, Result

Metric = Literal["nominal", "ordinal", "interval"]


MOST_CODES = 200


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class KrippendorffAlpha(Result):
    """Alpha of the units coded by two or more coders; None with a reason.

    n: such units; dropped: units coded once or never; pairable: judgements in them. undefined: bootstrap
    samples in which all judgements were the same value, left out of the interval.
    """

    metric: Metric
    alpha: float | None
    interval: Interval | None
    n: int
    dropped: int
    coders: int
    pairable: int
    resamples: int
    seed: int
    undefined: int = 0
    reason: str = ""


def krippendorff_alpha(
    codes: pd.DataFrame,
    *,
    metric: Metric = "nominal",
    resamples: int = 2000,
    seed: int = 20240501,
    level: float = 0.95,
) -> KrippendorffAlpha:
    """Alpha of `codes` (units × coders, NaN or None = not coded).

    Nominal codes may be text; ordinal and interval codes must be numbers (ValueError otherwise). Interval:
    percentile bootstrap over units, `resamples` draws (0 = none) from `seed`.
    """
    values, categories = _numbered(codes, metric)
    coincidences = _coincidences(values, len(categories))
    coded = (values >= 0).sum(axis=1)
    n = int((coded > 1).sum())
    alpha = float(_alphas(coincidences.sum(axis=0)[None], categories, metric)[0]) if n else math.nan
    reason = _no_alpha(coincidences, n)
    drawn = np.empty(0)
    if not reason and n > 1 and resamples:
        drawn = _bootstrap(coincidences[coded > 1], categories, metric, resamples, seed)
    known = drawn[~np.isnan(drawn)]
    interval = None
    if len(known) >= 0.5 * max(resamples, 1) and len(known):
        lower, upper = np.quantile(known, [(1 - level) / 2, (1 + level) / 2])
        interval = Interval(lower=float(lower), upper=float(upper), level=level, method="bootstrap of units")
    return KrippendorffAlpha(
        metric=metric,
        alpha=None if reason else alpha,
        interval=interval,
        n=n,
        dropped=len(codes) - n,
        coders=codes.shape[1],
        pairable=int(coded[coded > 1].sum()),
        resamples=resamples,
        seed=seed,
        undefined=len(drawn) - len(known),
        reason=reason,
        warnings=()
        if reason or interval is not None or not resamples
        else ("自助样本多数没有差异，无法给出区间 / most bootstrap samples had one value: no interval",),
    )


def _numbered(codes: pd.DataFrame, metric: Metric) -> tuple[np.ndarray, FloatArray]:
    """Units × coders of category numbers (−1 = none), and the categories' values (their rank if text)."""
    if metric != "nominal":
        try:
            codes = numeric(codes)
        except UnfitData as error:
            raise UnfitData(f"{metric} codes must be numbers: {error}") from error
    given = codes.stack().dropna() if codes.size else pd.Series(dtype=float)
    if any(isinstance(code, list | dict | set) for code in given):
        raise UnfitData("一格只能有一个编码 / a cell must hold one code")
    numbers = given.to_numpy()
    as_text = metric == "nominal" and not np.issubdtype(numbers.dtype, np.number)
    labels = sorted(set(numbers.astype(str).tolist() if as_text else numbers.astype(float).tolist()))
    if len(labels) > MOST_CODES:
        raise UnfitData(
            f"{len(labels)} 个不同的编码，太多 / {len(labels)} different codes: are they measurements?"
        )
    place = {label: at for at, label in enumerate(labels)}
    table = np.full(codes.shape, -1, dtype=np.int64)
    for row, unit in enumerate(codes.itertuples(index=False, name=None)):
        for column, code in enumerate(unit):
            if not pd.isna(code):
                table[row, column] = place[str(code) if as_text else float(code)]
    return table, np.arange(len(labels), dtype=np.float64) if as_text else np.array(labels, dtype=np.float64)


def _coincidences(values: np.ndarray, categories: int) -> FloatArray:
    """Units × categories × categories: pairs of judgements within a unit, each unit weighing 1/(m − 1)."""
    counts = np.zeros((len(values), categories))
    for category in range(categories):
        counts[:, category] = (values == category).sum(axis=1)
    m = counts.sum(axis=1)
    pairs = counts[:, :, None] * counts[:, None, :]
    diagonal = np.arange(categories)
    pairs[:, diagonal, diagonal] -= counts
    return np.asarray(pairs / np.maximum(m - 1, 1)[:, None, None])


def _alphas(matrices: FloatArray, categories: FloatArray, metric: Metric) -> FloatArray:
    """Alpha of each matrix (…, c, c): 1 − (n − 1)·Σ o·δ² / Σ n_c·n_k·δ²; NaN with a single value."""
    marginals = matrices.sum(axis=2)
    total = marginals.sum(axis=1)
    distance = _squared_distances(marginals, categories, metric)
    observed = (matrices * distance).sum(axis=(1, 2))
    expected = (marginals[:, :, None] * marginals[:, None, :] * distance).sum(axis=(1, 2))
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(expected > 0, 1 - (total - 1) * observed / expected, np.nan)


def _squared_distances(marginals: FloatArray, categories: FloatArray, metric: Metric) -> FloatArray:
    if metric == "nominal":
        return np.broadcast_to(
            1 - np.eye(len(categories)), (len(marginals), len(categories), len(categories))
        )
    if metric == "interval":
        squared = (categories[:, None] - categories[None, :]) ** 2
        return np.broadcast_to(squared, (len(marginals), *squared.shape))
    middle = np.cumsum(marginals, axis=1) - marginals / 2  # judgements up to the middle of a category
    return np.asarray((middle[:, :, None] - middle[:, None, :]) ** 2)


def _bootstrap(
    coincidences: FloatArray, categories: FloatArray, metric: Metric, resamples: int, seed: int
) -> FloatArray:
    n, c, _ = coincidences.shape
    weights = np.random.default_rng(seed).multinomial(n, np.full(n, 1 / n), size=resamples)
    summed = (weights.astype(np.float64) @ coincidences.reshape(n, c * c)).reshape(resamples, c, c)
    return _alphas(summed, categories, metric)


def _no_alpha(coincidences: FloatArray, n: int) -> str:
    if not n:
        return "没有两人以上编码的单元 / no unit coded by two or more"
    if (coincidences.sum(axis=(0, 2)) > 0).sum() < 2:
        return "只出现一个编码值，α 无定义 / only one value occurs: alpha is undefined"
    return ""
