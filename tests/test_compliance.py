"""docs/compliance.md: every file it names is there, every duty of 8.1.4 has a row, every status a ground."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PAGE = (ROOT / "docs" / "compliance.md").read_text(encoding="utf-8")
LETTERS = {
    1: "abcd",
    2: "abcdefg",
    3: "abcd",
    4: "abcdef",
    5: "",
    6: "",
    7: "ab",
    8: "ab",
    9: "abc",
    10: "ab",
    11: "ab",
}
DUTIES = [f"8.1.4.{k} {letter}".strip() for k, letters in LETTERS.items() for letter in letters or [""]]
STATUSES = {"满足", "部分", "部门", "不涉及"}


def rows(page: str) -> list[list[str]]:
    """The cells of every row of the three tables."""
    found = [
        [cell.strip() for cell in line.strip("|\n").split("|")]
        for line in page.splitlines()
        if line.startswith("| ")
    ]
    return [row for row in found if len(row) == 7 and row[0] not in {"条款", "条", "节"}]


def faults(page: str) -> list[str]:
    """What is wrong with the page: a file that is not there, a test without tests, a claim without a test."""
    found = []
    for duty, _what, deed, code, tests, status, note in rows(page):
        for path in re.findall(
            r"`((?:app|analysis|instruments|docs|tests)/[\w./-]+|\w[\w.-]+\.(?:md|yml|lock)|Dockerfile)`",
            code + tests + note,
        ):
            if not (ROOT / path).is_file():
                found.append(f"{duty}: {path} is not there")
        for path in re.findall(r"`(tests/[^`]+)`", tests):
            if (ROOT / path).is_file() and "def test_" not in (ROOT / path).read_text(encoding="utf-8"):
                found.append(f"{duty}: {path} holds no test")
        if status not in STATUSES:
            found.append(f"{duty}: status {status}")
        if status in {"满足", "部分"} and ("`tests/" not in tests or deed in {"", "—"}):
            found.append(f"{duty}: {status} without a deed and a test")
        if status in {"部分", "部门"} and not note:
            found.append(f"{duty}: {status}, but not what is missing")
    return found


def test_every_row_names_what_is_there() -> None:
    assert len(rows(PAGE)) > 75
    assert faults(PAGE) == []


def test_every_duty_of_the_third_level_has_one_row() -> None:
    assert [row[0] for row in rows(PAGE) if row[0].startswith("8.1.4")] == DUTIES


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ("`app/trail/witness.py`", "`app/trail/gone.py`"),
        ("`tests/app/cli/test_trail.py`", "`tests/app/conftest.py`"),
        ("| 满足 |", "| 好 |"),
        ("| 部门 | 由主机的可信计算环境实现 |", "| 部门 | |"),
        ("`tests/app/cli/test_trail.py`", "—"),
    ],
)
def test_the_check_finds_what_is_wrong(right: str, wrong: str) -> None:
    assert right in PAGE
    assert faults(PAGE.replace(right, wrong)) != []
