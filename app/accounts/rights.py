"""Rights as types: a route that says `account: HrUser` is closed to everyone else.

Forms are closed to other sites by `CheckedForm`: the CSRF token belongs to the session.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Form, Request

from app import security
from app.accounts import service
from app.accounts.models import Account
from app.database import SessionDep
from app.errors import Forbidden, NotSignedIn
from app.settings import get_settings


def session_cookie() -> str:
    """Name of the session cookie; over https the browser itself enforces its scope (`__Host-`)."""
    return "__Host-dandang" if get_settings().secure_cookies else "dandang"


def current_account(request: Request, session: SessionDep) -> Account:
    """The signed-in account. Raises NotSignedIn."""
    token = request.cookies.get(session_cookie(), "")
    account = service.account_of(session, token) if token else None
    if account is None:
        raise NotSignedIn
    request.state.account = account
    request.state.holder = token
    return account


CurrentAccount = Annotated[Account, Depends(current_account, scope="function")]


def _hr(account: CurrentAccount) -> Account:
    if account.role != "hr":
        raise Forbidden
    return account


def _researcher(account: CurrentAccount) -> Account:
    if account.role != "researcher":
        raise Forbidden
    return account


HrUser = Annotated[Account, Depends(_hr, scope="function")]
Researcher = Annotated[Account, Depends(_researcher, scope="function")]


def check_csrf(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """Refuse a form that did not come from our own page for this session.

    Depends on the account dependency having set `request.state.holder`; declare it after the right.
    """
    holder: str = getattr(request.state, "holder", "")
    if not holder or not security.csrf_matches(get_settings().key(), holder, csrf):
        raise Forbidden("表单已过期", "内容没有保存。请返回上一页，刷新后再提交。")


CheckedForm = Annotated[None, Depends(check_csrf)]
