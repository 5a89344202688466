"""Over what the scores may be compared, and why not where they may not: read by pages, files and programs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from analysis.evidence.reasons import Reason, Words

UNIT = "unit"
UNIT_WORDS: Words = ("单位", "units")


@dataclass(frozen=True, slots=True, kw_only=True)
class Obstacle:
    """Why a comparison may not be made: of every score, or (score not empty) of this one."""

    text_zh: str
    text_en: str
    score: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ComparisonRight:
    """One grouping (or `unit`): the scores that may be compared over it, and what stands against the rest."""

    grouping: str
    title_zh: str
    title_en: str
    scores: tuple[str, ...]
    obstacles: tuple[Obstacle, ...]


def comparison_rights(
    reasons: Sequence[Reason], *, is_supported: bool, scores: Sequence[str]
) -> tuple[ComparisonRight, ...]:
    """The rights over units, then over every declared grouping. scores: those that are supported themselves.

    Units are many and small, so that their own invariance is not tested: every declared grouping that could
    be tested must hold, and at least one must have been. Beyond that each score needs its own agreement.
    """
    verdict = () if is_supported else (_whole(),)
    over = [reason for reason in reasons if reason.part == "comparison"]
    tested = [reason for reason in over if reason.met is not None]
    unmet = [Obstacle(text_zh=r.text_zh, text_en=r.text_en) for r in tested if not r.met]
    untested = () if tested else (_untested(),)
    units = _units(reasons, (*verdict, *untested, *unmet), scores)
    return (units, *(_grouping(reason, verdict, scores) for reason in over))


def _whole() -> Obstacle:
    return Obstacle(
        text_zh="得分的证据不是“有支持”，不作比较", text_en="the scores are not supported: no comparison"
    )


def _untested() -> Obstacle:
    return Obstacle(
        text_zh="没有一个分组能检验测量等值（人数不足、没有背景信息，或估计不可用）",
        text_en="invariance could be tested over no grouping (few people, no background, or no usable fit)",
    )


def _units(
    reasons: Sequence[Reason], general: tuple[Obstacle, ...], scores: Sequence[str]
) -> ComparisonRight:
    rules = [reason for reason in reasons if reason.part == "units"]
    examined = {score for rule in rules for score in rule.scores}
    failed = [rule for rule in rules if rule.met is not True]
    own = [Obstacle(text_zh=r.text_zh, text_en=r.text_en, score=r.scores[0]) for r in failed]
    own += [
        Obstacle(
            text_zh="其余得分（指标、总分）没有检验单位内是否一致",
            text_en="agreement within units was not examined for other scores (indicators, total)",
            score=score,
        )
        for score in scores
        if score not in examined
    ]
    stopped = {obstacle.score for obstacle in own}
    return ComparisonRight(
        grouping=UNIT,
        title_zh=UNIT_WORDS[0],
        title_en=UNIT_WORDS[1],
        scores=() if general else tuple(s for s in scores if s not in stopped),
        obstacles=(*general, *own),
    )


def _grouping(reason: Reason, verdict: tuple[Obstacle, ...], scores: Sequence[str]) -> ComparisonRight:
    against = () if reason.met else (Obstacle(text_zh=reason.text_zh, text_en=reason.text_en),)
    obstacles = (*verdict, *against)
    return ComparisonRight(
        grouping=reason.rule.removeprefix("invariance:"),
        title_zh=reason.name_zh,
        title_en=reason.name_en,
        scores=() if obstacles else tuple(scores),
        obstacles=obstacles,
    )
