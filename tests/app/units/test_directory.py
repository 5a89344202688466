"""A tree of units from a file: any order, every fault named, nothing half-created."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.units.directory import add_units
from app.units.models import Unit
from app.units.service import subtree_ids

HEAD = "单位编码,单位名称,上级编码\n"
TREE = HEAD + "A1,甲一街道,A\nA11,社区,A1\nA,甲区,\n"


def test_a_tree_in_any_order_and_again(session: Session) -> None:
    assert add_units(session, TREE.encode(), "单位.csv") == (3, ())
    top = session.scalars(select(Unit).where(Unit.code == "A")).one()
    assert len(subtree_ids(session, [top.id])) == 3
    more = TREE + "A2,甲二街道,A\n"
    assert add_units(session, more.encode("gb18030"), "单位.csv") == (1, ())


def test_every_fault_is_named_and_nothing_is_created(session: Session) -> None:
    add_units(session, TREE.encode(), "单位.csv")
    rows = "B,,\nB,乙区,\nC,丙,没有\nD,丁,E\nE,戊,D\nA,别名,\n"
    created, problems = add_units(session, (HEAD + rows).encode(), "单位.csv")
    assert created == 0
    assert [(p.row, p.column) for p in problems] == [
        (2, "单位名称"),
        (3, "单位编码"),
        (4, "上级编码"),
        (5, "上级编码"),
        (6, "上级编码"),
        (7, "单位编码"),
    ]
    assert str(problems[2]) == "第 4 行，上级编码 列“没有”：没有这个单位"
    assert len(session.scalars(select(Unit)).all()) == 3
