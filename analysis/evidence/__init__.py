"""The validity gate: results and an instrument's own rules become a verdict with its reasons."""

from analysis.evidence.gate import CfaEvidence, Evidence, ScoreEvidence, Verdict, evidence_of, judge
from analysis.evidence.reasons import Comparison, Findings, Reason

__all__ = [
    "CfaEvidence",
    "Comparison",
    "Evidence",
    "Findings",
    "Reason",
    "ScoreEvidence",
    "Verdict",
    "evidence_of",
    "judge",
]
