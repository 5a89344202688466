"""What a cadre opens: the start page, the pages of items, the receipt. The link is the only key."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import APIRouter, Depends, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from app import security
from app.database import SessionDep
from app.errors import Forbidden, Gone, NotFound
from app.pages import local_time, page
from app.responses import drafts, service
from app.responses.consent import consent_view
from app.responses.forms import PostedFields, sent_by
from app.responses.models import Draft
from app.responses.questionnaire import Questionnaire, QuestionPage, questionnaire, resume_page
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey
from instruments import Instrument

router = APIRouter(tags=["responses"])


@dataclass(frozen=True, slots=True)
class Visit:
    """An opened link: whose it is, what is asked, and the pages of it."""

    token: str
    invitation: Invitation
    survey: Survey
    instrument: Instrument
    pages: Questionnaire

    def path(self, rest: str = "") -> str:
        """An address below this link."""
        return f"/q/{self.token}{rest}"


def visit(request: Request, session: SessionDep, token: str) -> Visit:
    """The survey behind a link. Raises NotFound for an unknown link and for a survey not yet open."""
    request.state.holder = token
    found = surveys.find_invitation(session, token)
    if found is None:
        raise NotFound("链接无效", "请检查链接是否完整，或向发给您链接的人员核对。")
    invitation, survey = found
    if survey.state == "draft":
        raise NotFound("本次测评尚未开始", "开始后，用同一个链接即可作答。")
    instrument = surveys.instrument_of(survey)
    pages = questionnaire(instrument, survey.form, survey.language)
    return Visit(token, invitation, survey, instrument, pages)


def checked_fields(request: Request, visit: VisitDep, fields: PostedFields) -> dict[str, str]:
    """The fields of a form that came from our own page for this link. Raises Forbidden."""
    if not security.csrf_matches(get_settings().key(), visit.token, fields.get("csrf", "")):
        raise Forbidden("页面已过期", "这一页没有保存，之前各页没有丢失。请重新打开链接继续作答。")
    return fields


VisitDep = Annotated[Visit, Depends(visit, scope="function")]
CheckedFields = Annotated[dict[str, str], Depends(checked_fields, scope="function")]


@router.get("/q/{token}")
def start_page(request: Request, session: SessionDep, visit: VisitDep) -> Response:
    """What this is, who asks, who sees what; consent, or where to go on."""
    if service.response_of(session, visit.invitation) is not None:
        return RedirectResponse(visit.path("/receipt"), status_code=303)
    if not surveys.accepts_answers(visit.survey):
        raise Gone
    draft = drafts.draft_of(session, visit.invitation)
    return page(
        request,
        "responses/start.html",
        visit=visit,
        survey=visit.survey,
        words=visit.instrument.words(visit.survey.language),
        consent=consent_view(visit.instrument, visit.survey),
        resume=resume_page(visit.pages, draft) if draft else None,
        saved_at=draft.saved_at if draft else None,
    )


@router.post("/q/{token}/consent")
def consent(session: SessionDep, visit: VisitDep, fields: CheckedFields) -> Response:
    """Agree to what the start page says; the draft begins here."""
    if service.response_of(session, visit.invitation) is not None:
        return RedirectResponse(visit.path("/receipt"), status_code=303)
    _refuse_after_close(visit)
    record = consent_view(visit.instrument, visit.survey).record
    draft = drafts.begin_draft(session, visit.invitation, record)
    return RedirectResponse(visit.path(f"/p/{resume_page(visit.pages, draft)}"), status_code=303)


@router.get("/q/{token}/p/{number}")
def question_page(
    request: Request, session: SessionDep, visit: VisitDep, number: int, missing: bool = False
) -> Response:
    """One page of the questionnaire, with what was answered before; `missing` marks what was not."""
    shown = _page(visit, number)
    if service.response_of(session, visit.invitation) is not None:
        return RedirectResponse(visit.path("/receipt"), status_code=303)
    if not surveys.accepts_answers(visit.survey):
        raise Gone
    draft = drafts.draft_of(session, visit.invitation)
    if draft is None:
        return RedirectResponse(visit.path(), status_code=303)
    return page(
        request,
        "responses/page.html",
        visit=visit,
        survey=visit.survey,
        words=visit.instrument.words(visit.survey.language),
        sensitive=_sensitive(visit, shown),
        pages=visit.pages,
        page=shown,
        draft=draft,
        missing=visit.pages.missing(shown, draft.answers) if missing else (),
        open_elsewhere=_open_elsewhere(visit, draft) if number == len(visit.pages.pages) else (),
    )


@router.post("/q/{token}/p/{number}")
def send_page(
    request: Request, session: SessionDep, visit: VisitDep, number: int, fields: CheckedFields
) -> Response:
    """Keep the page, then go on, back, or submit. Unanswered items are named once before going on."""
    shown = _page(visit, number)
    if service.response_of(session, visit.invitation) is not None:
        return _go(request, visit.path("/receipt"))
    _refuse_after_close(visit)
    draft = drafts.draft_of(session, visit.invitation, writing=True)
    if draft is None:  # on PostgreSQL a simultaneous last page may have been submitted while we waited
        submitted = service.response_of(session, visit.invitation) is not None
        return _go(request, visit.path("/receipt" if submitted else ""))
    drafts.save_page(
        draft,
        visit.instrument,
        visit.survey.form,
        page=number,
        sent=sent_by(shown, fields),
        allowed=shown.names,
    )
    go = fields.get("go", "next")
    if go == "back":
        return _go(request, visit.path(f"/p/{max(number - 1, 1)}"))
    if go == "stay":
        return _go(request, visit.path(f"/p/{number}"), saved=draft)
    missing = visit.pages.missing(shown, draft.answers)
    if missing and "checked" not in fields:
        return _go(request, visit.path(f"/p/{number}?missing=1#i-{missing[0].id}"))
    if number < len(visit.pages.pages):
        draft.page = max(draft.page, number + 1)
        return _go(request, visit.path(f"/p/{number + 1}"))
    _submit(session, visit, draft)
    return _go(request, visit.path("/receipt"))


@router.get("/q/{token}/receipt")
def receipt_page(request: Request, session: SessionDep, visit: VisitDep) -> Response:
    """The receipt, as often as it is asked for."""
    response = service.response_of(session, visit.invitation)
    if response is None:
        return RedirectResponse(visit.path(), status_code=303)
    return page(
        request,
        "responses/receipt.html",
        visit=visit,
        survey=visit.survey,
        response=response,
        code=service.receipt_of(response),
    )


def _submit(session: SessionDep, visit: Visit, draft: Draft) -> None:
    service.submit_response(
        session,
        visit.invitation,
        visit.survey,
        answers=draft.answers,
        background=drafts.settled_background(visit.instrument, draft.background),
        texts=draft.texts,
        page_ms=draft.page_ms,
        consent=service.Consent(draft.consent_mode, draft.consent_version, draft.consent_hash),
    )


def _go(request: Request, address: str, saved: Draft | None = None) -> Response:
    """Where to go next: a redirect for a browser, an address for the page's own script."""
    if "application/json" in request.headers.get("accept", ""):
        body = {"next": address}
        if saved is not None:
            body["saved"] = local_time(saved.saved_at, "%H:%M")
        return JSONResponse(body, headers={"Cache-Control": "no-store"})
    return RedirectResponse(address, status_code=303)


def _page(visit: Visit, number: int) -> QuestionPage:
    if not 1 <= number <= len(visit.pages.pages):
        raise NotFound
    return visit.pages.pages[number - 1]


def _refuse_after_close(visit: Visit) -> None:
    if not surveys.accepts_answers(visit.survey):
        raise Gone


def _sensitive(visit: Visit, shown: QuestionPage) -> bool:
    items = visit.instrument.items
    return any(q.id in items and items[q.id].sensitive for q in shown.questions)


def _open_elsewhere(visit: Visit, draft: Draft) -> tuple[tuple[int, str, int], ...]:
    """(page, item, number) of every item still unanswered, for the last page to name before submitting."""
    return tuple(
        (one.number, question.id, question.number)
        for one in visit.pages.pages
        for question in visit.pages.missing(one, draft.answers)
    )
