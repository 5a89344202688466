"""Careless answering: indices, the rules declared with an instrument, and who is flagged by them."""

from analysis.screening.flagging import Screening, screen
from analysis.screening.indices import (
    antonym_pairs,
    average_string,
    even_odd,
    intra_individual_sd,
    item_correlations,
    longstring,
    mahalanobis,
    pair_consistency,
    synonym_pairs,
)
from analysis.screening.rules import DIRECT_RULES, RULES, ScreeningRules, declared_rules

__all__ = [
    "DIRECT_RULES",
    "RULES",
    "Screening",
    "ScreeningRules",
    "antonym_pairs",
    "average_string",
    "declared_rules",
    "even_odd",
    "intra_individual_sd",
    "item_correlations",
    "longstring",
    "mahalanobis",
    "pair_consistency",
    "screen",
    "synonym_pairs",
]
