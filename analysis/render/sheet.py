"""The report as plain data for print: the blocks of the page with runs of text in place of HTML.

The PDF and the Word file both walk this and nothing else, so that neither can say what the page does not.
"""

from __future__ import annotations

import html
import re
import unicodedata
from typing import Any

from analysis.render.numbering import numbered_figures, numbered_tables
from analysis.render.page import SIMULATED, section_view
from analysis.render.prose import say_plainly
from analysis.report import Report
from analysis.report.columns import both
from analysis.report.document import Figure, Text

ITALIC = re.compile(r"<i>(.*?)</i>")
KEPT_CONTROLS = "\n\t"
HEADER_LENGTH = 42  # characters of a title that fit the head of a page
WORDS = {
    "kind": Text("心理测量报告", "Psychometric report"),
    "contents": Text("目录", "Contents"),
    "table": Text("表", "Table"),
    "figure": Text("图", "Figure"),
    "continued": Text("续表", "Table continued:"),
    "method": Text("方法", "Method"),
    "note": Text("注", "Note"),
    "pilot": Text("试测", "pilot"),
    "not_drawn": Text("此图未能画出：", "This figure could not be drawn: "),
    "insufficient": Text("数据不足", "too little data"),
    "failed": Text("未算成", "failed"),
    "omitted": Text("未要求", "not asked for"),
}
Run = dict[str, Any]  # {"text": str, "italic": bool}


def printable(text: str) -> str:
    """The text without control characters, which neither XML nor a page can hold."""
    return "".join(c for c in text if c in KEPT_CONTROLS or unicodedata.category(c) not in ("Cc", "Cs", "Cn"))


def runs(markup: str) -> list[Run]:
    """Written HTML as runs: what stands between `<i>` and `</i>` is italic, all else as it is read."""
    parts = ITALIC.split(str(markup))  # every second part stood in italics
    return [
        {"text": printable(html.unescape(part)), "italic": bool(k % 2)}
        for k, part in enumerate(parts)
        if part
    ]


def sheet_of(report: Report, language: str) -> dict[str, Any]:
    """Title, binding facts and sections in one language, ready for JSON."""
    words = {name: text.say(language) for name, text in WORDS.items()}
    other = "zh-CN" if language == "en" else "en"
    number_of = {id(t): n for n, t in numbered_tables(report)} | {
        id(f): n for n, f in numbered_figures(report)
    }
    return {
        "language": language,
        "words": words,
        "other_words": {name: WORDS[name].say(other) for name in ("table", "figure")},
        "title": printable(report.source.title),
        "instrument": printable(report.instrument.title.say(language)),
        "ref": report.instrument.ref,
        "pilot": words["pilot"] if report.instrument.status in ("draft", "pilot") else "",
        "run": report.source.run_id,
        "mark": f"{SIMULATED.zh} / {SIMULATED.en}" if report.source.simulated else "",
        "head": _shortened(printable(report.source.title)),
        "bound": _bound(report, language),
        "sections": [
            {
                "title": section.title.say(language),
                "state": words.get(section.status, ""),
                "reason": printable(section.reason.say(language)) if section.reason else "",
                "blocks": [
                    _block(block, figure_alt)
                    for block, figure_alt in zip(
                        section_view(section, language, number_of, None)["blocks"],
                        (_alt(block, language) for block in section.blocks),
                        strict=True,
                    )
                ],
            }
            for section in report.sections
        ],
    }


def _shortened(title: str) -> str:
    return title if len(title) <= HEADER_LENGTH else f"{title[: HEADER_LENGTH - 1]}…"


def _alt(block: object, language: str) -> str:
    return say_plainly(block.alt, language, block.alt_values) if isinstance(block, Figure) else ""


def _bound(report: Report, language: str) -> list[dict[str, str]]:
    """What the report is bound to: label, words, and a fingerprint where there is one."""
    comma = ", " if language == "en" else "，"
    software = comma.join(f"{name} {version}" for name, version in report.software.items())
    facts = (
        (Text("运行编号", "Run"), report.source.run_id, ""),
        (Text("数据", "Data"), both(report.source.filter).say(language), report.source.data_fingerprint),
        (Text("问卷版本", "Instrument"), report.instrument.ref, report.instrument.fingerprint),
        (Text("随机数种子", "Seed"), str(report.seed), ""),
        (Text("软件", "Software"), f"dandang {report.source.engine_version}{comma}{software}", ""),
    )
    return [
        {"label": label.say(language), "text": printable(text), "code": code} for label, text, code in facts
    ]


def _block(block: dict[str, Any], alt: str) -> dict[str, Any]:
    """A block of the page with runs in place of HTML."""
    kind = block["type"]
    if kind == "table":
        return {
            "type": kind,
            "number": block["number"],
            "title": runs(block["title"]),
            "other_title": runs(block["other_title"]),
            "heads": [{"runs": runs(c.html), "is_number": c.is_number} for c in block["heads"]],
            "rows": [
                [{"runs": runs(c.html), "is_number": c.is_number} for c in row] for row in block["rows"]
            ],
            "rules": sorted(block["rules"]),
            "is_wide": block["is_wide"],
            "method": runs(block["method"]),
            "notes": [runs(note["html"]) for note in block["notes"]],
        }
    if kind == "figure":
        return {
            "type": kind,
            "number": block["number"],
            "title": runs(block["title"]),
            "other_title": runs(block["other_title"]),
            "svg": str(block["svg"]),
            "alt": printable(alt),
            "reason": printable(block["reason"]),
            "method": runs(block["method"]),
        }
    if kind == "listing":
        return {"type": kind, "title": printable(block["title"]), "text": printable(block["text"])}
    return {"type": kind, "runs": runs(block["html"])}
