"""What every room of tests may ask for: a PostgreSQL server, one for each pytest process."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.postgres import Server, server

# tests run on every core, and start processes of their own: one thread each, said before numpy loads
os.environ.setdefault("OMP_NUM_THREADS", "1")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    with server() as started:
        yield started
