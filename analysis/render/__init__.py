"""A report becomes a page, data and files. The only place that writes numbers for readers."""

from analysis.render.files import to_json, write_draft, write_report
from analysis.render.page import stylesheet, to_html

__all__ = ["stylesheet", "to_html", "to_json", "write_draft", "write_report"]
