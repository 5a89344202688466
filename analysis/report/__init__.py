"""The psychometric report as a document: sections of results, tables and figures, in both languages."""

from analysis.report.build import Draft, Report, build_report
from analysis.report.document import ReportSource, Section, Text

__all__ = ["Draft", "Report", "ReportSource", "Section", "Text", "build_report"]
