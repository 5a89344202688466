"""Group results over the tree of units: what may be shown of each cell, and how exactly.

The decision is made on the survey's whole tree, whoever reads; a reader is then given the own part.
"""

from __future__ import annotations

import uuid
from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.responses.models import Response, ScoreRecord
from app.scores.columns import ScoreColumn, families, score_columns
from app.scores.release import Cell, Group, Release, aligned, release
from app.scores.service import EvidenceView
from app.scores.statistics import FULL_N, Moments, people_words, reliably_different
from app.surveys.models import Survey
from app.surveys.rights import HrView
from app.surveys.service import covered_ids, instrument_of
from app.units.models import Unit
from app.units.service import PlacedUnit, listing

WITHHELD = "〔人数不足，未显示〕"
SAME = "与参照组无可靠差异"


@dataclass(frozen=True, slots=True)
class GroupCell:
    """One score of one group, already rounded to what may be said.

    value: mean, SD and interval to two decimals (n ≥ 10); mean: the mean to one decimal (n 5–9); band: all
    alike, so only a range one point wide; withheld; empty: nobody has this score.
    """

    kind: Literal["value", "mean", "band", "withheld", "empty"]
    n_words: str = ""
    mean: float | None = None
    sd: float | None = None
    low: float | None = None
    high: float | None = None
    comparison: str = ""


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group: a unit with everything beneath it, or (`own`) only the unit's own people."""

    unit: Unit
    own: bool
    depth: int
    n_words: str
    cells: Mapping[str, GroupCell]

    @property
    def name(self) -> str:
        """The group's name in a table."""
        return f"{self.unit.name}（本级）" if self.own else self.unit.name


@dataclass(frozen=True, slots=True)
class GroupResults:
    """The unit table of one reader. withheld: cells not shown although somebody answered.

    held_back: scores that the evidence keeps from HR.
    """

    columns: tuple[ScoreColumn, ...]
    held_back: tuple[ScoreColumn, ...]
    rows: tuple[GroupRow, ...]
    threshold: int
    shown: int
    withheld: int

    def row(self, unit_id: uuid.UUID) -> GroupRow | None:
        """The row of a unit with everything beneath it."""
        return next((r for r in self.rows if r.unit.id == unit_id and not r.own), None)


@dataclass(slots=True)
class _Gathered:
    """The people of one unit for one score."""

    moments: Moments = field(default_factory=Moments)
    low: float = float("inf")
    high: float = float("-inf")

    def add(self, value: float) -> None:
        self.moments = self.moments.joined(Moments(1, value, 0.0))
        self.low, self.high = min(self.low, value), max(self.high, value)

    @property
    def group(self) -> Group:
        return Group(self.moments.n, self.low, self.high)


def _gather(
    session: Session, survey: Survey, scoring_version: str, columns: tuple[ScoreColumn, ...]
) -> tuple[dict[uuid.UUID, int], dict[str, dict[uuid.UUID, _Gathered]]]:
    """Responses by unit, and each score's values by unit, in one pass."""
    counts: dict[uuid.UUID, int] = {}
    gathered: dict[str, dict[uuid.UUID, _Gathered]] = {column.id: {} for column in columns}
    rows = session.execute(
        select(Response.unit_id, ScoreRecord)
        .join(ScoreRecord, ScoreRecord.response_id == Response.id)
        .where(
            Response.survey_id == survey.id,
            Response.unit_id.is_not(None),
            ScoreRecord.scoring_version == scoring_version,
        )
        .execution_options(yield_per=1000)
    )
    for unit, record in rows:
        assert unit is not None
        scores = record.scores
        counts[unit] = counts.get(unit, 0) + 1
        for column, by_unit in gathered.items():
            value = scores.get(column, {}).get("value")
            if value is not None:
                by_unit.setdefault(unit, _Gathered()).add(value)
    return counts, gathered


def _cell_moments(
    parents: Mapping[Hashable, Hashable | None], direct: Mapping[uuid.UUID, _Gathered]
) -> dict[Cell, Moments]:
    found: dict[Cell, Moments] = {Cell(unit): Moments() for unit in parents}
    for unit, gathered in direct.items():
        found[Cell(unit, own=True)] = gathered.moments
        above: Hashable | None = unit
        while above is not None and Cell(above) in found:
            found[Cell(above)] = found[Cell(above)].joined(gathered.moments)
            above = parents[above]
    return found


def presented(moments: Moments, reason: str | None, column: ScoreColumn) -> GroupCell:
    """What may be said of a group: the rounding rules, and nothing of what is withheld."""
    if reason == "empty":
        return GroupCell("empty", "0")
    if reason == "unanimous":
        low = min(float(int(moments.mean)), column.highest - 1.0)
        return GroupCell("band", people_words(moments.n), low=low, high=low + 1.0)
    if reason is not None:
        return GroupCell("withheld")
    words = people_words(moments.n)
    if moments.n < FULL_N:
        return GroupCell("mean", words, mean=round(moments.mean, 1))
    low, high = moments.interval
    return GroupCell(
        "value",
        words,
        mean=round(moments.mean, 2),
        sd=round(moments.sd, 2),
        low=round(max(low, column.lowest), 2),
        high=round(min(high, column.highest), 2),
    )


@dataclass(frozen=True, slots=True)
class _Decided:
    """One score over the whole tree: what may be shown, and the moments behind it."""

    column: ScoreColumn
    release: Release
    moments: dict[Cell, Moments]

    def cell(self, cell: Cell, reference: Cell | None) -> GroupCell:
        shown = presented(self.moments.get(cell, Moments()), self.release.withheld.get(cell), self.column)
        if shown.kind != "value" or reference is None or not self.release.shows(reference):
            return shown
        part = self.moments[cell]
        rest = self.moments[reference].without(part)
        if rest.n < FULL_N:
            return shown
        words = SAME
        if reliably_different(part, rest):
            words = "高于参照组" if part.mean > rest.mean else "低于参照组"
        return GroupCell("value", shown.n_words, shown.mean, shown.sd, shown.low, shown.high, words)


def group_results(session: Session, view: HrView, evidence: EvidenceView) -> GroupResults:
    """The unit table of the reader's own part.

    The reference of a unit is everybody else under the reader's topmost unit above it; differences are
    spoken of only where the evidence supports comparing.
    """
    survey = view.survey
    instrument = instrument_of(survey)
    reported = score_columns(instrument, survey.form)
    columns = tuple(column for column in reported if evidence.may_show(column.id))
    tree = listing(session, covered_ids(session, survey))
    parents: dict[Hashable, Hashable | None] = {p.unit.id: p.unit.parent_id for p in tree}
    counts, gathered = _gather(session, survey, instrument.scoring.version, columns)
    people = release(parents, {u: Group(n, 0.0, 1.0) for u, n in counts.items()}, survey.min_group_n)
    made: dict[str, Release] = {}
    for family in families(columns):
        releases = [
            release(parents, {u: g.group for u, g in gathered[c.id].items()}, survey.min_group_n)
            for c in family
        ]
        made |= zip((c.id for c in family), aligned(releases), strict=True)
    decided = [_Decided(c, made[c.id], _cell_moments(parents, gathered[c.id])) for c in columns]
    rows = _rows(listing(session, view.units), people, decided, evidence)
    kinds = [cell.kind for row in rows for cell in row.cells.values()]
    return GroupResults(
        columns=columns,
        held_back=tuple(column for column in reported if column not in columns),
        rows=rows,
        threshold=survey.min_group_n,
        shown=sum(kind in {"value", "mean"} for kind in kinds),
        withheld=sum(kind in {"withheld", "band"} for kind in kinds),
    )


def _rows(
    placed: tuple[PlacedUnit, ...], people: Release, decided: list[_Decided], evidence: EvidenceView
) -> tuple[GroupRow, ...]:
    rows: list[GroupRow] = []
    top: Cell | None = None
    for place in placed:
        if place.depth == 0:
            top = Cell(place.unit.id)
        for cell in (Cell(place.unit.id), Cell(place.unit.id, own=True)):
            if cell not in people.groups:
                continue
            reference = top if cell != top else None
            group = people.groups[cell]
            rows.append(
                GroupRow(
                    unit=place.unit,
                    own=cell.own,
                    depth=place.depth + cell.own,
                    n_words=people_words(group.n) if people.shows(cell) or group.n == 0 else WITHHELD,
                    cells={
                        d.column.id: d.cell(cell, reference if evidence.may_compare(d.column.id) else None)
                        for d in decided
                    },
                )
            )
    return tuple(rows)
