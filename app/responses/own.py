"""After submitting: the receipt, one's own answers, a change, a withdrawal. As long as the mode allows."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import PlainTextResponse, RedirectResponse, Response

from app.database import SessionDep
from app.errors import Gone, NotFound
from app.pages import page
from app.responses import deletion, drafts, service
from app.responses.copies import answer_lines
from app.responses.models import Response as StoredResponse
from app.responses.visits import CheckedFields, Visit, VisitDep
from app.surveys.service import accepts_answers, hold

router = APIRouter()


def _stored(session: SessionDep, visit: Visit) -> StoredResponse:
    response = service.response_of(session, visit.asked)
    if response is None:
        raise NotFound("没有已提交的答卷", "请重新打开链接。")
    return response


def may_read(visit: Visit) -> bool:
    """Whether a person can still see the answers: always while they are stored under a name, else until
    closing.
    """
    return visit.survey.mode == "identified" or accepts_answers(visit.survey)


@router.get("/{token}/receipt")
def receipt_page(request: Request, session: SessionDep, visit: VisitDep) -> Response:
    """The receipt, as often as it is asked for, and what can be done with the response now."""
    response = service.response_of(session, visit.asked)
    if response is None:
        return RedirectResponse(visit.path(), status_code=303)
    draft = drafts.draft_of(session, visit.asked)
    return page(
        request,
        "responses/receipt.html",
        visit=visit,
        survey=visit.survey,
        response=response,
        code=visit.token if visit.by_code else service.receipt_of(response),
        is_open=accepts_answers(visit.survey),
        changing=draft is not None and draft.changing,
        readable=may_read(visit),
        withdrawable=deletion.may_withdraw(visit.survey),
    )


@router.post("/{token}/change")
def begin_change(session: SessionDep, visit: VisitDep, fields: CheckedFields) -> Response:
    """Open what was submitted for changing; nothing changes before it is submitted again."""
    hold(session, visit.survey)
    response = _stored(session, visit)
    if not accepts_answers(visit.survey):
        raise Gone
    drafts.begin_change(session, visit.asked, response)
    return RedirectResponse(visit.path("/p/1"), status_code=303)


@router.post("/{token}/change/drop")
def drop_change(session: SessionDep, visit: VisitDep, fields: CheckedFields) -> Response:
    """Leave everything as it was submitted."""
    drafts.drop_change(session, visit.asked)
    return RedirectResponse(visit.path("/receipt"), status_code=303)


def _readable(session: SessionDep, visit: Visit) -> StoredResponse:
    response = _stored(session, visit)
    if not may_read(visit):
        raise Gone("测评已结束，不再提供答案查看")
    return response


@router.get("/{token}/answers")
def show_answers(request: Request, session: SessionDep, visit: VisitDep) -> Response:
    """What was submitted, in words."""
    response = _readable(session, visit)
    return page(
        request,
        "responses/answers.html",
        visit=visit,
        survey=visit.survey,
        lines=answer_lines(visit.pages, response),
    )


@router.get("/{token}/answers.txt")
def download_answers(session: SessionDep, visit: VisitDep) -> Response:
    """The same as a text file."""
    lines = answer_lines(visit.pages, _readable(session, visit))
    text = f"{visit.survey.title}\r\n\r\n" + "\r\n\r\n".join(f"{q}\r\n{a}" for q, a in lines) + "\r\n"
    headers = {"Content-Disposition": 'attachment; filename="answers.txt"', "Cache-Control": "no-store"}
    return PlainTextResponse("\ufeff" + text, headers=headers)


@router.get("/{token}/withdraw")
def confirm_withdrawal(request: Request, session: SessionDep, visit: VisitDep) -> Response:
    """What a withdrawal does, before it is done."""
    _stored(session, visit)
    return page(
        request,
        "responses/withdraw_own.html",
        visit=visit,
        survey=visit.survey,
        withdrawable=deletion.may_withdraw(visit.survey),
        done=False,
    )


@router.post("/{token}/withdraw")
def withdraw(request: Request, session: SessionDep, visit: VisitDep, fields: CheckedFields) -> Response:
    """Delete one's own response with its scores."""
    deletion.withdraw_own(session, visit.asked, visit.survey)
    return page(
        request,
        "responses/withdraw_own.html",
        visit=visit,
        survey=visit.survey,
        withdrawable=False,
        done=True,
    )
