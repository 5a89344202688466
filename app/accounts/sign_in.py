"""Name, password and second factor. An account locks by itself after repeated failures, whatever the address.

An unknown name costs what a known one does: the same hash is computed, the same entry is written to the trail
(with the account's id, or none; never what was typed), and the answer is the same.
"""

from __future__ import annotations

import datetime as dt
import time

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import security
from app.accounts.models import Account
from app.accounts.second_factor import take_code
from app.database import now
from app.trail import service as trail

FAILURES_BEFORE_LOCK = 5
LOCK_MINUTES = 15


def stored_hash(session: Session, username: str) -> str | None:
    """The password hash under this name: read it first, verify without any lock held, then `settle`."""
    return session.scalar(select(Account.password_hash).where(Account.username == username))


def settle(
    session: Session, username: str, *, stored: str | None, right: bool, code: str = ""
) -> Account | None:
    """The account that may sign in, or None: unknown, wrong, inactive, locked, without code look alike.

    stored: the hash that `right` was found against; a password changed meanwhile counts as wrong.
    """
    account = session.scalar(select(Account).where(Account.username == username).with_for_update())
    if account is None:
        trail.append(session, actor="visitor", action="account.sign_in_failed", subject="account:unknown")
        return None
    welcome = right and account.password_hash == stored and account.active and not is_locked(account)
    if welcome and (account.second_factor_sealed is None or take_code(account, code, moment=time.time())):
        account.failures, account.locked_until = 0, None
        return account
    _count_failure(session, account)
    return None


def authenticate(session: Session, username: str, password: str, code: str = "") -> Account | None:
    """All of it in one transaction, for callers that are not in a hurry to let go of the store."""
    stored = stored_hash(session, username)
    right = security.verify_password(password, stored)
    return settle(session, username, stored=stored, right=right, code=code)


def confirm_password(session: Session, account: Account, password: str) -> bool:
    """Whether this is the password of somebody already signed in; a wrong one counts as at sign-in."""
    if not is_locked(account) and security.verify_password(password, account.password_hash):
        return True
    _count_failure(session, account)
    return False


def is_locked(account: Account) -> bool:
    """Whether the account waits after too many failures."""
    return account.locked_until is not None and account.locked_until > now()


def _count_failure(session: Session, account: Account) -> None:
    subject = f"account:{account.id}"
    trail.append(session, actor="visitor", action="account.sign_in_failed", subject=subject)
    if is_locked(account):
        return
    account.failures += 1
    if account.failures >= FAILURES_BEFORE_LOCK:
        account.failures, account.locked_until = 0, now() + dt.timedelta(minutes=LOCK_MINUTES)
        trail.append(session, actor="system", action="account.lock", subject=subject)
