"""Sign in and out; one's own account: password, second factor, what one may do."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Form, Request
from fastapi.responses import RedirectResponse, Response

from app import security
from app.accounts import second_factor, service, sign_in, totp
from app.accounts.models import PENDING, Account
from app.accounts.rights import CheckedForm, SignedIn, next_step, session_cookie
from app.accounts.sessions import rotate_session
from app.database import SessionDep, reading
from app.errors import Forbidden, Invalid
from app.pages import page
from app.settings import get_settings

router = APIRouter(tags=["accounts"])
HOME = {
    "hr": "/hr",
    "researcher": "/research",
    "admin": "/admin/accounts",
    "security": "/security/accounts",
    "auditor": "/audit/entries",
    PENDING: "/account",
}
Secret = Annotated[str, Form(max_length=256)]
Code = Annotated[str, Form(max_length=16)]


def sign_in_cookie() -> str:
    """Name of the cookie that ties the sign-in form to a browser."""
    return "__Host-dandang-sign-in" if get_settings().secure_cookies else "dandang_sign_in"


def home_of(account: Account) -> str:
    """Where this account begins: what it must do first, else the first page of its role."""
    step = next_step(account)
    return step.address if step else HOME[account.role]


def _safe_next(address: str) -> str:
    """Only a path of this site: "//other.host" and "https:…" are refused."""
    return address if address.startswith("/") and not address.startswith(("//", "/\\")) else ""


def _hand_over(answer: Response, token: str) -> Response:
    """Give the browser its session token."""
    settings = get_settings()
    answer.set_cookie(
        session_cookie(),
        token,
        httponly=True,
        samesite="lax",
        secure=settings.secure_cookies,
        max_age=settings.session_hours * 3600,
        path="/",
    )
    return answer


@router.get("/login")
def login_page(request: Request, next: str = "") -> Response:  # noqa: A002 - the address people see
    """The sign-in form, with a token that ties it to this browser."""
    token = request.cookies.get(sign_in_cookie()) or security.new_token()
    request.state.holder = token
    shown = page(request, "accounts/login.html", next=_safe_next(next), problem="", username="")
    shown.set_cookie(
        sign_in_cookie(),
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
    password: Secret,
    code: Code = "",
    csrf: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "",  # noqa: A002 - the field of the form
) -> Response:
    """Check name, password and second factor; a new session token every time."""
    holder = request.cookies.get(sign_in_cookie(), "")
    settings = get_settings()
    if not holder or not security.csrf_matches(settings.key(), holder, csrf):
        raise Forbidden("登录页面已过期", "请返回登录页，重新填写。")
    with request.app.state.sessions() as own:
        stored = sign_in.stored_hash(reading(own), username)
    right = security.verify_password(password, stored)  # slow by design: no lock of the store is held
    account = sign_in.settle(session, username, stored=stored, right=right, code=code)
    if account is None:
        session.commit()  # the failure must count even though the answer is a refusal
        request.state.holder = holder
        return page(
            request,
            "accounts/login.html",
            status=401,
            next=_safe_next(next),
            username=username,
            problem="用户名、密码或动态验证码不对。连续 5 次不对，账号将锁定 15 分钟。",
        )
    token = service.open_session(session, account, settings.session_hours)
    target = home_of(account) if next_step(account) else _safe_next(next) or HOME[account.role]
    answer = _hand_over(RedirectResponse(target, status_code=303), token)
    answer.delete_cookie(sign_in_cookie(), path="/", secure=settings.secure_cookies, httponly=True)
    return answer


@router.post("/logout")
def logout(request: Request, session: SessionDep, account: SignedIn, _form: CheckedForm) -> Response:
    """End the session on the server as well as in the browser."""
    service.close_session(session, request.state.holder)
    answer = RedirectResponse("/login", status_code=303)
    answer.delete_cookie(session_cookie(), path="/", secure=get_settings().secure_cookies, httponly=True)
    return answer


@router.get("/account")
def own_account(request: Request, account: SignedIn) -> Response:
    """What one may do, and the ways to change password and second factor."""
    return page(request, "accounts/own.html", own=account, role=service.ROLE_WORDS[account.role])


@router.get("/account/password")
def password_page(request: Request, account: SignedIn) -> Response:
    """The form for a new password of one's own."""
    return page(request, "accounts/password.html", first=account.must_change_password, problem="")


@router.post("/account/password")
def change_password(
    request: Request,
    session: SessionDep,
    account: SignedIn,
    _form: CheckedForm,
    current: Secret = "",
    new: Secret = "",
    again: Secret = "",
) -> Response:
    """Take the new password; every other session of the account ends."""
    try:
        if new != again:
            raise Invalid("两次填写的新密码不一致")
        hours = get_settings().session_hours
        token = service.change_password(session, account, current=current, new=new, hours=hours)
        problem = "" if token else "当前密码不对。连续 5 次不对，账号将锁定 15 分钟。"
    except Invalid as error:
        token, problem = None, error.title
    if token is not None:
        return _hand_over(RedirectResponse(home_of(account), status_code=303), token)
    if sign_in.is_locked(account):
        service.close_session(session, request.state.holder)
    first = account.must_change_password
    return page(request, "accounts/password.html", status=422, first=first, problem=problem)


def _factor_page(request: Request, account: Account, problem: str = "") -> Response:
    secret = second_factor.offered_secret(account, request.state.holder)
    return page(
        request,
        "accounts/second_factor.html",
        status=422 if problem else 200,
        enrolled=account.second_factor_sealed is not None,
        required=get_settings().needs_second_factor,
        secret=totp.secret_text(secret),
        address=totp.app_address(secret, account.username),
        problem=problem,
    )


@router.get("/account/second-factor")
def second_factor_page(request: Request, account: SignedIn) -> Response:
    """The secret for the authenticator app, and the field for its first code; or that one is enrolled."""
    return _factor_page(request, account)


@router.post("/account/second-factor")
def enrol_second_factor(
    request: Request, session: SessionDep, account: SignedIn, _form: CheckedForm, code: Code = ""
) -> Response:
    """Take the second factor into use once its first code is right; every other session ends."""
    if account.must_change_password:
        raise Forbidden("请先修改初始密码", "没有绑定。修改密码后再绑定动态验证码。")
    if not second_factor.enrol(session, account, request.state.holder, code):
        return _factor_page(request, account, "验证码不对。请核对手机时间是否准确，等下一个验证码再试。")
    token = rotate_session(session, account, get_settings().session_hours)
    return _hand_over(RedirectResponse(home_of(account), status_code=303), token)
