"""The report as one HTML page: no script, no style attribute, nothing from another host."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from analysis.render import drawing, tables
from analysis.render.numbering import numbered_figures, numbered_tables
from analysis.render.prose import say
from analysis.report import Draft
from analysis.report.columns import both
from analysis.report.document import Figure, Listing, Paragraph, Section, Table, Text

TEMPLATES = Path(__file__).parent.parent / "templates"
SIMULATED = Text("模拟数据，非真实作答", "Simulated data, not real respondents")
OTHER = {"zh-CN": "en", "en": "zh-CN"}


@lru_cache
def environment() -> Environment:
    """The template environment of reports."""
    return Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def css_string(text: str) -> str:
    """A CSS string literal that no text can leave."""
    escaped = "".join(c if c.isalnum() or c in " .,:/-·，、（）" else f"\\{ord(c):x} " for c in text)
    return f'"{escaped}"'


def stylesheet(report: Draft, language: str) -> str:
    """The style of the page; the run and the mark of simulated data stand on every printed page."""
    run = f"{report.instrument.ref} · {report.source.run_id}"
    mark = f"{SIMULATED.zh} / {SIMULATED.en}" if report.source.simulated else report.source.title
    return (
        environment()
        .get_template("report.css")
        .render(
            run=Markup(css_string(run)),  # noqa: S704  # nosec B704 # a CSS string that no text can leave
            mark=Markup(css_string(mark)),  # noqa: S704  # nosec B704 # likewise a CSS string
            language=language,
        )
    )


def to_html(
    report: Draft,
    *,
    language: str | None = None,
    stylesheet_href: str | None = None,
    tables_base: str | None = None,
) -> str:
    """The whole report.

    language: zh-CN or en, the report's own when None. stylesheet_href: address of what `stylesheet`
    gives, for pages under `style-src 'self'`; None embeds it. tables_base: folder of the tables' CSV files
    relative to the page; None leaves the links out.
    """
    tongue = language or report.language
    number_of = {id(t): n for n, t in numbered_tables(report)} | {
        id(f): n for n, f in numbered_figures(report)
    }
    sections = [section_view(section, tongue, number_of, tables_base) for section in report.sections]
    own_css = ""
    if stylesheet_href is None:
        own_css = Markup(stylesheet(report, tongue))  # noqa: S704  # nosec B704 # our own CSS, texts escaped
    return (
        environment()
        .get_template("report.html.j2")
        .render(
            language=tongue,
            report=report,
            sections=sections,
            simulated=f"{SIMULATED.zh} / {SIMULATED.en}" if report.source.simulated else "",
            title=report.instrument.title.say(tongue),
            pilot=report.instrument.status in ("draft", "pilot"),
            stylesheet_href=stylesheet_href,
            style=own_css,
            data=both(report.source.filter).say(tongue),
        )
    )


def section_view(
    section: Section, language: str, number_of: dict[int, str], tables_base: str | None
) -> dict[str, Any]:
    """A section as its title, state and blocks with every word and number written; print walks the same."""
    blocks: list[dict[str, Any]] = []
    for block in section.blocks:
        if isinstance(block, Paragraph):
            blocks.append({"type": block.kind, "html": say(block.text, language, block.values)})
        elif isinstance(block, Table):
            blocks.append(_table(block, number_of[id(block)], language, tables_base))
        elif isinstance(block, Figure):
            blocks.append(_figure(block, number_of[id(block)], language))
        elif isinstance(block, Listing):
            blocks.append({"type": "listing", "title": block.title.say(language), "text": block.text})
    return {
        "id": section.id,
        "title": section.title.say(language),
        "status": section.status,
        "reason": section.reason.say(language) if section.reason else "",
        "blocks": blocks,
    }


def _table(table: Table, number: str, language: str, tables_base: str | None) -> dict[str, Any]:
    return {
        "type": "table",
        "id": f"table-{table.id}",
        "number": number,
        "title": say(table.title, language),
        "other_title": say(table.title, OTHER[language]),
        "heads": tables.heads(table, language),
        "rows": tables.rows(table, language),
        "rules": set(table.rules),
        "method": say(table.method, language, table.method_values),
        "notes": [{"kind": n.kind, "html": say(n.text, language, n.values)} for n in table.notes],
        "is_wide": len(table.columns) > 9,
        "csv": f"{tables_base}{table.id}.csv" if tables_base is not None else "",
    }


def _figure(figure: Figure, number: str, language: str) -> dict[str, Any]:
    drawn = drawing.try_svg(figure, language)
    return {
        "type": "figure",
        "id": f"figure-{figure.id}",
        "number": number,
        "title": say(figure.title, language),
        "other_title": say(figure.title, OTHER[language]),
        "svg": Markup(drawn.svg),  # noqa: S704  # nosec B704 # our own drawing: matplotlib escapes its text
        "reason": drawn.reason,
        "method": say(figure.method, language, figure.method_values),
    }
