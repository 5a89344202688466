"""What a graded response fit is: its items, its estimates, its status.

Samejima (1969). Estimates stay on the logistic metric without 1.702; b_k = −d_k / a.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.irt.graded import category_probabilities
from analysis.results import FloatArray, Result

Status = Literal["ok", "not_converged", "not_identified", "too_few_people", "too_few_items", "constant_item"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GradedItem:
    """One item: values as answered, slopes (general, then any specific), intercepts d_k."""

    name: str
    values: tuple[float, ...]
    specific: str
    slopes: FloatArray
    intercepts: FloatArray

    def probabilities(self, places: FloatArray) -> FloatArray:
        """P(category | place): places (G,) on the general factor or (G, D) → (K, G).

        For (G,) an item with a specific factor is read at specific 0.
        """
        if places.ndim == 1:
            wide = np.zeros((len(places), len(self.slopes)))
            wide[:, 0] = places
            places = wide
        return category_probabilities(self.slopes, self.intercepts, places)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GradedFit(Result):
    """A fitted graded response model, or the named reason why there is none.

    status: "ok"; "not_converged" and "not_identified" (information not positive definite: no standard
    errors) keep their estimates; the other states have none. problems: the reasons in words.
    parameters: item, parameter (a, a_specific, d1…, b1… in one-factor models), est, se (None if unknown).
    scores: one row a respondent in the data's order: EAP and se_EAP of the general factor, and of each
    specific (EAP_name, se_EAP_name); NaN only for a respondent without any answer.
    n: people with an answer; n_complete: with all. people_empty: without any.
    empty_categories: item → declared categories nobody chose. sparse_categories: item → chosen by < 5.
    """

    items: tuple[str, ...]
    specific: dict[str, str]
    nodes: int
    status: Status
    problems: tuple[str, ...]
    n: int
    n_complete: int
    people_empty: int
    model: tuple[GradedItem, ...] = ()
    parameters: pd.DataFrame | None = None
    vcov: FloatArray | None = None
    log_likelihood: float | None = None
    npar: int | None = None
    aic: float | None = None
    bic: float | None = None
    standardized: pd.DataFrame | None = None
    scores: pd.DataFrame | None = None
    converged: bool = False
    gradient: float | None = None
    em_cycles: int = 0
    newton_steps: int = 0
    se_method: Literal["observed information (Louis)"] = "observed information (Louis)"
    empty_categories: dict[str, tuple[float, ...]]
    sparse_categories: dict[str, tuple[float, ...]]

    @property
    def usable(self) -> bool:
        """Whether estimates may be printed with their standard errors."""
        return self.status == "ok"
