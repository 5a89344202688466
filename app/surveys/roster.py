"""A roster from a file: 工号, 姓名, 单位编码. Every refused row is listed with row, column and value."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.surveys.models import Survey
from app.surveys.service import invite, invited_among
from app.trail import service as trail
from app.units.models import Person, Unit, staff_index
from app.units.service import MAX_PERSON_TEXT, text_problem
from app.units.tables import Table, read_table

COLUMNS = {
    "工号": ("工号", "人员编号", "staff_number"),
    "姓名": ("姓名", "name"),
    "单位编码": ("单位编码", "单位代码", "unit_code"),
}
MAX_PROBLEMS = 1000
NOT_YOURS = "没有这个单位编码，或不在您的单位和本次测评的范围内"


@dataclass(frozen=True, slots=True)
class RosterProblem:
    """One fault of a roster: the row as a spreadsheet numbers it, the column, the value, and why."""

    row: int
    column: str
    value: str
    reason: str


@dataclass(frozen=True, slots=True)
class RosterOutcome:
    """What came of a roster: people newly invited, people invited already, faults.

    When there are faults and valid rows were not asked for, `invited` and `known` are 0.
    """

    invited: int
    known: int
    problems: tuple[RosterProblem, ...]


@dataclass(frozen=True, slots=True)
class _Entry:
    row: int
    staff_number: str
    name: str
    unit_code: str


def _entries(table: Table) -> tuple[_Entry, ...]:
    places = {}
    for column, names in COLUMNS.items():
        found = [k for k, heading in enumerate(table.header) if heading.strip().lower() in names]
        if len(found) != 1:
            seen = "、".join(table.header)[:120]
            reason = "没有" if not found else "重复出现"
            raise Invalid(
                f"表头中“{column}”一列{reason}",
                f"没有存入任何内容。需要的三列：{'、'.join(COLUMNS)}；文件中的列：{seen}。",
            )
        places[column] = found[0]
    return tuple(
        _Entry(row, cells[places["工号"]], cells[places["姓名"]], cells[places["单位编码"]])
        for row, cells in table.rows
    )


class _Checker:
    """Tells, row by row, what is wrong; knows what is on the roster already and what came before."""

    def __init__(self, session: Session, allowed: frozenset[uuid.UUID]) -> None:
        self.units = {u.code: u for u in session.scalars(select(Unit)) if u.id in allowed}
        people = session.scalars(select(Person).where(Person.unit_id.in_(allowed)))
        self.people = {(p.unit_id, p.staff_number): p for p in people}
        self._seen: dict[tuple[uuid.UUID, str], int] = {}

    def problems(self, entry: _Entry) -> list[RosterProblem]:
        found = [
            RosterProblem(entry.row, column, value[:40], reason)
            for column, value in (("工号", entry.staff_number), ("姓名", entry.name))
            if (reason := text_problem(value, MAX_PERSON_TEXT))
        ]
        unit = self.units.get(entry.unit_code)
        if unit is None:
            reason = NOT_YOURS if entry.unit_code else "没有填写"
            return [*found, RosterProblem(entry.row, "单位编码", entry.unit_code[:40], reason)]
        key = (unit.id, entry.staff_number)
        if key in self._seen:
            reason = f"与第 {self._seen[key]} 行重复"
            found.append(RosterProblem(entry.row, "工号", entry.staff_number[:40], reason))
        self._seen.setdefault(key, entry.row)
        known = self.people.get(key)
        if known is not None and known.name != entry.name:
            reason = "这个工号在本单位名册上是另一个姓名"
            found.append(RosterProblem(entry.row, "姓名", entry.name[:40], reason))
        return found


def add_roster(
    session: Session,
    survey: Survey,
    data: bytes,
    file_name: str,
    *,
    allowed: frozenset[uuid.UUID],
    accept_valid: bool,
    actor: str,
) -> RosterOutcome:
    """Invite the people of an uploaded list; `allowed` are the units the uploader may speak for.

    Nothing is stored when a row is refused, unless `accept_valid`. Raises Invalid for a file that is no
    such list, for an imported survey, and after closing.
    """
    if survey.state == "closed" or survey.origin == "imported":
        raise Invalid("测评已经结束，不能再加人", "如需继续，请先重新开放。")
    checker = _Checker(session, allowed)
    entries = _entries(read_table(data, file_name))
    if not entries:
        raise Invalid("名单里没有人", "没有存入任何内容。")
    faults: dict[int, list[RosterProblem]] = {}
    found = 0
    for entry in entries:
        faults[entry.row] = checker.problems(entry)
        found += len(faults[entry.row])
        if found >= MAX_PROBLEMS and not accept_valid:
            break  # a file of another kind: the rest would say the same
    problems = tuple(problem for found in faults.values() for problem in found)
    valid = [entry for entry in entries if not faults.get(entry.row)]
    if (problems and not accept_valid) or not valid:
        return RosterOutcome(0, 0, problems)
    people = [_person(session, checker, entry) for entry in valid]
    session.flush()
    known = invited_among(session, survey, people)
    invite(session, survey, people)
    invited = len(people) - known
    trail.append(session, actor=actor, action="survey.invite", subject=f"survey:{survey.id}", people=invited)
    return RosterOutcome(invited, known, problems)


def _person(session: Session, checker: _Checker, entry: _Entry) -> Person:
    unit = checker.units[entry.unit_code]
    known = checker.people.get((unit.id, entry.staff_number))
    if known is not None:
        return known
    person = Person(
        unit_id=unit.id,
        staff_index=staff_index(unit.id, entry.staff_number),
        staff_number=entry.staff_number,
        name=entry.name,
    )
    session.add(person)
    return person
