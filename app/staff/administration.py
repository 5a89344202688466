"""The system administrator makes and closes accounts and hands out one-time passwords; grants nothing."""

from __future__ import annotations

import uuid
from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service
from app.accounts.models import PENDING, Account
from app.accounts.rights import Admin, CheckedForm
from app.accounts.sign_in import is_locked
from app.database import SessionDep
from app.errors import Conflict, Invalid
from app.pages import page

router = APIRouter(prefix="/admin/accounts", tags=["staff"])
Name = Annotated[str, Form(max_length=200)]


def listed_accounts(session: Session) -> list[Account]:
    """Every account, by user name."""
    return list(session.scalars(select(Account).order_by(Account.username)))


def _list(
    request: Request, session: Session, *, problem: str = "", given: tuple[str, str] = ("", "")
) -> Response:
    return page(
        request,
        "staff/accounts.html",
        status=422 if problem else 200,
        listed=listed_accounts(session),
        role_words=service.ROLE_WORDS,
        is_locked=is_locked,
        problem=problem,
        given=given,
    )


@router.get("")
def list_accounts(request: Request, session: SessionDep, officer: Admin) -> Response:
    """Every account with its state, and the form for a new one."""
    return _list(request, session)


@router.post("")
def make_account(
    request: Request,
    session: SessionDep,
    officer: Admin,
    _form: CheckedForm,
    username: Name = "",
    display_name: Name = "",
) -> Response:
    """Make an account without rights; its one-time password is shown once."""
    password = service.new_password()
    given = (username.strip(), display_name.strip())
    try:
        account = service.create_account(
            session,
            username=given[0],
            display_name=given[1],
            role=PENDING,
            password=password,
            actor=str(officer.id),
            one_time=True,
        )
    except (Invalid, Conflict) as error:
        return _list(request, session, problem=f"{error.title}。{error.advice}", given=given)
    return page(request, "staff/password.html", made=account, password=password, new=True)


@router.post("/{account_id}/password")
def reset_password(
    request: Request, session: SessionDep, officer: Admin, _form: CheckedForm, account_id: uuid.UUID
) -> Response:
    """Hand out a new one-time password; the account's rights lapse until granted anew."""
    account = service.find_account(session, account_id)
    password = service.reset_password(session, account, officer=officer)
    return page(request, "staff/password.html", made=account, password=password, new=False)


@router.post("/{account_id}/deactivate")
def deactivate(session: SessionDep, officer: Admin, _form: CheckedForm, account_id: uuid.UUID) -> Response:
    """Close an account; its sessions end."""
    service.deactivate(session, service.find_account(session, account_id), officer=officer)
    return RedirectResponse("/admin/accounts", status_code=303)


@router.post("/{account_id}/activate")
def activate(session: SessionDep, officer: Admin, _form: CheckedForm, account_id: uuid.UUID) -> Response:
    """Open a closed account again, without rights."""
    service.activate(session, service.find_account(session, account_id), officer=officer)
    return RedirectResponse("/admin/accounts", status_code=303)
