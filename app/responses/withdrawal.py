"""HR carries out a withdrawal that a respondent asks for with the receipt code, until the survey closes.

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
from app.surveys.rights import OwnPart
from app.surveys.service import accepts_answers

router = APIRouter(prefix="/hr/surveys/{survey_id}/withdraw", tags=["responses"])


@router.get("")
def withdrawal_page(request: Request, view: OwnPart) -> Response:
    """What a withdrawal does, and the field for the code."""
    return page(request, "responses/withdraw.html", survey=view.survey, problem="", done=False, code="")


@router.post("")
def withdraw(
    request: Request,
    session: SessionDep,
    view: OwnPart,
    _form: CheckedForm,
    code: Annotated[str, Form(max_length=32)] = "",
) -> Response:
    """Delete the response behind the code, with its scores; own units only, until the survey closes."""
    if not accepts_answers(view.survey):
        raise Conflict("测评已结束，不能再撤回", "结果已经汇总；答卷按公布的期限保存。")
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
