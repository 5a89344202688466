"""The validity gate: results and an instrument's own rules become a verdict with its reasons.

Values come before the verdict. Too few people: insufficient data, whatever the values. A rule not met:
not supported. A rule that cannot be judged: insufficient data. The rules are part of the instrument.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from analysis.evidence.comparison import comparison_reasons, unit_reasons
from analysis.evidence.reasons import PART_OF_LEVEL, PARTS, Findings, Reason
from analysis.evidence.rights import UNIT, ComparisonRight, comparison_rights
from analysis.evidence.score_rules import distinctness_reasons, reliability_reasons, total_reasons
from analysis.evidence.structure import structure_reasons
from analysis.reliability import ScoreReliability
from analysis.results import Result
from analysis.rivals import RivalFit
from instruments import Instrument

Verdict = Literal["supported", "insufficient data", "not supported"]


@dataclass(frozen=True, slots=True, kw_only=True)
class CfaEvidence:
    """Fit of the target model, under the names the evidence is exchanged in."""

    model: str
    estimator: str
    missing: str
    n: int
    chisq: float | None
    df: float | None
    pvalue: float | None
    cfi: float | None
    tli: float | None
    rmsea: float | None
    rmsea_lower: float | None
    rmsea_upper: float | None
    srmr: float | None
    status: str
    problems: tuple[str, ...]
    problems_zh: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ScoreEvidence:
    """What travels with one score. sem is on the score's metric; verdict is this score's own."""

    id: str
    level: str
    n: int
    mean: float | None
    sd: float | None
    alpha: float | None
    alpha_lower: float | None
    alpha_upper: float | None
    omega: float | None
    omega_lower: float | None
    omega_upper: float | None
    sem: float | None
    verdict: Verdict
    note: str


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Evidence(Result):
    """The verdict on an instrument version's dimension scores in these data, with reasons and coefficients.

    simulated: the answers were made by a program; the verdict then counts in the demo only.
    """

    verdict: Verdict
    reasons: tuple[Reason, ...]
    simulated: bool
    scope_zh: str
    scope_en: str
    n: int
    cfa: CfaEvidence | None
    scores: tuple[ScoreEvidence, ...]
    comparisons: tuple[ComparisonRight, ...] = ()
    answered: int = 0
    screened_out: int = 0

    def may_compare(self, grouping: str = UNIT, score: str = "") -> bool:
        """Whether groups may be compared over a grouping (units, unless named): in one score, or in any."""
        found = next((right for right in self.comparisons if right.grouping == grouping), None)
        return found is not None and (score in found.scores if score else bool(found.scores))

    def with_units_of(self, other: Evidence) -> Evidence:
        """This verdict, with the agreement within units found in other data: whose units are compared."""
        kept = [reason for reason in self.reasons if reason.part != "units"]
        return _with_rights(
            dataclasses.replace(
                self, reasons=(*kept, *(reason for reason in other.reasons if reason.part == "units"))
            )
        )


class _WithEvidence(Protocol):
    @property
    def evidence(self) -> Evidence: ...


def evidence_of(report: _WithEvidence) -> Evidence:
    """The evidence a report reached."""
    return report.evidence


def reasons_of(instrument: Instrument, findings: Findings) -> tuple[Reason, ...]:
    """Every rule of the instrument held against the findings: structure first, comparisons last."""
    found = [
        *structure_reasons(instrument, findings),
        *reliability_reasons(instrument, findings),
        *distinctness_reasons(instrument, findings),
        *total_reasons(instrument, findings),
        *comparison_reasons(instrument, findings),
        *unit_reasons(instrument, findings),
    ]
    return tuple(sorted(found, key=lambda reason: PARTS.index(reason.part)))


def judge(instrument: Instrument, findings: Findings) -> Evidence:
    """Hold the findings against the instrument's evidence rules."""
    rules = instrument.evidence
    reasons = reasons_of(instrument, findings)
    enough = findings.n >= rules.min_usable_n
    verdict = _verdict([r for r in reasons if r.part in ("structure", "dimension")], is_enough=enough)
    found = Evidence(
        verdict=verdict,
        reasons=reasons,
        simulated=findings.simulated,
        scope_zh="模拟数据，非真实作答：结论只用于演示" if findings.simulated else "仅就本批数据而言",
        scope_en="Simulated data, not real respondents: the verdict counts in the demonstration only"
        if findings.simulated
        else "For these data only",
        n=findings.n,
        answered=findings.answered,
        screened_out=findings.screened_out,
        cfa=_cfa_evidence(rules.target_model, findings),
        scores=tuple(
            _score_evidence(instrument, one, reasons, is_enough=enough) for one in findings.reliabilities
        ),
    )
    return _with_rights(found)


def _with_rights(evidence: Evidence) -> Evidence:
    rights = comparison_rights(
        evidence.reasons,
        is_supported=evidence.verdict == "supported",
        scores=tuple(score.id for score in evidence.scores if score.verdict == "supported"),
    )
    return dataclasses.replace(evidence, comparisons=rights)


def _verdict(reasons: Sequence[Reason], *, is_enough: bool) -> Verdict:
    deciding = [reason for reason in reasons if reason.decides]
    if not is_enough:
        return "insufficient data"
    if any(reason.met is False for reason in deciding):
        return "not supported"
    return "insufficient data" if any(reason.met is None for reason in deciding) else "supported"


def _cfa_evidence(model: str, findings: Findings) -> CfaEvidence | None:
    rivals = findings.rivals
    target: RivalFit | None = rivals.fits.get(model) if rivals is not None else None
    if rivals is None or target is None:
        return None
    found = target.told()
    return CfaEvidence(
        model=model,
        estimator=rivals.estimator,
        missing=rivals.missing,
        n=rivals.n,
        chisq=found.get("chisq"),
        df=found.get("df"),
        pvalue=found.get("pvalue"),
        cfi=found.get("cfi"),
        tli=found.get("tli"),
        rmsea=found.get("rmsea"),
        rmsea_lower=found.get("rmsea_lower"),
        rmsea_upper=found.get("rmsea_upper"),
        srmr=found.get("srmr"),
        status=target.fit.status if target.fit is not None else "not_estimated",
        problems=target.fit.problems if target.fit is not None else (target.reason,),
        problems_zh=findings.target_problem[0],
    )


def _score_evidence(
    instrument: Instrument, one: ScoreReliability, reasons: Sequence[Reason], *, is_enough: bool
) -> ScoreEvidence:
    rule = next(rule for rule in instrument.scoring.scores if rule.id == one.score)
    level, part = rule.level, PART_OF_LEVEL.get(rule.level)
    bearing = [r for r in reasons if r.part == "structure" or (r.part == part and _names(r, one.score))]
    if part == "index":  # an index is no better than the indicators it is made of
        parts = [r for r in reasons if r.part == "indicator" and any(_names(r, s) for s in rule.scores)]
        bearing += parts
    has_rules = any(r.part == part for r in reasons)
    alpha, omega = one.alpha, one.omega
    notes = [note for note in (alpha.reason, omega.reason, *omega.warnings) if note]
    if one.sem_from == "alpha":
        notes.append("标准误由 α 计算 / standard error from alpha")
    return ScoreEvidence(
        id=one.score,
        level=level,
        n=alpha.n,
        mean=one.mean,
        sd=one.sd,
        alpha=alpha.alpha,
        alpha_lower=alpha.interval.lower if alpha.interval else None,
        alpha_upper=alpha.interval.upper if alpha.interval else None,
        omega=omega.omega_total,
        omega_lower=omega.interval.lower if omega.interval else None,
        omega_upper=omega.interval.upper if omega.interval else None,
        sem=one.sem,
        verdict=_verdict(bearing, is_enough=is_enough) if has_rules else "insufficient data",
        note="；".join(dict.fromkeys(notes)),
    )


def _names(reason: Reason, score: str) -> bool:
    """Whether a rule decides on this score: it names it, or none."""
    return not reason.scores or score in reason.scores
