"""Person fit: how likely a respondent's answers are under the model, standardised (lz, mirt's Zh).

Drasgow, Levine & Williams (1985). At the EAP score lz is narrower than normal, so cut-offs are guides.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.irt.model import GradedFit
from analysis.results import FloatArray, IntArray, Result

FLAG_BELOW = -1.96
NO_ANSWER = "no answer"
NO_SPREAD = "the model expects no variation"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PersonFit(Result):
    """zh: one value a respondent in order, NaN where `note` says why. flagged: zh below the limit."""

    people: pd.DataFrame
    limit: float
    n_flagged: int
    status: str


def person_fit(fitted: GradedFit, data: pd.DataFrame, *, limit: float = FLAG_BELOW) -> PersonFit:
    """Zh of each respondent of `data`, the frame the model was fitted to. Missing answers are left out.

    Zh = (l − E l) / √Var l, l = Σ log P(answer | EAP). Raises ValueError when items or rows differ.
    """
    if list(map(str, data.columns)) != list(fitted.items):
        raise ValueError("the data do not have the model's items in its order")
    if fitted.scores is None:
        return PersonFit(people=pd.DataFrame(), limit=limit, n_flagged=0, status=fitted.status)
    if len(data) != len(fitted.scores):
        raise ValueError("the data are not those the model was fitted to")
    value, expected, variance = (np.zeros(len(data)) for _ in range(3))
    answered: IntArray = np.zeros(len(data), dtype=np.int64)
    for item in fitted.model:
        names = ["EAP"] + ([f"EAP_{item.specific}"] if item.specific else [])
        raw = data[item.name].to_numpy(dtype=float)
        rows = np.flatnonzero(~np.isnan(raw))
        places: FloatArray = fitted.scores[names].to_numpy(dtype=float)[rows]
        probabilities = item.probabilities(places)
        logs = np.log(probabilities)
        at = np.searchsorted(np.array(item.values), raw[rows])
        mean = (probabilities * logs).sum(axis=0)
        value[rows] += logs[at, np.arange(len(rows))]
        expected[rows] += mean
        variance[rows] += (probabilities * logs**2).sum(axis=0) - mean**2
        answered[rows] += 1
    spread = np.sqrt(np.where(variance > 0, variance, np.nan))
    zh = (value - expected) / spread
    note = np.where(answered == 0, NO_ANSWER, np.where(np.isnan(zh), NO_SPREAD, ""))
    people = pd.DataFrame({"zh": zh, "answered": answered, "flagged": zh < limit, "note": note})
    return PersonFit(people=people, limit=limit, n_flagged=int(people["flagged"].sum()), status="ok")
