"""The release engine: from a survey's people to what may be said of each group. No other road leads there.

Scores that rest on common items are one family. A dimension follows from its indicators wherever all items
were answered, so the difference would lay bare whoever left one out: indicators count only people with all
items of the family, and a dimension counts the others as well where they are enough to be told of.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from app.scores.columns import ScoreColumn, families
from app.scores.gathering import Population
from app.scores.history import Layer, Members, Membership
from app.scores.release import Cell, Release, bands, release
from app.scores.statistics import FULL_N, Moments, people_words, reliably_different

Parents = Mapping[Hashable, Hashable | None]
PEOPLE = "people"
EMPTY: dict[str, Any] = {"kind": "empty"}
WITHHELD: dict[str, Any] = {"kind": "withheld"}


@dataclass(frozen=True, slots=True)
class Released:
    """What may be said: people words (None: withheld) and scores by cell; and who it was made of."""

    people: dict[Cell, str | None]
    scores: dict[Cell, dict[str, dict[str, Any]]]
    membership: dict[str, Members]

    @property
    def shown(self) -> int:
        """How many figures are told."""
        return sum(score["kind"] in {"value", "mean"} for of in self.scores.values() for score in of.values())


def released(
    parents: Parents,
    columns: Sequence[ScoreColumn],
    people: Population,
    k: int,
    earlier: Sequence[Membership] = (),
) -> Released:
    """Decide over the whole tree, for every score, whoever may read it later.

    earlier: what the earlier snapshots of the same survey were made of, the first first.
    """
    membership: dict[str, Members] = {}
    everybody = np.arange(len(people.units))
    presence = _layer(people, everybody, [], earlier, PEOPLE, k)
    made = release(parents, presence.own, k, presence.tells)
    membership[PEOPLE] = presence.members(list(made.remainders.values()))
    said = {
        cell: people_words(group.n) if made.shows(cell) or not group.n else None
        for cell, group in made.groups.items()
    }
    scores: dict[Cell, dict[str, dict[str, Any]]] = {cell: {} for cell in said}
    for family in families(columns):
        told = _Family(parents, columns, family, people, k, earlier, membership)
        for cell, of in scores.items():
            nobody = made.groups[cell].n == 0
            of.update({column.id: EMPTY if nobody else told.score(cell, column) for column in family})
    ordered = {cell: {c.id: of[c.id] for c in columns} for cell, of in scores.items()}
    return Released(said, ordered, membership)


def presence_versions(people: Population) -> NDArray[np.uint64]:
    """The version of somebody who is simply there."""
    return np.zeros(len(people.units), dtype=np.uint64)


def _layer(
    people: Population,
    rows: NDArray[np.int64],
    places: list[int],
    earlier: Sequence[Membership],
    name: str,
    k: int,
) -> Layer:
    versions = people.versions(places, rows.tolist()) if places else presence_versions(people)[rows]
    return Layer(
        [people.units[row] for row in rows],
        people.tags[rows],
        versions,
        people.values[rows][:, places],
        [before[name] for before in earlier if name in before],
        k,
    )


class _Family:
    """The scores of one family over the tree: decided once, since each follows from the others."""

    def __init__(
        self,
        parents: Parents,
        columns: Sequence[ScoreColumn],
        family: Sequence[ScoreColumn],
        people: Population,
        k: int,
        earlier: Sequence[Membership],
        membership: dict[str, Members],
    ) -> None:
        self.parents, self.k, self.first = parents, k, not earlier
        self.columns = [column for column in family if column.rank != "indicator" or column.of > 1]
        places = [columns.index(column) for column in self.columns]
        values = people.values[:, places]
        scored = ~np.isnan(values)
        full = scored.all(axis=1)
        if len(places) > 1:
            full &= people.whole[:, places].all(axis=1)
        name = ",".join(column.id for column in self.columns)
        self.layer = _layer(people, np.flatnonzero(full), places, earlier, name, k)
        self.made = release(parents, self.layer.own, k, self.layer.tells)
        remainders = list(self.made.remainders.values())
        membership[name] = self.layer.members(remainders)
        self.moments = [_moments(self.made, self.layer, place) for place in range(len(places))]
        self.bands = bands(self.made, self.layer.own, k) if self.first else frozenset()
        top = _top(self.columns)
        if top is not None:
            rows = np.flatnonzero(~full & scored[:, top])
            rest = _layer(people, rows, [places[top]], earlier, f"{name}|rest", k)
            kept = [
                units if len(rest.people(units)) and not rest.tells(units) else () for units in remainders
            ]
            membership[f"{name}|rest"] = rest.members(kept)
            self._add(top, rest, dict(zip(self.made.remainders, kept, strict=True)))

    def _add(self, top: int, rest: Layer, kept: Mapping[Cell, Sequence[Hashable]]) -> None:
        """Count the people of whole remainders into every shown cell around them."""
        for cell, units in kept.items():
            more = _of(rest.values[rest.people(units), 0])
            for around in _around(self.parents, cell, self.made):
                self.moments[top][around] = self.moments[top][around].joined(more)

    def score(self, cell: Cell, column: ScoreColumn) -> dict[str, Any]:
        """What may be said of a cell in one score, and how it stands to the others in each unit above."""
        reason = self.made.withheld.get(cell)
        if column not in self.columns:
            return EMPTY  # an indicator of which one item is asked has no score
        if cell not in self.made.groups or reason == "empty":
            return WITHHELD  # that everybody there left something out is not told
        place = self.columns.index(column)
        moments = self.moments[place][cell]
        if reason is not None:
            return band(moments, column) if (cell, place) in self.bands else WITHHELD
        said = presented(moments, column)
        if said["kind"] == "value":
            said["against"] = {
                str(above.unit): word
                for above in _around(self.parents, cell, self.made)
                if above != cell and (word := _against(moments, self.moments[place][above]))
            }
        return said


def presented(moments: Moments, column: ScoreColumn) -> dict[str, Any]:
    """The rounding rules: two decimals, interval and SD from 10 people on; below, one decimal, no more."""
    said: dict[str, Any] = {"kind": "mean", "n": people_words(moments.n), "mean": round(moments.mean, 1)}
    if moments.n < FULL_N:
        return said
    low, high = moments.interval
    return said | {
        "kind": "value",
        "mean": round(moments.mean, 2),
        "sd": round(moments.sd, 2),
        "low": round(max(low, column.lowest), 2),
        "high": round(min(high, column.highest), 2),
    }


def total_words(parents: Parents, said: Mapping[Cell, str | None], people: Population, k: int) -> str | None:
    """How many people in all, unless that told of few whom no shown top unit holds."""
    tops = {unit for unit, above in parents.items() if above is None or above not in parents}
    hidden = {top for top in tops if said.get(Cell(top)) is None}
    outside = sum(1 for unit in people.units if _top_of(parents, unit) in hidden)
    total = len(people.units)
    return people_words(total) if (total == 0 or total >= k) and (outside == 0 or outside >= k) else None


def _top_of(parents: Parents, unit: Hashable) -> Hashable:
    while (above := parents.get(unit)) is not None and above in parents:
        unit = above
    return unit


def band(moments: Moments, column: ScoreColumn) -> dict[str, Any]:
    """A range one point wide around what everybody answered."""
    low = min(float(math.floor(moments.mean)), column.highest - 1.0)
    words = people_words(moments.n)
    return {"kind": "band", "n": words, "low": low, "high": low + 1.0}


def _against(part: Moments, whole: Moments) -> str:
    rest = whole.without(part)
    if rest.n < FULL_N:
        return ""
    if not reliably_different(part, rest):
        return "same"
    return "higher" if part.mean > rest.mean else "lower"


def _top(columns: Sequence[ScoreColumn]) -> int | None:
    """The one score that rests on every item of a family of several."""
    if len(columns) < 2:
        return None
    items = frozenset(item for column in columns for item in column.items)
    return next((place for place, column in enumerate(columns) if column.items == items), None)


def _of(values: NDArray[np.float64]) -> Moments:
    if not len(values):
        return Moments()
    mean = float(values.mean())
    return Moments(len(values), mean, float(((values - mean) ** 2).sum()))


def _moments(made: Release, layer: Layer, place: int) -> dict[Cell, Moments]:
    found: dict[Cell, Moments] = {}
    for cell in made.groups:  # what lies inside comes first
        inside = made.inside[cell]
        found[cell] = Moments() if inside else _of(layer.values[layer.people([cell.unit]), place])
        for inner in inside:
            found[cell] = found[cell].joined(found[inner])
    return found


def _around(parents: Parents, cell: Cell, made: Release) -> list[Cell]:
    """The shown cells that hold this one, itself the first."""
    found = [cell] if made.shows(cell) else []
    above: Hashable | None = cell.unit if cell.own else parents.get(cell.unit)
    while above is not None and above in parents:
        if made.shows(Cell(above)):
            found.append(Cell(above))
        above = parents[above]
    return found


def shows_enough(before: Mapping[str, Any], now: Released) -> bool:
    """Whether new results may replace the old: no score of a top unit lost, at least half as much told."""
    cells = before["cells"]
    kinds = {"value", "mean"}
    then = sum(score["kind"] in kinds for cell in cells for score in cell["scores"].values())
    tops = {unit["id"] for unit in before["units"] if unit["depth"] == 0}
    now_told = {
        (str(cell.unit), s)
        for cell, of in now.scores.items()
        if not cell.own
        for s in of
        if of[s]["kind"] in kinds
    }
    lost = any(
        score["kind"] in kinds and (cell["unit"], name) not in now_told
        for cell in cells
        if cell["unit"] in tops and not cell["own"]
        for name, score in cell["scores"].items()
    )
    return not lost and 2 * now.shown >= then
