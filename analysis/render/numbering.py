"""Numbers of tables and figures in order of appearance; tables of the appendix count for themselves."""

from __future__ import annotations

from collections.abc import Iterator

from analysis.report import Draft
from analysis.report.document import Figure, Table


def numbered_tables(report: Draft) -> Iterator[tuple[str, Table]]:
    """Every table with its number: 1, 2, … and A1, A2, … in the appendix."""
    main = appendix = 0
    for section in report.sections:
        for table in section.tables():
            if table.is_appendix:
                appendix += 1
                yield f"A{appendix}", table
            else:
                main += 1
                yield str(main), table


def numbered_figures(report: Draft) -> Iterator[tuple[str, Figure]]:
    """Every figure with its number."""
    figures = (figure for section in report.sections for figure in section.figures())
    for number, figure in enumerate(figures, start=1):
        yield str(number), figure
