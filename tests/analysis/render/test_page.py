"""The page and the files: whole, self-contained, bound to their run, fit for a strict content policy."""

from __future__ import annotations

import csv
import dataclasses
import io
import json
import re
from html.parser import HTMLParser
from pathlib import Path

import pandas as pd
import pytest

from analysis.render import stylesheet, to_html, to_json, write_report
from analysis.render.page import css_string
from analysis.render.tables import to_csv
from analysis.report import Report
from analysis.report.document import Column, Table, Text

VOID = {"meta", "link", "br", "hr", "img", "input"}


class Outline(HTMLParser):
    """Checks nesting and collects ids, links and attributes."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.targets: list[str] = []
        self.tags: set[str] = set()
        self.attributes: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        for name, value in attrs:
            self.attributes.add(name)
            if name == "id":
                self.ids.append(value or "")
            if name == "href":
                self.targets.append(value or "")
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        if tag not in VOID:
            self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open, tag
        assert self.open.pop() == tag


def outline(html: str) -> Outline:
    parser = Outline()
    parser.feed(html)
    parser.close()
    assert parser.open == []
    return parser


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_the_page_is_well_formed_and_needs_nothing_from_outside(jsjb_report: Report, language: str) -> None:
    html = to_html(jsjb_report, language=language)
    found = outline(html)
    assert len(found.ids) == len(set(found.ids))
    inside = {t[1:] for t in found.targets if t.startswith("#")}
    assert inside <= set(found.ids)
    assert [t for t in found.targets if not t.startswith("#")] == []
    assert "script" not in found.tags
    assert "style" not in found.attributes
    assert not [a for a in found.attributes if a.startswith("on")]
    assert "http" not in re.sub(r"http://www\.w3\.org/2000/svg", "", html)


def test_under_a_strict_policy_the_style_is_a_link(jsjb_report: Report) -> None:
    found = outline(to_html(jsjb_report, stylesheet_href="report.css"))
    assert "style" not in found.tags
    assert "report.css" in found.targets


def test_simulated_data_say_so_on_page_and_in_print(jsjb_report: Report, bfi_report: Report) -> None:
    mark = "模拟数据，非真实作答 / Simulated data, not real respondents"
    assert to_html(jsjb_report).count(mark) >= 2
    assert to_json(jsjb_report)["simulated"] == mark
    printed = re.sub(r"\\([0-9a-f]+) ", lambda m: chr(int(m[1], 16)), stylesheet(jsjb_report, "zh-CN"))
    assert "模拟数据，非真实作答" in printed
    assert "模拟数据" not in to_html(bfi_report)
    assert to_json(bfi_report)["simulated"] is None


def test_the_run_is_named_on_the_page_and_in_print(bfi_report: Report) -> None:
    assert bfi_report.source.run_id in to_html(bfi_report)
    printed = re.sub(r"\\([0-9a-f]+) ", lambda m: chr(int(m[1], 16)), stylesheet(bfi_report, "zh-CN"))
    assert bfi_report.source.run_id in printed
    assert "ipip-bfi-25/1.0.0" in printed


def test_a_css_string_cannot_be_left() -> None:
    assert css_string('a"; } body { display: none') == '"a\\22 \\3b  \\7d  body \\7b  display: none"'


def test_titles_from_outside_are_escaped(bfi_report: Report) -> None:
    hostile = dataclasses.replace(
        bfi_report, source=dataclasses.replace(bfi_report.source, title="<script>alert(1)</script>\"'")
    )
    html = to_html(hostile)
    assert "<script" not in html
    outline(html)


def test_tables_and_figures_are_numbered_and_captioned_in_both_languages(bfi_report: Report) -> None:
    html = to_html(bfi_report, language="zh-CN")
    for words in ("<b>表 1</b>", "Table 1 Key figures", "<b>图 1</b>", "Figure 1 ", "<b>表 A1</b>"):
        assert words in html
    numbers = re.findall(r"<caption[^>]*><b>表 (\d+)</b>", html)
    assert numbers == [str(i + 1) for i in range(len(numbers))]
    assert html.index("<b>图 1</b>") > html.index('id="figure-distributions"')


def test_known_numbers_stand_on_the_page(bfi_report: Report) -> None:
    html = to_html(bfi_report, language="en").replace("\xa0", " ")
    assert "χ²(265) = 3612.18, <i>p</i> &lt; .001, CFI = .784, TLI = .755" in html
    assert "RMSEA = .077 [.075, .080], SRMR = .075" in html


def test_files(jsjb_report: Report, tmp_path: Path) -> None:
    paths = write_report(jsjb_report, tmp_path, language="zh-CN", stylesheet_href="report.css", also=())
    names = {str(p.relative_to(tmp_path)) for p in paths}
    assert {"report.html", "report.json", "report.css", "tables/items.csv", "figures/paths.svg"} <= names
    assert all(p.stat().st_size > 100 for p in paths)
    html = (tmp_path / "report.html").read_text(encoding="utf-8")
    linked = {t for t in outline(html).targets if t.startswith("tables/")}
    assert linked == {n for n in names if n.startswith("tables/")}
    assert json.loads((tmp_path / "report.json").read_text(encoding="utf-8"))["format"] == "dandang-report/1"
    assert {str(p.relative_to(tmp_path)) for p in tmp_path.rglob("*.*")} == names


def test_csv_is_unrounded_and_reads_back(bfi_report: Report, tmp_path: Path) -> None:
    write_report(bfi_report, tmp_path, also=())
    raw = (tmp_path / "tables" / "rivals.csv").read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf")
    assert b"\r\n" in raw
    assert b"\r\r" not in raw
    table = pd.read_csv(io.BytesIO(raw), encoding="utf-8-sig", index_col="model")
    fits = bfi_report.section("structure").results["rivals"]
    assert table.loc["m5", "cfi"] == fits.table.loc["m5", "cfi"]  # type: ignore[attr-defined]  # RivalFits


def test_csv_holds_no_formula() -> None:
    starts = ["=1+1", "+1", "-x", "@a", "＝1", "fine"]
    table = Table(
        id="t",
        title=Text("t", "t"),
        columns=(Column(key="a", title=Text("a", "a")), Column(key="b", title=Text("b", "b"), style="real")),
        frame=pd.DataFrame({"a": starts, "b": [-1.2] * len(starts)}),
        method=Text("", ""),
    )
    rows = list(csv.reader(io.StringIO(to_csv(table, "en").removeprefix("\ufeff"))))[1:]
    assert [row[0] for row in rows] == [f"'{s}" for s in starts[:-1]] + ["fine"]
    assert {row[1] for row in rows} == {"-1.2"}


def test_json_is_strict_and_bilingual(jsjb_report: Report) -> None:
    found = to_json(jsjb_report)
    json.dumps(found, allow_nan=False)
    table = found["sections"][0]["tables"][0]
    assert table["title"] == {"zh": "主要结果", "en": "Key figures"}
    assert set(table["method"]) == {"zh-CN", "en"}
    assert found["evidence"]["verdict"] in ("supported", "insufficient data", "not supported")
    structure = next(s for s in found["sections"] if s["id"] == "structure")
    assert structure["results"]["rivals"]["fits"]["a5"]["fit"]["parameters"]
