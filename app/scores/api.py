"""Released group results for programs: the same snapshot, rights and evidence as the page."""

from __future__ import annotations

from typing import Any, Literal

from fastapi import APIRouter, Request
from pydantic import BaseModel

from app.database import SessionDep
from app.scores.columns import Rank
from app.scores.people import record_reading, require_results
from app.scores.results import WITHHELD, GroupCell, group_results
from app.scores.service import evidence_for
from app.surveys.rights import OwnPart

router = APIRouter(prefix="/api/surveys/{survey_id}", tags=["scores"])


class ScoreInfo(BaseModel):
    """One score: what it is, the verdict of the evidence on it, and whether units may be compared in it."""

    id: str
    title: str
    title_en: str
    rank: Rank
    lowest: float
    highest: float
    verdict: str
    compared: bool


class ScoreCell(BaseModel):
    """What may be said of a group in one score; what may not is null."""

    kind: Literal["value", "mean", "band", "withheld", "empty"]
    n: str | None
    mean: float | None
    sd: float | None
    low: float | None
    high: float | None
    comparison: str | None


class ScoreGroup(BaseModel):
    """A unit with everything beneath it, or (own) only its own people; n is null where it is withheld."""

    unit: str
    name: str
    own: bool
    depth: int
    n: str | None
    scores: dict[str, ScoreCell]


class SurveyScores(BaseModel):
    """One released snapshot, as far as the reader's units reach."""

    survey: str
    snapshot: int
    sha256: str
    made_at: str
    kept_because: str
    threshold: int
    origin: str
    evidence: dict[str, Any]
    scores: list[ScoreInfo]
    groups: list[ScoreGroup]


def _cell(cell: GroupCell) -> ScoreCell:
    return ScoreCell(
        kind=cell.kind,
        n=cell.n_words or None,
        mean=cell.mean,
        sd=cell.sd,
        low=cell.low,
        high=cell.high,
        comparison=cell.comparison or None,
    )


@router.get("/scores", responses={code: {"description": "problem+json"} for code in (401, 403, 404, 409)})
def read_scores(request: Request, session: SessionDep, view: OwnPart) -> SurveyScores:
    """The newest snapshot. 409 before it is made, 403 where the evidence does not support showing scores."""
    evidence = evidence_for(session, view.survey)
    require_results(view.survey, evidence)
    results = group_results(session, view, evidence)
    record_reading(request, view, "unit_scores.download", format="json", rows=len(results.rows))
    return SurveyScores(
        survey=str(view.survey.id),
        snapshot=results.number,
        sha256=results.digest,
        made_at=results.made_at.isoformat(timespec="seconds"),
        kept_because=results.kept,
        threshold=results.threshold,
        origin=view.survey.origin,
        evidence={
            "state": evidence.state,
            "verdict": evidence.verdict,
            "reasons": list(evidence.mark().explanation),
            "sample_surveys": evidence.surveys,
            "sample_n": evidence.n,
            "sample_fingerprint": evidence.pool_fingerprint,
            "simulated": evidence.simulated,
            "snapshot": evidence.snapshot,
            "not_compared_because": list(evidence.why_not_compared()),
        },
        scores=[
            ScoreInfo(
                id=c.id,
                title=c.title,
                title_en=c.title_en,
                rank=c.rank,
                lowest=c.lowest,
                highest=c.highest,
                verdict=evidence.verdict_of(c.id),
                compared=evidence.may_compare(c.id),
            )
            for c in results.columns
        ],
        groups=[
            ScoreGroup(
                unit=row.unit.code,
                name=row.unit.name,
                own=row.own,
                depth=row.depth,
                n=None if row.n_words == WITHHELD else row.n_words,
                scores={score: _cell(cell) for score, cell in row.cells.items()},
            )
            for row in results.rows
        ],
    )
