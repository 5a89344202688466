"""Background answers made so coarse that everybody in an export shares all of them with at least four others.

Values are merged as the instrument's own recoding says, then whole questions dropped, whichever leaves the
fewest people standing out; the few that still do lose their background altogether (local suppression).
Samarati & Sweeney (1998): k-anonymity by generalisation and suppression.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from instruments.instrument import BackgroundQuestion

ALIKE = 5
MOST_SUPPRESSED = 0.05  # share of people whose background may be suppressed rather than coarsened for all
SUPPRESSED = "*"
How = Literal["asked", "merged", "dropped"]


@dataclass(frozen=True, slots=True)
class AlikeBackground:
    """Background as it may leave the house.

    how: each question as asked, merged or dropped; rows: the values of the questions kept, one tuple a
    person; suppressed: how many lost all; smallest: the size of the smallest class of people alike.
    """

    how: dict[str, How]
    questions: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    suppressed: int
    smallest: int


def alike_background(
    people: Sequence[Mapping[str, str]], questions: Sequence[BackgroundQuestion]
) -> AlikeBackground:
    """Coarsen until every class has at least `ALIKE` people. Raises ValueError for fewer in all."""
    if len(people) < ALIKE:
        raise ValueError(f"fewer than {ALIKE} people")
    levels = {question.id: _levels(people, question) for question in questions}
    at = dict.fromkeys(levels, 0)
    while True:
        lonely = _lonely(levels, at)
        steps = [question for question in levels if at[question] < len(levels[question]) - 1]
        if lonely.sum() <= MOST_SUPPRESSED * len(people) or not steps:
            break
        left = {question: int(_lonely(levels, at | {question: at[question] + 1}).sum()) for question in steps}
        best = min(steps, key=lambda question: (left[question], -len(levels[question])))
        at[best] += 1
    return _suppressed(levels, at, lonely)


@dataclass(frozen=True, slots=True)
class _Level:
    """One way to tell a question: how, and each person's value."""

    how: How
    values: NDArray[np.str_]


def _levels(people: Sequence[Mapping[str, str]], question: BackgroundQuestion) -> list[_Level]:
    asked = np.array([row.get(question.id, "") for row in people], dtype=np.str_)
    levels = [_Level("asked", asked)]
    if question.recode:
        merged = {option: name for name, options in question.recode.items() for option in options}
        levels.append(_Level("merged", np.array([merged.get(value, value) for value in asked.tolist()])))
    return [*levels, _Level("dropped", np.full(len(people), ""))]


def _classes(levels: Mapping[str, list[_Level]], at: Mapping[str, int]) -> NDArray[np.int64]:
    """Each person's class: those alike in every question share a number."""
    classes = np.zeros(len(next(iter(levels.values()))[0].values) if levels else 0, dtype=np.int64)
    for question, ways in levels.items():
        values, codes = np.unique(ways[at[question]].values, return_inverse=True)
        _, classes = np.unique(classes * len(values) + codes, return_inverse=True)
    return classes.astype(np.int64)


def _lonely(levels: Mapping[str, list[_Level]], at: Mapping[str, int]) -> NDArray[np.bool_]:
    classes = _classes(levels, at)
    lonely: NDArray[np.bool_] = np.bincount(classes)[classes] < ALIKE
    return lonely


def _suppressed(
    levels: Mapping[str, list[_Level]], at: Mapping[str, int], lonely: NDArray[np.bool_]
) -> AlikeBackground:
    """Take the background of those who stand out, and of whole small classes until they are enough."""
    classes = _classes(levels, at)
    hidden = lonely.copy()
    sizes = np.bincount(classes)
    for smallest in np.argsort(sizes, kind="stable").tolist():
        if not hidden.any() or hidden.sum() >= ALIKE:
            break
        hidden |= classes == smallest
    kept = [question for question in levels if levels[question][at[question]].how != "dropped"]
    columns = [levels[question][at[question]].values.tolist() for question in kept]
    rows = tuple(
        tuple(SUPPRESSED if out else column[place] for column in columns)
        for place, out in enumerate(hidden.tolist())
    )
    counts: dict[tuple[str, ...], int] = {}
    for row in rows:
        counts[row] = counts.get(row, 0) + 1
    how = {question: levels[question][at[question]].how for question in levels}
    return AlikeBackground(how, tuple(kept), rows, int(hidden.sum()), min(counts.values()))
