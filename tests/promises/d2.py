"""D2: the power goes while people submit: ext4 on a loop file, shut down without its log, mounted again."""

from __future__ import annotations

import fcntl
import os
import random
import struct
import subprocess
import tempfile
import threading
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.database import session_on
from app.settings import get_settings
from tests.promises.cluster import Cluster, cluster, is_here
from tests.promises.d1 import Tally, _people
from tests.promises.house import Serving, compare, home, plant
from tests.promises.record import Result, result

FS_IOC_SHUTDOWN = 0x8004587D
WITHOUT_THE_LOG = 2
NAMES = {"sqlite": "SQLite", "postgresql": "PostgreSQL"}
CARELESS = {"sqlite": "synchronous=NORMAL", "postgresql": "synchronous_commit=off"}
CUTS = int(os.environ.get("DANDANG_D2_CUTS", "20"))


@dataclass
class Cuts:
    """What was seen over all power cuts."""

    cuts: int = 0
    acknowledged: int = 0
    lost: int = 0
    duplicated: int = 0
    torn: int = 0


def _run(*command: str | Path) -> None:
    subprocess.run([*map(str, command)], check=True, capture_output=True)


def impossible() -> str:
    """Why there is no loop device to be had here; empty where there is one."""
    if os.geteuid() != 0:
        return "needs root for a loop device"
    if not is_here():
        return "needs the wheel with PostgreSQL's programs"
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with _disk(Path(scratch)):
                return ""
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no loop device or no ext4 here: {type(error).__name__}"


@contextmanager
def _disk(directory: Path, megabytes: int = 256) -> Iterator[Path]:
    """A mounted ext4 of that size in a file."""
    image, mount = directory / "disk.img", directory / "mount"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(megabytes << 20)
    _run("mkfs.ext4", "-q", "-F", image)
    _run("mount", "-o", "loop", image, mount)
    try:
        yield mount
    finally:
        _run("umount", mount)


def _cut(mount: Path) -> None:
    """Power off and on again: whatever was not on the disk is gone."""
    descriptor = os.open(mount, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, FS_IOC_SHUTDOWN, struct.pack("I", WITHOUT_THE_LOG))
    finally:
        os.close(descriptor)


def _unmount(mount: Path) -> None:
    """Killed processes may hold the disk for a moment."""
    deadline = time.monotonic() + 20
    while True:
        try:
            _run("umount", mount)
        except subprocess.CalledProcessError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)
        else:
            return


@contextmanager
def _sqlite(scratch: Path) -> Iterator[tuple[Path, None]]:
    with _disk(scratch) as mount, home(mount / "home"):
        yield mount, None


@contextmanager
def _postgresql(scratch: Path) -> Iterator[tuple[Path, Cluster]]:
    for place in (scratch, *scratch.parents):  # the server's own user must get there
        if place.stat().st_mode & 0o001 == 0:
            place.chmod(place.stat().st_mode | 0o011)
    with (
        _disk(scratch, 512) as mount,
        cluster(mount, scratch) as running,
        home(scratch / "home", running.server),
    ):
        yield mount, running


STORES = {"sqlite": _sqlite, "postgresql": _postgresql}


def cut_while_submitting(
    scratch: Path, cuts: int, *, store: str = "sqlite", careless: bool = False, seed: int = 1
) -> Cuts:
    """People submit, the power goes; what was acknowledged before is compared with the rows after.

    careless: the application does not make the store wait for the disk (SQLite's synchronous=NORMAL,
    PostgreSQL's synchronous_commit=off), the control.
    """
    rng, seen = random.Random(seed), Cuts()
    with STORES[store](scratch) as (mount, running):
        if running is not None:
            running.set("synchronous_commit", "off")  # the application asks for it itself
        for _ in range(cuts):
            tally, lock = Tally(), threading.Lock()
            doors = plant(150)
            serving = Serving("does_not_wait_for_the_disk" if careless else "honest", forked=True)
            people = [
                threading.Thread(target=_people, args=(serving.port, doors, tally, lock)) for _ in range(2)
            ]
            for one in people:
                one.start()
            enough, patience = rng.randint(15, 90), time.monotonic() + 20
            while len(tally.acknowledged) < enough and time.monotonic() < patience:
                time.sleep(0.001)
            with lock:
                before: set[uuid.UUID] = set(tally.acknowledged)
            _cut(mount)
            serving.kill()
            for one in people:
                one.join()
            if running is not None:
                running.kill()
            _unmount(mount)
            _run("mount", "-o", "loop", scratch / "disk.img", mount)
            if running is not None:
                running.start()
            with session_on(get_settings().database) as session:
                session.connection()
            found = compare(before)
            seen.cuts += 1
            seen.acknowledged += len(before)
            seen.lost += found.lost
            seen.duplicated += found.duplicated
            seen.torn += found.torn
    return seen


def full() -> Result:
    """So many power cuts under submissions on either store, and a few where it does not wait for the disk."""
    reason = impossible()
    if reason:
        return result("D2", figure="not run", kept=False, control="not run", note=reason)
    started = time.monotonic()
    seen: dict[str, Cuts] = {}
    control: dict[str, Cuts] = {}
    for store in STORES:
        with tempfile.TemporaryDirectory() as scratch:
            (one := Path(scratch) / "full").mkdir()
            (two := Path(scratch) / "careless").mkdir()
            seen[store] = cut_while_submitting(one, CUTS, store=store)
            control[store] = cut_while_submitting(two, max(3, CUTS // 4), store=store, careless=True)
    figures = [
        f"{NAMES[store]}: {found.cuts} power cuts, {found.acknowledged} acknowledged before them: "
        f"{found.lost} lost,"
        f" {found.duplicated} duplicated, {found.torn} torn"
        for store, found in seen.items()
    ]
    lost = [
        f"{CARELESS[store]}: {found.lost} of {found.acknowledged} lost in {found.cuts} cuts"
        for store, found in control.items()
    ]
    return result(
        "D2",
        figure="; ".join(figures),
        kept=all(
            found.acknowledged > 0 and found.lost == found.duplicated == found.torn == 0 < control[store].lost
            for store, found in seen.items()
        ),
        control="; ".join(lost),
        note=f"{time.monotonic() - started:.0f} s",
    )
