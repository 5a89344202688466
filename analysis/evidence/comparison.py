"""Rules on comparing groups: only after the measurement was found the same over the grouping.

Meredith (1993): means of groups can be compared when loadings and intercepts (thresholds) are equal; a few
freed ones leave the comparison possible (Byrne, Shavelson & Muthén, 1989, Psychological Bulletin 105).
"""

from __future__ import annotations

from analysis.evidence.reasons import Comparison, Findings, InvarianceLevel, Reason, both_ways, said
from instruments import Instrument

ENOUGH: dict[str, frozenset[InvarianceLevel]] = {
    "scalar": frozenset({"scalar", "strict"}),
    "partial scalar": frozenset({"partial scalar", "scalar", "strict"}),
}
LEVEL_WORDS: dict[InvarianceLevel, tuple[str, str]] = {
    "none": ("结构形式也不同", "not even the same form"),
    "configural": ("结构形式等值", "configural"),
    "metric": ("载荷等值", "metric"),
    "partial scalar": ("部分截距等值", "partial scalar"),
    "scalar": ("截距等值", "scalar"),
    "strict": ("残差等值", "strict"),
}


def comparison_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """One rule a grouping; groups may be compared where it is met."""
    return [_reason(instrument, comparison) for comparison in findings.comparisons]


def _reason(instrument: Instrument, found: Comparison) -> Reason:
    needed = instrument.evidence.comparison_needs
    met = None if found.level is None else found.level in ENOUGH[needed]
    words = LEVEL_WORDS[found.level] if found.level is not None else ("–", "–")
    wanted = LEVEL_WORDS["partial scalar" if needed == "partial scalar" else "scalar"]
    outcome = said(met, both_ways(found.reason or "没有检验 / not tested"))
    name = (f"测量等值（{found.title[0]}）", f"invariance over {found.title[1]}")
    return Reason(
        rule=f"invariance:{found.grouping}",
        name_zh=name[0],
        name_en=name[1],
        value=None,
        limit=None,
        met=met,
        text_zh=f"{name[0]}：{words[0]}（要求{wanted[0]}）：{outcome[0]}",
        text_en=f"{name[1]}: {words[1]} (rule: {wanted[1]}): {outcome[1]}",
        value_text=words[0],
        limit_text=wanted[0],
        value_text_en=words[1],
        limit_text_en=wanted[1],
        part="comparison",
    )
