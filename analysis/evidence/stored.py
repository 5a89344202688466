"""Evidence read back from its plain form: what one computation found serves every survey it speaks of."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

from analysis.evidence.gate import CfaEvidence, Evidence, ScoreEvidence
from analysis.evidence.reasons import Reason
from analysis.evidence.rights import ComparisonRight, Obstacle


def evidence_from(stored: dict[str, Any]) -> Evidence:
    """The evidence whose `to_dict` gave `stored`; keys that are not the evidence's own are left aside.

    Raises KeyError or TypeError for a form that is not this version's.
    """
    cfa = stored["cfa"]
    own = {field.name: stored[field.name] for field in fields(Evidence)}
    return Evidence(
        **own
        | {
            "warnings": tuple(stored["warnings"]),
            "reasons": tuple(Reason(**one | {"scores": tuple(one["scores"])}) for one in stored["reasons"]),
            "scores": tuple(ScoreEvidence(**one) for one in stored["scores"]),
            "cfa": None if cfa is None else CfaEvidence(**cfa | {"problems": tuple(cfa["problems"])}),
            "comparisons": tuple(_right(one) for one in stored["comparisons"]),
        }
    )


def _right(stored: dict[str, Any]) -> ComparisonRight:
    return ComparisonRight(
        **stored
        | {
            "scores": tuple(stored["scores"]),
            "obstacles": tuple(Obstacle(**one) for one in stored["obstacles"]),
        }
    )
