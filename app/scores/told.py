"""How many people stand behind evidence, as HR may be told: below 30 in a band, as of every other group.

The evidence itself keeps exact numbers, for researchers; they are banded as it is read for pages and files.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

from app.scores.statistics import EXACT_N, people_words

OF_PEOPLE = frozenset({"usable_n"})  # rules whose value is a number of people
# a number of people in a sentence, but for the limit that a rule sets
COUNTED = re.compile(
    r"(?P<before>可用人数 = |人数 |筛除 |usable people = |leave out )(?P<n>\d+)"
    r"|(?<![\d.])(?<!不足 )(?<!达到 )(?<!≥ )(?<!than )(?<!of )(?P<m>\d+)"
    r"(?= 人| people| usable| answered| complete cases)"
)
# what the groups of a background question count: their sizes, by name, to the end of the sentence
LISTED = re.compile(r"(不足两组达到 \d+ 人)（.*|(fewer than two groups of \d+ people) \(.*", re.DOTALL)


def told_text(text: str) -> str:
    """A sentence of evidence with its numbers of people banded, and the sizes of named groups left out.

    >>> told_text("可用人数 = 23（要求 ≥ 200）：未达到。共 27 人作答")
    '可用人数 = 20–24（要求 ≥ 200）：未达到。共 25–29 人作答'
    """
    short = LISTED.sub(lambda found: f"{found[1]}）" if found[1] else f"{found[2]})", text)
    return COUNTED.sub(
        lambda found: (found["before"] or "") + people_words(int(found["n"] or found["m"])), short
    )


def told_reasons(reasons: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """Reasons or obstacles with their sentences told, and the value of a rule on numbers of people banded."""
    return tuple(_told(reason) for reason in reasons)


def _told(reason: Mapping[str, Any]) -> dict[str, Any]:
    told = dict(reason)
    for key in ("text_zh", "text_en"):
        if key in told:
            told[key] = told_text(str(told[key]))
    if reason.get("rule") in OF_PEOPLE and reason.get("value") is not None:
        words = people_words(int(reason["value"]))
        told |= {key: words for key in ("value", "value_text", "value_text_en") if key in reason}
    return told


def told_comparisons(rights: Iterable[Mapping[str, Any]]) -> tuple[dict[str, Any], ...]:
    """What may be compared, with the sentences of what stands against it told."""
    return tuple(dict(right) | {"obstacles": told_reasons(right.get("obstacles", ()))} for right in rights)


def told_fit(cfa: Mapping[str, Any] | None) -> dict[str, Any] | None:
    """The fit of the structure; None below 30 people, whose number χ² and RMSEA together would give away."""
    if cfa is None or (cfa.get("n") or 0) < EXACT_N:
        return None
    return dict(cfa)
