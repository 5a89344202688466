"""A tree of units from a file: 单位编码, 单位名称, 上级编码 (empty for a top). Whole or not at all."""

from __future__ import annotations

import uuid
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.errors import Invalid
from app.units.models import Unit
from app.units.service import MAX_CODE, MAX_UNIT_NAME, create_unit, text_problem
from app.units.tables import Table, read_table

COLUMNS = {
    "单位编码": ("单位编码", "单位代码", "unit_code", "code"),
    "单位名称": ("单位名称", "name"),
    "上级编码": ("上级编码", "上级代码", "parent_code", "parent"),
}


@dataclass(frozen=True, slots=True)
class DirectoryProblem:
    """One fault: the row as a spreadsheet numbers it, the column, the value, and why."""

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        return f"第 {self.row} 行，{self.column} 列“{self.value}”：{self.reason}"


@dataclass(frozen=True, slots=True)
class _Entry:
    row: int
    code: str
    name: str
    parent: str


def add_units(session: Session, data: bytes, file_name: str) -> tuple[int, tuple[DirectoryProblem, ...]]:
    """Create the units of a file; a unit above may stand in the file, in any order, or exist already.

    Gives back how many were created and every fault; with a fault nothing is created. A unit that exists
    already under the same name and parent is passed over. Raises Invalid for a file that is no such list.
    """
    entries = _entries(read_table(data, file_name))
    known = {unit.code: unit for unit in session.scalars(select(Unit))}
    problems = _problems(entries, known)
    if problems:
        return 0, problems
    waiting = [entry for entry in entries if entry.code not in known]
    created = 0
    while waiting:
        ready = [entry for entry in waiting if not entry.parent or entry.parent in known]
        for entry in ready:
            parent = known[entry.parent] if entry.parent else None
            known[entry.code] = create_unit(session, code=entry.code, name=entry.name, parent=parent)
        created += len(ready)
        waiting = [entry for entry in waiting if entry.code not in known]
    return created, ()


def _entries(table: Table) -> tuple[_Entry, ...]:
    places = []
    for column, names in COLUMNS.items():
        found = [k for k, heading in enumerate(table.header) if heading.strip().lower() in names]
        if len(found) != 1:
            raise Invalid(
                f"表头中“{column}”一列{'重复出现' if found else '没有'}",
                f"需要的三列：{'、'.join(COLUMNS)}。",
            )
        places.append(found[0])
    return tuple(_Entry(row, *(cells[place] for place in places)) for row, cells in table.rows)


def _problems(entries: tuple[_Entry, ...], known: dict[str, Unit]) -> tuple[DirectoryProblem, ...]:
    found = []
    above = dict.fromkeys(known, "") | {entry.code: entry.parent for entry in entries}
    codes: dict[uuid.UUID | None, str] = {unit.id: code for code, unit in known.items()}
    seen: dict[str, int] = {}
    for entry in entries:
        for column, value, limit in (
            ("单位编码", entry.code, MAX_CODE),
            ("单位名称", entry.name, MAX_UNIT_NAME),
        ):
            if reason := text_problem(value, limit):
                found.append(DirectoryProblem(entry.row, column, value[:40], reason))
        if entry.code in seen:
            reason = f"与第 {seen[entry.code]} 行重复"
            found.append(DirectoryProblem(entry.row, "单位编码", entry.code[:40], reason))
        seen.setdefault(entry.code, entry.row)
        old = known.get(entry.code)
        if old is not None and (old.name, codes.get(old.parent_id, "")) != (entry.name, entry.parent):
            found.append(
                DirectoryProblem(entry.row, "单位编码", entry.code[:40], "已有这个编码，名称或上级不同")
            )
        if entry.parent and entry.parent not in above:
            found.append(DirectoryProblem(entry.row, "上级编码", entry.parent[:40], "没有这个单位"))
        elif _is_circle(entry.code, above):
            found.append(DirectoryProblem(entry.row, "上级编码", entry.parent[:40], "上下级互相包含"))
    return tuple(found)


def _is_circle(code: str, above: dict[str, str]) -> bool:
    passed = set()
    here = code
    while here:
        if here in passed:
            return True
        passed.add(here)
        here = above.get(here, "")
    return False
