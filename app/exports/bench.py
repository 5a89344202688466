"""Where a researcher asks for an export: the reason first, then the file."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts.rights import CheckedForm, Researcher
from app.database import SessionDep, now
from app.errors import Invalid
from app.exports.alike import ALIKE
from app.exports.cells import disposition, file_name
from app.exports.research import FEWEST_TEXTS, LONGEST_REASON, SHORTEST_REASON, research_export
from app.pages import local_time, page
from app.scores.snapshots import newest
from app.surveys.models import Survey
from app.surveys.rights import ResearchSurvey

router = APIRouter(prefix="/research/surveys/{survey_id}/export", tags=["exports"])


def _form(request: Request, session: SessionDep, survey: Survey, *, problem: str, reason: str) -> Response:
    return page(
        request,
        "exports/research.html",
        status=422 if problem else 200,
        survey=survey,
        snapshot=newest(session, survey) if survey.state == "closed" else None,
        alike=ALIKE,
        texts=FEWEST_TEXTS,
        shortest=SHORTEST_REASON,
        longest=LONGEST_REASON,
        problem=problem,
        reason=reason,
    )


@router.get("")
def export_page(
    request: Request, session: SessionDep, _account: Researcher, survey: ResearchSurvey
) -> Response:
    """What an export holds and what it leaves out, and the field for the reason."""
    return _form(request, session, survey, problem="", reason="")


@router.post("")
def download_export(
    request: Request,
    session: SessionDep,
    account: Researcher,
    survey: ResearchSurvey,
    _checked: CheckedForm,
    reason: Annotated[str, Form(max_length=2000)] = "",
    programs: Annotated[Literal["", "1"], Form()] = "",
) -> Response:
    """The export as a zip file; it is on the trail before it is sent."""
    try:
        made = research_export(session, survey, account, reason, programs=programs == "1")
    except Invalid as error:
        return _form(request, session, survey, problem=f"{error.title}。{error.advice}", reason=reason)
    what = "研究数据-模拟数据" if survey.origin == "simulated" else "研究数据"
    name = file_name(survey.title, f"{what}-{local_time(now(), '%Y%m%d')}", "zip")
    headers = {"Content-Disposition": disposition(name, "research.zip"), "Cache-Control": "no-store"}
    return Response(made.body, media_type="application/zip", headers=headers)
