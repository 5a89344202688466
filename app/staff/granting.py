"""The security officer grants role and units, resets second factors, unlocks; sees nothing of surveys."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service
from app.accounts.models import PENDING, ROLES, Account
from app.accounts.rights import CheckedForm, SecurityOfficer
from app.accounts.sign_in import is_locked
from app.database import SessionDep
from app.errors import Invalid
from app.pages import page
from app.staff.administration import listed_accounts
from app.units.models import Unit
from app.units.service import PlacedUnit, listing

router = APIRouter(prefix="/security/accounts", tags=["staff"])


def _all_units(session: Session) -> tuple[PlacedUnit, ...]:
    return listing(session, session.scalars(select(Unit.id)).all())


@router.get("")
def list_accounts(request: Request, session: SessionDep, officer: SecurityOfficer) -> Response:
    """Every account with its role, second factor and lock."""
    return page(
        request,
        "staff/rights.html",
        listed=listed_accounts(session),
        role_words=service.ROLE_WORDS,
        is_locked=is_locked,
    )


def _show(
    request: Request, session: Session, account: Account, officer: Account, problem: str = ""
) -> Response:
    return page(
        request,
        "staff/grant.html",
        status=422 if problem else 200,
        chosen=account,
        own=account.id == officer.id,
        units=_all_units(session),
        granted=service.unit_roots(session, account),
        roles=(*ROLES, PENDING),
        role_words=service.ROLE_WORDS,
        locked=is_locked(account),
        problem=problem,
    )


@router.get("/{account_id}")
def show_account(
    request: Request, session: SessionDep, officer: SecurityOfficer, account_id: uuid.UUID
) -> Response:
    """One account: the form for role and units, and what else may be done."""
    return _show(request, session, service.find_account(session, account_id), officer)


@router.post("/{account_id}/rights")
def grant(
    request: Request,
    session: SessionDep,
    officer: SecurityOfficer,
    _form: CheckedForm,
    account_id: uuid.UUID,
    role: Annotated[str, Form(max_length=16)] = "",
    units: Annotated[list[uuid.UUID] | None, Form()] = None,
) -> Response:
    """Put these rights in place of what there was; the account signs in anew."""
    account = service.find_account(session, account_id)
    wanted = frozenset(units or ())
    try:
        if not wanted <= {placed.unit.id for placed in _all_units(session)}:
            raise Invalid("所选单位不存在")
        if role == "hr" and not wanted:
            raise Invalid("人事账号须至少选择一个单位")
        service.grant(session, account, role=role, units=wanted, officer=officer)
    except Invalid as error:
        return _show(request, session, account, officer, error.title)
    return RedirectResponse("/security/accounts", status_code=303)


@router.post("/{account_id}/second-factor")
def reset_second_factor(
    session: SessionDep, officer: SecurityOfficer, _form: CheckedForm, account_id: uuid.UUID
) -> Response:
    """Take an account's second factor away, so that it can enrol another phone."""
    service.reset_second_factor(session, service.find_account(session, account_id), officer=officer)
    return RedirectResponse(f"/security/accounts/{account_id}", status_code=303)


@router.post("/{account_id}/unlock")
def unlock(
    session: SessionDep, officer: SecurityOfficer, _form: CheckedForm, account_id: uuid.UUID
) -> Response:
    """Let a locked account sign in again."""
    service.unlock(session, service.find_account(session, account_id), officer=officer)
    return RedirectResponse(f"/security/accounts/{account_id}", status_code=303)
