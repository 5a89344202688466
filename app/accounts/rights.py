"""Rights as types: a route that says `account: HrUser` is closed to everyone else.

Forms are closed to other sites by `CheckedForm`: the CSRF token belongs to the session.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Annotated

from fastapi import Depends, Form, Request
from sqlalchemy.exc import OperationalError

from app import security
from app.accounts import sessions
from app.accounts.models import PENDING, Account
from app.database import SAFE_METHODS, SessionDep
from app.errors import Forbidden, Invalid, NotSignedIn
from app.settings import get_settings


class StepNeeded(Forbidden):
    """Signed in, but something comes first: a password of one's own, a second factor, a grant."""

    def __init__(self, title: str, advice: str, address: str) -> None:
        super().__init__(title, advice)
        self.address = address


def session_cookie() -> str:
    """Name of the session cookie; over https the browser itself enforces its scope (`__Host-`)."""
    return "__Host-dandang" if get_settings().secure_cookies else "dandang"


def signed_in(request: Request, session: SessionDep) -> Account:
    """Whoever is signed in, ready or not. Raises NotSignedIn."""
    token = request.cookies.get(session_cookie(), "")
    found = sessions.open_of(session, token) if token else None
    if found is None:
        raise NotSignedIn
    account, opened = found
    if sessions.is_stale(opened):
        if request.method in SAFE_METHODS:
            # a page only reads; that it was asked for is written aside, and never at the page's expense
            with contextlib.suppress(OperationalError), request.app.state.sessions() as own:
                sessions.mark_seen(own, opened)
                own.commit()
        else:
            sessions.mark_seen(session, opened)
    request.state.account = account
    request.state.holder = token
    return account


SignedIn = Annotated[Account, Depends(signed_in, scope="function")]


def next_step(account: Account) -> StepNeeded | None:
    """What this account must do before anything else; None when it is ready."""
    if account.must_change_password:
        return StepNeeded("请先修改初始密码", "初始密码只能用于首次登录。", "/account/password")
    if get_settings().needs_second_factor and account.second_factor_sealed is None:
        return StepNeeded("请先绑定动态验证码", "绑定后才能继续使用。", "/account/second-factor")
    if account.role == PENDING:
        return StepNeeded("账号尚未授权", "请联系安全管理员授予角色和单位。", "/account")
    return None


def current_account(account: SignedIn) -> Account:
    """The signed-in account, ready for work. Raises NotSignedIn, StepNeeded."""
    step = next_step(account)
    if step is not None:
        raise step
    return account


CurrentAccount = Annotated[Account, Depends(current_account, scope="function")]


def _only(role: str) -> Callable[[Account], Account]:
    def _checked(account: CurrentAccount) -> Account:
        if account.role != role:
            raise Forbidden
        return account

    return _checked


HrUser = Annotated[Account, Depends(_only("hr"), scope="function")]
Researcher = Annotated[Account, Depends(_only("researcher"), scope="function")]
Admin = Annotated[Account, Depends(_only("admin"), scope="function")]
SecurityOfficer = Annotated[Account, Depends(_only("security"), scope="function")]
Auditor = Annotated[Account, Depends(_only("auditor"), scope="function")]


async def check_csrf(request: Request, csrf: Annotated[str, Form()] = "") -> None:
    """Refuse a form that did not come from our own page for this session.

    Depends on the account dependency having set `request.state.holder`; declare it after the right.
    """
    holder: str = getattr(request.state, "holder", "")
    if not holder or not security.csrf_matches(get_settings().key(), holder, csrf):
        raise Forbidden("表单已过期", "内容没有保存。请返回上一页，刷新后再提交。")
    # what is no text in UTF-8 has become U+FFFD by now: stored like that, it would be changed in silence
    for value in (await request.form()).values():
        if isinstance(value, str) and "\ufffd" in value:
            raise Invalid("含有无法识别的字符", "内容没有保存。请重新输入显示为“\ufffd”的字，再提交。")


CheckedForm = Annotated[None, Depends(check_csrf)]
