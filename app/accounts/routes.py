"""Sign in and out."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app import security
from app.accounts import service
from app.accounts.rights import CheckedForm, CurrentAccount, session_cookie
from app.database import SessionDep
from app.errors import Forbidden
from app.pages import page
from app.settings import get_settings

router = APIRouter(tags=["accounts"])
SIGN_IN_COOKIE = "dandang_sign_in"
HOME = {"hr": "/hr", "researcher": "/research"}


def _safe_next(address: str) -> str:
    """Only a path of this site: "//other.host" and "https:…" are refused."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""


@router.get("/login")
def login_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the address people see
    """The sign-in form, with a token that ties it to this browser."""
    token = request.cookies.get(SIGN_IN_COOKIE) or security.new_token()
    request.state.holder = token
    shown = page(request, "accounts/login.html", next=_safe_next(next), problem="", username="")
    shown.set_cookie(
        SIGN_IN_COOKIE,
        token,
        httponly=True,
        samesite="strict",
        secure=get_settings().secure_cookies,
        max_age=3600,
    )
    return shown


@router.post("/login")
def login(
    request: Request,
    session: SessionDep,
    username: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=256)],
    csrf: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002 - the field of the form
) -> Response:
    """Check name and password; a new session token every time."""
    holder = request.cookies.get(SIGN_IN_COOKIE, "")
    settings = get_settings()
    if not holder or not security.csrf_matches(settings.key(), holder, csrf):
        raise Forbidden("登录页面已过期", "请返回登录页，重新填写。")
    account = service.authenticate(session, username, password)
    if account is None:
        session.commit()  # the failure must count even though the answer is a refusal
        request.state.holder = holder
        return page(
            request,
            "accounts/login.html",
            status=401,
            next=_safe_next(next),
            username=username,
            problem="用户名或密码不对。连续 5 次不对，账号将锁定 15 分钟。",
        )
    token = service.open_session(session, account, settings.session_hours)
    answer = RedirectResponse(_safe_next(next) or HOME[account.role], status_code=303)
    answer.set_cookie(
        session_cookie(),
        token,
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
        max_age=settings.session_hours * 3600,
        path="/",
    )
    answer.delete_cookie(SIGN_IN_COOKIE)
    return answer


@router.post("/logout")
def logout(request: Request, session: SessionDep, account: CurrentAccount, _form: CheckedForm) -> Response:
    """End the session on the server as well as in the browser."""
    service.close_session(session, request.state.holder)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(session_cookie(), path="/")
    return answer
