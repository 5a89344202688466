"""The evidence beside a survey's scores: stored by the worker, asked for on closing or by HR.

A score never travels without it. The verdict is that of the calibration sample (`app.scores.pool`).
"""

from __future__ import annotations

import hashlib
import importlib.metadata
import logging
import uuid
from typing import Any, Literal

from sqlalchemy import exists, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from app import jobs
from app.accounts.models import Account
from app.database import now
from app.errors import Conflict
from app.responses.models import Response
from app.scores.models import ScoreEvidence, ScoreSnapshot
from app.scores.pool import Pool, pool_of
from app.scores.statistics import people_words
from app.scores.told import told_comparisons, told_fit, told_reasons
from app.scores.verdicts import (
    INSUFFICIENT,
    EvidenceView,
    Mark,
    OwnEstimates,
    ScoreReliability,
    reliabilities,
)
from app.surveys.models import Survey
from app.surveys.retention import require_answers
from app.surveys.service import instrument_of
from app.trail import service as trail

__all__ = ["WORKFLOW", "EvidenceView", "Mark", "ScoreReliability", "evidence_for", "record_evidence"]

log = logging.getLogger(__name__)
WORKFLOW = "refresh_evidence"
JobState = Literal["", "running", "failed", "done"]


def record_evidence(
    session: Session,
    survey_id: uuid.UUID,
    *,
    run_id: uuid.UUID,
    pool: Pool,
    pool_fingerprint: str,
    n_responses: int,
    data_fingerprint: str,
    engine_version: str,
    evidence: dict[str, Any],
    own: dict[str, Any] | None = None,
) -> None:
    """Keep the latest evidence of a survey.

    pool: the calibration sample as it was read; evidence: its verdict (the plain form of
    `analysis.evidence.Evidence`); own: the same of the survey's own answers, which n_responses and
    data_fingerprint speak of. The number of the results released by then is kept with it.
    """
    released = session.scalar(
        select(func.max(ScoreSnapshot.number)).where(ScoreSnapshot.survey_id == survey_id)
    )
    row = session.get(ScoreEvidence, survey_id)
    if row is None:
        row = ScoreEvidence(survey_id=survey_id)
        session.add(row)
    row.run_id, row.n_responses, row.data_fingerprint = run_id, n_responses, data_fingerprint
    row.engine_version, row.computed_at = engine_version, now()
    row.evidence = evidence | {
        "own": own,
        "snapshot": released,
        "pool": {
            "mark": pool.mark,
            "fingerprint": pool_fingerprint,
            "n": pool.n,
            "simulated": pool.simulated,
            "surveys": [{"id": str(member.survey_id), "n": member.n} for member in pool.members],
        },
    }
    session.flush()


def evidence_for(session: Session, survey: Survey) -> EvidenceView:
    """The evidence of a survey as it stands against the answers there are now, as HR may be told it."""
    pool = pool_of(session, survey)
    row = session.get(ScoreEvidence, survey.id)
    if row is None:
        return EvidenceView(state="none", verdict=INSUFFICIENT, n_now=pool.own.n)
    stored, sample = row.evidence, row.evidence.get("pool") or {}
    latest = session.scalar(select(func.max(Response.submitted_at)).where(Response.survey_id == survey.id))
    fresh = survey.cleared_at is not None or (  # of answers deleted in time: as it stood then
        sample.get("mark") == pool.mark
        and row.n_responses == pool.own.n
        and row.engine_version == importlib.metadata.version("dandang")
        and (latest is None or latest <= row.computed_at)
    )
    return EvidenceView(
        state="current" if fresh else "stale",
        verdict=stored["verdict"],
        n_now=pool.own.n,
        reasons=told_reasons(stored.get("reasons", ())),
        scores=reliabilities(stored),
        cfa=told_fit(stored.get("cfa")),
        comparisons=told_comparisons(stored.get("comparisons", ())),
        own=_own(survey, row),
        surveys=len(sample.get("surveys", ())),
        usable=_words(stored.get("n")),
        snapshot=stored.get("snapshot"),
        scope=scope_words(sample),
        simulated=bool(stored.get("simulated")),
        n=_words(sample.get("n")),
        pool_fingerprint=str(sample.get("fingerprint", "")),
        data_fingerprint=row.data_fingerprint,
        engine_version=row.engine_version,
        computed_at=row.computed_at,
    )


def scope_words(sample: dict[str, Any]) -> str:
    """Whose answers the verdict comes from."""
    if not sample:
        return ""
    if not sample["surveys"]:
        return "结论以本版问卷、同一卷型、语言和方式的实际作答为准，目前还没有这样的答卷。"
    whose = f"{len(sample['surveys'])} 次测评、{people_words(sample['n'])} 份答卷"
    if sample["simulated"]:
        return f"结论依据 {whose}，均为模拟数据，非真实作答，只用于演示。"
    return f"结论依据同一版本、卷型、语言和方式的 {whose}。"


def _words(n: int | None) -> str | None:
    return None if n is None else people_words(n)


def _own(survey: Survey, row: ScoreEvidence) -> OwnEstimates | None:
    """The survey's own estimates, where enough people answered that they tell of none of them."""
    stored = row.evidence.get("own")
    if not stored or row.n_responses < instrument_of(survey).scoring.min_group_n:
        return None
    return OwnEstimates(people_words(row.n_responses), reliabilities(stored), told_fit(stored.get("cfa")))


def request_evidence(session: Session, survey: Survey, actor: Account) -> str:
    """Queue the computing of a survey's evidence; gives back the job's id.

    Asking again within ten seconds (twice on the button) gives the same job. Its id, which stands in an
    address, does not tell how many have answered. Raises Conflict before closing, and when nobody answered.
    """
    if survey.state != "closed":
        raise Conflict("测评还没有结束", "结束之后再计算证据。")
    require_answers(survey)
    if not session.scalar(select(exists().where(Response.survey_id == survey.id))):
        raise Conflict("还没有人提交答卷", "有答卷之后再计算证据。")
    ten_seconds = f"{now():%Y%m%d%H%M%S}"[:-1]
    job_id = f"evidence-{survey.id}-{ten_seconds}"
    trail.append(session, actor=str(actor.id), action="evidence.request", subject=f"survey:{survey.id}")
    jobs.enqueue(WORKFLOW, str(survey.id), job_id=job_id)
    return job_id


def due_job(session: Session, survey: Survey) -> str:
    """The id of the job that is queued by itself for the sample as it stands: one a state, never two."""
    version = importlib.metadata.version("dandang")
    state = hashlib.sha256(f"{pool_of(session, survey).mark} {version}".encode()).hexdigest()
    return f"evidence-{survey.id}-{state[:16]}"


def queue_evidence(session: Session, survey: Survey) -> None:
    """Queue the evidence of a survey that has just been closed, or whose sample has changed.

    A queue that is out of reach stops nobody from closing a survey: the page offers the button then.
    """
    if not session.scalar(select(exists().where(Response.survey_id == survey.id))):
        return
    try:
        jobs.enqueue(WORKFLOW, str(survey.id), job_id=due_job(session, survey))
    except (SQLAlchemyError, OSError) as error:
        log.warning("evidence of %s was not queued: %s", survey.id, type(error).__name__)


def evidence_job(session: Session, survey: Survey, job_id: str, evidence: EvidenceView) -> JobState:
    """How the computation stands: the one named, else the one queued by itself while evidence is not current.

    "" for an id that is not of this survey, and where nothing is queued.
    """
    if job_id and not job_id.startswith(f"evidence-{survey.id}-"):
        return ""
    if not job_id and (evidence.state == "current" or survey.state != "closed"):
        return ""
    try:
        status = jobs.status_of(job_id or due_job(session, survey))
    except (SQLAlchemyError, OSError):
        return "failed" if job_id else ""
    if status is None:
        return "failed" if job_id else ""
    if status == "SUCCESS":
        return "done"
    return "running" if status in {"ENQUEUED", "PENDING", "DELAYED"} else "failed"
