"""The evidence beside a survey's scores: stored by the worker, asked for by HR, judged on reading.

A score never travels without it. Not supported: nobody in HR sees scores. Insufficient: no comparison.
"""

from __future__ import annotations

import datetime as dt
import importlib.metadata
import uuid
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy import exists, func, select
from sqlalchemy.orm import Session

from app import jobs
from app.accounts.models import Account
from app.database import now
from app.errors import Conflict
from app.responses.models import Response
from app.scores.models import ScoreEvidence
from app.scores.statistics import Z95
from app.surveys.models import Survey
from app.trail import service as trail

WORKFLOW = "refresh_evidence"
SUPPORTED, INSUFFICIENT, UNSUPPORTED = "supported", "insufficient data", "not supported"
WORDS = {SUPPORTED: "有支持", INSUFFICIENT: "数据不足", UNSUPPORTED: "未获支持"}
MARKS = {SUPPORTED: "mark-supported", INSUFFICIENT: "mark-insufficient", UNSUPPORTED: "mark-unsupported"}
NOT_COMPUTED = "证据尚未计算。"
ALL_MET = "事先写明的规则全部满足。"
STALE = "计算证据之后，答卷或分析程序有变化；以下结论是变化之前的。"


@dataclass(frozen=True, slots=True)
class ScoreReliability:
    """Reliability of one score; None where it could not be estimated, with `note` saying why."""

    id: str
    n: int | None = None
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
class EvidenceView:
    """What is known of a survey's scores now.

    state: "none" (never computed), "current", or "stale" (answers or engine changed since).
    """

    state: Literal["none", "current", "stale"]
    verdict: str
    n_now: int
    reasons: tuple[dict[str, Any], ...] = ()
    scores: tuple[ScoreReliability, ...] = ()
    cfa: dict[str, Any] | None = None
    scope: str = ""
    simulated: bool = False
    n: int | None = None
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

    def may_compare(self, score: str = "") -> bool:
        """Whether groups may be compared: supported, by evidence of exactly these answers."""
        return self.state == "current" and self.verdict_of(score) == SUPPORTED

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
        """The reliability of one score; empty when there is none."""
        return next((r for r in self.scores if r.id == score), ScoreReliability(score))


def _bears_on(reason: dict[str, Any], score: str) -> bool:
    """Rules of the structure bear on every score; others on the scores they name, or on all dimensions."""
    part, named = reason.get("part", "structure"), reason.get("scores", ())
    if score and named:
        return score in named
    return part in {"structure", "dimension"}


def record_evidence(
    session: Session,
    survey_id: uuid.UUID,
    *,
    run_id: uuid.UUID,
    n_responses: int,
    data_fingerprint: str,
    engine_version: str,
    evidence: dict[str, Any],
) -> None:
    """Keep the latest evidence of a survey (the plain form of `analysis.evidence.Evidence`)."""
    row = session.get(ScoreEvidence, survey_id)
    if row is None:
        row = ScoreEvidence(survey_id=survey_id)
        session.add(row)
    row.run_id, row.n_responses, row.data_fingerprint = run_id, n_responses, data_fingerprint
    row.engine_version, row.evidence, row.computed_at = engine_version, evidence, now()
    session.flush()


def evidence_for(session: Session, survey: Survey) -> EvidenceView:
    """The evidence of a survey as it stands against the answers there are now."""
    count, latest = session.execute(
        select(func.count(), func.max(Response.submitted_at)).where(Response.survey_id == survey.id)
    ).one()
    row = session.get(ScoreEvidence, survey.id)
    if row is None:
        return EvidenceView(state="none", verdict=INSUFFICIENT, n_now=count)
    stored = row.evidence
    fresh = (
        row.n_responses == count
        and row.engine_version == importlib.metadata.version("dandang")
        and (latest is None or latest <= row.computed_at)
    )
    known = set(ScoreReliability.__dataclass_fields__)
    return EvidenceView(
        state="current" if fresh else "stale",
        verdict=stored["verdict"],
        n_now=count,
        reasons=tuple(stored.get("reasons", ())),
        scores=tuple(
            ScoreReliability(
                **{key: value for key, value in score.items() if key in known and value is not None}
            )
            for score in stored.get("scores", ())
        ),
        cfa=stored.get("cfa"),
        scope=str(stored.get("scope_zh", "")),
        simulated=bool(stored.get("simulated")),
        n=row.n_responses,
        data_fingerprint=row.data_fingerprint,
        engine_version=row.engine_version,
        computed_at=row.computed_at,
    )


def request_evidence(session: Session, survey: Survey, actor: Account) -> str:
    """Queue the computing of a survey's evidence; gives back the job's id.

    Asking again within ten seconds (twice on the button) gives the same job. Its id, which stands in an
    address, does not tell how many have answered. Raises Conflict when nobody has, and before closing where
    HR may not know how many.
    """
    if survey.mode != "identified" and survey.state != "closed":
        raise Conflict("测评还没有结束", "结束之后再计算证据。")
    if not session.scalar(select(exists().where(Response.survey_id == survey.id))):
        raise Conflict("还没有人提交答卷", "有答卷之后再计算证据。")
    ten_seconds = f"{now():%Y%m%d%H%M%S}"[:-1]
    job_id = f"evidence-{survey.id}-{ten_seconds}"
    trail.append(session, actor=str(actor.id), action="evidence.request", subject=f"survey:{survey.id}")
    jobs.enqueue(WORKFLOW, str(survey.id), job_id=job_id)
    return job_id


def evidence_job(survey: Survey, job_id: str) -> Literal["", "running", "failed", "done"]:
    """How a queued computation stands; "" for an id that is not of this survey."""
    if not job_id.startswith(f"evidence-{survey.id}-"):
        return ""
    status = jobs.status_of(job_id)
    if status == "SUCCESS":
        return "done"
    return "running" if status in {"ENQUEUED", "PENDING", "DELAYED"} else "failed"
