"""A person's own results, after closing an identified survey: seen by the person first, by HR afterwards.

Shown is what the evidence allows: dimensions with their error band and the verdict's mark; a score that is
not supported is not shown, and the page says why.
"""

from __future__ import annotations

from dataclasses import dataclass

from fastapi import APIRouter, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

from app.database import SessionDep, now
from app.errors import Conflict, NotFound
from app.pages import page
from app.responses.models import Response as StoredResponse
from app.responses.models import ScoreRecord
from app.responses.service import response_of
from app.responses.visits import CheckedFields, Visit, VisitDep
from app.scores import figure
from app.scores.columns import ScoreColumn, score_columns
from app.scores.people import person_columns
from app.scores.service import EvidenceView, Mark, evidence_for
from app.surveys.service import accepts_answers

router = APIRouter(prefix="/q/{token}/results", tags=["scores"])
TOO_FEW = "作答的题目太少，没有得分"


@dataclass(frozen=True, slots=True)
class OwnScore:
    """One dimension of one person. value None: too few answers, or kept back by the evidence."""

    column: ScoreColumn
    value: float | None
    band: float | None
    mark: Mark
    shown: bool

    @property
    def ends(self) -> tuple[float, float] | None:
        """The error band on the scale, cut at its ends."""
        if self.value is None or self.band is None:
            return None
        low, high = self.value - self.band, self.value + self.band
        return max(low, self.column.lowest), min(high, self.column.highest)


def own_scores(
    session: Session, visit: Visit, response: StoredResponse, evidence: EvidenceView
) -> tuple[OwnScore, ...]:
    """The person's dimensions in the order of the instrument, as far as the evidence allows."""
    version = visit.instrument.scoring.version
    record = session.get(ScoreRecord, (response.id, version))
    stored = record.scores if record else {}
    found = []
    for column in person_columns(score_columns(visit.instrument, visit.survey.form)):
        shown = evidence.may_show(column.id)
        value = stored.get(column.id, {}).get("value") if shown else None
        band = evidence.reliability(column.id).band if shown else None
        found.append(OwnScore(column, value, band, evidence.mark(column.id), shown))
    return tuple(found)


def drawing(scores: tuple[OwnScore, ...]) -> figure.Figure | None:
    """The shown dimensions as points with their error bands; None when there is nothing to draw."""
    drawn = [score for score in scores if score.value is not None]
    if not drawn:
        return None
    low = min(score.column.lowest for score in drawn)
    high = max(score.column.highest for score in drawn)

    def _x(value: float) -> float:
        return round(figure.LEFT + figure.WIDTH * (value - low) / (high - low), 1)

    rows = []
    for number, score in enumerate(drawn):
        ends = score.ends
        rows.append(
            figure.FigureRow(
                title=score.column.title,
                minor=False,
                y=figure.TOP + figure.DIMENSION_ROW * (number + 0.5),
                point=_x(score.value) if score.value is not None else None,
                low=_x(ends[0]) if ends else None,
                high=_x(ends[1]) if ends else None,
                band_low=None,
                band_high=None,
                words="",
            )
        )
    bottom = figure.TOP + figure.DIMENSION_ROW * len(rows)
    ticks = tuple((_x(tick), str(tick)) for tick in range(int(low), int(high) + 1))
    width = figure.LEFT + figure.WIDTH + figure.RIGHT
    return figure.Figure(tuple(rows), ticks, width, bottom + figure.BOTTOM, bottom)


def _own_response(session: Session, visit: Visit) -> StoredResponse:
    if visit.survey.mode != "identified":
        raise NotFound("本次测评没有个人结果", "答卷不与姓名对应，只形成单位汇总。")
    response = response_of(session, visit.asked)
    if response is None:
        raise NotFound("没有已提交的答卷", "没有个人结果可看。")
    if visit.survey.state != "closed":
        advice = "截止前还可以修改答案。" if accepts_answers(visit.survey) else "组织单位结束测评之后可以看。"
        raise Conflict("测评还没有结束，还不能看结果", advice)
    return response


@router.post("")
def see_results(session: SessionDep, visit: VisitDep, fields: CheckedFields) -> Response:
    """The person asks for the results: from now on HR may see the scores as well.

    Before the evidence has been computed nothing is shown to anybody, and nothing is noted.
    """
    response = _own_response(session, visit)
    if response.seen_at is None and evidence_for(session, visit.survey).state != "none":
        response.seen_at = now()
        session.flush()
    return RedirectResponse(visit.path("/results"), status_code=303)


@router.get("")
def show_results(request: Request, session: SessionDep, visit: VisitDep) -> Response:
    """The person's own dimensions, once asked for."""
    response = _own_response(session, visit)
    evidence = evidence_for(session, visit.survey)
    if response.seen_at is None and evidence.state != "none":
        return RedirectResponse(visit.path("/receipt"), status_code=303)
    scores = own_scores(session, visit, response, evidence) if evidence.state != "none" else ()
    return page(
        request,
        "scores/own.html",
        visit=visit,
        survey=visit.survey,
        evidence=evidence,
        scores=scores,
        figure=drawing(scores),
        too_few=TOO_FEW,
    )
