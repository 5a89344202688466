"""The validity gate: results and an instrument's own rules become a verdict with its reasons."""

from analysis.evidence.gate import CfaEvidence, Evidence, ScoreEvidence, Verdict, evidence_of, judge
from analysis.evidence.reasons import Comparison, Findings, Reason
from analysis.evidence.rights import UNIT, ComparisonRight, Obstacle
from analysis.evidence.stored import evidence_from

__all__ = [
    "UNIT",
    "CfaEvidence",
    "Comparison",
    "ComparisonRight",
    "Evidence",
    "Findings",
    "Obstacle",
    "Reason",
    "ScoreEvidence",
    "Verdict",
    "evidence_from",
    "evidence_of",
    "judge",
]
