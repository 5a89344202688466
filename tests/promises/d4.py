"""D4: one submission, one row, whatever the network does."""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from tests.postgres import server
from tests.promises.house import Door, Serving, compare, home, plant, submission
from tests.promises.proxy import Proxy, Seen, exchange
from tests.promises.record import Result, result

SUBMISSIONS = int(os.environ.get("DANDANG_D4_SUBMISSIONS", "100000"))
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


def submit_over_a_bad_network(people: int, *, factory: str = "honest", seed: int = 1) -> Tally:
    """So many people submit through the proxy until each has a receipt; then rows are counted."""
    tally = Tally()
    serving = Serving(factory)
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


def full() -> Result:
    """100,000 submissions (DANDANG_D4_SUBMISSIONS for fewer), half on each store."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, server(durable=True) as running:
        tallies = []
        for number, store in enumerate((None, running)):
            with home(Path(scratch) / f"home{number}", store):
                tallies.append(submit_over_a_bad_network(SUBMISSIONS // 2, seed=number))
        with home(Path(scratch) / "control"):
            control = submit_over_a_bad_network(200, factory="stores_what_it_is_sent")
    people, rows = sum(t.people for t in tallies), sum(t.rows for t in tallies)
    lost, refused = sum(t.lost for t in tallies), sum(len(t.refused) for t in tallies)
    sent = sum(seen.requests for t in tallies for seen in t.seen)
    dropped = sum(seen.dropped_replies for t in tallies for seen in t.seen)
    repeated = sum(seen.repeated for t in tallies for seen in t.seen)
    clean = rows == people and lost == refused == 0 and control.rows > control.people
    return result(
        "D4",
        figure=(
            f"{people} submissions → {rows} rows on SQLite and PostgreSQL, {lost} lost, {refused} refused;"
            f" {sent} requests, {dropped} replies dropped, {repeated} repeated; {SAME}-way same person"
        ),
        kept=clean and people >= 100_000,
        control=f"without the check: {control.people} submissions → {control.rows} rows",
        note=(
            f"{time.monotonic() - started:.0f} s. "
            + ("" if people >= 100_000 else f"{people} of the 100,000 submissions promised were run.")
        ),
    )
