"""Which group results may be shown, so that none of a small group can be worked out from the rest.

A cell is a group's result. Groups nest (a unit holds its own people and the units beneath it), so what a
reader can derive from the shown cells are sums over the remainders: a shown group without the largest
shown groups inside it. The remainders are disjoint and span everything derivable; it is enough, and
necessary, that each remainder that holds anybody holds at least k people who are not all of one value.
Complementary suppression: Cox (1980, JASA 75, 377–385). In a tree the fewest cells follow exactly, from
the leaves upwards (`app.scores.fewest`).
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from app.scores.fewest import fewest_hidden

Reason = Literal["small", "unanimous", "complementary", "empty"]


@dataclass(frozen=True, slots=True)
class Group:
    """Some people and the range of their values; `Group()` is nobody."""

    n: int = 0
    low: float = math.inf
    high: float = -math.inf

    def joined(self, other: Group) -> Group:
        """Both groups together (they share nobody)."""
        return Group(self.n + other.n, min(self.low, other.low), max(self.high, other.high))

    def tells(self, k: int) -> bool:
        """Whether its result would say something of few people, or the same of every one."""
        return 0 < self.n < k or (self.n > 0 and self.low == self.high)


@dataclass(frozen=True, slots=True)
class Cell:
    """A group of the tree: a unit with all beneath it, or (`own`) only the unit's own people.

    Own people are a cell of their own only where the unit has units beneath it.
    """

    unit: Hashable
    own: bool = False


@dataclass(frozen=True, slots=True)
class Release:
    """Every cell of the tree: shown, or withheld with the reason."""

    groups: dict[Cell, Group]
    withheld: dict[Cell, Reason]

    def shows(self, cell: Cell) -> bool:
        """Whether the cell's value may be shown."""
        return cell not in self.withheld


def release(parents: Mapping[Hashable, Hashable | None], own: Mapping[Hashable, Group], k: int) -> Release:
    """Decide for every cell of a forest, hiding as few cells more as will do.

    parents: unit → the unit above, or None (a unit above that is not a key counts as None); own: the
    unit's own people (absent: nobody). Raises ValueError for k < 2 or a circle.
    """
    if k < 2:
        raise ValueError("a threshold below 2 protects nobody")
    inside = _inner_cells(parents, own)
    ordered = _upwards(inside)
    groups: dict[Cell, Group] = {}
    withheld: dict[Cell, Reason] = {}
    for cell in ordered:
        parts = (groups[inner] for inner in inside[cell])
        groups[cell] = _joined(parts) if inside[cell] else own.get(cell.unit, Group())
        reason = _first_reason(groups[cell], k)
        if reason is not None:
            withheld[cell] = reason
    sizes = {cell: group.n for cell, group in groups.items()}
    for cell in fewest_hidden(ordered, inside, sizes, frozenset(withheld), k):
        withheld[cell] = "complementary"
    _secure(ordered, inside, groups, withheld, k)
    return Release(groups, withheld)


def _secure(
    ordered: list[Cell],
    inside: dict[Cell, list[Cell]],
    groups: dict[Cell, Group],
    withheld: dict[Cell, Reason],
    k: int,
) -> None:
    """Make certain of every remainder, one after the other upwards; adds to `withheld` where one tells.

    `fewest_hidden` counts people only, so a remainder of people who are all of one value is left to this.
    """
    rest: dict[Cell, Group] = {}  # people of a cell outside the largest shown cells in it
    within: dict[Cell, list[Cell]] = {}  # the largest shown cells inside a cell
    for cell in ordered:
        within[cell] = [
            c for inner in inside[cell] for c in ([inner] if inner not in withheld else within[inner])
        ]
        hidden = (rest[inner] for inner in inside[cell] if inner in withheld)
        rest[cell] = _joined(hidden) if inside[cell] else groups[cell]
        if cell not in withheld and inside[cell] and rest[cell].tells(k):
            _cover(cell, within, rest, groups, withheld)


def aligned(releases: Sequence[Release]) -> list[Release]:
    """Decisions on scores that follow from one another: a cell hidden in one is hidden in all.

    A dimension is worked out from its indicators, so the same cells must be hidden for each of them. Hiding
    more is always safe: remainders only grow together, and each was nobody or safe before.
    """
    hidden = {cell for made in releases for cell, reason in made.withheld.items() if reason != "empty"}
    return [
        Release(
            made.groups,
            made.withheld
            | {cell: "complementary" for cell in hidden if cell in made.groups and cell not in made.withheld},
        )
        for made in releases
    ]


def _first_reason(group: Group, k: int) -> Reason | None:
    if group.n == 0:
        return "empty"
    if group.n < k:
        return "small"
    return "unanimous" if group.low == group.high else None


def _cover(
    cell: Cell,
    within: dict[Cell, list[Cell]],
    rest: dict[Cell, Group],
    groups: dict[Cell, Group],
    withheld: dict[Cell, Reason],
) -> None:
    """Hide one more cell: the smallest inner one that widens the remainder, else the cell itself."""
    helpful = [inner for inner in within[cell] if rest[inner].n > 0]
    if not helpful:
        withheld[cell] = "complementary"
        return
    chosen = min(helpful, key=lambda inner: groups[inner].n)
    withheld[chosen] = "complementary"
    rest[cell] = rest[cell].joined(rest[chosen])
    within[cell].remove(chosen)
    within[cell].extend(within[chosen])


def _joined(groups: Iterable[Group]) -> Group:
    whole = Group()
    for group in groups:
        whole = whole.joined(group)
    return whole


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
