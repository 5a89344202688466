"""D5: backup, destroy, restore; row counts, every table's content and the audit head are equal."""

from __future__ import annotations

import os
import random
import shutil
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy.orm import sessionmaker

from app import migrate
from app.backups.archive import Backup, BrokenBackup
from app.backups.service import differences, restore_backup, write_backup
from app.database import engine_on
from app.settings import get_settings
from app.trail import service as trail
from tests.postgres import Server, server
from tests.promises.house import Serving, home, plant, submit
from tests.promises.record import Result, result

DRILLS = int(os.environ.get("DANDANG_D5_DRILLS", "30"))


@dataclass
class Drills:
    """What was seen: drills that came back equal, faults by drill, and damaged files that were refused."""

    equal: int = 0
    faults: list[str] = field(default_factory=list)
    damaged: int = 0
    refused: int = 0
    rows: int = 0


def _destroy(address: str, store: Server | None) -> str:
    """The store is gone; returns the address of an empty one in its place."""
    if store is None:
        for path in Path(address.removeprefix("sqlite:///")).parent.glob("dandang.db*"):
            path.unlink()
        return address
    store.drop(address.split("?", maxsplit=1)[0].rsplit("/", 1)[1])
    os.environ["DANDANG_DATABASE_URL"] = store.url(store.create())
    get_settings.cache_clear()
    return get_settings().database


def drill(scratch: Path, count: int, store: Server | None, seed: int = 1) -> Drills:
    """Fill, back up, destroy, restore, compare; so many times on one store that grows in between."""
    rng, seen = random.Random(seed), Drills()
    for number in range(count):
        doors = plant(rng.randint(2, 6))
        serving = Serving(forked=True)
        for door in doors[1:]:
            submit(serving.port, door)
        serving.kill()
        path = scratch / f"{number}.dandang"
        with engine_on(get_settings().database) as engine:
            trail.record(
                sessionmaker(engine), actor="system", action="drill", subject="backup", number=number
            )
            manifest = write_backup(engine, path)
        damaged = scratch / "damaged"
        shutil.copy(path, damaged)
        body = bytearray(damaged.read_bytes())
        body[rng.randrange(len(body))] ^= 1 << rng.randrange(8)
        damaged.write_bytes(body)
        seen.damaged += 1
        with suppress(BrokenBackup):
            Backup(damaged)
            seen.refused -= 1
        seen.refused += 1
        address = _destroy(get_settings().database, store)
        with engine_on(address) as engine:
            restore_backup(engine, Backup(path))
            found = [
                one for one in differences(engine, manifest) if "trail_entry" not in one and "审计" not in one
            ]
            with sessionmaker(engine)() as session:
                verified = trail.verify(session)
        whole = verified.whole and verified.entries == manifest.trail_entries + 1
        if migrate.head() == manifest.revision and not found and whole:
            seen.equal += 1
        else:
            seen.faults += [*found, verified.words]
        seen.rows = manifest.rows
        path.unlink()
    return seen


def full() -> Result:
    """30 drills on each store."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, server(durable=True) as running:
        done = {}
        for name, store in (("SQLite", None), ("PostgreSQL", running)):
            with home(Path(scratch) / name, store):
                done[name] = drill(Path(scratch), DRILLS, store)
    damaged, refused = (sum(getattr(d, n) for d in done.values()) for n in ("damaged", "refused"))
    return result(
        "D5",
        figure="; ".join(f"{name} {d.equal}/{DRILLS}, up to {d.rows} rows" for name, d in done.items())
        + "; row counts, contents and audit head equal",
        kept=DRILLS >= 30 and refused == damaged and all(d.equal == DRILLS for d in done.values()),
        control=f"one flipped bit: {refused} of {damaged} refused; a missing row: refused, see suite",
        note=f"{time.monotonic() - started:.0f} s"
        + "".join(f"; {name}: {fault}" for name, d in done.items() for fault in d.faults[:2]),
    )
