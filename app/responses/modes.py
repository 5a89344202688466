"""HR chooses how a survey is answered, identified, confidential or anonymous, until somebody begins."""

from __future__ import annotations

from typing import Annotated, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import delete, exists, select
from sqlalchemy.orm import Session

from app.accounts.rights import CheckedForm
from app.database import SessionDep
from app.errors import Conflict
from app.pages import page
from app.responses.models import Draft
from app.responses.models import Response as StoredResponse
from app.surveys import campaign
from app.surveys.models import AccessCode, Survey
from app.surveys.rights import ManagedSurvey
from app.surveys.service import instrument_of, require_forgetful_store
from app.trail import service as trail

router = APIRouter(prefix="/hr/surveys/{survey_id}/mode", tags=["responses"])


def has_begun(session: Session, survey: Survey) -> bool:
    """Whether anybody has begun to answer, or answers were imported."""
    drafts = exists().where(Draft.survey_id == survey.id)
    responses = exists().where(StoredResponse.survey_id == survey.id)
    return bool(session.scalar(select(drafts | responses)))


def change_mode(
    session: Session, survey: Survey, mode: str, *, readers_answer: bool | None = None, actor: str
) -> None:
    """Choose another mode, and whether the readers of group results answer too. Nobody may have begun.

    Raises Conflict once somebody has, after closing, and for a mode this instrument has no consent for. The
    database refuses as well. Codes made for an anonymous survey are void when it is one no longer.
    """
    # on PostgreSQL this waits for everybody who is beginning just now, and keeps others from it
    session.refresh(survey, with_for_update=True)
    if survey.state == "closed" or has_begun(session, survey):
        raise Conflict("已经有人开始作答，测评方式不能再改", "没有改动。如需用其他方式，请另建测评。")
    if mode not in instrument_of(survey).modes or survey.origin != "collected":
        raise Conflict("这份问卷或这类数据不能用这种方式")
    before = survey.mode
    if mode != "anonymous":
        session.execute(delete(AccessCode).where(AccessCode.survey_id == survey.id))
    survey.mode = mode
    if readers_answer is not None:
        survey.readers_answer = readers_answer
    if mode == "confidential" and survey.state == "open":
        campaign.begin(survey)
    if mode == "anonymous" and survey.state == "open":
        require_forgetful_store(session)
    trail.append(
        session,
        actor=actor,
        action="survey.mode",
        subject=f"survey:{survey.id}",
        before=before,
        mode=mode,
        readers_answer=survey.readers_answer,
    )
    session.flush()


@router.get("")
def mode_page(request: Request, session: SessionDep, view: ManagedSurvey) -> Response:
    """What each mode means, and the one chosen."""
    fixed = view.survey.state == "closed" or has_begun(session, view.survey)
    return page(
        request,
        "surveys/mode.html",
        survey=view.survey,
        fixed=fixed,
        modes=instrument_of(view.survey).modes,
        chosen=view.survey.mode,
        readers_answer=view.survey.readers_answer,
    )


@router.post("")
def set_mode(
    session: SessionDep,
    view: ManagedSurvey,
    _form: CheckedForm,
    mode: Annotated[Literal["identified", "confidential", "anonymous"], Form()],
    readers_answer: Annotated[Literal["", "1"], Form()] = "",
) -> Response:
    """Choose the mode anew."""
    change_mode(
        session,
        view.survey,
        mode,
        readers_answer=readers_answer == "1",
        actor=str(view.account.id),
    )
    return RedirectResponse(f"/hr/surveys/{view.survey.id}?done=mode", status_code=303)
