"""An attacker on released group figures, who knows each exactly, everybody's place, and linear algebra.

Rounding and bands are taken as no protection: a shown mean times its number of people is a known sum. What
is about fewer than k people alone and follows from known sums is a find. Two ways, sharing nothing with the
release engine: `ranks` reduces all figures of all snapshots and all scores jointly, exactly (modulo a prime),
and looks at whom each reduced row concerns; `cuts` finds, for one score, the fewest people any combination
of one or two snapshots can concern, as minimum cuts.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import csr_matrix
from scipy.sparse.csgraph import maximum_flow

PRIME = 2_147_483_629
Row = dict[Hashable, int]  # unknown → how often it is in a known sum; unknown[0] is whom it is about


@dataclass(frozen=True, slots=True)
class Figure:
    """One shown figure: snapshot, score, its place in the tree (inside which others lie), and its sum."""

    snapshot: int
    score: str
    inside: frozenset[Hashable]  # units
    row: Row


def remainders(figures: Sequence[Figure]) -> list[Row]:
    """Each figure less the largest shown ones inside it: the same knowledge, with fewer unknowns a row."""
    found = []
    for figure in figures:
        inner = [
            other
            for other in figures
            if other is not figure
            and (other.snapshot, other.score) == (figure.snapshot, figure.score)
            and (other.inside < figure.inside)
        ]
        largest = [a for a in inner if not any(a.inside < b.inside for b in inner)]
        row = dict(figure.row)
        done: set[frozenset[Hashable]] = set()
        for other in largest:
            if other.inside in done:
                continue  # a unit and its only part show the same people twice
            done.add(other.inside)
            for unknown, times in other.row.items():
                row[unknown] = row.get(unknown, 0) - times
        found.append({unknown: times for unknown, times in row.items() if times})
    return [row for row in found if row]


def _components(rows: list[Row]) -> Iterable[list[Row]]:
    """Rows that share unknowns, directly or through others."""
    owner: dict[Hashable, int] = {}
    parent = list(range(len(rows)))

    def _root(x: int) -> int:
        while parent[x] != x:
            parent[x] = parent[parent[x]]
            x = parent[x]
        return x

    for number, row in enumerate(rows):
        for unknown in row:
            parent[_root(number)] = _root(owner.setdefault(unknown, number))
    groups: dict[int, list[Row]] = {}
    for number, row in enumerate(rows):
        groups.setdefault(_root(number), []).append(row)
    return groups.values()


def _reduced(matrix: np.ndarray) -> np.ndarray:
    """The reduced row echelon form, modulo PRIME."""
    at = 0
    for column in range(matrix.shape[1]):
        pivots = np.flatnonzero(matrix[at:, column])
        if not len(pivots):
            continue
        pivot = at + int(pivots[0])
        if pivot != at:
            matrix[[at, pivot]] = matrix[[pivot, at]]
        matrix[at] = matrix[at] * pow(int(matrix[at, column]), PRIME - 2, PRIME) % PRIME
        others = np.flatnonzero(matrix[:, column])
        others = others[others != at]
        matrix[others] = (matrix[others] - matrix[others, column][:, None] * matrix[at] % PRIME) % PRIME
        at += 1
        if at == len(matrix):
            break
    return matrix[:at]


def ranks(figures: Sequence[Figure], people: dict[Hashable, int], k: int, rng: np.random.Generator) -> int:
    """The fewest people that a reduced row is about (k or more: nothing found). people: group → how many."""
    fewest = 10**9
    for rows in _components(remainders(figures)):
        unknowns = sorted({unknown for row in rows for unknown in row}, key=str)
        sizes = np.array([people[unknown[0]] for unknown in unknowns])  # type: ignore[index]  # unknowns are pairs
        for order in (np.argsort(-sizes, kind="stable"), np.argsort(sizes), rng.permutation(len(unknowns))):
            place = {unknowns[column]: number for number, column in enumerate(order)}
            matrix = np.zeros((len(rows), len(unknowns)), dtype=np.int64)
            for number, row in enumerate(rows):
                for unknown, times in row.items():
                    matrix[number, place[unknown]] = times % PRIME
            for row in _reduced(matrix):
                about = {unknowns[order[column]][0] for column in np.flatnonzero(row)}  # type: ignore[index]  # as above
                fewest = min(fewest, sum(people[group] for group in about))
    return fewest


Held = dict[Hashable, Hashable]  # person → which remainder of a snapshot


def cuts(first: Held, second: Held | None, revised: frozenset[Hashable]) -> int:
    """The fewest people that a weighting of the remainders of one score can concern, exactly.

    first, second: whom each snapshot's remainders hold (absent: no shown figure holds the person). A person
    who is the same in both is an edge between the two remainders; who is in one only, between it and
    "nobody"; who answers differently joins all three (half an edge each way: any split cuts two).
    """
    weights: dict[tuple[Hashable, Hashable], int] = {}

    def _edge(a: Hashable, b: Hashable, weight: int) -> None:
        for pair in ((a, b), (b, a)):
            weights[pair] = weights.get(pair, 0) + weight

    for person in first.keys() | (second or {}).keys():
        ends = [(1, first[person])] if person in first else []
        if second is not None and person in second:
            ends.append((2, second[person]))
        if len(ends) == 1:
            _edge(ends[0], None, 2)
        elif person in revised:
            _edge(*ends, 1)
            _edge(ends[0], None, 1)
            _edge(ends[1], None, 1)
        else:
            _edge(*ends, 2)
    return _smallest_cut(weights)


def _smallest_cut(weights: dict[tuple[Hashable, Hashable], int]) -> int:
    nodes = sorted(
        {node for pair in weights for node in pair}, key=lambda node: (node is not None, str(node))
    )
    if not nodes:
        return 10**9
    number = {node: place for place, node in enumerate(nodes)}
    rows, columns = zip(*((number[a], number[b]) for a, b in weights), strict=True)
    graph = csr_matrix((np.array(list(weights.values()), dtype=np.int32), (rows, columns)))
    fewest, done = 10**9, set()
    for start in range(len(nodes)):
        if start in done:
            continue
        reached = _reached(graph, start)
        done |= reached
        for other in reached - {start}:
            fewest = min(fewest, int(maximum_flow(graph, other, start).flow_value))
    return fewest // 2


def _reached(graph: csr_matrix, start: int) -> set[int]:
    found, waiting = {start}, [start]
    while waiting:
        here = waiting.pop()
        for other in graph.indices[graph.indptr[here] : graph.indptr[here + 1]]:
            if int(other) not in found:
                found.add(int(other))
                waiting.append(int(other))
    return found
