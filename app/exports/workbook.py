"""The workbook HR downloads: 得分, 单位汇总, 证据, 变量, 说明. Text as text, numbers as numbers."""

from __future__ import annotations

import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import xlsxwriter

from app.exports.cells import Value, safe_text
from app.exports.tables import EVIDENCE_HEADINGS, Heading
from app.scores.service import EvidenceView

SIMULATED = "模拟数据，非真实作答 / Simulated data, not real respondents"
MANIFEST_WORDS = {
    "survey": "测评",
    "survey_id": "测评编号",
    "instrument": "问卷版本",
    "instrument_fingerprint": "问卷指纹",
    "scoring_version": "计分版本",
    "form": "题组",
    "language": "语言",
    "mode": "方式",
    "origin": "数据来源",
    "simulated": "是否模拟数据",
    "filter": "范围",
    "table": "行数、列数、摘要所指的表",
    "rows": "表的行数",
    "columns": "表的列数",
    "sha256": "表内容的 SHA-256（CSV，UTF-8，无 BOM，变量名为表头）",
    "min_group_n": "人数下限",
    "snapshot": "结果快照：第几次汇总",
    "snapshot_sha256": "结果快照的摘要",
    "snapshot_made_at": "结果快照的汇总时间",
    "group_cells_shown": "单位汇总：已显示的单元格",
    "group_cells_suppressed": "单位汇总：未显示的单元格",
    "evidence_state": "证据状态",
    "evidence_verdict": "证据结论",
    "evidence_reasons": "证据理由",
    "evidence_sample": "结论依据的校准样本",
    "evidence_sample_fingerprint": "校准样本的指纹",
    "evidence_snapshot": "计算证据时的结果次数",
    "evidence_data_fingerprint": "本次测评数据的指纹",
    "units_compared": "可以作单位比较的得分",
    "not_compared_because": "不作单位比较的原因",
    "engine_version": "分析程序版本",
    "generated_at": "生成时间",
}
PLAIN_WORDS = {
    "identified": "实名 identified",
    "confidential": "保密 confidential",
    "anonymous": "匿名 anonymous",
    "collected": "实际作答 collected",
    "imported": "导入 imported",
    "simulated": "模拟 simulated",
    "none": "尚未计算",
    "current": "与当前答卷一致",
    "stale": "未更新",
    "supported": "有支持 supported",
    "insufficient data": "数据不足 insufficient data",
    "not supported": "未获支持 not supported",
}


@dataclass(frozen=True, slots=True)
class WorkbookContent:
    """Everything a workbook holds, as rows of plain values; no person headings: no sheet of persons."""

    person_headings: tuple[Heading, ...]
    people: Sequence[list[Value]]
    unit_headings: tuple[Heading, ...]
    units: Sequence[list[Value]]
    evidence_rows: Sequence[list[Value]]
    evidence: EvidenceView
    manifest: dict[str, Any]


def workbook(content: WorkbookContent) -> bytes:
    """The xlsx file."""
    target = io.BytesIO()
    book = xlsxwriter.Workbook(
        target,
        {
            "in_memory": True,  # personal data never touch the temporary directory
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
            "nan_inf_to_errors": False,
        },
    )
    styles = _Styles(book)
    simulated = bool(content.manifest["simulated"])
    if content.person_headings:
        people = _Sheet(book, styles, "得分", simulated=simulated)
        people.table([heading.title for heading in content.person_headings], content.people)
    units = _Sheet(book, styles, "单位汇总", simulated=simulated)
    units.table([heading.title for heading in content.unit_headings], content.units)
    _evidence_sheet(_Sheet(book, styles, "证据", simulated=simulated), content)
    variables = _Sheet(book, styles, "变量", simulated=False)
    described = {h.name: h for h in (*content.person_headings, *content.unit_headings)}
    variables.table(
        ["列名", "变量名 variable", "含义 meaning"],
        [[heading.title, heading.name, heading.meaning] for heading in described.values()],
    )
    _manifest_sheet(_Sheet(book, styles, "说明", simulated=simulated), content.manifest)
    book.close()
    return target.getvalue()


class _Styles:
    def __init__(self, book: Any) -> None:
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
        self.text = book.add_format({"num_format": "@"})
        self.whole = book.add_format({"num_format": "0"})
        self.decimal = book.add_format({"num_format": "0.00"})
        self.red = book.add_format({"bold": True, "font_color": "#9A1B1E"})
        self.wrap = book.add_format({"text_wrap": True, "valign": "top", "num_format": "@"})


class _Sheet:
    """One sheet, written downwards. Simulated data are said in red in the first row."""

    def __init__(self, book: Any, styles: _Styles, name: str, *, simulated: bool) -> None:
        self.sheet = book.add_worksheet(name)
        self.styles = styles
        self.row = 0
        if simulated:
            self.line([SIMULATED], styles.red)

    def line(self, values: Iterable[Value], style: Any = None) -> None:
        for column, value in enumerate(values):
            self._write(column, value, style)
        self.row += 1

    def table(self, headings: Sequence[str], rows: Iterable[list[Value]]) -> None:
        """A header that stays in sight, a filter, rows, and widths after the longest of the first rows."""
        top = self.row
        widths = [_width(heading) / 2 + 4 for heading in headings]
        self.line(headings, self.styles.head)
        self.sheet.freeze_panes(self.row, 0)
        for row in rows:
            for column, value in enumerate(row):
                widths[column] = max(widths[column], _width(value) + 2)
            self.line(row)
        for column, width in enumerate(widths):
            self.sheet.set_column(column, column, min(max(width, 8), 40))
        if self.row > top + 1:
            self.sheet.autofilter(top, 0, self.row - 1, len(headings) - 1)

    def _write(self, column: int, value: Value, style: Any) -> None:
        styles = self.styles
        if value is None:
            self.sheet.write_blank(self.row, column, None, style)
        elif isinstance(value, str):
            self.sheet.write_string(self.row, column, safe_text(value), style or styles.text)
        elif isinstance(value, int):
            self.sheet.write_number(self.row, column, value, style or styles.whole)
        else:
            self.sheet.write_number(self.row, column, value, style or styles.decimal)


def _width(value: Value) -> float:
    text = "" if value is None else str(value)
    return float(sum(2 if ord(character) > 0x2E80 else 1 for character in text))


def _evidence_sheet(sheet: _Sheet, content: WorkbookContent) -> None:
    sheet.table(EVIDENCE_HEADINGS, content.evidence_rows)
    evidence = content.evidence
    sheet.line([])
    sheet.line(["结论", evidence.mark().words, PLAIN_WORDS[evidence.verdict]], sheet.styles.head)
    for sentence in evidence.mark().explanation:
        sheet.line([sentence])
    sheet.line([])
    if evidence.cfa is None:
        sheet.line(["验证性因素分析", "数据不足：没有结果"])
    else:
        sheet.line(["验证性因素分析"], sheet.styles.head)
        for key, value in evidence.cfa.items():
            if key == "problems":  # stands in Chinese under `problems_zh`
                continue
            shown = "；".join(map(str, value)) if isinstance(value, list | tuple) else value
            sheet.line([key, shown if isinstance(shown, str | int | float) or shown is None else str(shown)])
    if evidence.reasons:
        sheet.line([])
        sheet.line(["规则", "值", "界限", "是否满足", "说明"], sheet.styles.head)
        met = {True: "满足", False: "不满足", None: "数据不足"}
        for reason in evidence.reasons:
            sheet.line(
                [
                    str(reason.get("rule", "")),
                    _plain(reason.get("value")),
                    _plain(reason.get("limit")),
                    met[reason.get("met")],
                    str(reason.get("text_zh", "")),
                ]
            )


def _plain(value: object) -> Value:
    return value if value is None or isinstance(value, int | float) else str(value)


def _manifest_sheet(sheet: _Sheet, manifest: dict[str, Any]) -> None:
    sheet.sheet.set_column(0, 0, 34)
    sheet.sheet.set_column(1, 1, 80)
    sheet.line(["项目", "内容"], sheet.styles.head)
    for key, value in manifest.items():
        shown: Value
        if isinstance(value, bool):
            shown = "是" if value else "否"
        elif isinstance(value, list):
            shown = "；".join(map(str, value))
        elif isinstance(value, str):
            shown = PLAIN_WORDS.get(value, value)
        else:
            shown = value
        sheet.line([MANIFEST_WORDS[key], shown], sheet.styles.wrap if isinstance(shown, str) else None)
    for line in (
        "得分不作为考核、评优或任免的依据。两人得分之差不到误差（±）的 1.4 倍，不能说明两个人不同。",
        "人数少于下限的单位不显示；为使别的数字相减也推不出这些单位，另有单元格一并不显示。",
        "单位人数在 30 以下时以区间表示；10 人以上显示两位小数、标准差和区间，5—9 人只显示一位小数的平均分。",
    ):
        sheet.line(["", line], sheet.styles.wrap)
