"""What somebody who owns the database may do to the trail: rows in, rows out. (The trial is in `d8.py`.)"""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Engine

from app.trail import chain

ENTRIES, OLDER, ERASED = 48, 30, 9
COLUMNS = (
    "number",
    "at",
    "actor",
    "action",
    "subject",
    "detail",
    "salt",
    "commitment",
    "previous",
    "digest",
)
Row = dict[str, Any]
Rows = list[Row]


@dataclass
class World:
    """A trail with an erased detail, and two older copies: one as it was, one that went on otherwise."""

    engine: Engine
    rows: Rows
    fork: Rows
    erased_detail: Row


Mutation = Callable[[Rows, World, random.Random], Rows]


def _other_text(rng: random.Random, length: int = 64) -> str:
    return "".join(rng.choice("0123456789abcdef") for _ in range(length))


def edit(rows: Rows, world: World, rng: random.Random) -> Rows:
    """One column of one entry."""
    row, column = rng.choice(rows), rng.choice(COLUMNS[1:])
    donor = rng.choice(rows)[column]
    made: dict[str, Any] = {
        "at": f"2026-0{rng.randint(1, 9)}-11 08:15:{rng.randint(10, 59)}.000000",
        "detail": json.dumps({"people": rng.randint(100, 999)}),
        "salt": rng.choice((None, _other_text(rng, 32))),
        "actor": rng.choice(("system", "", donor)),
        "action": rng.choice(("account.sign_out", row["action"] + " ", donor)),
        "subject": rng.choice(("survey:99", donor)),
    }
    row[column] = made.get(column, rng.choice((_other_text(rng), donor, str(row[column]).upper())))
    return rows


def delete(rows: Rows, world: World, rng: random.Random) -> Rows:
    """One to five entries, anywhere."""
    gone = set(rng.sample(range(len(rows)), rng.randint(1, 5)))
    return [row for k, row in enumerate(rows) if k not in gone]


def delete_and_close_up(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An entry is taken out, those after it are renumbered."""
    del rows[rng.randrange(len(rows))]
    return _numbered(rows)


def swap(rows: Rows, world: World, rng: random.Random) -> Rows:
    """Two entries change places, whole or all but what chains them."""
    one, other = rng.sample(range(len(rows)), 2)
    kept = ("number",) if rng.random() < 0.5 else ("number", "previous", "digest")
    a, b = rows[one], rows[other]
    for column in COLUMNS:
        if column not in kept:
            a[column], b[column] = b[column], a[column]
    return rows


def insert(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An entry of his own, in the middle or at the end: invented, or a copy of another."""
    place = rng.randint(0, len(rows))
    made = dict(rng.choice(rows)) | {"previous": rows[place - 1]["digest"] if place else chain.GENESIS}
    if rng.random() < 0.7:
        made |= {"actor": "a1", "detail": json.dumps({"people": rng.randint(1, 9)}), "salt": "0" * 32}
        _forge(made, b"")
    return _numbered([*rows[:place], made, *rows[place:]])


def renumber(rows: Rows, world: World, rng: random.Random) -> Rows:
    """One entry, or all of them from some place, under other numbers."""
    if rng.random() < 0.5:
        rng.choice(rows)["number"] = rng.choice((0, -7, 900 + rng.randint(0, 99)))
        return rows
    start, by = rng.randrange(len(rows)), rng.randint(1, 9)
    for row in rows[start:]:
        row["number"] += by
    return rows


def truncate(rows: Rows, world: World, rng: random.Random) -> Rows:
    """The tail is cut off; sometimes everything."""
    return rows[: rng.randrange(len(rows))]


def recompute(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An entry is edited or taken out, and every digest from there on made anew, without the key."""
    place = rng.randrange(len(rows))
    if rng.random() < 0.5 and place < len(rows) - 1:
        del rows[place]
    else:
        rows[place]["actor"] = "a9"
    return _rechained(_numbered(rows), place, rng.choice((b"", b"dandang", hashlib.sha256(b"x").digest())))


def older_copy(rows: Rows, world: World, rng: random.Random) -> Rows:
    """The whole table as it once was; the same with forged entries after it."""
    kept = [dict(row) for row in world.fork[: rng.randint(1, ENTRIES - 1)]]
    if rng.random() < 0.5:
        return kept
    while len(kept) < ENTRIES:
        kept.append(dict(rng.choice(rows)) | {"number": len(kept) + 1, "previous": kept[-1]["digest"]})
        _forge(kept[-1], b"")
    return kept


def other_history(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An older copy on which the application itself went on: every digest is genuine."""
    return [dict(row) for row in world.fork]


def erase(rows: Rows, world: World, rng: random.Random) -> Rows:
    """A detail goes without an entry that says so."""
    row = rng.choice([row for row in rows if row["salt"] is not None])
    row["salt"], row["detail"] = None, "{}"
    return rows


def bring_back(rows: Rows, world: World, rng: random.Random) -> Rows:
    """An erased detail is put back from an older copy, or another in its place."""
    detail = world.erased_detail["detail"] if rng.random() < 0.5 else '{"people": 1}'
    rows[ERASED - 1] |= {"detail": detail, "salt": rng.choice((None, world.erased_detail["salt"]))}
    return rows


MUTATIONS: tuple[Mutation, ...] = (
    edit,
    delete,
    delete_and_close_up,
    swap,
    insert,
    renumber,
    truncate,
    recompute,
    older_copy,
    other_history,
    erase,
    bring_back,
)

# copies hold genuine entries: the fault shows where they end or meet the witness, not where they first differ
GENUINE = (older_copy, other_history)


def _numbered(rows: Rows) -> Rows:
    for number, row in enumerate(rows, start=1):
        row["number"] = number
    return rows


def _forge(row: Row, key: bytes) -> None:
    """Commitment and digest as they would be under this key."""
    row["commitment"] = chain.commitment(row["salt"] or "", json.loads(row["detail"]))
    moment = datetime.fromisoformat(row["at"] if "+" in row["at"] else row["at"] + "+00:00")
    row["digest"] = chain.digest(
        key,
        previous=row["previous"],
        number=row["number"],
        at=moment,
        actor=row["actor"],
        action=row["action"],
        subject=row["subject"],
        committed=row["commitment"],
    )


def _rechained(rows: Rows, start: int, key: bytes) -> Rows:
    for place in range(start, len(rows)):
        row = rows[place]
        row["previous"] = rows[place - 1]["digest"] if place else chain.GENESIS
        kept = row["commitment"]
        _forge(row, key)
        if row["salt"] is None:
            row["commitment"] = kept
    return rows


def known_key(rows: Rows, world: World, rng: random.Random) -> Rows:
    """The control's defect: a chain whose key everybody knows can be made anew after any change."""
    place = rng.randrange(ERASED, len(rows) - 7)
    rows[place]["actor"] = "a9"
    return _rechained(rows, place, chain.trail_key())
