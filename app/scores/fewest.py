"""The fewest cells of a tree to hide besides those held back already, so that no remainder is small.

Dynamic programming from the leaves upwards. What a cell passes to the one above is the number of people
left over at its border: nobody when it is shown, the people outside the shown cells in it when hidden.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from typing import Any, TypeVar

T = TypeVar("T", bound=Hashable)
Cost = tuple[int, int]  # cells hidden, people in them: fewest cells first, then the smaller groups
FREE: Cost = (0, 0)
Chain = tuple[Any, int] | None  # what each part passes on, the last first: (earlier parts, people)
Option = tuple[Cost, bool, Chain]  # cost, shown?, what the parts inside pass on


def fewest_hidden(
    ordered: Sequence[T], inside: Mapping[T, Sequence[T]], sizes: Mapping[T, int], held: frozenset[T], k: int
) -> frozenset[T]:
    """Cells to hide besides `held`, so that each shown cell's remainder holds nobody or at least k people.

    ordered: every cell, what lies inside a cell before it; inside: the cells directly in it (the parts add
    up to the whole); sizes: people. Cost: one step for each pair of remainders up to k, each cell.
    """
    # for each cell: people left over (k stands for k or more) → the cheapest way there
    options: dict[T, dict[int, Option]] = {}
    for cell in ordered:
        inner = _combined([options[part] for part in inside[cell]], k) if inside[cell] else {}
        if not inside[cell]:
            inner = {min(sizes[cell], k): (FREE, None)}
        found: dict[int, Option] = {}
        for left, (cost, passed) in inner.items():
            free = cell in held
            hidden = cost if free else _sum(cost, (1, sizes[cell]))
            _keep(found, left, hidden, shown=False, passed=passed)
            if not free and (left in {0, k} or not inside[cell]):
                _keep(found, 0, cost, shown=True, passed=passed)
        options[cell] = found
    return _chosen(ordered, inside, options, held)


def _sum(a: Cost, b: Cost) -> Cost:
    return a[0] + b[0], a[1] + b[1]


def _keep(
    found: dict[int, Option],
    left: int,
    cost: Cost,
    *,
    shown: bool,
    passed: Chain,
) -> None:
    if left not in found or cost < found[left][0]:
        found[left] = (cost, shown, passed)


def _combined(parts: list[dict[int, Option]], k: int) -> dict[int, tuple[Cost, Chain]]:
    """The cheapest way to each sum of what the parts pass on, capped at k."""
    combined: dict[int, tuple[Cost, Chain]] = {0: (FREE, None)}
    for part in parts:
        wider: dict[int, tuple[Cost, Chain]] = {}
        for before, (cost, passed) in combined.items():
            for left, (more, _, _) in part.items():
                total, spent = min(before + left, k), _sum(cost, more)
                if total not in wider or spent < wider[total][0]:
                    wider[total] = (spent, (passed, left))
        combined = wider
    return combined


def _chosen(
    ordered: Sequence[T],
    inside: Mapping[T, Sequence[T]],
    options: Mapping[T, Mapping[int, Option]],
    held: frozenset[T],
) -> frozenset[T]:
    """Walk back down from the tops along the cheapest choices."""
    inner = {part for parts in inside.values() for part in parts}
    wanted = {
        cell: min(options[cell], key=lambda left: options[cell][left][0])
        for cell in ordered
        if cell not in inner
    }
    hidden = set()
    for cell in reversed(ordered):
        _, shown, passed = options[cell][wanted[cell]]
        for part in reversed(inside[cell]):
            assert passed is not None
            passed, wanted[part] = passed
        if not shown and cell not in held:
            hidden.add(cell)
    return frozenset(hidden)
