"""The verdict: each rule of the instrument with its value and limit, then what may be reported."""

from __future__ import annotations

import pandas as pd

from analysis.evidence import Evidence, Reason, Verdict
from analysis.report.document import Block, Column, Paragraph, Section, Table, Text, Value, count, words
from analysis.report.names import construct_title
from analysis.report.sample import Sample

TITLE = Text("证据与可报告的得分", "Evidence, and which scores may be reported")
VERDICTS: dict[Verdict, Text] = {
    "supported": Text("有支持", "supported"),
    "insufficient data": Text("数据不足", "insufficient data"),
    "not supported": Text("未获支持", "not supported"),
}
MET = {
    True: Text("达到", "met"),
    False: Text("未达到", "not met"),
    None: Text("无法判断", "cannot be judged"),
}
PARTS = {
    "structure": Text("结构", "structure"),
    "dimension": Text("维度得分", "dimension scores"),
    "indicator": Text("指标得分", "indicator scores"),
    "total": Text("总分", "total score"),
    "index": Text("指数", "indices"),
    "comparison": Text("组间比较", "comparing groups"),
    "units": Text("单位比较", "comparing units"),
}


def evidence_section(sample: Sample, evidence: Evidence) -> Section:
    """Rules with values, verdict of every score, and the verdict on the dimension scores as a whole."""
    blocks: list[Block] = [
        _rules_table(sample, evidence),
        _scores_table(sample, evidence),
        Paragraph(
            text=Text(
                "结论：维度得分{verdict}。{scope}。",
                "Verdict on the dimension scores: {verdict}. {scope}.",
            ),
            values={
                "verdict": Value(number=VERDICTS[evidence.verdict], style="text"),
                "scope": Value(number=Text(evidence.scope_zh, evidence.scope_en), style="text"),
            },
            kind="caution" if evidence.verdict != "supported" or evidence.simulated else "text",
        ),
        Paragraph(
            kind="note",
            text=Text(
                "有支持：得分连同误差范围可以显示；数据不足：连同标记显示，不作比较；未获支持：只供研究者"
                "查看。",
                "Supported: shown with its band. Insufficient data: shown with the mark, no comparison. "
                "Not supported: "
                "researchers only.",
            ),
        ),
    ]
    return Section(id="evidence", title=TITLE, blocks=tuple(blocks), results={"evidence": evidence})


def _rules_table(sample: Sample, evidence: Evidence) -> Table:
    reasons = evidence.reasons
    frame = pd.DataFrame(
        {
            "rule": [r.rule for r in reasons],
            "name": [Text(r.name_zh, r.name_en) for r in reasons],
            "value": [r.value for r in reasons],
            "limit": [r.limit for r in reasons],
            "value_text": [Text(r.value_text, r.value_text_en or r.value_text) for r in reasons],
            "limit_text": [Text(r.limit_text, r.limit_text_en or r.limit_text) for r in reasons],
            "met": [_outcome(r) for r in reasons],
        }
    )
    parts = [r.part for r in reasons]
    frame["part"] = words(PARTS[part] for part in parts)
    return Table(
        id="evidence-rules",
        title=Text("证据规则与结果", "Evidence rules and results"),
        columns=(
            Column(key="part", title=Text("决定", "Decides on"), is_merged=True),
            Column(key="name", title=Text("规则", "Rule")),
            Column(key="value_text", title=Text("数值", "Value")),
            Column(key="limit_text", title=Text("要求", "Limit")),
            Column(key="met", title=Text("结果", "Result")),
        ),
        frame=frame,
        method=Text(
            "规则写在 {ref} 中，随版本指纹固定；*N* = {n}。{cutoffs}。",
            "The rules are part of {ref} and fixed with its fingerprint; *N* = {n}. {cutoffs}.",
        ),
        method_values={
            "ref": Value(number=sample.instrument.ref, style="text"),
            "n": count(evidence.n),
            "cutoffs": Value(number=_cutoffs_used(evidence), style="text"),
        },
        rules=tuple(i for i in range(1, len(parts)) if parts[i] != parts[i - 1]),
    )


def _outcome(reason: Reason) -> Text:
    outcome = MET[reason.met]
    return outcome if reason.decides else Text(f"{outcome.zh}（对照）", f"{outcome.en} (for comparison)")


def _cutoffs_used(evidence: Evidence) -> Text:
    if any(not reason.decides for reason in evidence.reasons):
        return Text(
            "拟合以为本模型模拟的动态界值为准，固定界值列作对照",
            "Dynamic cut-offs simulated for this model decide on fit; fixed ones are shown beside them",
        )
    return Text(
        "动态界值没有计算，此处用固定界值",
        "Dynamic cut-offs were not computed; the fixed ones decide",
    )


def _scores_table(sample: Sample, evidence: Evidence) -> Table:
    frame = pd.DataFrame(
        {
            "id": [s.id for s in evidence.scores],
            "title": [construct_title(sample.instrument, s.id) for s in evidence.scores],
            "n": [s.n for s in evidence.scores],
            "omega": [s.omega for s in evidence.scores],
            "lower": [s.omega_lower for s in evidence.scores],
            "upper": [s.omega_upper for s in evidence.scores],
            "sem": [s.sem for s in evidence.scores],
            "verdict": [VERDICTS[s.verdict] for s in evidence.scores],
        }
    )
    levels = [s.level for s in evidence.scores]
    return Table(
        id="evidence-scores",
        title=Text("各得分的结论", "Verdict on every score"),
        columns=(
            Column(key="title", title=Text("得分", "Score")),
            Column(key="n", title=Text("*n*", "*n*"), style="count"),
            Column(key="omega", title=Text("ω", "ω"), style="bounded", digits=2),
            Column(
                key="lower", upper_key="upper", title=Text("95 % 区间", "95 % CI"), style="bounded_interval"
            ),
            Column(key="sem", title=Text("*SEM*", "*SEM*"), style="real", digits=2),
            Column(key="verdict", title=Text("结论", "Verdict")),
        ),
        frame=frame.astype({"omega": float, "lower": float, "upper": float, "sem": float}),
        method=Text(
            "每个得分看结构规则与本级规则；没有规则的得分记为数据不足。",
            "Each score answers to the rules of structure and of its own level; a score without rules: "
            "insufficient data.",
        ),
        rules=tuple(i for i in range(1, len(levels)) if levels[i] != levels[i - 1]),
    )
