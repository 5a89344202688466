"""What earlier snapshots were made of, and whether a new remainder beside them would tell of few people.

Every snapshot is a partition of people into remainders, of which a reader knows the sums; who is the same
in two snapshots cancels in a difference. Let a reader combine known sums with weights, and let the weight of
a new remainder not be 0. Then

- whoever of it is *fresh* (not in any earlier snapshot with the same answers) has that weight and shows;
- of people who were always in the same earlier remainders (the same *history*), either those still here
  show, or, if they are cancelled, those who have left since do.

So at least fresh + Σ over histories of min(left, still here) people show. A remainder is safe when these are
at least k, or when it is exactly known already: the same people with the same answers.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.scores.release import Group

Marks = NDArray[np.uint64]
NOWHERE = -1
_FIELDS = (("tags", "<u8"), ("versions", "<u8"), ("remainders", "<i4"))


@dataclass(frozen=True, slots=True, eq=False)
class Members:
    """The people of one layer of a snapshot, ordered by tag.

    tags: keyed hashes of response ids; versions: of what was answered, keyed by the response id itself, so
    that they say nothing once the response is deleted; remainders: which one each is in, `NOWHERE` for none.
    """

    tags: Marks
    versions: Marks
    remainders: NDArray[np.int32]


Membership = Mapping[str, Members]  # by layer: "people", or the scores of a family


def packed(membership: Membership) -> bytes:
    """A membership as bytes: a line of JSON, then the arrays."""
    head = {"layers": [[name, len(members.tags)] for name, members in membership.items()]}
    parts = [json.dumps(head).encode() + b"\n"]
    for members in membership.values():
        parts += [getattr(members, name).astype(kind).tobytes() for name, kind in _FIELDS]
    return b"".join(parts)


def unpacked(data: bytes) -> Membership:
    """The membership that was packed."""
    head, _, rest = data.partition(b"\n")
    found: dict[str, Members] = {}
    at = 0
    for layer, count in json.loads(head)["layers"]:
        arrays = []
        for _name, kind in _FIELDS:
            array = np.frombuffer(rest, dtype=kind, count=count, offset=at)
            at += array.nbytes
            arrays.append(array)
        found[layer] = Members(*arrays)
    return found


def changed(before: Members, tags: Marks, versions: Marks) -> int:
    """How many people were added, have gone, or answer differently now."""
    then = dict(zip(before.tags.tolist(), before.versions.tolist(), strict=True))
    here = dict(zip(tags.tolist(), versions.tolist(), strict=True))
    revised = sum(1 for tag, version in here.items() if tag in then and then[tag] != version)
    return len(then.keys() ^ here.keys()) + revised


class Layer:
    """The people of a new release in one layer, against the same layer of every earlier snapshot.

    units: each one's unit; values: shape (n, scores), what may not be told of few (no scores: presence only).
    """

    def __init__(
        self,
        units: Sequence[Hashable],
        tags: Marks,
        versions: Marks,
        values: NDArray[np.float64],
        earlier: Sequence[Members],
        k: int,
    ) -> None:
        self.tags, self.versions, self.values, self.k = tags, versions, values, k
        self.rows: dict[Hashable, NDArray[np.int64]] = _rows_by_unit(units)
        self.own = {unit: self._group(rows) for unit, rows in self.rows.items()}
        keys = list(zip(tags.tolist(), versions.tolist(), strict=True))
        places = [_places(members) for members in earlier]
        self._was = [np.array([found.get(key, NOWHERE) for key in keys], dtype=np.int64) for found in places]
        self._counts = [Counter(found.values()) for found in places]
        self._gone = _gone(places, earlier, frozenset(tags.tolist()))

    def _group(self, rows: NDArray[np.int64]) -> Group:
        values = self.values[rows]
        if not values.shape[1] or not len(rows):
            return Group(len(rows))
        ends = zip(values.min(axis=0).tolist(), values.max(axis=0).tolist(), strict=True)
        return Group(len(rows), tuple(ends))

    def people(self, units: Sequence[Hashable]) -> NDArray[np.int64]:
        """The rows of everybody of these units."""
        found = [self.rows[unit] for unit in units if unit in self.rows]
        return np.concatenate(found) if found else np.array([], dtype=np.int64)

    def tells(self, units: Sequence[Hashable]) -> bool:
        """Whether the sums of this remainder would tell of fewer than k people, or the same of every one."""
        rows = self.people(units)
        if not len(rows):
            return False
        if self._group(rows).tells(self.k):
            return True
        if not self._was:
            return False
        if any(_exactly(was[rows], counts) for was, counts in zip(self._was, self._counts, strict=True)):
            return False
        histories = np.stack([was[rows] for was in self._was], axis=1)
        fresh = (histories == NOWHERE).all(axis=1)
        here = Counter(map(tuple, histories[~fresh].tolist()))
        shown = int(fresh.sum()) + sum(min(count, self._gone[history]) for history, count in here.items())
        return shown < self.k or (shown == fresh.sum() and self._group(rows[fresh]).tells(self.k))

    def members(self, remainders: Sequence[Sequence[Hashable]]) -> Members:
        """What is remembered of this layer, with each one's remainder by its place in `remainders`."""
        within = np.full(len(self.tags), NOWHERE, dtype=np.int32)
        for number, units in enumerate(remainders):
            within[self.people(units)] = number
        order = np.argsort(self.tags, kind="stable")
        return Members(self.tags[order], self.versions[order], within[order])


def _rows_by_unit(units: Sequence[Hashable]) -> dict[Hashable, NDArray[np.int64]]:
    rows: dict[Hashable, list[int]] = {}
    for row, unit in enumerate(units):
        rows.setdefault(unit, []).append(row)
    return {unit: np.array(found, dtype=np.int64) for unit, found in rows.items()}


def _places(members: Members) -> dict[tuple[int, int], int]:
    """(tag, version) → remainder, of those whom a shown cell held."""
    held = members.remainders != NOWHERE
    marks = zip(members.tags[held].tolist(), members.versions[held].tolist(), strict=True)
    return dict(zip(marks, members.remainders[held].tolist(), strict=True))


def _exactly(was: NDArray[np.int64], counts: Counter[int]) -> bool:
    """Whether these people are whole remainders of one earlier snapshot, nobody more and nobody less."""
    if (was == NOWHERE).any():
        return False
    return sum(counts[remainder] for remainder in np.unique(was).tolist()) == len(was)


def _gone(
    places: Sequence[Mapping[tuple[int, int], int]], earlier: Sequence[Members], here: frozenset[int]
) -> Counter[tuple[int, ...]]:
    """How many have left, by history; each counted once, with the latest answers."""
    latest: dict[int, int] = {}
    for members in earlier:
        latest |= {
            tag: version
            for tag, version in zip(members.tags.tolist(), members.versions.tolist(), strict=True)
            if tag not in here
        }
    return Counter(tuple(found.get(mark, NOWHERE) for found in places) for mark in latest.items())
