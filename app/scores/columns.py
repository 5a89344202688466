"""Which scores of an instrument HR gets to see, with their names and the ends of their scale."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from instruments import Instrument

Rank = Literal["dimension", "indicator", "total"]
TOTAL_LEVELS = frozenset({"general", "total"})


@dataclass(frozen=True, slots=True)
class ScoreColumn:
    """One score: its id and names, its rank, and the lowest and highest value it can take."""

    id: str
    title: str
    title_en: str
    rank: Rank
    lowest: float
    highest: float
    of: int  # items of the served form it rests on


def score_columns(instrument: Instrument, form: str) -> tuple[ScoreColumn, ...]:
    """Scores reported by default: dimensions, each followed by its indicators; a total at the end.

    Scores without items in the form, and those the instrument keeps back, are left out.
    """
    served = frozenset(instrument.forms[form].items)
    by_rank: dict[Rank, list[ScoreColumn]] = {"dimension": [], "indicator": [], "total": []}
    for rule in instrument.scoring.scores:
        items = [item for item in instrument.items_of(rule.id) if item in served]
        if not rule.report_default or not items:
            continue
        rank: Rank = (
            "total"
            if rule.level in TOTAL_LEVELS
            else "indicator"
            if rule.level == "indicator"
            else "dimension"
        )
        scale = instrument.scales[instrument.items[items[0]].scale]
        by_rank[rank].append(
            ScoreColumn(
                id=rule.id,
                title=_title(instrument, rule.id, "zh-CN"),
                title_en=_title(instrument, rule.id, "en"),
                rank=rank,
                lowest=float(scale.min),
                highest=float(scale.max),
                of=len(items),
            )
        )
    ordered: list[ScoreColumn] = []
    for dimension in by_rank["dimension"]:
        inner = frozenset(instrument.items_of(dimension.id))
        ordered.append(dimension)
        ordered += [c for c in by_rank["indicator"] if frozenset(instrument.items_of(c.id)) <= inner]
    return (*ordered, *by_rank["total"])


def _title(instrument: Instrument, construct: str, language: str) -> str:
    if language not in instrument.locales:
        return construct
    words = instrument.words(language).constructs.get(construct)
    return words.title if words else construct
