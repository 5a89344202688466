"""Units in a tree, and the people invited through them."""

from __future__ import annotations

import datetime as dt
import uuid

from sqlalchemy import ForeignKey, LargeBinary, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app import security
from app.database import Base, UtcDateTime, now
from app.security.sealed import Bound, SealedText
from app.settings import get_settings


class Unit(Base):
    """One organisation. `code` is the unified credit code or a local code, as text, for life."""

    __tablename__ = "unit"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    code: Mapped[str] = mapped_column(String(32), unique=True)
    name: Mapped[str] = mapped_column(String(128))
    parent_id: Mapped[uuid.UUID | None] = mapped_column(ForeignKey("unit.id"), index=True)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)


class Person(Bound, Base):
    """One person on a unit's roster, known by a staff number within that unit.

    Name and staff number are sealed; `staff_index` is a keyed hash by which a staff number is found.
    """

    __tablename__ = "person"
    __table_args__ = (UniqueConstraint("unit_id", "staff_index", name="uq_person_unit_id_staff_number"),)

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    unit_id: Mapped[uuid.UUID] = mapped_column(ForeignKey("unit.id"))
    staff_index: Mapped[str] = mapped_column(String(64))
    staff_number_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    name_sealed: Mapped[bytes] = mapped_column(LargeBinary)
    created_at: Mapped[dt.datetime] = mapped_column(UtcDateTime, default=now)

    staff_number = SealedText("staff_number_sealed")
    name = SealedText("name_sealed")


def staff_index(unit_id: uuid.UUID, staff_number: str) -> str:
    """The keyed hash of a staff number within its unit."""
    return security.derive(get_settings().key(), "staff-number", str(unit_id), staff_number).hex()
