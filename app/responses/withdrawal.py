"""HR carries out a withdrawal that a respondent asks for with the receipt code: identified surveys at any
time, confidential ones until they close. Anonymous responses have no receipt; their codes do it.

The code alone names the response: HR types it and learns nothing of the answers.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts.rights import CheckedForm
from app.database import SessionDep
from app.errors import Conflict, NotFound
from app.pages import page
from app.responses.service import withdraw_response
from app.surveys.rights import HrView, OwnPart

router = APIRouter(prefix="/hr/surveys/{survey_id}/withdraw", tags=["responses"])


def _refuse_anonymous(view: HrView) -> None:
    if view.survey.mode == "anonymous":
        raise Conflict("匿名测评由本人凭个人码撤回", "人事部门不能代办，也看不出谁已提交。")


@router.get("")
def withdrawal_page(request: Request, view: OwnPart) -> Response:
    """What a withdrawal does, and the field for the code."""
    _refuse_anonymous(view)
    return page(request, "responses/withdraw.html", survey=view.survey, problem="", done=False, code="")


@router.post("")
def withdraw(
    request: Request,
    session: SessionDep,
    view: OwnPart,
    _form: CheckedForm,
    code: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Delete the response behind the code, with its scores; own units only."""
    _refuse_anonymous(view)
    problem = ""
    try:
        withdraw_response(session, view.survey, code, actor=str(view.account.id), units=view.units)
    except NotFound as error:
        problem = f"{error.title}。{error.advice}"
    return page(
        request,
        "responses/withdraw.html",
        status=404 if problem else 200,
        survey=view.survey,
        problem=problem,
        done=not problem,
        code=code if problem else "",
    )
