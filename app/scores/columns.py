"""Which scores of an instrument HR gets to see, with their names and the ends of their scale."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from instruments import Instrument
from instruments.instrument import ScoreRule

Rank = Literal["dimension", "indicator", "total"]
RANKS: dict[str, Rank] = {"dimension": "dimension", "factor": "dimension", "indicator": "indicator"}


@dataclass(frozen=True, slots=True)
class ScoreColumn:
    """One score: its id and names, its rank, and the lowest and highest value it can take."""

    id: str
    title: str
    title_en: str
    rank: Rank
    lowest: float
    highest: float
    items: frozenset[str]  # those of the served form it rests on

    @property
    def of(self) -> int:
        """How many items of the served form it rests on."""
        return len(self.items)


def score_columns(instrument: Instrument, form: str) -> tuple[ScoreColumn, ...]:
    """Scores reported by default: dimensions, each followed by its indicators; a total at the end.

    Scores without items in the form, and those the instrument keeps back, are left out.
    """
    served = frozenset(instrument.forms[form].items)
    by_rank: dict[Rank, list[ScoreColumn]] = {"dimension": [], "indicator": [], "total": []}
    for rule in instrument.scoring.scores:
        items = [item for item in _items(instrument, rule) if item in served]
        if not rule.report_default or not items:
            continue
        rank = RANKS.get(rule.level, "total")
        scale = instrument.scales[instrument.items[items[0]].scale]
        by_rank[rank].append(
            ScoreColumn(
                id=rule.id,
                title=_title(instrument, rule.id, "zh-CN"),
                title_en=_title(instrument, rule.id, "en"),
                rank=rank,
                lowest=float(scale.min),
                highest=float(scale.max),
                items=frozenset(items),
            )
        )
    rules = {rule.id: rule for rule in instrument.scoring.scores}
    ordered: list[ScoreColumn] = []
    for dimension in by_rank["dimension"]:
        inside = frozenset(_items(instrument, rules[dimension.id]))
        ordered.append(dimension)
        ordered += [c for c in by_rank["indicator"] if inside.issuperset(_items(instrument, rules[c.id]))]
    ordered += [column for column in by_rank["indicator"] if column not in ordered]
    return (*ordered, *by_rank["total"])


def families(columns: Sequence[ScoreColumn]) -> tuple[tuple[ScoreColumn, ...], ...]:
    """Scores grouped so that those sharing items, directly or through others, are together."""
    found: list[list[ScoreColumn]] = []
    for column in columns:
        related = [family for family in found if any(column.items & other.items for other in family)]
        found = [family for family in found if family not in related]
        found.append([*(other for family in related for other in family), column])
    return tuple(tuple(family) for family in found)


def _items(instrument: Instrument, rule: ScoreRule) -> tuple[str, ...]:
    """The items a score rests on, through the scores it is made of."""
    if rule.items:
        return rule.items
    parts = [inner for inner in instrument.scoring.scores if inner.id in rule.scores]
    return tuple(item for part in parts for item in _items(instrument, part))


def _title(instrument: Instrument, score: str, language: str) -> str:
    words = instrument.words(language)
    known = words.constructs.get(score)
    return known.title if known is not None else words.scores.get(score, score)
