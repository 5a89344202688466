"""D3: the disk is full at any step: a clear 503, nothing acknowledged is lost, and room makes it go on."""

from __future__ import annotations

import http.client
import os
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from tests.promises.house import Serving, ask, compare, home, plant, submission, submit
from tests.promises.record import Result, result

STEPS = int(os.environ.get("DANDANG_D3_STEPS", "40"))
ROUNDS = 3
CLEAR = {503, 507}


@dataclass
class Filled:
    """What was seen: answers while there was no room, seconds until it went on, rows."""

    steps: int = 0
    acknowledged: int = 0
    clear: int = 0
    unclear: list[int] = field(default_factory=list)
    slowest: float = 0.0
    lost: int = 0
    duplicated: int = 0


def impossible() -> str:
    """Why there is no small disk to be had here; empty where there is one."""
    if os.geteuid() != 0:
        return "needs root to mount a tmpfs"
    with tempfile.TemporaryDirectory() as scratch:
        try:
            with _small_disk(Path(scratch) / "disk", 1):
                return ""
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no tmpfs here: {type(error).__name__}"


@contextmanager
def _small_disk(mount: Path, megabytes: int) -> Iterator[Path]:
    mount.mkdir(parents=True)
    subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(mount)],
        check=True,
        capture_output=True,
    )
    try:
        yield mount
    finally:
        subprocess.run(["umount", str(mount)], check=True, capture_output=True)


def _fill(path: Path, leave: int) -> None:
    """Take all the room but so many bytes."""
    with path.open("ab") as file:
        state = os.statvfs(path.parent)
        with suppress(OSError):
            file.write(b"\0" * max(0, state.f_bavail * state.f_frsize - leave))
            file.flush()


def fill_the_disk(scratch: Path, steps: int, *, factory: str = "honest", megabytes: int = 4) -> Filled:
    """Fill at every step (consent, page, submission) with more and less room left; make room; go on."""
    seen, acknowledged = Filled(), set()
    with _small_disk(scratch / "disk", megabytes) as disk, home(disk / "home"):
        doors = plant(steps)
        serving = Serving(factory)
        try:
            for number, door in enumerate(doors):
                ballast = disk / "ballast"
                _fill(ballast, leave=4096 * (number % 12))
                path, body = submission(door)
                kept = f"csrf={door.csrf}&go=stay"
                for _ in range(ROUNDS):
                    for one, sent in ((f"/q/{door.token}/p/1", kept), (path, body)):
                        answer = ask(serving.port, "POST", one, sent)
                        if answer.acknowledged:
                            acknowledged.add(door.person)
                        elif answer.status in CLEAR and answer.retry_after:
                            seen.clear += 1
                        elif answer.status != 303:
                            seen.unclear.append(answer.status)
                ballast.unlink()
                seen.lost = max(seen.lost, compare(acknowledged).lost)
                started = time.monotonic()
                while time.monotonic() - started < 20:
                    with suppress(OSError, http.client.HTTPException):
                        if submit(serving.port, door).acknowledged:
                            acknowledged.add(door.person)
                            break
                    time.sleep(0.05)
                seen.slowest = max(seen.slowest, time.monotonic() - started)
                seen.steps += 1
            found = compare(acknowledged)
        finally:
            serving.kill()
    seen.acknowledged, seen.lost = len(acknowledged), max(seen.lost, found.lost)
    seen.duplicated = found.duplicated
    return seen


def full() -> Result:
    """A tmpfs filled at 40 submissions, three rounds each."""
    reason = impossible()
    if reason:
        return result("D3", figure="not run", kept=False, control="not run", note=reason)
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch:
        seen = fill_the_disk(Path(scratch) / "a", STEPS)
        control = fill_the_disk(Path(scratch) / "b", 6, factory="says_saved_when_it_is_not")
    return result(
        "D3",
        figure=f"{seen.steps} times full: {seen.clear} × 503 with Retry-After, {len(seen.unclear)} others;"
        f" went on after at most {seen.slowest:.1f} s; {seen.acknowledged} acknowledged, {seen.lost} lost",
        kept=seen.clear > 0 < control.lost
        and not seen.unclear
        and seen.slowest < 10
        and seen.lost == seen.duplicated == 0
        and seen.acknowledged == seen.steps,
        control=f"a server that swallows the error of its commit: {control.lost} acknowledged had no row",
        note=f"{time.monotonic() - started:.0f} s; SQLite, a tmpfs of 4 MB: an empty store takes over one",
    )
