"""What a cadre opens: the start page, the pages of items. The link or the code is the only key.

Every address exists twice: below /q with a personal link, below /a with a code of an anonymous survey.
"""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response

from app import security
from app.database import SessionDep, now
from app.errors import Gone, NotFound
from app.pages import local_time, page
from app.responses import drafts, service
from app.responses.consent import consent_view, keep_text
from app.responses.forms import PostedFields, sent_by
from app.responses.models import Draft
from app.responses.own import router as own
from app.responses.questionnaire import QuestionPage, resume_page
from app.responses.visits import CODE, LINK, CheckedFields, Visit, VisitDep, open_visit, require_own_form
from app.surveys import service as surveys
from app.surveys.codes import exchange, find_code
from app.surveys.models import AccessCode

router = APIRouter(tags=["responses"])
pages = APIRouter()


@router.get(CODE)
def code_page(request: Request, code: str = "") -> Response:
    """Where a code is typed in."""
    if code.strip():
        typed = security.normal_code(code.strip()[:64])
        if "/" not in typed:
            return RedirectResponse(f"{CODE}/{typed}", status_code=303)
    return page(request, "responses/code.html", problem=bool(code))


@pages.get("/{token}")
def start_page(request: Request, session: SessionDep, visit: VisitDep) -> Response:
    """What this is, who asks, who sees what; consent, or where to go on."""
    if service.response_of(session, visit.asked) is not None:
        return RedirectResponse(visit.path("/receipt"), status_code=303)
    _refuse_after_close(visit)
    draft = _current_draft(session, visit)
    return page(
        request,
        "responses/start.html",
        visit=visit,
        survey=visit.survey,
        words=visit.instrument.words(visit.survey.language),
        consent=consent_view(visit.instrument, visit.survey),
        resume=resume_page(visit.pages, draft) if draft else None,
        saved_at=draft.saved_at if draft else None,
        mine=security.new_access_code() if visit.by_code and draft is None else "",
    )


def _current_draft(session: SessionDep, visit: Visit) -> Draft | None:
    """The draft, unless it was begun when the survey had another mode: then consent is asked again."""
    draft = drafts.draft_of(session, visit.asked)
    return draft if draft is not None and draft.consent_mode == visit.survey.mode else None


@router.post(f"{LINK}/{{token}}/consent")
def consent(session: SessionDep, visit: VisitDep, fields: CheckedFields) -> Response:
    """Agree to what the start page says; the draft begins here."""
    return _begin(session, visit)


@router.post(f"{CODE}/{{token}}/consent")
def consent_with_code(request: Request, session: SessionDep, token: str, fields: PostedFields) -> Response:
    """The same with a code: it is exchanged for the person's own, which the start page has shown.

    The button pressed twice, or sent again after a lost answer: the own code is there already.
    """
    shown, own_code = security.normal_code(token), security.normal_code(fields.get("mine", ""))
    request.state.holder = shown
    require_own_form(shown, fields)
    exchanged = own_code and find_code(session, shown) is None and find_code(session, own_code) is not None
    visit = open_visit(session, CODE, own_code if exchanged else shown)
    begun = drafts.draft_of(session, visit.asked) or service.response_of(session, visit.asked)
    if own_code and not exchanged and begun is None and surveys.accepts_answers(visit.survey):
        assert isinstance(visit.asked, AccessCode)
        exchange(session, visit.asked, own_code)
        visit = open_visit(session, CODE, own_code)
    return _begin(session, visit)


def _begin(session: SessionDep, visit: Visit) -> Response:
    surveys.hold(session, visit.survey)
    if service.response_of(session, visit.asked) is not None:
        return RedirectResponse(visit.path("/receipt"), status_code=303)
    _refuse_after_close(visit)
    view = consent_view(visit.instrument, visit.survey)
    keep_text(session, visit.survey, view)
    draft = drafts.begin_draft(session, visit.asked, view.record)
    return RedirectResponse(visit.path(f"/p/{resume_page(visit.pages, draft)}"), status_code=303)


@pages.get("/{token}/p/{number}")
def question_page(
    request: Request, session: SessionDep, visit: VisitDep, number: int, missing: bool = False
) -> Response:
    """One page of the questionnaire, with what was answered before; `missing` marks what was not."""
    shown = _page(visit, number)
    draft = _current_draft(session, visit)
    if service.response_of(session, visit.asked) is not None and not (draft and draft.changing):
        return RedirectResponse(visit.path("/receipt"), status_code=303)
    _refuse_after_close(visit)
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


@pages.post("/{token}/p/{number}")
def send_page(
    request: Request, session: SessionDep, visit: VisitDep, number: int, fields: CheckedFields
) -> Response:
    """Keep the page, then go on, back, or submit. Unanswered items are named once before going on."""
    shown = _page(visit, number)
    draft = drafts.draft_of(session, visit.asked, writing=True)
    # asked after the draft was locked: a simultaneous last page may have been submitted while we waited
    submitted = service.response_of(session, visit.asked) is not None
    if submitted and not (draft and draft.changing):
        return _go(request, visit.path("/receipt"))
    _refuse_after_close(visit)
    if draft is None or draft.consent_mode != visit.survey.mode:
        return _go(request, visit.path())
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
        return _go(request, visit.path(f"/p/{number}"), saved=True)
    missing = visit.pages.missing(shown, draft.answers)
    if missing and "checked" not in fields:
        return _go(request, visit.path(f"/p/{number}?missing=1#i-{missing[0].id}"))
    if number < len(visit.pages.pages):
        draft.page = max(draft.page, number + 1)
        return _go(request, visit.path(f"/p/{number + 1}"))
    _submit(session, visit, draft)
    return _go(request, visit.path("/receipt"))


def _submit(session: SessionDep, visit: Visit, draft: Draft) -> None:
    background = drafts.settled_background(visit.instrument, draft.background)
    if draft.changing:
        service.change_response(
            session,
            visit.asked,
            visit.survey,
            answers=draft.answers,
            background=background,
            texts=draft.texts,
            page_ms=draft.page_ms,
        )
        return
    service.submit_response(
        session,
        visit.asked,
        visit.survey,
        answers=draft.answers,
        background=background,
        texts=draft.texts,
        page_ms=draft.page_ms,
        consent=service.Consent(draft.consent_mode, draft.consent_version, draft.consent_hash),
    )


def _go(request: Request, address: str, *, saved: bool = False) -> Response:
    """Where to go next: a redirect for a browser, an address for the page's own script."""
    if "application/json" in request.headers.get("accept", ""):
        body = {"next": address}
        if saved:
            body["saved"] = local_time(now(), "%H:%M")
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


for door in (LINK, CODE):
    router.include_router(pages, prefix=door)
    router.include_router(own, prefix=door)
