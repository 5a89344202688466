"""The tree of units and the people on their rosters. A right over a unit reaches everything beneath it."""

from __future__ import annotations

import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Conflict, Invalid
from app.units.models import Person, Unit, staff_index

MAX_CODE = 32
MAX_UNIT_NAME = 128
MAX_PERSON_TEXT = 64


@dataclass(frozen=True, slots=True)
class PlacedUnit:
    """A unit where it stands in a listing: its depth below the top of what is listed."""

    unit: Unit
    depth: int


def text_problem(text: str, limit: int) -> str:
    """Why a line of text cannot be a code or a name; "" when it can."""
    if not text:
        return "没有填写"
    if len(text) > limit:
        return f"超过 {limit} 个字"
    if not text.isprintable():
        return "含有换行、制表符等不可见字符"
    return ""


def _checked(what: str, text: str, limit: int) -> str:
    cleaned = text.strip()
    problem = text_problem(cleaned, limit)
    if problem:
        raise Invalid(f"{what}：{problem}")
    return cleaned


def create_unit(session: Session, *, code: str, name: str, parent: Unit | None = None) -> Unit:
    """Add a unit beneath `parent`, or as a root. Raises Invalid for bad text, Conflict for a taken code."""
    unit = Unit(
        code=_checked("单位编码", code, MAX_CODE),
        name=_checked("单位名称", name, MAX_UNIT_NAME),
        parent_id=parent.id if parent else None,
    )
    if session.scalar(select(Unit.id).where(Unit.code == unit.code)):
        raise Conflict(f"单位编码“{unit.code}”已存在", "请核对编码；每个单位的编码只用一次。")
    session.add(unit)
    session.flush()
    return unit


def add_person(session: Session, unit: Unit, *, staff_number: str, name: str) -> Person:
    """Put a person on a unit's roster. Raises Invalid for bad text, Conflict for a taken staff number."""
    number = _checked("工号", staff_number, MAX_PERSON_TEXT)
    person = Person(
        unit_id=unit.id,
        staff_index=staff_index(unit.id, number),
        staff_number=number,
        name=_checked("姓名", name, MAX_PERSON_TEXT),
    )
    taken = select(Person.id).where(Person.unit_id == unit.id, Person.staff_index == person.staff_index)
    if session.scalar(taken):
        raise Conflict(f"工号“{person.staff_number}”在本单位已存在", "请核对工号。")
    session.add(person)
    session.flush()
    return person


def subtree_ids(session: Session, roots: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """The roots and every unit beneath them, in one recursive query; unknown ids give nothing."""
    wanted = list(roots)
    if not wanted:
        return frozenset()
    tree = select(Unit.id).where(Unit.id.in_(wanted)).cte("tree", recursive=True)
    tree = tree.union(select(Unit.id).join(tree, Unit.parent_id == tree.c.id))
    return frozenset(session.scalars(select(tree.c.id)))


def listing(session: Session, ids: Iterable[uuid.UUID]) -> tuple[PlacedUnit, ...]:
    """These units as a tree read downwards: by name, each followed by what lies beneath it.

    A unit whose parent is not among `ids` is a top of its own. Common characters are in the order of
    their sound, because GB 2312 has them so.
    """
    wanted = frozenset(ids)
    found = {unit.id: unit for unit in session.scalars(select(Unit)) if unit.id in wanted}
    beneath: dict[uuid.UUID | None, list[Unit]] = {}
    for unit in sorted(found.values(), key=lambda unit: (unit.name.encode("gb18030"), unit.code)):
        beneath.setdefault(unit.parent_id if unit.parent_id in found else None, []).append(unit)
    placed: list[PlacedUnit] = []
    waiting = [PlacedUnit(unit, 0) for unit in reversed(beneath.get(None, []))]
    while waiting:
        here = waiting.pop()
        placed.append(here)
        waiting += [PlacedUnit(unit, here.depth + 1) for unit in reversed(beneath.get(here.unit.id, []))]
    return tuple(placed)
