"""What is known of a survey's scores, as pages and files read it: verdict, marks, reliability, comparisons.

Not supported: nobody in HR sees scores. Insufficient data: shown with band and mark, no comparison.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any, Literal

from app.scores.statistics import Z95, people_words
from app.scores.told import told_text

SUPPORTED, INSUFFICIENT, UNSUPPORTED = "supported", "insufficient data", "not supported"
WORDS = {SUPPORTED: "有支持", INSUFFICIENT: "数据不足", UNSUPPORTED: "未获支持"}
MARKS = {SUPPORTED: "mark-supported", INSUFFICIENT: "mark-insufficient", UNSUPPORTED: "mark-unsupported"}
NOT_COMPUTED = "证据尚未计算。"
ALL_MET = "事先写明的规则全部满足。"
STALE = "计算证据之后，答卷或分析程序有变化；以下结论是变化之前的。"
UNITS = "unit"
NOTHING_KNOWN = "没有可比性的证据"


@dataclass(frozen=True, slots=True)
class ScoreReliability:
    """Reliability of one score; None where it could not be estimated, with `note` saying why.

    n: how many people, in words (`people_words`).
    """

    id: str
    n: str | None = None
    alpha: float | None = None
    alpha_lower: float | None = None
    alpha_upper: float | None = None
    omega: float | None = None
    omega_lower: float | None = None
    omega_upper: float | None = None
    sem: float | None = None
    sd: float | None = None
    verdict: str = ""
    note: str = ""

    @property
    def band(self) -> float | None:
        """Half the 95 % error band of one person's score: 1.96 · SEM, in the score's own unit."""
        return None if self.sem is None else Z95 * self.sem


@dataclass(frozen=True, slots=True)
class Mark:
    """What stands beside a score: label, class in the style sheet, the verdict itself, and why."""

    words: str
    style: str
    verdict: str
    explanation: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OwnEstimates:
    """What the survey's own answers say, beside the calibration sample that decides. n: in words."""

    n: str
    scores: tuple[ScoreReliability, ...] = ()
    cfa: dict[str, Any] | None = None

    def reliability(self, score: str) -> ScoreReliability:
        """The reliability of one score; empty when there is none."""
        return next((r for r in self.scores if r.id == score), ScoreReliability(score))


@dataclass(frozen=True, slots=True)
class EvidenceView:
    """What is known of a survey's scores now.

    state: "none" (never computed), "current", or "stale" (answers, the sample or the engine changed since).
    verdict, reasons, scores, cfa and comparisons are those of the calibration sample (`n` people of `surveys`
    surveys, `usable` of them, both in words); `own` are the survey's own estimates. snapshot: the results
    released then. No number of people below 30 stands in it but in a band.
    """

    state: Literal["none", "current", "stale"]
    verdict: str
    n_now: int
    reasons: tuple[dict[str, Any], ...] = ()
    scores: tuple[ScoreReliability, ...] = ()
    cfa: dict[str, Any] | None = None
    comparisons: tuple[dict[str, Any], ...] = ()
    own: OwnEstimates | None = None
    surveys: int = 0
    usable: str | None = None
    snapshot: int | None = None
    scope: str = ""
    simulated: bool = False
    n: str | None = None
    pool_fingerprint: str = ""
    data_fingerprint: str = ""
    engine_version: str = ""
    computed_at: dt.datetime | None = None

    def verdict_of(self, score: str = "") -> str:
        """The verdict on one score, where it has its own; else, and without a score, that on the version.

        A score is never better off than the version as a whole.
        """
        order = (UNSUPPORTED, INSUFFICIENT, SUPPORTED)
        return min(self.verdict, self.reliability(score).verdict or self.verdict, key=order.index)

    def mark(self, score: str = "") -> Mark:
        """The mark beside a score, or (without one) on the survey's scores as a whole."""
        verdict = self.verdict_of(score)
        stale = self.state == "stale"
        return Mark(
            words="证据未更新" if stale else WORDS[verdict],
            style="mark-insufficient" if stale else MARKS[verdict],
            verdict=WORDS[verdict],
            explanation=self._explanation(score),
        )

    def may_show(self, score: str = "") -> bool:
        """Whether HR may see this score, or (without one) any score at all."""
        return self.verdict_of(score) != UNSUPPORTED

    def may_compare(self, score: str = "", grouping: str = UNITS) -> bool:
        """Whether groups may be compared, in this score or (without one) in any: as the gate found.

        Never by evidence of other answers than there are now.
        """
        if self.state != "current" or self.verdict_of(score) != SUPPORTED:
            return False
        allowed = self._right(grouping).get("scores", ())
        return score in allowed if score else bool(allowed)

    def why_not_compared(self, score: str = "", grouping: str = UNITS) -> tuple[str, ...]:
        """What stands against comparing, in sentences; nothing where it may be done.

        Without a score: what stands against every score, then against single ones.
        """
        if self.may_compare(score, grouping) and (score or not self._right(grouping).get("obstacles")):
            return ()
        if self.state != "current":
            return (NOT_COMPUTED,) if self.state == "none" else (STALE,)
        found = self._right(grouping).get("obstacles", ())
        named = (
            str(one["text_zh"]) for one in found if not one.get("score") or not score or one["score"] == score
        )
        return tuple(dict.fromkeys(named)) or (NOTHING_KNOWN,)

    def _right(self, grouping: str) -> dict[str, Any]:
        return next((one for one in self.comparisons if one["grouping"] == grouping), {})

    def _explanation(self, score: str) -> tuple[str, ...]:
        """Why, in sentences: the state first, then each rule that is not met and bears on the score."""
        lead = {"none": (NOT_COMPUTED,), "stale": (STALE,), "current": ()}[self.state]
        if self.state == "none":
            return lead
        unmet = tuple(
            str(reason.get("text_zh", ""))
            for reason in self.reasons
            if reason.get("met") is not True and _bears_on(reason, score)
        )
        scope = (self.scope,) if self.scope else ()
        return (*lead, *(unmet or (ALL_MET,)), *scope)

    def reliability(self, score: str) -> ScoreReliability:
        """Of the calibration sample; the survey's own where that has none; empty when there is none."""
        found = next((r for r in self.scores if r.id == score), None)
        if found is None or found.sem is None:
            own = self.own.reliability(score) if self.own else ScoreReliability(score)
            found = own if found is None or own.sem is not None else found
        return found


def _bears_on(reason: dict[str, Any], score: str) -> bool:
    """Rules of the structure bear on every score; others on the scores they name, or on all dimensions."""
    part, named = reason.get("part", "structure"), reason.get("scores", ())
    if part in {"comparison", "units"} or reason.get("decides") is False:
        return False
    if score and named:
        return score in named
    return part in {"structure", "dimension"}


def reliabilities(stored: dict[str, Any] | None) -> tuple[ScoreReliability, ...]:
    """The scores of stored evidence, numbers of people as HR is told them."""
    return tuple(_reliability(score) for score in (stored or {}).get("scores", ()))


def _reliability(score: dict[str, Any]) -> ScoreReliability:
    known = set(ScoreReliability.__dataclass_fields__)
    told = {key: value for key, value in score.items() if key in known and value is not None}
    if "n" in told:
        told["n"] = people_words(told["n"])
    if "note" in told:
        told["note"] = told_text(told["note"])
    return ScoreReliability(**told)
