"""Signed-in browsers: opened with a fresh token, ended on the server, dead when left idle."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from app import security
from app.accounts.models import Account, AccountSession
from app.database import now
from app.trail import service as trail

IDLE = dt.timedelta(minutes=30)
SEEN_AGAIN = dt.timedelta(minutes=1)  # how stale `seen_at` may become before it is written again


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


def rotate_session(session: Session, account: Account, hours: int) -> str:
    """End every session of the account and start one with a fresh token: password or factor has changed."""
    end_sessions(session, account)
    return open_session(session, account, hours)


def close_session(session: Session, token: str) -> None:
    """End this session, wherever its cookie was copied to."""
    ended = session.scalars(
        delete(AccountSession)
        .where(AccountSession.token_hash == security.hash_token(token))
        .returning(AccountSession.account_id)
    ).first()
    if ended is not None:
        trail.append(session, actor=str(ended), action="account.sign_out", subject=f"account:{ended}")


def end_sessions(session: Session, account: Account) -> None:
    """End every session of an account: its rights, its password or its being active has changed."""
    session.execute(delete(AccountSession).where(AccountSession.account_id == account.id))


def open_of(session: Session, token: str) -> tuple[Account, AccountSession] | None:
    """The active account behind a session token, and the session; None when expired, idle or ended."""
    found = session.execute(
        select(Account, AccountSession)
        .join(AccountSession, AccountSession.account_id == Account.id)
        .where(AccountSession.token_hash == security.hash_token(token))
    ).first()
    if found is None:
        return None
    account, opened = found
    moment = now()
    if opened.expires_at <= moment or opened.seen_at + IDLE <= moment or not account.active:
        return None
    return account, opened


def account_of(session: Session, token: str) -> Account | None:
    """The active account behind a session token, or None."""
    found = open_of(session, token)
    return found[0] if found else None


def is_stale(opened: AccountSession) -> bool:
    """Whether that the session was used should be written down again."""
    return opened.seen_at + SEEN_AGAIN <= now()


def mark_seen(session: Session, opened: AccountSession) -> None:
    """Write down that the session is being used; in a transaction of its own, for a page only reads."""
    session.execute(
        update(AccountSession).where(AccountSession.token_hash == opened.token_hash).values(seen_at=now())
    )
