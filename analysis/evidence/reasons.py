"""One rule of the validity gate: value, limit, whether it is met, in both languages; and what it looks at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from analysis.agreement import Aggregation
from analysis.hierarchy import GeneralFactor
from analysis.reliability import ScoreReliability
from analysis.rivals import RivalFits
from analysis.sem.cutoffs import DynamicCutoffs
from analysis.validity import HeterotraitRatios
from instruments import Instrument

Part = Literal["structure", "dimension", "indicator", "total", "index", "comparison", "units"]
PART_OF_LEVEL: dict[str, Part] = {
    "dimension": "dimension",
    "factor": "dimension",
    "indicator": "indicator",
    "general": "total",
    "index": "index",
}
PARTS: tuple[Part, ...] = ("structure", "dimension", "indicator", "total", "index", "comparison", "units")
Words = tuple[str, str]  # Chinese, English


@dataclass(frozen=True, slots=True, kw_only=True)
class Reason:
    """One rule: value against limit. met is None where it cannot be judged, and the text says why.

    value_text and limit_text are Chinese or need no language; the `_en` ones are empty in the latter case.
    part and scores: what the rule decides on (empty scores = all of that part). decides: False for a value
    shown beside another that decides in its place.
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
    decides: bool = True
    value_text_en: str = ""
    limit_text_en: str = ""


InvarianceLevel = Literal["none", "configural", "metric", "partial scalar", "scalar", "strict"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How far the measurement was found the same over one grouping; level None where it could not be tested.

    reason: why not, in both languages parted by " / ".
    """

    grouping: str
    title: Words
    groups: tuple[str, ...]
    n: int
    level: InvarianceLevel | None
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """What the gate looks at; None where an analysis could not be made.

    n: usable people: answers complete as the models need them, and not screened out by the declared rules;
    answered: everybody; screened_out: those whom the rules propose to exclude. target_problem: what is wrong
    with the target model's estimates. cutoffs: dynamic cut-offs of the target model, or None with the reason
    in both languages. comparisons: one per declared grouping that was looked at. aggregations: agreement in
    units, one per score that was looked at; empty where the data have no units.
    """

    n: int
    rivals: RivalFits | None
    reliabilities: Sequence[ScoreReliability]
    dimension_ratios: HeterotraitRatios | None
    indicator_ratios: HeterotraitRatios | None
    general: GeneralFactor | None
    simulated: bool
    cutoffs: DynamicCutoffs | None = None
    cutoffs_reason: str = ""
    comparisons: tuple[Comparison, ...] = ()
    aggregations: tuple[Aggregation, ...] = ()
    answered: int = 0
    screened_out: int = 0
    target_problem: Words = ("", "")
    general_problem: Words = ("", "")


def written(value: float | None) -> str:
    """A value for a sentence: three decimals, no zero before the point, whole numbers whole, a true minus."""
    if value is None:
        return "–"
    if float(value).is_integer():
        return f"{value:.0f}".replace("-", "−")
    text = f"{value:.3f}".replace("-", "−")
    return text.replace("0.", ".", 1) if abs(value) < 1 else text


def said(met: bool | None, why: Words) -> Words:
    """The outcome of a rule in words."""
    if met is None:
        return (f"无法判断（{why[0]}）", f"cannot be judged ({why[1]})")
    return ("达到", "met") if met else ("未达到", "not met")


def both_ways(reason: str) -> Words:
    """A reason that holds both languages, parted at the slash; the same twice where it holds one."""
    zh, slash, en = reason.partition(" / ")
    return (zh, en) if slash else (reason, reason)


def title(instrument: Instrument, construct: str) -> Words:
    """Title of a construct or score in both languages, its code where it has none."""

    def _in(language: str) -> str:
        words = instrument.words(language)
        known = words.constructs.get(construct)
        return known.title if known is not None else words.scores.get(construct, construct)

    return (_in("zh-CN"), _in("en"))


def against(
    rule: str,
    name: Words,
    value: float | None,
    limit: float,
    *,
    at_least: bool,
    part: Part,
    why: Words = ("没有估计值", "no estimate"),
    scores: tuple[str, ...] = (),
    decides: bool = True,
    limit_words: Words | None = None,
) -> Reason:
    """A rule of one value and one limit, said in both languages, value first."""
    met = None if value is None else (value >= limit if at_least else value <= limit)
    said_zh, said_en = said(met, why)
    bound = f"{'≥' if at_least else '≤'} {written(limit)}"
    zh, en = limit_words or ("要求", "rule")
    return Reason(
        rule=rule,
        name_zh=name[0],
        name_en=name[1],
        value=value,
        limit=limit,
        met=met,
        text_zh=f"{name[0]} = {written(value)}（{zh} {bound}）：{said_zh}",
        text_en=f"{name[1]} = {written(value)} ({en} {bound}): {said_en}",
        value_text=written(value),
        limit_text=bound,
        part=part,
        scores=scores,
        decides=decides,
    )
