"""Group results as one reader gets them: the own part of the newest snapshot, as far as evidence allows."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sqlalchemy.orm import Session

from app.errors import Conflict
from app.scores.columns import ScoreColumn, score_columns
from app.scores.service import EvidenceView
from app.scores.snapshots import Snapshot, kept_because, newest
from app.surveys.rights import HrView
from app.surveys.service import instrument_of

WITHHELD = "〔人数不足，未显示〕"
COMPARISONS = {"same": "与参照组无可靠差异", "higher": "高于参照组", "lower": "低于参照组"}


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
class ReleasedUnit:
    """A unit as the snapshot names it."""

    id: uuid.UUID
    code: str
    name: str


@dataclass(frozen=True, slots=True)
class GroupRow:
    """One group: a unit with everything beneath it, or (`own`) only the unit's own people."""

    unit: ReleasedUnit
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

    held_back: scores that the evidence keeps from HR; kept: why the snapshot is not newer, if it could be.
    """

    columns: tuple[ScoreColumn, ...]
    held_back: tuple[ScoreColumn, ...]
    rows: tuple[GroupRow, ...]
    threshold: int
    shown: int
    withheld: int
    number: int
    digest: str
    made_at: dt.datetime
    kept: str

    def row(self, unit_id: uuid.UUID) -> GroupRow | None:
        """The row of a unit with everything beneath it."""
        return next((r for r in self.rows if r.unit.id == unit_id and not r.own), None)


def group_results(session: Session, view: HrView, evidence: EvidenceView) -> GroupResults:
    """The unit table of the reader's own part. Raises Conflict when nothing has been released yet.

    The reference of a unit is everybody else under the reader's topmost unit above it; differences are
    spoken of only where the evidence supports comparing.
    """
    snapshot = newest(session, view.survey)
    if snapshot is None:
        raise Conflict("结果尚未汇总", "请由组织单位在“得分”页面上汇总结果。")
    reported = score_columns(instrument_of(view.survey), view.survey.form)
    columns = tuple(column for column in reported if evidence.may_show(column.id))
    rows = tuple(_rows(snapshot, view.units, columns, evidence))
    kinds = [cell.kind for row in rows for cell in row.cells.values()]
    return GroupResults(
        columns=columns,
        held_back=tuple(column for column in reported if column not in columns),
        rows=rows,
        threshold=snapshot.content["threshold"],
        shown=sum(kind in {"value", "mean"} for kind in kinds),
        withheld=sum(kind in {"withheld", "band"} for kind in kinds),
        number=snapshot.number,
        digest=snapshot.digest,
        made_at=dt.datetime.fromisoformat(snapshot.content["made_at"]),
        kept=kept_because(session, view.survey, snapshot),
    )


def _rows(
    snapshot: Snapshot,
    own_units: frozenset[uuid.UUID],
    columns: tuple[ScoreColumn, ...],
    evidence: EvidenceView,
) -> Iterator[GroupRow]:
    cells = {(cell["unit"], cell["own"]): cell for cell in snapshot.content["cells"]}
    above: list[tuple[int, str]] = []  # depth and id of the reader's units that hold this one
    for placed in snapshot.content["units"]:
        while above and above[-1][0] >= placed["depth"]:
            above.pop()
        unit = ReleasedUnit(uuid.UUID(placed["id"]), placed["code"], placed["name"])
        if unit.id not in own_units:
            continue
        top = above[0][1] if above else placed["id"]
        for own in (False, True):
            cell = cells.get((placed["id"], own))
            if cell is None:
                continue
            yield GroupRow(
                unit=unit,
                own=own,
                depth=len(above) + own,
                n_words=WITHHELD if cell["people"] is None else cell["people"],
                cells={
                    c.id: _cell(cell["scores"][c.id], top if evidence.may_compare(c.id) else "")
                    for c in columns
                },
            )
        above.append((placed["depth"], placed["id"]))


def _cell(said: dict[str, Any], reference: str) -> GroupCell:
    word = said.get("against", {}).get(reference)
    return GroupCell(
        kind=said["kind"],
        n_words=said.get("n", "0" if said["kind"] == "empty" else ""),
        mean=said.get("mean"),
        sd=said.get("sd"),
        low=said.get("low"),
        high=said.get("high"),
        comparison=COMPARISONS[word] if word else "",
    )
