"""Accounts of staff: made, given rights and passwords, deactivated. Every change ends their sessions.

Three officers keep each other in check: the system administrator makes accounts and passwords, the security
officer grants rights and unlocks, the auditor reads the trail. Nobody changes an account of their own here.
"""

from __future__ import annotations

import secrets
import uuid
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import security
from app.accounts.models import PENDING, ROLES, Account, AccountUnit
from app.accounts.sessions import account_of, close_session, end_sessions, open_session, rotate_session
from app.accounts.sign_in import authenticate, confirm_password
from app.errors import Conflict, Forbidden, Invalid, NotFound
from app.trail import service as trail

__all__ = [
    "account_of",
    "activate",
    "authenticate",
    "change_password",
    "close_session",
    "create_account",
    "deactivate",
    "find_account",
    "grant",
    "open_session",
    "reset_password",
    "reset_second_factor",
    "set_password",
    "unit_roots",
    "unlock",
]
ROLE_WORDS = {
    "hr": "人事",
    "researcher": "研究人员",
    "admin": "系统管理员",
    "security": "安全管理员",
    "auditor": "审计管理员",
    PENDING: "未授权",
}
MAX_NAME = 64
SYSTEM = "system"


def create_account(
    session: Session,
    *,
    username: str,
    display_name: str,
    role: str,
    password: str,
    units: Iterable[uuid.UUID] = (),
    actor: str = SYSTEM,
    one_time: bool = False,
) -> Account:
    """Add a member of staff; `units` are the roots of what an HR account may see.

    one_time: the password must be changed at the first sign-in. Raises Invalid for an unknown role, a bad
    name or a short password, Conflict for a taken user name.
    """
    if role not in (*ROLES, PENDING):
        raise Invalid(f"没有“{role}”这个角色", f"可选：{'、'.join(ROLES)}")
    for what, text in (("用户名", username), ("姓名", display_name or username)):
        if not 0 < len(text) <= MAX_NAME or not text.isprintable() or text != text.strip():
            raise Invalid(f"{what}须为 1–{MAX_NAME} 个可见字符", "首尾不能有空格。")
    if session.scalar(select(Account.id).where(Account.username == username)):
        raise Conflict(f"用户名“{username}”已存在", "请换一个用户名。")
    account = Account(
        username=username,
        display_name=display_name,
        role=role,
        password_hash=_hashed(password, username),
        must_change_password=one_time,
    )
    session.add(account)
    session.flush()
    session.add_all(AccountUnit(account_id=account.id, unit_id=unit) for unit in dict.fromkeys(units))
    _record(session, "create", account, actor, role=role)
    return account


def _hashed(password: str, username: str) -> str:
    try:
        hashed = security.hash_password(password)
    except ValueError as error:
        raise Invalid(str(error), "请换一个更长的密码。") from error
    if weakness := security.guessable(password, username):
        raise Invalid(f"密码太容易猜到：{weakness}", "请换一个密码。")
    return hashed


def _record(session: Session, deed: str, account: Account, actor: str, **detail: object) -> None:
    trail.append(session, actor=actor, action=f"account.{deed}", subject=f"account:{account.id}", **detail)


def new_password() -> str:
    """A one-time password that can be read out: sixteen characters in four groups, 78 bits."""
    letters = [secrets.choice(security.RECEIPT_ALPHABET) for _ in range(16)]
    return "-".join("".join(letters[k : k + 4]) for k in range(0, 16, 4))


def find_account(session: Session, account_id: uuid.UUID) -> Account:
    """The account of that id. Raises NotFound."""
    account = session.get(Account, account_id)
    if account is None:
        raise NotFound("没有这个账号", "请从账号列表中打开。")
    return account


def _refuse_own(account: Account, officer: Account) -> None:
    if account.id == officer.id:
        raise Forbidden("不能改动自己的账号", "没有改动。请由另一位管理员办理。")


def set_password(session: Session, username: str, password: str) -> None:
    """From the command line: a new password; unlocks, and ends all sessions. Raises NotFound, Invalid."""
    account = session.scalar(select(Account).where(Account.username == username))
    if account is None:
        raise NotFound(f"没有账号“{username}”", "请核对用户名。")
    account.password_hash = _hashed(password, account.username)
    account.failures, account.locked_until = 0, None
    end_sessions(session, account)
    _record(session, "password", account, SYSTEM)


def change_password(session: Session, account: Account, *, current: str, new: str, hours: int) -> str | None:
    """One's own password: gives the token of the new session, None when the current password is wrong.

    All other sessions end. Raises Invalid for a password that is too short or the same.
    """
    if not confirm_password(session, account, current):
        return None
    if new == current or account.username.casefold() in new.casefold():
        raise Invalid("新密码不能与原密码相同，也不能含有用户名", "密码没有改动。")
    account.password_hash, account.must_change_password = _hashed(new, account.username), False
    _record(session, "password", account, str(account.id))
    return rotate_session(session, account, hours)


# --- the system administrator ---


def reset_password(session: Session, account: Account, *, officer: Account) -> str:
    """A one-time password. The rights lapse until the security officer grants them anew.

    Otherwise one officer alone could take over any account. Raises Forbidden for one's own.
    """
    _refuse_own(account, officer)
    password = new_password()
    account.password_hash, account.must_change_password = _hashed(password, account.username), True
    account.role = PENDING
    end_sessions(session, account)
    _record(session, "password", account, str(officer.id), one_time=True)
    return password


def deactivate(session: Session, account: Account, *, officer: Account) -> None:
    """Close an account and end its sessions; its rights lapse. Raises Forbidden for one's own."""
    _refuse_own(account, officer)
    account.active, account.role = False, PENDING
    end_sessions(session, account)
    _record(session, "deactivate", account, str(officer.id))


def activate(session: Session, account: Account, *, officer: Account) -> None:
    """Open a closed account again; without rights until they are granted anew."""
    _refuse_own(account, officer)
    account.active = True
    _record(session, "activate", account, str(officer.id))


# --- the security officer ---


def grant(
    session: Session, account: Account, *, role: str, units: Iterable[uuid.UUID], officer: Account
) -> None:
    """Give a role and units in place of what was there; PENDING takes everything away.

    Units belong to HR only; that they exist is the caller's to check. Raises Forbidden for one's own account,
    Invalid for an unknown role, Conflict for an account that is closed.
    """
    _refuse_own(account, officer)
    if role not in (*ROLES, PENDING):
        raise Invalid(f"没有“{role}”这个角色", "请从列表中选择。")
    if not account.active:
        raise Conflict("账号已停用，不能授权", "请先由系统管理员启用。")
    given = sorted(set(units), key=str) if role == "hr" else []
    account.role = role
    session.execute(delete(AccountUnit).where(AccountUnit.account_id == account.id))
    session.add_all(AccountUnit(account_id=account.id, unit_id=unit) for unit in given)
    end_sessions(session, account)
    _record(session, "grant", account, str(officer.id), role=role, units=given)


def unlock(session: Session, account: Account, *, officer: Account) -> None:
    """Let an account sign in again before its waiting time is over."""
    _refuse_own(account, officer)
    account.failures, account.locked_until = 0, None
    _record(session, "unlock", account, str(officer.id))


def reset_second_factor(session: Session, account: Account, *, officer: Account | None) -> None:
    """Take the second factor away, so that another phone can be enrolled; ends all sessions.

    officer: None from the command line.
    """
    if officer is not None:
        _refuse_own(account, officer)
    account.second_factor_sealed = None
    end_sessions(session, account)
    _record(session, "second_factor_reset", account, str(officer.id) if officer else SYSTEM)


def unit_roots(session: Session, account: Account) -> frozenset[uuid.UUID]:
    """The units at the top of what this account may see."""
    rows = session.scalars(select(AccountUnit.unit_id).where(AccountUnit.account_id == account.id))
    return frozenset(rows)
