"""D6, short: a database of each released schema keeps every answer, though its upgrade is killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.postgres import Server
from tests.promises.d6 import RELEASED, VERSIONS, upgrade_and_kill


@pytest.fixture(params=["sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> Server | None:
    found: Server | None = request.getfixturevalue("postgres") if request.param == "postgresql" else None
    return found


def test_killed_in_the_middle_and_upgraded_again_every_answer_is_there(
    store: Server | None, tmp_path: Path
) -> None:
    seen = upgrade_and_kill(tmp_path, store, 3)
    assert seen.faults == []
    assert seen.equal == seen.tried == 3 * len(VERSIONS)


def test_an_upgrade_without_a_transaction_is_caught(store: Server | None, tmp_path: Path) -> None:
    assert upgrade_and_kill(tmp_path, store, 3, transactions=False).faults != []


def test_every_released_schema_is_there_for_both_stores() -> None:
    for version in VERSIONS:
        for kind in ("sqlite", "postgresql"):
            assert "INSERT INTO" in (RELEASED / f"{version}.{kind}.sql").read_text(encoding="utf-8")
