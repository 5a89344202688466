"""The rules of the validity gate, one by one: value, limit, and whether it is met, in both languages."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.hierarchy import GeneralFactor
from analysis.reliability import ScoreReliability
from analysis.rivals import RivalFit, RivalFits
from analysis.validity import HeterotraitRatios
from instruments import Instrument

Part = Literal["structure", "dimension", "indicator", "total"]
PART_OF_LEVEL: dict[str, Part] = {
    "dimension": "dimension",
    "factor": "dimension",
    "indicator": "indicator",
    "general": "total",
}
PARTS: tuple[Part, ...] = ("structure", "dimension", "indicator", "total")
Words = tuple[str, str]  # Chinese, English


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule: value against limit. met is None where it cannot be judged, and the text says why.

    part and scores: what the rule decides on (empty scores = all of that part).
    """

    rule: str
    name_zh: str
    name_en: str
    value: float | None
    limit: float | None
    met: bool | None
    text_zh: str
    text_en: str
    value_text: str
    limit_text: str
    part: Part = "structure"
    scores: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the gate looks at; None where an analysis could not be made. n: people the models rest on."""

    n: int
    rivals: RivalFits | None
    reliabilities: Sequence[ScoreReliability]
    dimension_ratios: HeterotraitRatios | None
    indicator_ratios: HeterotraitRatios | None
    general: GeneralFactor | None
    simulated: bool


def reasons_of(instrument: Instrument, findings: Findings) -> tuple[Reason, ...]:
    """Every rule of the instrument held against the findings: structure first, the total score last."""
    found = [
        *_structure_reasons(instrument, findings),
        *_reliability_reasons(instrument, findings),
        *_distinctness_reasons(instrument, findings),
        *_total_reasons(instrument, findings),
    ]
    return tuple(sorted(found, key=lambda reason: PARTS.index(reason.part)))


def _written(value: float | None) -> str:
    """A value for a sentence: three decimals, no zero before the point, whole numbers whole, a true minus."""
    if value is None:
        return "–"
    if float(value).is_integer():
        return f"{value:.0f}".replace("-", "−")
    text = f"{value:.3f}".replace("-", "−")
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def _said(met: bool | None, why: Words) -> Words:
    if met is None:
        return (f"无法判断（{why[0]}）", f"cannot be judged ({why[1]})")
    return ("达到", "met") if met else ("未达到", "not met")


def _both_ways(reason: str) -> Words:
    """A reason that holds both languages, parted at the slash; the same twice where it holds one."""
    zh, slash, en = reason.partition(" / ")
    return (zh, en) if slash else (reason, reason)


def _title(instrument: Instrument, construct: str) -> Words:
    """Title of a construct or score in both languages, its code where it has none."""

    def _in(language: str) -> str:
        known = instrument.words(language).constructs
        return known[construct].title if construct in known else construct

    return (_in("zh-CN"), _in("en"))


def _against(
    rule: str,
    name: Words,
    value: float | None,
    limit: float,
    *,
    at_least: bool,
    part: Part,
    why: Words = ("没有估计值", "no estimate"),
    scores: tuple[str, ...] = (),
) -> Reason:
    """A rule of one value and one limit, said in both languages, value first."""
    met = None if value is None else (value >= limit if at_least else value <= limit)
    said = _said(met, why)
    bound = f"{'≥' if at_least else '≤'} {_written(limit)}"
    return Reason(
        rule=rule,
        name_zh=name[0],
        name_en=name[1],
        value=value,
        limit=limit,
        met=met,
        text_zh=f"{name[0]} = {_written(value)}（要求 {bound}）：{said[0]}",
        text_en=f"{name[1]} = {_written(value)} (rule {bound}): {said[1]}",
        value_text=_written(value),
        limit_text=bound,
        part=part,
        scores=scores,
    )


def _structure_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    rules = instrument.evidence
    target = findings.rivals.fits.get(rules.target_model) if findings.rivals is not None else None
    admissible = None if target is None else target.is_admissible
    people = ("结构分析可用人数", "people usable for the structure")
    reasons = [
        _against("usable_n", people, findings.n, rules.min_usable_n, at_least=True, part="structure"),
        _admissible(instrument, target, admissible),
    ]
    measures = target.fit.fit if target is not None and target.fit is not None and admissible else {}
    why = ("目标结构没有可用的估计", "no usable estimate of the target structure")
    checks = (
        ("cfi", rules.min_cfi, True),
        ("srmr", rules.max_srmr, False),
        ("rmsea", rules.max_rmsea, False),
    )
    for key, limit, high in checks:
        name = (key.upper(), key.upper())
        reasons.append(
            _against(key, name, measures.get(key), limit, at_least=high, part="structure", why=why)
        )
    return reasons


def _admissible(instrument: Instrument, target: RivalFit | None, met: bool | None) -> Reason:
    model = instrument.evidence.target_model
    name = (
        f"目标结构 {model} 收敛且参数可接受",
        f"target structure {model} converges to admissible estimates",
    )
    why = target.reason if target is not None else ""
    said = _said(met, ("未作拟合", "not fitted"))
    tail = _both_ways(why) if why else ("", "")
    return Reason(
        rule="target_admissible",
        name_zh=name[0],
        name_en=name[1],
        value=None,
        limit=None,
        met=met,
        text_zh=f"{name[0]}：{said[0]}" + (f"（{tail[0]}）" if why else ""),
        text_en=f"{name[1]}: {said[1]}" + (f" ({tail[1]})" if why else ""),
        value_text="",
        limit_text="",
    )


def _reliability_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    levels = {rule.id: rule.level for rule in instrument.scoring.scores}
    reasons = []
    for one in findings.reliabilities:
        part = PART_OF_LEVEL.get(levels[one.score])
        if part in ("dimension", "indicator"):
            title = _title(instrument, one.score)
            reasons.append(
                _against(
                    "omega",
                    (f"ω（{title[0]}）", f"omega ({title[1]})"),
                    one.omega.omega_total,
                    instrument.evidence.min_omega,
                    at_least=True,
                    part=part,
                    why=_both_ways(one.omega.reason),
                    scores=(one.score,),
                )
            )
    return reasons


def _distinctness_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """HTMT of the closest pair of dimensions, and of each pair of indicators that share a dimension."""
    limit = instrument.evidence.max_htmt
    if limit is None:
        return []
    reasons = []
    ratios = findings.dimension_ratios
    if len(instrument.dimensions()) > 1:
        reasons.append(
            _against(
                "htmt",
                ("HTMT（各维度之间最大）", "HTMT (largest between dimensions)"),
                ratios.largest() if ratios is not None else None,
                limit,
                at_least=False,
                part="dimension",
                why=_both_ways(ratios.reason if ratios is not None else "没有相关矩阵 / no correlations"),
            )
        )
    return reasons + _pair_reasons(instrument, findings, limit)


def _pair_reasons(instrument: Instrument, findings: Findings, limit: float) -> list[Reason]:
    """Two indicators of one dimension that cannot be told apart are reported as the dimension only."""
    if findings.indicator_ratios is None:
        return []
    table = findings.indicator_ratios.table
    reasons = []
    for dimension in instrument.dimensions():
        inside = {child.id for child in dimension.walk() if child.level == "indicator"}
        for one, other, ratio in zip(table["one"], table["other"], table["htmt"], strict=True):
            if one in inside and other in inside:
                pair = [_title(instrument, str(c)) for c in (one, other)]
                reasons.append(
                    _against(
                        "htmt",
                        (f"HTMT（{pair[0][0]}–{pair[1][0]}）", f"HTMT ({pair[0][1]} – {pair[1][1]})"),
                        None if math.isnan(ratio) else float(ratio),
                        limit,
                        at_least=False,
                        part="indicator",
                        scores=(str(one), str(other)),
                    )
                )
    return reasons


def _total_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """A total score needs its structure to be no worse than the target, and a strong general factor."""
    rules = instrument.evidence
    if rules.total_model is None or findings.rivals is None:
        return []
    total = findings.rivals.fits.get(rules.total_model)
    target = findings.rivals.fits.get(rules.target_model)
    gap = None
    if total is not None and target is not None and total.is_admissible and target.is_admissible:
        gap = total.measures()["bic"] - target.measures()["bic"]
    name = f"BIC({rules.total_model}) − BIC({rules.target_model})"
    why = ("两个结构未都得到可用的估计", "not both structures have usable estimates")
    reasons = [_against("total_no_worse", (name, name), gap, 0.0, at_least=False, part="total", why=why)]
    if rules.min_omega_hierarchical is not None:
        general = findings.general
        reasons.append(
            _against(
                "omega_hierarchical",
                ("ω_h（总因子）", "omega hierarchical"),
                general.omega_hierarchical if general is not None else None,
                rules.min_omega_hierarchical,
                at_least=True,
                part="total",
                why=_both_ways(general.reason) if general is not None else why,
            )
        )
    return reasons
