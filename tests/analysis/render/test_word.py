"""The Word file, read back by the library: real tables, styles, the mark and the run on every page."""

from __future__ import annotations

import io
import re
import zipfile
from dataclasses import replace

import docx
import pytest
from docx.oxml.ns import qn

from analysis.render.numbering import numbered_figures, numbered_tables
from analysis.render.sheet import sheet_of
from analysis.render.word import to_word
from analysis.render.word_table import shares
from analysis.render.word_template import TEMPLATE
from analysis.report import Report

TITLE = "#panic(1) {{ 7 * 7 }} <w:p/> &amp; *粗体*"


@pytest.fixture(scope="module")
def report(bfi_report: Report) -> Report:
    """A report of few sections, said to be simulated, with a title that looks like markup."""
    source = replace(bfi_report.source, title=TITLE, simulated=True, run_id="run-7f3a")
    few = tuple(s for s in bfi_report.sections if s.id in {"summary", "items", "structure", "limits"})
    return replace(bfi_report, source=source, sections=few)


@pytest.fixture(scope="module")
def made(report: Report) -> bytes:
    return to_word(report, language="zh-CN")


def parts(data: bytes) -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {n: archive.read(n).decode() for n in archive.namelist() if n.endswith(".xml")}


def test_every_table_is_a_table_with_three_lines(report: Report, made: bytes) -> None:
    document = docx.Document(io.BytesIO(made))
    tables = document.tables[1:]  # the first holds what the report is bound to
    wanted = [t for _, t in numbered_tables(report)]
    assert len(tables) == len(wanted) > 3
    for table, source in zip(tables, wanted, strict=True):
        assert len(table.rows) == 1 + len(source.frame)
        assert len(table.columns) == len(source.columns)
        rows = table._tbl.tr_lst
        assert rows[0].find(f".//{qn('w:tblHeader')}") is not None
        heavy = [e.get(qn("w:sz")) for e in rows[0].iter(qn("w:top"))]
        assert set(heavy) == {"12"}
        assert {e.get(qn("w:sz")) for e in rows[0].iter(qn("w:bottom"))} == {"6"}
        assert {e.get(qn("w:sz")) for e in rows[-1].iter(qn("w:bottom"))} == {"12"}
        borders = {e.tag for row in rows for edge in row.iter(qn("w:tcBorders")) for e in edge}
        assert borders <= {qn("w:top"), qn("w:bottom")}, "no vertical lines"


def test_words_and_numbers_are_those_of_the_sheet(report: Report, made: bytes) -> None:
    document = docx.Document(io.BytesIO(made))
    sheet = sheet_of(report, "zh-CN")
    heads = [p.text for p in document.paragraphs if p.style is not None and p.style.name == "Heading 1"]
    assert [h.split("　")[0] for h in heads[1:]] == [s["title"] for s in sheet["sections"]]
    blocks = [b for s in sheet["sections"] for b in s["blocks"] if b["type"] == "table"]
    for table, block in zip(document.tables[1:], blocks, strict=True):
        written = [[c.text for c in row.cells] for row in list(table.rows)[1:4]]
        assert written == [["".join(r["text"] for r in c["runs"]) for c in row] for row in block["rows"][:3]]
    captions = [
        p.text for p in document.paragraphs if p.style is not None and p.style.name.startswith("Caption")
    ]
    assert sum(c.startswith("表 ") for c in captions) == len(blocks)


def test_every_page_carries_the_mark_the_instrument_and_the_run(made: bytes) -> None:
    found = parts(made)
    heads = [text for name, text in found.items() if re.match(r"word/header\d", name)]
    feet = [text for name, text in found.items() if re.match(r"word/footer\d", name)]
    assert any("模拟数据，非真实作答 / Simulated data, not real respondents" in h for h in heads)
    assert any("ipip-bfi-25" in h for h in heads)
    assert any("run-7f3a" in f and " PAGE " in f and " NUMPAGES " in f for f in feet)
    assert found["word/document.xml"].count("<w:sectPr") == 1, (
        "one section: its head and foot are on every page"
    )


def test_a_title_is_printed_as_it_stands_and_no_field_is_left(made: bytes) -> None:
    document = docx.Document(io.BytesIO(made))
    assert [p.text for p in document.paragraphs if p.style is not None and p.style.name == "Title"] == [TITLE]
    rest = "".join(p.text for p in document.paragraphs if p.text != TITLE)
    assert "{{" not in rest
    assert "{%" not in rest


def test_figures_say_what_they_show_and_chinese_has_a_chinese_face(report: Report, made: bytes) -> None:
    found = parts(made)
    drawn = re.findall(r"<wp:docPr [^>]*descr=\"([^\"]+)\"", found["word/document.xml"])
    assert len(drawn) == len(list(numbered_figures(report))) > 0
    assert all(drawn)
    assert 'w:eastAsia="宋体"' in found["word/styles.xml"]
    assert (
        "asciiTheme" not in re.search(r'w:styleId="Normal".*?</w:style>', found["word/styles.xml"], re.S)[0]
    )  # type: ignore[index]  # there is such a style


def test_the_same_report_gives_the_same_bytes(report: Report, made: bytes) -> None:
    assert to_word(report, language="zh-CN") == made
    assert to_word(replace(report, source=replace(report.source, run_id="run-0")), language="zh-CN") != made


def test_no_number_is_given_less_room_than_it_needs() -> None:
    def _cell(text: str, is_number: bool) -> dict[str, object]:
        return {"runs": [{"text": text, "italic": False}], "is_number": is_number}

    heads = [_cell("很长的一列文字" * 4, False), _cell("n", True), _cell("区间", True)]
    rows = [[_cell("文字" * 30, False), _cell("12,345", True), _cell("[−0.004386, 0.004386]", True)]]
    given = shares(heads, rows, room=100.0)
    assert sum(given) == pytest.approx(1.0)
    assert given[1] * 100 >= len("12,345")
    assert given[2] * 100 >= len("[−0.004386, 0.004386]")


def test_the_template_is_the_one_its_script_makes() -> None:
    names = {s.name for s in docx.Document(str(TEMPLATE)).styles}
    assert {"Caption", "Caption below", "Table text", "Table note", "Caution", "Syntax", "Contents"} <= names
