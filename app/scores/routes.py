"""HR's desk: the list of surveys, a survey's first screen, its group results, scores of persons, evidence."""

from __future__ import annotations

import datetime as dt
import math
import uuid
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from app.accounts.rights import CheckedForm, HrUser
from app.accounts.service import unit_roots
from app.database import SessionDep, now
from app.errors import NotFound
from app.pages import page
from app.scores import figure, service
from app.scores.people import (
    count_people,
    person_columns,
    person_scores,
    record_reading,
    require_persons,
    require_results,
    shown_columns,
)
from app.scores.progress import Progress, progress_of, surveys_of
from app.scores.results import GroupRow, group_results
from app.scores.snapshots import newest
from app.surveys import retention
from app.surveys.models import Survey
from app.surveys.retention import require_answers
from app.surveys.rights import HrView, OwnPart
from app.surveys.service import accepts_answers, instrument_of, last_invited, threshold_of

router = APIRouter(prefix="/hr", tags=["scores"])
PAGE_ROWS = 50


def time_left(survey: Survey) -> str:
    """How long answers are still taken, in words."""
    if survey.state == "draft":
        return "还没有开始"
    if survey.state == "closed":
        return "已结束"
    if survey.closes_at is None:
        return "没有设定截止时间"
    rest = survey.closes_at - now()
    if rest <= dt.timedelta(0):
        return "已过截止时间"
    hours, minutes = divmod(int(rest.total_seconds()) // 60, 60)
    if hours >= 24:
        return f"还剩 {hours // 24} 天 {hours % 24} 小时"
    return f"还剩 {hours} 小时 {minutes} 分" if hours else f"还剩 {minutes} 分"


def next_step(view: HrView, progress: Progress) -> str:
    """What is to be done now: roster, codes, open, wait_open, links, hand_out, close, wait_close, results."""
    survey = view.survey
    if survey.state == "closed":
        return "results"
    if survey.state == "draft":
        if progress.invited == 0:
            return "codes" if survey.mode == "anonymous" else "roster"
        return "open" if view.manages else "wait_open"
    everybody = survey.mode != "anonymous" and progress.answered >= progress.invited > 0
    if not accepts_answers(survey) or everybody:
        return "close" if view.manages else "wait_close"
    if survey.mode == "anonymous":
        return "hand_out" if progress.invited else "codes"
    return "links" if progress.invited else "roster"


@router.get("")
def list_surveys(request: Request, session: SessionDep, account: HrUser) -> Response:
    """Surveys that cover own units."""
    roots = unit_roots(session, account)
    return page(
        request,
        "surveys/list.html",
        listed=surveys_of(session, roots),
        has_units=bool(roots),
        time_left=time_left,
    )


@router.get("/surveys/{survey_id}")
def show_survey(
    request: Request,
    session: SessionDep,
    view: OwnPart,
    done: Annotated[str, Query(max_length=20)] = "",
    n: Annotated[int, Query(ge=0)] = 0,
    m: Annotated[int, Query(ge=0)] = 0,
) -> Response:
    """How many have answered, how long is left, what is to be done now."""
    progress = progress_of(session, view)
    return page(
        request,
        "surveys/show.html",
        view=view,
        survey=view.survey,
        instrument=instrument_of(view.survey),
        progress=progress,
        time_left=time_left(view.survey),
        deleted_on=retention.due_at(view.survey),
        threshold=threshold_of(view.survey),
        step=next_step(view, progress),
        latest=last_invited(session, view.survey, view.units) if view.survey.state == "draft" else None,
        done=done,
        n=n,
        m=m,
    )


@router.get("/surveys/{survey_id}/scores")
def show_scores(
    request: Request,
    session: SessionDep,
    view: OwnPart,
    unit: uuid.UUID | None = None,
    job: Annotated[str, Query(max_length=120)] = "",
) -> Response:
    """Group results after closing, each with its evidence."""
    evidence = service.evidence_for(session, view.survey)
    computing = service.evidence_job(session, view.survey, job, evidence)
    due = view.survey.state == "closed" and newest(session, view.survey) is None
    values: dict[str, Any] = {"view": view, "survey": view.survey, "evidence": evidence, "job": computing}
    values["due"] = due
    if view.survey.state != "closed" or due or not evidence.may_show():
        return page(request, "scores/withheld.html", **values)
    results = group_results(session, view, evidence)
    chosen = results.row(unit) if unit else (results.rows[0] if results.rows else None)
    if unit and chosen is None:
        raise NotFound
    compared = frozenset(c.id for c in results.columns if evidence.may_compare(c.id))
    reference = _reference(results.rows, chosen) if compared else None
    drawn = (
        figure.profile(chosen, results.columns, reference, compared) if chosen and results.columns else None
    )
    return page(
        request,
        "scores/show.html",
        **values,
        results=results,
        chosen=chosen,
        figure=drawn,
        sentence=figure.sentence(chosen, results.columns) if chosen else "",
        reference=reference,
        compared=compared,
    )


def _reference(rows: tuple[GroupRow, ...], chosen: GroupRow | None) -> GroupRow | None:
    """The topmost row above the chosen one; None for a topmost row itself."""
    top = None
    for row in rows:
        if row.depth == 0 and not row.own:
            top = row
        if row is chosen:
            return None if row is top else top
    return None


@router.post("/surveys/{survey_id}/evidence")
def request_evidence(session: SessionDep, view: OwnPart, _form: CheckedForm) -> Response:
    """Queue the computing of the evidence and go back to the results."""
    job = service.request_evidence(session, view.survey, view.account)
    return RedirectResponse(f"/hr/surveys/{view.survey.id}/scores?job={job}", status_code=303)


@router.get("/surveys/{survey_id}/people")
def show_people(
    request: Request,
    session: SessionDep,
    view: OwnPart,
    number: Annotated[int, Query(alias="page", ge=1, le=100_000)] = 1,
) -> Response:
    """Dimension scores of persons with their error band; each look is put on the trail."""
    evidence = service.evidence_for(session, view.survey)
    require_persons(view.survey)
    require_answers(view.survey)
    require_results(view.survey, evidence)
    total = count_people(session, view)
    pages = max(1, math.ceil(total / PAGE_ROWS))
    if number > pages:
        raise NotFound
    people = tuple(person_scores(session, view, offset=(number - 1) * PAGE_ROWS, limit=PAGE_ROWS))
    record_reading(request, view, "score.read", page=number, people=len(people))
    columns = person_columns(shown_columns(view.survey, evidence))
    return page(
        request,
        "scores/people.html",
        view=view,
        survey=view.survey,
        evidence=evidence,
        people=people,
        columns=columns,
        total=total,
        number=number,
        pages=pages,
    )
