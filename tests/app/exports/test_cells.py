"""No text cell is a formula; numbers stay numbers; names are safe."""

from __future__ import annotations

import csv
import io
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.exports.cells import csv_lines, disposition, file_name, safe_text

SIGNS = "=+-@\t\r\n＝＋－＠"
PLANTED = [
    *(sign + "SUM(A1:A9)" for sign in SIGNS),
    *("  " + sign + "1" for sign in SIGNS),
    "\u3000=1",
    "\ufeff=1",
    "\u00a0@x",
    "\0=1",
    "\t=cmd|' /C calc'!A0",
    '=HYPERLINK("http://x")',
    "a\r\n=1",
]


def _starts_formula(text: str) -> bool:
    return text.startswith(tuple(SIGNS)) or text.strip().startswith(tuple(SIGNS))


@pytest.mark.parametrize("text", PLANTED)
def test_planted_formulas_are_text(text: str) -> None:
    made = safe_text(text)
    assert not _starts_formula(made)
    assert not any(character in made for character in "\r\n\t\0")


def test_the_control_sees_them_raw() -> None:
    assert sum(_starts_formula(text) for text in PLANTED) > 20


@given(st.text())
def test_any_text_becomes_one_safe_line(text: str) -> None:
    made = safe_text(text)
    assert not _starts_formula(made)
    made.encode()  # no lone surrogate is left


def test_ordinary_names_are_not_touched() -> None:
    for text in ("张三", "阿卜杜·热合曼", "𠮷田", "A-01", "91110000MA001", "家庭👨‍👩‍👧"):
        assert safe_text(text) == text


def test_csv_has_bom_crlf_and_numbers_as_numbers() -> None:
    data = b"".join(csv_lines([["姓名", "得分"], ["=1+1", -1.2], ["李四", None]], bom=True))
    assert data.startswith(b"\xef\xbb\xbf")
    assert data.count(b"\r\n") == 3
    rows = list(csv.reader(io.StringIO(data.decode("utf-8-sig"))))
    assert rows == [["姓名", "得分"], ["'=1+1", "-1.2"], ["李四", ""]]
    assert not b"".join(csv_lines([["a"]], bom=False)).startswith(b"\xef\xbb\xbf")


@pytest.mark.parametrize("title", [*PLANTED, "../../etc/passwd", 'a"; x="b', "  ", "测评\r\nSet-Cookie: a=b"])
def test_file_names_are_safe(title: str) -> None:
    name = file_name(title, "得分", "xlsx")
    assert name[0] not in SIGNS + " .'"
    assert not set(name) & set('\\/:*?"<>|\r\n\t')
    header = disposition(name, "scores.xlsx")
    assert header.isascii()
    assert "\r" not in header
    assert unquote(header.rsplit("''", 1)[1]) == name
