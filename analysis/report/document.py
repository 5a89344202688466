"""The neutral document: what a report says, before anybody decides how it looks.

Sections hold results and blocks (prose, tables, figures). Numbers are kept unrounded beside the style in
which they are to be written, in both languages; renderers (HTML now, Word and typst later) only walk these.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

import pandas as pd

from analysis.results import Result, plain

Language = Literal["zh-CN", "en"]
Style = Literal["text", "count", "real", "bounded", "p", "percent", "interval", "bounded_interval"]


@dataclass(frozen=True, slots=True)
class Text:
    """One sentence or label in both languages. `*M*` marks a statistic's letter, `{name}` a value."""

    zh: str
    en: str

    def say(self, language: str) -> str:
        """The words in this language."""
        return self.en if language == "en" else self.zh


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """A number with the style it is to be written in.

    style: count; real (leading zero) and bounded (cannot exceed 1: no leading zero) with digits; p (three
    decimals); percent; interval and bounded_interval (`number` is lower and upper). None is a dash.
    """

    number: float | int | str | Text | tuple[float | None, float | None] | None
    style: Style = "real"
    digits: int = 2


def count(number: int | None) -> Value:
    """A whole number."""
    return Value(number=number, style="count")


def words(values: Iterable[Text | str]) -> pd.Series:
    """A table column of words."""
    return pd.Series(list(values), dtype=object)


def bounded(number: float | None, digits: int = 2) -> Value:
    """A number that cannot exceed 1."""
    return Value(number=number, style="bounded", digits=digits)


@dataclass(frozen=True, slots=True, kw_only=True)
class Paragraph:
    """Prose. kind: text; note (small print); caution (what the reader must not overlook)."""

    text: Text
    values: Mapping[str, Value] = field(default_factory=dict)
    kind: Literal["text", "note", "caution"] = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """A column of a table: the key in the frame (two keys for an interval), its head and its style."""

    key: str
    title: Text
    style: Style = "text"
    digits: int = 2
    upper_key: str = ""  # intervals: the second bound
    is_merged: bool = False  # a value that repeats the one above is written once


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Table:
    """A three-line table: title above; under it the method line (estimator, missing data, N) and notes.

    frame: unrounded, one row a line, columns by key. rules: row numbers above which a thin line is drawn.
    """

    id: str
    title: Text
    columns: tuple[Column, ...]
    frame: pd.DataFrame
    method: Text
    method_values: Mapping[str, Value] = field(default_factory=dict)
    notes: tuple[Paragraph, ...] = ()
    rules: tuple[int, ...] = ()
    is_appendix: bool = False


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Figure:
    """A figure to be drawn from a result: kind names the drawing, labels its words by code.

    alt says in words what is to be seen, for those who cannot see it.
    """

    id: str
    title: Text
    kind: Literal[
        "distributions", "scree", "paths", "intervals", "ladder", "expected", "information", "caterpillar",
        "heatmap", "histograms",
    ]  # fmt: skip
    result: Result
    labels: Mapping[str, Text]
    alt: Text
    alt_values: Mapping[str, Value] = field(default_factory=dict)
    method: Text = Text("", "")
    method_values: Mapping[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """Text to be printed as it stands: the syntax of a model."""

    id: str
    title: Text
    text: str


Block = Paragraph | Table | Figure | Listing


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Section:
    """A part of the report. status: done; insufficient (too little data, with the reason); omitted (not asked
    for); failed; pending (in a draft: not computed yet)."""

    id: str
    title: Text
    status: Literal["done", "insufficient", "omitted", "failed", "pending"] = "done"
    reason: Text | None = None
    blocks: tuple[Block, ...] = ()
    results: Mapping[str, Result] = field(default_factory=dict)

    def tables(self) -> tuple[Table, ...]:
        """The tables in order."""
        return tuple(block for block in self.blocks if isinstance(block, Table))

    def figures(self) -> tuple[Figure, ...]:
        """The figures in order."""
        return tuple(block for block in self.blocks if isinstance(block, Figure))

    def to_dict(self) -> dict[str, Any]:
        """Identity, state and results as plain data; blocks are the renderer's."""
        return {
            "id": self.id,
            "title": plain(self.title),
            "status": self.status,
            "reason": plain(self.reason),
            "results": {name: result.to_dict() for name, result in self.results.items()},
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportSource:
    """Where the answers come from, and what the report is bound to.

    filter: which answers count, in words. data_fingerprint: of exactly these data. run_id: of this run.
    """

    kind: Literal["survey", "file"]
    title: str
    simulated: bool
    data_fingerprint: str
    engine_version: str
    filter: str
    run_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class InstrumentFacts:
    """The instrument version a report is bound to."""

    id: str
    version: str
    ref: str
    fingerprint: str
    status: str
    form: str
    scoring_version: str
    title: Text


def with_values(section: Section, **changes: Any) -> Section:
    """The same section with some fields changed."""
    return dataclasses.replace(section, **changes)
