"""One-time codes of an anonymous survey: made for a unit, told once, kept as hashes with the unit.

A code from a slip only opens the door: who begins to answer gets a code of one's own in its place, so that
a list of slips that somebody kept opens nothing.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import security
from app.errors import Conflict, Invalid
from app.security.tokens import CODE_LENGTH
from app.settings import get_settings
from app.surveys.models import AccessCode, Survey
from app.trail import service as trail

MAX_CODES = 20_000


@dataclass(frozen=True, slots=True)
class Slip:
    """A code as it goes onto a slip of paper: the unit it counts for, the code, and its address."""

    unit: uuid.UUID
    code: str

    @property
    def address(self) -> str:
        """What a person may type or open instead of the code."""
        return f"{get_settings().address}/a/{self.code}"


def make_codes(
    session: Session,
    survey: Survey,
    wanted: Mapping[uuid.UUID, int],
    *,
    allowed: frozenset[uuid.UUID],
    actor: str,
) -> list[Slip]:
    """So many new codes for each unit. They are told here and never again: only hashes are kept.

    Raises Conflict for a survey that is not anonymous or is closed, Invalid for a unit out of reach or a
    number that makes no sense.
    """
    if survey.mode != "anonymous":
        raise Conflict("只有匿名测评使用作答码")
    if survey.state == "closed":
        raise Conflict("测评已经结束，不能再制作作答码")
    counts = {unit: count for unit, count in wanted.items() if count}
    if not counts or min(counts.values()) < 0:
        raise Invalid("请填写各单位需要的作答码数量")
    if not set(counts) <= allowed:
        raise Invalid("所选单位不在您的范围内")
    made_before = sum(issued(session, survey).values())
    if made_before + sum(counts.values()) > MAX_CODES:
        raise Invalid(f"一次测评最多 {MAX_CODES} 个作答码，已有 {made_before} 个")
    slips = [Slip(unit, security.new_access_code()) for unit, count in counts.items() for _ in range(count)]
    hashes = sorted((hash_of(slip.code), slip.unit) for slip in slips)
    session.add_all(AccessCode(code_hash=code, survey_id=survey.id, unit_id=unit) for code, unit in hashes)
    session.flush()
    trail.append(
        session,
        actor=actor,
        action="survey.codes",
        subject=f"survey:{survey.id}",
        units=len(counts),
        codes=len(slips),
    )
    return slips


def hash_of(typed: str) -> str:
    """What the database keeps of a code, however it was typed."""
    return security.hash_token(security.normal_code(typed))


def is_code(typed: str) -> bool:
    """Whether this could be a code."""
    shown = security.normal_code(typed)
    return len(shown) == CODE_LENGTH + 2 and shown.count("-") == 2


def issued(session: Session, survey: Survey) -> dict[uuid.UUID, int]:
    """Unit → how many codes were made for it. Empty after closing: the codes are gone."""
    rows = session.execute(
        select(AccessCode.unit_id, func.count())
        .where(AccessCode.survey_id == survey.id)
        .group_by(AccessCode.unit_id)
    )
    return {unit: count for unit, count in rows}  # noqa: C416 - rows, not pairs


def find_code(session: Session, typed: str) -> tuple[AccessCode, Survey] | None:
    """The code and its survey; None when there is no such code, or no more."""
    found = session.execute(
        select(AccessCode, Survey)
        .join(Survey, Survey.id == AccessCode.survey_id)
        .where(AccessCode.code_hash == hash_of(typed))
    ).first()
    return (found[0], found[1]) if found else None


def exchange(session: Session, slip: AccessCode, own: str) -> AccessCode:
    """Put a person's own code in the place of the one from a slip, which opens nothing from now on.

    Raises Invalid when the own code is none, or taken.
    """
    if not is_code(own) or session.get(AccessCode, hash_of(own)) is not None:
        raise Invalid("个人码有误", "没有保存任何内容。请用纸条上的作答码重新打开。")
    made = AccessCode(code_hash=hash_of(own), survey_id=slip.survey_id, unit_id=slip.unit_id)
    session.delete(slip)
    session.flush()
    session.add(made)
    session.flush()
    return made
