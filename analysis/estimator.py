"""Which estimator the answers ask for, by a rule that is stated with the values that decided.

Rhemtulla, Brosseau-Liard & Savalei (2012), Psychological Methods 17, 354-373: with five categories or
more robust maximum likelihood does as well as a categorical estimator; with fewer the latter is better. West,
Finch & Curran (1995): skewness beyond 2 or kurtosis beyond 7 asks for robust statistics, used here anyway.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd
from scipy import stats

Estimator = Literal["MLR", "WLSMV"]
ENOUGH_CATEGORIES = 5
MANY_ITEMS = 0.5  # share of items with fewer categories in use from which items count as ordinal
SKEWED, PEAKED = 2.0, 7.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EstimatorChoice:
    """The estimator and what it was chosen by.

    n_few: items with fewer than five categories in use; fewest: categories in use in the item with fewest;
    skewness, kurtosis: the value furthest from 0 over items (kurtosis is 0 for a normal variable), NaN where
    no item differs between people; n_skewed: items beyond 2 or 7.
    """

    estimator: Estimator
    n_items: int
    n_few: int
    fewest: int
    skewness: float
    kurtosis: float
    n_skewed: int
    reason: Literal["enough categories", "few categories", "missing answers"]


def choose_estimator(data: pd.DataFrame, *, missing: str = "listwise") -> EstimatorChoice:
    """The estimator for `data` (respondents × items).

    WLSMV when half of the items or more have fewer than five categories in use, MLR otherwise and wherever
    missing answers are to be kept (full-information maximum likelihood is a likelihood's).
    """
    used = data.nunique()
    few = int((used < ENOUGH_CATEGORIES).sum())
    is_ordinal = bool(len(used)) and few >= MANY_ITEMS * len(used)
    varied = data.loc[:, used > 1]
    skewness = np.asarray(stats.skew(varied, nan_policy="omit"), dtype=float)
    kurtosis = np.asarray(stats.kurtosis(varied, nan_policy="omit"), dtype=float)
    return EstimatorChoice(
        estimator="WLSMV" if is_ordinal and missing == "listwise" else "MLR",
        n_items=len(used),
        n_few=few,
        fewest=int(used.min()) if len(used) else 0,
        skewness=_furthest(skewness),
        kurtosis=_furthest(kurtosis),
        n_skewed=int(((np.abs(skewness) > SKEWED) | (np.abs(kurtosis) > PEAKED)).sum()),
        reason=(
            "enough categories" if not is_ordinal else "few categories" if missing == "listwise"
            else "missing answers"
        ),
    )  # fmt: skip


def _furthest(values: np.ndarray[tuple[int, ...], np.dtype[np.float64]]) -> float:
    return float(values[np.argmax(np.abs(values))]) if values.size else float("nan")
