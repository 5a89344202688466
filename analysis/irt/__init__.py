"""Item response theory: the graded response model, one factor or bifactor, and what is read from it."""

from analysis.irt.curves import (
    Curves,
    ScoreReliabilityIRT,
    curves,
    expected_score,
    information_area,
    item_information,
    score_reliability,
)
from analysis.irt.fit import fit_graded
from analysis.irt.limited_fit import LimitedFit, limited_fit
from analysis.irt.model import GradedFit, GradedItem
from analysis.irt.person_fit import PersonFit, person_fit

__all__ = [
    "Curves",
    "GradedFit",
    "GradedItem",
    "LimitedFit",
    "PersonFit",
    "ScoreReliabilityIRT",
    "curves",
    "expected_score",
    "fit_graded",
    "information_area",
    "item_information",
    "limited_fit",
    "person_fit",
    "score_reliability",
]
