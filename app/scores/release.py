"""Which group results may be shown, so that none of a small group can be worked out from the rest.

A cell is a group's result. Groups nest (a unit holds its own people and the units beneath it), so what a
reader can derive from the shown cells are sums over the remainders: a shown group without the largest
shown groups inside it. The remainders are disjoint and span everything derivable; it is enough, and
necessary, that each remainder that holds anybody holds at least k people who are not all of one value.
Complementary suppression: Cox (1980, JASA 75, 377–385). In a tree the fewest cells follow exactly, from
the leaves upwards (`app.scores.fewest`). A later release asks more of a remainder (`app.scores.history`).
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from app.scores.fewest import fewest_hidden

Reason = Literal["small", "unanimous", "complementary", "empty"]
Tells = Callable[[Sequence[Hashable]], bool]  # units whose own people are one remainder → is it too few?


@dataclass(frozen=True, slots=True)
class Group:
    """Some people and the range of their values in each score; `Group()` is nobody."""

    n: int = 0
    ranges: tuple[tuple[float, float], ...] = ()

    def joined(self, other: Group) -> Group:
        """Both groups together (they share nobody)."""
        if not self.n or not other.n:
            return self if self.n else other
        both = zip(self.ranges, other.ranges, strict=True)
        return Group(self.n + other.n, tuple((min(a[0], b[0]), max(a[1], b[1])) for a, b in both))

    @property
    def alike(self) -> frozenset[int]:
        """The scores in which everybody has the same value, by place in `ranges`."""
        return frozenset(place for place, (low, high) in enumerate(self.ranges) if low == high)

    def tells(self, k: int) -> bool:
        """Whether its result would say something of few people, or the same of every one."""
        return 0 < self.n < k or (self.n > 0 and bool(self.alike))


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of the tree: a unit with all beneath it, or (`own`) only the unit's own people.

    Own people are a cell of their own only where the unit has units beneath it.
    """

    unit: Hashable
    own: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """Every cell of the tree: shown, or withheld with the reason.

    remainders: for each shown cell the units whose own people no smaller shown cell holds.
    """

    groups: dict[Cell, Group]
    withheld: dict[Cell, Reason]
    inside: dict[Cell, list[Cell]] = field(default_factory=dict)
    remainders: dict[Cell, tuple[Hashable, ...]] = field(default_factory=dict)

    def shows(self, cell: Cell) -> bool:
        """Whether the cell's value may be shown."""
        return cell not in self.withheld


def joined(groups: Iterable[Group]) -> Group:
    """All these people together."""
    whole = Group()
    for group in groups:
        whole = whole.joined(group)
    return whole


def release(
    parents: Mapping[Hashable, Hashable | None],
    own: Mapping[Hashable, Group],
    k: int,
    tells: Tells | None = None,
) -> Release:
    """Decide for every cell of a forest, hiding as few cells more as will do.

    parents: unit → the unit above, or None (a unit above that is not a key counts as None); own: the
    unit's own people (absent: nobody); tells: what makes a remainder too few (None: fewer than k people,
    or all of one value). Raises ValueError for k < 2 or a circle.
    """
    if k < 2:
        raise ValueError("a threshold below 2 protects nobody")
    inside = _inner_cells(parents, own)
    ordered = _upwards(inside)
    groups: dict[Cell, Group] = {}
    withheld: dict[Cell, Reason] = {}
    for cell in ordered:
        parts = (groups[inner] for inner in inside[cell])
        groups[cell] = joined(parts) if inside[cell] else own.get(cell.unit, Group())
        reason = _first_reason(groups[cell], k)
        if reason is not None:
            withheld[cell] = reason
    sizes = {cell: group.n for cell, group in groups.items()}
    for cell in fewest_hidden(ordered, inside, sizes, frozenset(withheld), k):
        withheld[cell] = "complementary"
    made = Release(groups, withheld, inside)
    _Securing(made, tells or (lambda units: joined(own[u] for u in units).tells(k))).run(ordered)
    return made


class _Securing:
    """Makes certain of every remainder, one after the other upwards, hiding more where one tells.

    `fewest_hidden` counts people only; whoever is alike, and what earlier releases told, is left to this.
    """

    def __init__(self, made: Release, tells: Tells) -> None:
        self.made, self.tells = made, tells
        self.rest: dict[Cell, tuple[Hashable, ...]] = {}  # units outside the largest shown cells in a cell
        self.within: dict[Cell, list[Cell]] = {}  # the largest shown cells inside a cell

    def run(self, ordered: Sequence[Cell]) -> None:
        """Decide; fills `remainders`."""
        made = self.made
        tops = set(ordered) - {inner for cells in made.inside.values() for inner in cells}
        for cell in ordered:
            inside = made.inside[cell]
            self.within[cell] = [
                c for inner in inside for c in ([inner] if made.shows(inner) else self.within[inner])
            ]
            hidden = [unit for inner in inside if not made.shows(inner) for unit in self.rest[inner]]
            self.rest[cell] = tuple(hidden) if inside else (cell.unit,) * bool(made.groups[cell].n)
            if made.shows(cell) and self.rest[cell] and self.tells(self.rest[cell]):
                self._cover(cell, top=cell in tops)
        made.remainders.update({cell: self.rest[cell] for cell in ordered if made.shows(cell)})

    def _cover(self, cell: Cell, *, top: bool) -> None:
        """Hide what widens the remainder enough: one inner cell, at a top several; else the cell itself."""
        made, found = self.made, self.rest[cell]
        helpful = sorted((c for c in self.within[cell] if self.rest[c]), key=lambda c: made.groups[c].n)
        for inner in helpful:
            if not self.tells(found + self.rest[inner]):
                self._hide(cell, inner)
                return
        if top:
            for count in range(2, len(helpful) + 1):
                found = self.rest[cell] + tuple(u for c in helpful[:count] for u in self.rest[c])
                if not self.tells(found):
                    for inner in helpful[:count]:
                        self._hide(cell, inner)
                    return
        made.withheld[cell] = "complementary"

    def _hide(self, cell: Cell, inner: Cell) -> None:
        self.made.withheld[inner] = "complementary"
        self.rest[cell] += self.rest[inner]
        self.within[cell].remove(inner)
        self.within[cell].extend(self.within[inner])


def bands(made: Release, own: Mapping[Hashable, Group], k: int) -> frozenset[tuple[Cell, int]]:
    """Withheld cells whose people are all alike in a score, of which a band may be told: (cell, score).

    A band says that all are alike, so it must not lay bare who is hidden with them: it is told where the
    others of the same remainder are at least k people and not alike either, or where no sum is known.
    """
    told = set()
    seen: set[Hashable] = set()
    for units in made.remainders.values():
        seen.update(units)
        alike = _alike(made, frozenset(units))
        for place in {place for _, places in alike.values() for place in places}:
            of_place = [(cell, held) for cell, (held, places) in alike.items() if place in places]
            others = joined(own[u] for u in units if not any(u in held for _, held in of_place))
            if len(of_place) == 1 and others.n >= k and place not in others.alike:
                told.add((of_place[0][0], place))
    outside = frozenset(unit for unit, group in own.items() if group.n and unit not in seen)
    told |= {(cell, place) for cell, (_, places) in _alike(made, outside).items() for place in places}
    return frozenset(told)


def _alike(
    made: Release, units: frozenset[Hashable]
) -> dict[Cell, tuple[frozenset[Hashable], frozenset[int]]]:
    """The largest cells withheld as unanimous that lie within these units, with their units and scores."""
    found: dict[Cell, tuple[frozenset[Hashable], frozenset[int]]] = {}
    covered: set[Hashable] = set()
    for cell in reversed(list(made.groups)):  # what holds a cell comes before it
        if made.withheld.get(cell) == "unanimous":
            held = _units_of(made, cell)
            if held <= units and not held <= covered:
                covered |= held
                found[cell] = (held, made.groups[cell].alike)
    return found


def _units_of(made: Release, cell: Cell) -> frozenset[Hashable]:
    """The units whose own people a cell holds."""
    if not made.inside[cell]:
        return frozenset({cell.unit} if made.groups[cell].n else ())
    return frozenset(unit for inner in made.inside[cell] for unit in _units_of(made, inner))


def _first_reason(group: Group, k: int) -> Reason | None:
    if group.n == 0:
        return "empty"
    if group.n < k:
        return "small"
    return "unanimous" if group.alike else None


def _inner_cells(
    parents: Mapping[Hashable, Hashable | None], own: Mapping[Hashable, Group]
) -> dict[Cell, list[Cell]]:
    """Every cell with the cells directly inside it; a unit's own people first."""
    inside: dict[Cell, list[Cell]] = {Cell(unit): [] for unit in parents}
    for unit, parent in parents.items():
        if parent is not None and Cell(parent) in inside:
            inside[Cell(parent)].append(Cell(unit))
    for unit in parents:
        if inside[Cell(unit)] and own.get(unit, Group()).n > 0:
            inside[Cell(unit)].insert(0, Cell(unit, own=True))
            inside[Cell(unit, own=True)] = []
    return inside


def _upwards(inside: dict[Cell, list[Cell]]) -> list[Cell]:
    """Cells ordered so that what lies inside comes first."""
    inner = {cell for cells in inside.values() for cell in cells}
    ordered: list[Cell] = []
    waiting = [cell for cell in inside if cell not in inner]
    while waiting:
        cell = waiting.pop()
        ordered.append(cell)
        waiting.extend(inside[cell])
    if len(ordered) != len(inside):
        raise ValueError("the units form a circle")
    return ordered[::-1]
