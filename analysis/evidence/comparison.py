"""Rules on comparing groups: the measurement is the same over the grouping; units agree within themselves.

Meredith (1993): means of groups can be compared when loadings and intercepts (thresholds) are equal; a few
freed ones leave the comparison possible (Byrne, Shavelson & Muthén, 1989, Psychological Bulletin 105).
A mean is a unit's own after agreement and reliability of means (Bliese, 2000; LeBreton & Senter, 2008).
"""

from __future__ import annotations

import dataclasses

from analysis.agreement import Aggregation
from analysis.evidence.reasons import (
    Comparison,
    Findings,
    InvarianceLevel,
    Reason,
    against,
    both_ways,
    said,
    title,
)
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


F_LEVEL = 0.05  # of the F test that units differ at all
NULLS = {"uniform": ("均匀零分布", "uniform null"), "slight skew": ("轻度偏态零分布", "slightly skewed null")}


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


def unit_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """Four rules a score: agreement within units under two nulls, units that differ, reliable unit means."""
    return [reason for one in findings.aggregations for reason in _unit_rules(instrument, one)]


def _unit_rules(instrument: Instrument, one: Aggregation) -> list[Reason]:
    rules, names, icc = instrument.evidence, title(instrument, one.score), one.icc
    why = both_ways(icc.reason or one.agreement.reason or "没有估计值 / no estimate")
    medians = one.agreement.summary["median"]
    found = [
        against(
            f"r_wg:{null}",
            (f"r_wg(j) 中位数（{names[0]}，{words[0]}）", f"median r_wg(j) ({names[1]}, {words[1]})"),
            None if one.agreement.reason else float(medians[null]),
            rules.min_unit_agreement,
            at_least=True,
            part="units",
            why=why,
            scores=(one.score,),
        )
        for null, words in NULLS.items()
        if null in medians.index
    ]
    differ = (f"ICC(1) 的 F 检验 p（{names[0]}）", f"p of the F test of ICC(1) ({names[1]})")
    test = against(
        "icc1_test", differ, icc.pvalue, F_LEVEL, at_least=False, part="units", why=why, scores=(one.score,)
    )
    if icc.pvalue is not None and icc.pvalue < 0.001:
        test = dataclasses.replace(
            test,
            value_text="< .001",
            text_zh=test.text_zh.replace("= .000", "< .001"),
            text_en=test.text_en.replace("= .000", "< .001"),
        )
    reliable = (f"ICC(2)（{names[0]}）", f"ICC(2) ({names[1]})")
    means = against(
        "icc2", reliable, icc.icc2, rules.min_unit_icc2, at_least=True, part="units", why=why,
        scores=(one.score,),
    )  # fmt: skip
    return [*found, test, means]
