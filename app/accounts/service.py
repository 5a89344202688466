"""Sign-in and sessions. An account locks by itself after repeated failures, whatever the address."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app import security
from app.accounts.models import ROLES, Account, AccountSession, AccountUnit
from app.database import now
from app.errors import Conflict, Invalid, NotFound
from app.trail import service as trail

FAILURES_BEFORE_LOCK = 5
LOCK_MINUTES = 15


def create_account(
    session: Session,
    *,
    username: str,
    display_name: str,
    role: str,
    password: str,
    units: Iterable[uuid.UUID] = (),
) -> Account:
    """Add a member of staff; `units` are the roots of what an HR account may see.

    Raises Invalid for an unknown role or a short password, Conflict for a taken user name.
    """
    if role not in ROLES:
        raise Invalid(f"没有“{role}”这个角色", f"可选：{'、'.join(ROLES)}")
    if session.scalar(select(Account.id).where(Account.username == username)):
        raise Conflict(f"用户名“{username}”已存在", "请换一个用户名。")
    try:
        password_hash = security.hash_password(password)
    except ValueError as error:
        raise Invalid(str(error), "请换一个更长的密码。") from error
    account = Account(username=username, display_name=display_name, role=role, password_hash=password_hash)
    session.add(account)
    session.flush()
    session.add_all(AccountUnit(account_id=account.id, unit_id=unit) for unit in units)
    trail.append(session, actor="system", action="account.create", subject=f"account:{account.id}", role=role)
    return account


def set_password(session: Session, username: str, password: str) -> None:
    """Give an account a new password, unlock it and end all its sessions. Raises NotFound, Invalid."""
    account = session.scalar(select(Account).where(Account.username == username))
    if account is None:
        raise NotFound(f"没有账号“{username}”", "请核对用户名。")
    try:
        account.password_hash = security.hash_password(password)
    except ValueError as error:
        raise Invalid(str(error), "请换一个更长的密码。") from error
    account.failures, account.locked_until = 0, None
    session.execute(delete(AccountSession).where(AccountSession.account_id == account.id))
    trail.append(session, actor="system", action="account.password", subject=f"account:{account.id}")


def authenticate(session: Session, username: str, password: str) -> Account | None:
    """The account, or None: unknown name, wrong password, inactive and locked all look alike.

    A wrong password counts; the fifth in a row locks the account for a quarter of an hour.
    """
    account = session.scalar(select(Account).where(Account.username == username).with_for_update())
    right = security.verify_password(password, account.password_hash if account else None)
    if account is None:
        return None
    moment = now()
    locked = account.locked_until is not None and account.locked_until > moment
    if right and account.active and not locked:
        account.failures, account.locked_until = 0, None
        return account
    if not locked:
        account.failures += 1
        if account.failures >= FAILURES_BEFORE_LOCK:
            account.failures, account.locked_until = 0, moment + dt.timedelta(minutes=LOCK_MINUTES)
            trail.append(session, actor="system", action="account.lock", subject=f"account:{account.id}")
    return None


def open_session(session: Session, account: Account, hours: int) -> str:
    """Start a session with a fresh token (never one the browser brought) and return the token."""
    token = security.new_token()
    session.execute(delete(AccountSession).where(AccountSession.expires_at < now()))
    session.add(
        AccountSession(
            token_hash=security.hash_token(token),
            account_id=account.id,
            expires_at=now() + dt.timedelta(hours=hours),
        )
    )
    trail.append(session, actor=str(account.id), action="account.sign_in", subject=f"account:{account.id}")
    return token


def close_session(session: Session, token: str) -> None:
    """End this session; a copied cookie is worth nothing afterwards."""
    session.execute(delete(AccountSession).where(AccountSession.token_hash == security.hash_token(token)))


def account_of(session: Session, token: str) -> Account | None:
    """The active account behind a session token, or None."""
    found = session.execute(
        select(Account, AccountSession.expires_at)
        .join(AccountSession, AccountSession.account_id == Account.id)
        .where(AccountSession.token_hash == security.hash_token(token))
    ).first()
    if found is None or found[1] <= now() or not found[0].active:
        return None
    return found[0]


def unit_roots(session: Session, account: Account) -> frozenset[uuid.UUID]:
    """The units at the top of what this account may see."""
    rows = session.scalars(select(AccountUnit.unit_id).where(AccountUnit.account_id == account.id))
    return frozenset(rows)
