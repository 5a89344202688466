"""D4: one submission, one row, whatever the network does."""

from __future__ import annotations

import asyncio
import os
import tempfile
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgres import Server, server
from tests.promises import sums
from tests.promises.house import Door, Serving, compare, home, plant, submission
from tests.promises.proxy import Proxy, Seen, exchange
from tests.promises.record import Result, result
from tests.promises.sums import Counts, Run

SUBMISSIONS = int(os.environ.get("DANDANG_D4_SUBMISSIONS", "100000"))
MINUTES = float(os.environ.get("DANDANG_D4_MINUTES", "240"))
PROMISED = 100_000
PART = 500
AT_ONCE = 24
SAME = 50
BATCH = 5000


@dataclass
class Tally:
    """What was seen."""

    people: int = 0
    acknowledged: set[uuid.UUID] = field(default_factory=set)
    refused: list[bytes] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    rows: int = 0
    lost: int = 0
    duplicated: int = 0


def _request(door: Door) -> bytes:
    path, body = submission(door)
    head = (
        f"POST {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n"
        f"Content-Length: {len(body)}\r\n\r\n"
    )
    return (head + body).encode()


async def _until_acknowledged(port: int, door: Door, tally: Tally) -> None:
    """As a phone does it: no answer, send again."""
    request = _request(door)
    while True:
        try:
            answer = await asyncio.wait_for(exchange(port, request), 30)
        except (OSError, EOFError, TimeoutError):
            continue
        if answer.startswith(b"HTTP/1.1 303") and b"/receipt\r\n" in answer:
            tally.acknowledged.add(door.person)
            return
        if not answer.startswith((b"HTTP/1.1 503", b"HTTP/1.1 429")):
            tally.refused.append(answer[:60])
            return
        await asyncio.sleep(0.1)


async def _all(port: int, doors: list[Door], tally: Tally, seed: int) -> None:
    room = asyncio.Semaphore(AT_ONCE)

    async with Proxy(port, seed=seed) as proxy:

        async def _one(door: Door) -> None:
            async with room:
                await _until_acknowledged(proxy.port, door, tally)

        await asyncio.gather(*(_one(door) for door in doors))
        if doors:  # and one person with fifty tabs
            same = doors[0]
            await asyncio.gather(*(_until_acknowledged(proxy.port, same, tally) for _ in range(SAME)))
    tally.seen.append(proxy.seen)


def submit_over_a_bad_network(
    people: int, *, factory: str = "honest", forked: bool = False, seed: int = 1
) -> Tally:
    """So many people submit through the proxy until each has a receipt; then rows are counted."""
    tally = Tally()
    serving = Serving(factory, forked=forked)
    try:
        left = people
        while left > 0:
            fresh = plant(1)  # nobody has submitted yet: fifty times at once, straight to the server
            doors = plant(min(BATCH, left - 1)) if left > 1 else []
            asyncio.run(_at_once(serving.port, fresh[0], tally))
            asyncio.run(_all(serving.port, doors, tally, seed))
            tally.people += 1 + len(doors)
            left -= 1 + len(doors)
        found = compare(tally.acknowledged)
    finally:
        serving.kill()
    tally.rows, tally.lost, tally.duplicated = found.rows, found.lost, found.rows - tally.people
    return tally


async def _at_once(port: int, door: Door, tally: Tally) -> None:
    await asyncio.gather(*(_until_acknowledged(port, door, tally) for _ in range(SAME)))


def _part(address: str, people: int, seed: int, _until: float) -> Counts:
    """So many submissions on a new store: SQLite, or a database of the server at that address."""
    store = Server(address) if address else None
    with tempfile.TemporaryDirectory() as scratch, home(Path(scratch) / "home", store):
        tally = submit_over_a_bad_network(people, forked=True, seed=seed)
    return {
        "submissions": tally.people,
        "rows": tally.rows,
        "lost": tally.lost,
        "duplicated": abs(tally.duplicated),
        "refused": len(tally.refused),
        "requests": sum(seen.requests for seen in tally.seen),
        "replies_dropped": sum(seen.dropped_replies for seen in tally.seen),
        "repeated": sum(seen.repeated for seen in tally.seen),
    }


def full() -> Result:
    """Up to 100,000 submissions more (DANDANG_D4_SUBMISSIONS) within DANDANG_D4_MINUTES; 0: only sum up."""
    run, bounds = sums.begin(), sums.Bounds.of(SUBMISSIONS, MINUTES)

    def _kept(found: Counts) -> None:
        run.add(found)
        sums.keep("D4", run)

    if MINUTES > 0:
        with tempfile.TemporaryDirectory() as scratch, server(durable=True) as running:
            with home(Path(scratch) / "control"):
                control = submit_over_a_bad_network(100, factory="stores_what_it_is_sent")
            run.control = f"without the check: {control.people} submissions → {control.rows} rows"
            run.add({"control_blind": int(control.rows <= control.people)})
            sums.in_lanes(_part, ("", running.address), bounds, PART, _kept)
    return summed(sums.runs("D4"))


def summed(made: list[Run]) -> Result:
    """The result of all runs there were."""
    total = sums.since_the_last_fault(made)
    people, rows = total.get("submissions", 0), total.get("rows", 0)
    return result(
        "D4",
        figure=(
            f"{people} submissions → {rows} rows on SQLite and PostgreSQL, {total.get('lost', 0)} lost,"
            f" {total.get('refused', 0)} refused; {total.get('requests', 0)} requests,"
            f" {total.get('replies_dropped', 0)} replies dropped, {total.get('repeated', 0)} repeated;"
            f" {SAME}-way same person in every part of {PART}"
        ),
        kept=rows == people >= PROMISED and not made[-1].faults,
        control=next((run.control for run in reversed(made) if run.control), "none"),
        note=(
            f"{sums.told(made)}. "
            + ("" if people >= PROMISED else f"{people} of the {PROMISED:,} submissions promised so far.")
        ),
    )
