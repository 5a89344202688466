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
from tests.promises.d1 import Tally, _people
from tests.promises.house import Serving, compare, home, plant
from tests.promises.record import Result, result

FS_IOC_SHUTDOWN = 0x8004587D
WITHOUT_THE_LOG = 2
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
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with _disk(Path(scratch)):
                return ""
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no loop device or no ext4 here: {type(error).__name__}"


@contextmanager
def _disk(directory: Path) -> Iterator[Path]:
    """A mounted ext4 of 256 MB in a file."""
    image, mount = directory / "disk.img", directory / "mount"
    mount.mkdir()
    with image.open("wb") as file:
        file.truncate(256 << 20)
    _run("mkfs.ext4", "-q", "-F", image)
    _run("mount", "-o", "loop", image, mount)
    try:
        yield mount
    finally:
        _run("umount", mount)


def _cut(mount: Path, image: Path) -> None:
    """Power off and on again: whatever was not on the disk is gone."""
    descriptor = os.open(mount, os.O_RDONLY)
    try:
        fcntl.ioctl(descriptor, FS_IOC_SHUTDOWN, struct.pack("I", WITHOUT_THE_LOG))
    finally:
        os.close(descriptor)


def cut_while_submitting(scratch: Path, cuts: int, *, factory: str = "honest", seed: int = 1) -> Cuts:
    """People submit, the power goes; what was acknowledged before is compared with the rows after."""
    rng, seen = random.Random(seed), Cuts()
    with _disk(scratch) as mount, home(mount / "home"):
        for _ in range(cuts):
            tally, lock = Tally(), threading.Lock()
            doors = plant(150)
            serving = Serving(factory, forked=True)
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
            _cut(mount, scratch / "disk.img")
            serving.kill()
            for one in people:
                one.join()
            _run("umount", mount)
            _run("mount", "-o", "loop", scratch / "disk.img", mount)
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
    """So many power cuts under submissions, and as many with synchronous=NORMAL."""
    reason = impossible()
    if reason:
        return result("D2", figure="not run", kept=False, control="not run", note=reason)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        (one := Path(scratch) / "full").mkdir()
        (two := Path(scratch) / "normal").mkdir()
        seen = cut_while_submitting(one, CUTS)
        control = cut_while_submitting(two, max(3, CUTS // 4), factory="does_not_wait_for_the_disk")
    return result(
        "D2",
        figure=f"{seen.cuts} power cuts, {seen.acknowledged} acknowledged before them: {seen.lost} lost,"
        f" {seen.duplicated} duplicated, {seen.torn} torn",
        kept=seen.acknowledged > 0 and seen.lost == seen.duplicated == seen.torn == 0 < control.lost,
        control=f"synchronous=NORMAL: {control.lost} of {control.acknowledged} lost in {control.cuts} cuts",
        note=f"{time.monotonic() - started:.0f} s; SQLite. PostgreSQL's own disk was not cut.",
    )
