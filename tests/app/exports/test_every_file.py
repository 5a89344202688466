"""S5, short: every file that the application gives, with planted texts in every place, read back."""

from __future__ import annotations

import io
from pathlib import Path

import openpyxl
import xlsxwriter

from app.exports.codes import _workbook
from app.exports.workbook import _Sheet, _Styles
from tests.promises import s5


def test_no_file_holds_a_formula(tmp_path: Path) -> None:
    seen = s5.all_files(f"＝{s5.MARK}", tmp_path / "home")
    assert seen.unsafe == []
    assert len(set(seen.files)) >= 11
    assert seen.planted > 10 * len(s5.PAYLOADS) / 2
    assert seen.numbers > 0


def test_writers_left_to_themselves_are_caught() -> None:
    found = s5.careless().unsafe
    assert any("is a f" in one for one in found)
    assert any(one.startswith("careless.csv") for one in found)
    assert any(one.startswith("name of") for one in found)
    assert len(found) > len(s5.PAYLOADS)


def test_a_negative_number_stays_a_number() -> None:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True})
    sheet = _Sheet(book, _Styles(book), "得分", simulated=False)
    sheet.table(["=1", "y"], [["-1.2", -1.2]])
    book.close()
    (head, line) = openpyxl.load_workbook(target).worksheets[0].iter_rows()
    assert [(one.data_type, one.value) for one in (*head, *line)] == [
        ("s", "'=1"),
        ("s", "y"),
        ("s", "'-1.2"),
        ("n", -1.2),
    ]


def test_codes_are_text_whatever_they_look_like() -> None:
    seen = s5.Seen()
    seen.book("codes", _workbook([["-1.2", -1.2, "=1"]]))
    assert (seen.unsafe, seen.numbers) == ([], 0)
