"""Rows and what their columns mean, in the words that statistics programs share: labels, value labels,
measure, user-missing codes.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from instruments import Instrument
from instruments.instrument import BackgroundQuestion

Kind = Literal["row", "item", "attention", "background", "unit"]
Measure = Literal["nominal", "ordinal", "scale"]
Missing = Literal["listwise", "fiml"]
Cell = int | str | None
SUPPRESSED = "*"
ROW_WORDS = {"zh-CN": "行的名称，每次导出重新随机产生", "en": "name of the row, random in every export"}
UNIT_WORDS = {"zh-CN": "单位编码", "en": "code of the unit"}
HIDDEN_WORDS = {"zh-CN": "为保护本人，未提供", "en": "suppressed to protect the person"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Variable:
    """One column.

    values: code as text → label. missing: codes that are answers but no amount (不了解). mirrored: min + max
    of a reversed item, else None. groups: value → group, for a question declared for invariance.
    construct: what an item measures.
    """

    name: str
    label: str
    kind: Kind
    measure: Measure
    values: dict[str, str] = field(default_factory=dict)
    missing: tuple[int, ...] = ()
    lowest: int | None = None
    highest: int | None = None
    mirrored: int | None = None
    groups: dict[str, str] = field(default_factory=dict)
    construct: str = ""

    @property
    def is_number(self) -> bool:
        """Whether its cells are numbers (those of items) or text."""
        return self.kind in {"item", "attention"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Dataset:
    """Answers as given (nothing recoded), one row a person; None = skipped.

    facts: what the rows are bound to, in words (source, filter, fingerprint), printed in every file.
    """

    title: str
    instrument: str
    form: str
    language: str
    simulated: bool
    variables: tuple[Variable, ...]
    rows: tuple[tuple[Cell, ...], ...]
    facts: dict[str, str] = field(default_factory=dict)

    def items(self) -> tuple[Variable, ...]:
        """The content items, in the order of the constructs."""
        return tuple(v for v in self.variables if v.kind == "item")

    def column(self, name: str) -> list[Cell]:
        """The cells of one column. Raises KeyError."""
        places = {variable.name: k for k, variable in enumerate(self.variables)}
        return [row[places[name]] for row in self.rows]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """How the confirmatory analyses are done, as in the report that the syntax repeats."""

    estimator: str = "MLR"
    missing: Missing = "listwise"


def dataset_of(
    instrument: Instrument,
    columns: Sequence[str],
    rows: Sequence[Sequence[Cell]],
    *,
    title: str,
    form: str,
    language: str = "zh-CN",
    simulated: bool = False,
    merged: frozenset[str] = frozenset(),
    facts: Mapping[str, str] | None = None,
) -> Dataset:
    """Describe rows by the instrument. Items come out in its order, other columns before them.

    columns: "row", "unit", codes of items, attention items and background questions. merged: questions
    whose values are the groups of their recoding. Raises ValueError for a column that is none of these.
    """
    order = {code: place for place, code in enumerate(instrument.items)}
    places = sorted(range(len(columns)), key=lambda k: order.get(columns[k], -1))
    return Dataset(
        title=title,
        instrument=instrument.ref,
        form=form,
        language=language,
        simulated=simulated,
        variables=tuple(_variable(instrument, columns[k], language, columns[k] in merged) for k in places),
        rows=tuple(tuple(row[k] for k in places) for row in rows),
        facts=dict(facts or {}),
    )


def _variable(instrument: Instrument, code: str, language: str, is_merged: bool) -> Variable:
    words = instrument.words(language)
    tongue = "en" if language == "en" else "zh-CN"
    if code == "row":
        return Variable(name=code, label=ROW_WORDS[tongue], kind="row", measure="nominal")
    if code == "unit":
        return Variable(name=code, label=UNIT_WORDS[tongue], kind="unit", measure="nominal")
    if code in instrument.items or code in instrument.quality.attention:
        scale = instrument.scale_of(code)
        item = instrument.items.get(code)
        scale_id = item.scale if item else instrument.quality.attention[code].scale
        return Variable(
            name=code,
            label=words.item(code),
            kind="item" if item else "attention",
            measure="ordinal",
            values={str(value): words.scales[scale_id].get(value, str(value)) for value in scale.codes},
            missing=() if scale.na_code is None else (scale.na_code,),
            lowest=scale.min,
            highest=scale.max,
            mirrored=scale.min + scale.max if item and item.reverse else None,
            construct=words.constructs[item.construct].title if item else "",
        )
    for question in (*instrument.background, *instrument.quality.diligence):
        if question.id == code:
            told = words.background.get(code) or words.diligence[code]
            return _question(question, told.text, told.options, tongue, is_merged)
    raise ValueError(f"{instrument.ref} has no column {code!r}")


def _question(
    question: BackgroundQuestion, text: str, labels: Mapping[str, str], tongue: str, is_merged: bool
) -> Variable:
    merges = dict(question.recode)
    join = "/" if tongue == "en" else "、"
    values = (
        {name: join.join(labels.get(o, o) for o in options) for name, options in merges.items()}
        | {o: labels.get(o, o) for o in question.options if not any(o in m for m in merges.values())}
        if is_merged
        else {option: labels.get(option, option) for option in question.options}
    )
    groups: dict[str, str] = {}
    if "invariance" in question.use:
        found = question.groups()
        groups = {name: name for name in found} if is_merged else {
            option: name for name, options in found.items() for option in options
        }  # fmt: skip
    return Variable(
        name=question.id,
        label=text,
        kind="background",
        measure="nominal",
        values=values | {SUPPRESSED: HIDDEN_WORDS[tongue]},
        groups=groups,
    )


def score_items(instrument: Instrument, dataset: Dataset) -> dict[str, list[str]]:
    """Score → its items among the columns, in the instrument's order; scores of one item are left out."""
    present = [variable.name for variable in dataset.items()]
    found = {}
    for rule in instrument.scoring.scores:
        wanted = set(instrument.items_of_score(rule.id))
        items = [code for code in present if code in wanted]
        if len(items) > 1:
            found[rule.id] = items
    return found
