"""Staff accounts, the units they may see, and their open sessions."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import BigInteger, ForeignKey, LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database import Base, UtcDateTime, now

ROLES = ("hr", "researcher", "admin", "security", "auditor")
PENDING = "pending"  # made by the system administrator, not yet granted anything by the security officer


class Account(Base):
    """One member of staff. `role` is one of ROLES or PENDING; a locked account waits until `locked_until`.

    second_factor_sealed: the shared secret of the second factor, encrypted; empty while none is enrolled.
    second_factor_step: the last time step whose code was used, so that no code is taken twice.
    """

    __tablename__ = "account"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    username: Mapped[str] = mapped_column(String(64), unique=True)
    display_name: Mapped[str] = mapped_column(String(64))
    role: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str] = mapped_column(String(256))
    must_change_password: Mapped[bool] = mapped_column(default=False)
    second_factor_sealed: Mapped[bytes | None] = mapped_column(LargeBinary)
    second_factor_step: Mapped[int] = mapped_column(BigInteger, default=0)
    active: Mapped[bool] = mapped_column(default=True)
    failures: Mapped[int] = mapped_column(default=0)
    locked_until: Mapped[dt.datetime | None] = mapped_column(UtcDateTime)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)


class AccountUnit(Base):
    """An HR account may see this unit and everything beneath it. (The unit's table is higher up the
    house, so the reference is by id and checked by the service.)
    """

    __tablename__ = "account_unit"

    account_id: Mapped[uuid.UUID] = mapped_column(
        ForeignKey("account.id", ondelete="CASCADE"), primary_key=True
    )
    unit_id: Mapped[uuid.UUID] = mapped_column(primary_key=True)


class AccountSession(Base):
    """A signed-in browser; the cookie's token is kept only as its hash. `seen_at`: for the idle timeout."""

    __tablename__ = "account_session"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("account.id", ondelete="CASCADE"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    seen_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)
    expires_at: Mapped[dt.datetime] = mapped_column(UtcDateTime)
