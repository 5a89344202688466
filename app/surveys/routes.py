"""HR makes a survey, adds people, opens, closes and reopens it. (Its first screen: `app.scores.routes`.)"""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass
from typing import Annotated, Literal
from zoneinfo import ZoneInfo

from fastapi import APIRouter, File, Form, Request, UploadFile
from fastapi.responses import RedirectResponse, Response
from sqlalchemy.orm import Session

import instruments
from app.accounts.models import Account
from app.accounts.rights import CheckedForm, HrUser
from app.accounts.service import unit_roots
from app.database import SessionDep
from app.errors import Forbidden, Invalid
from app.pages import page
from app.surveys import retention, service
from app.surveys.models import MODES
from app.surveys.rights import HrView, ManagedSurvey, OwnPart
from app.surveys.roster import add_roster
from app.units.service import PlacedUnit, listing, subtree_ids
from app.units.tables import MAX_UPLOAD

router = APIRouter(prefix="/hr", tags=["surveys"])
LOCAL = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class OfferedInstrument:
    """A published version as the form for a new survey lists it."""

    ref: str
    title: str
    pilot: bool
    min_group_n: int


def offered_instruments() -> tuple[OfferedInstrument, ...]:
    """Every published version, in the order of publishing."""
    loaded = [instruments.load(version.ref) for version in instruments.published()]
    return tuple(
        OfferedInstrument(
            ref=instrument.ref,
            title=instrument.words(instrument.default_locale).title,
            pilot=instrument.status == "pilot",
            min_group_n=instrument.scoring.min_group_n,
        )
        for instrument in loaded
    )


def local_moment(text: str) -> dt.datetime | None:
    """What a datetime-local field sends, read as China Standard Time; None when empty. Raises Invalid."""
    if not text.strip():
        return None
    try:
        return dt.datetime.fromisoformat(text.strip()).replace(tzinfo=LOCAL)
    except (ValueError, OverflowError) as error:
        raise Invalid("截止时间的写法不对", "例如 2026-12-31 18:00。") from error


def _own_units(session: Session, account: Account) -> tuple[PlacedUnit, ...]:
    return listing(session, subtree_ids(session, unit_roots(session, account)))


def _to(survey_id: uuid.UUID, done: str) -> Response:
    return RedirectResponse(f"/hr/surveys/{survey_id}?done={done}", status_code=303)


@router.get("/surveys/new")
def new_survey(request: Request, session: SessionDep, account: HrUser) -> Response:
    """The form for a new survey."""
    return page(
        request,
        "surveys/new.html",
        offered=offered_instruments(),
        units=_own_units(session, account),
        given={"title": "", "office": "", "instrument": "", "closes_at": ""},
        terms=retention.TERMS,
        keep_months=retention.USUAL,
        chosen=unit_roots(session, account),
        modes=MODES,
        mode="identified",  # self-report; a survey in which people rate others will propose confidential
        readers_answer=False,
        problem="",
    )


@router.post("/surveys")
def create_survey(
    request: Request,
    session: SessionDep,
    account: HrUser,
    _form: CheckedForm,
    title: Annotated[str, Form(max_length=400)] = "",
    office: Annotated[str, Form(max_length=400)] = "",
    instrument: Annotated[str, Form(max_length=100)] = "",
    units: Annotated[list[uuid.UUID] | None, Form()] = None,
    closes_at: Annotated[str, Form(max_length=40)] = "",
    keep_months: Annotated[int, Form()] = retention.USUAL,
    mode: Annotated[Literal["identified", "confidential", "anonymous"], Form()] = "identified",
    readers_answer: Annotated[Literal["", "1"], Form()] = "",
) -> Response:
    """Make a survey over units of one's own."""
    offered = offered_instruments()
    chosen = frozenset(units or ())
    own = _own_units(session, account)
    if not chosen <= {placed.unit.id for placed in own}:
        raise Forbidden("所选单位不在您的范围内", "没有建立测评。请从列表中选择。")
    try:
        if instrument not in {version.ref for version in offered}:
            raise Invalid("请选择问卷")
        if not chosen:
            raise Invalid("请至少选择一个单位")
        survey = service.create_survey(
            session,
            title=title,
            office=office,
            instrument_ref=instrument,
            units=_tops(own, chosen),
            closes_at=local_moment(closes_at),
            keep_months=keep_months,
            created_by=account.id,
            mode=mode,
            readers_answer=readers_answer == "1",
        )
    except Invalid as error:
        given = {"title": title, "office": office, "instrument": instrument, "closes_at": closes_at}
        return page(
            request,
            "surveys/new.html",
            status=422,
            offered=offered,
            units=own,
            given=given,
            terms=retention.TERMS,
            keep_months=keep_months,
            chosen=chosen,
            modes=MODES,
            mode=mode,
            readers_answer=readers_answer == "1",
            problem=error.title,
        )
    return _to(survey.id, "created")


def _tops(own: tuple[PlacedUnit, ...], chosen: frozenset[uuid.UUID]) -> list[uuid.UUID]:
    """The chosen units without those that lie beneath another chosen one."""
    parents = {placed.unit.id: placed.unit.parent_id for placed in own}

    def _covered(unit: uuid.UUID) -> bool:
        above = parents.get(unit)
        return above is not None and (above in chosen or _covered(above))

    return [unit for unit in parents if unit in chosen and not _covered(unit)]


@router.post("/surveys/{survey_id}/roster")
def upload_roster(
    request: Request,
    session: SessionDep,
    view: OwnPart,
    _form: CheckedForm,
    file: Annotated[UploadFile, File()],
    accept_valid: Annotated[Literal["", "1"], Form()] = "",
) -> Response:
    """Add the people of a CSV or xlsx file."""
    data = file.file.read(MAX_UPLOAD + 1)
    outcome = add_roster(
        session,
        view.survey,
        data,
        file.filename or "",
        allowed=view.units,
        accept_valid=accept_valid == "1",
        actor=str(view.account.id),
    )
    if not outcome.problems:
        return RedirectResponse(
            f"/hr/surveys/{view.survey.id}?done=invited&n={outcome.invited}&m={outcome.known}",
            status_code=303,
        )
    stored = outcome.invited + outcome.known > 0
    return page(
        request,
        "surveys/roster.html",
        status=200 if stored else 422,
        survey=view.survey,
        outcome=outcome,
        stored=stored,
    )


@router.post("/surveys/{survey_id}/roster/undo")
def undo_roster(session: SessionDep, view: OwnPart, _form: CheckedForm) -> Response:
    """Take back the latest list, while nobody can have answered yet."""
    service.take_back_last(session, view.survey, view.units, actor=str(view.account.id))
    return _to(view.survey.id, "uninvited")


@router.post("/surveys/{survey_id}/open")
def open_survey(session: SessionDep, view: ManagedSurvey, _form: CheckedForm) -> Response:
    """Begin to take answers."""
    service.open_survey(session, view.survey, actor=str(view.account.id))
    return _to(view.survey.id, "opened")


def _confirm(request: Request, view: HrView, deed: str, problem: str = "") -> Response:
    return page(
        request,
        "surveys/confirm.html",
        status=422 if problem else 200,
        survey=view.survey,
        deed=deed,
        problem=problem,
    )


@router.get("/surveys/{survey_id}/close")
def confirm_close(request: Request, view: ManagedSurvey) -> Response:
    """What closing means, before it is done. (The deed: `app.scores.closing`, for results come with it.)"""
    return _confirm(request, view, "close")


@router.get("/surveys/{survey_id}/reopen")
def confirm_reopen(request: Request, view: ManagedSurvey) -> Response:
    """What reopening means, before it is done."""
    return _confirm(request, view, "reopen")


@router.post("/surveys/{survey_id}/reopen")
def reopen_survey(
    request: Request,
    session: SessionDep,
    view: ManagedSurvey,
    _form: CheckedForm,
    closes_at: Annotated[str, Form(max_length=40)] = "",
) -> Response:
    """Take answers again."""
    try:
        moment = local_moment(closes_at)
        service.reopen_survey(session, view.survey, actor=str(view.account.id), closes_at=moment)
    except Invalid as error:
        return _confirm(request, view, "reopen", error.title)
    return _to(view.survey.id, "reopened")
