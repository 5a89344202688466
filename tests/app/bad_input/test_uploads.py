"""Hostile rosters, sent as HR would: 0 accepted, each within two seconds of CPU, nothing written."""

from __future__ import annotations

import re
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine

from app.accounts.models import Account
from tests.app.bad_input.hostile import HOSTILE, Hostile, csv, row_counts, workbook

SECONDS = 2.0
SignIn = Callable[..., Account]


@pytest.fixture
def upload(
    client: TestClient, district: Any, sign_in: SignIn, csrf: Callable[[], str]
) -> Callable[[Hostile], Any]:
    sign_in("hr", units=[district.units["D"].id])

    def _upload(one: Hostile, data: bytes | None = None) -> Any:
        return client.post(
            f"/hr/surveys/{district.survey.id}/roster",
            data={"csrf": csrf()},
            files={"file": (one.name, one.data() if data is None else data)},
            headers={"accept": "text/html"},
        )

    return _upload


@pytest.mark.only_on("sqlite", reason="files are refused before the store is asked; both: make promise-S6")
def test_every_hostile_file_is_refused_in_time_and_nothing_is_written(
    upload: Callable[..., Any], engine: Engine, record_property: Callable[[str, object], None]
) -> None:
    before = row_counts(engine)
    wrong = []
    slowest = (0.0, "")
    for name, one in HOSTILE.items():
        data = one.data()
        started = time.process_time()
        answer = upload(one, data)
        spent = time.process_time() - started
        slowest = max(slowest, (spent, name))
        if answer.status_code not in {413, 422}:
            wrong.append(f"{name}: {answer.status_code}")
        elif not re.search(one.says, answer.text):
            title = re.search(r"<h1>(.*?)</h1>", answer.text)
            wrong.append(f"{name}: says {title[1] if title else answer.text[:80]!r}")
        if spent > SECONDS:
            wrong.append(f"{name}: {spent:.1f} s of CPU")
    after = row_counts(engine)
    record_property("files", len(HOSTILE))
    record_property("slowest", f"{slowest[0]:.2f} s ({slowest[1]})")
    assert wrong == []
    assert after == before


@pytest.mark.parametrize(
    "data", [csv(("N1", "某甲", "S1")), workbook(("工号", "姓名", "单位编码"), ("N2", "某", "S1"))]
)
def test_the_control_a_good_file_is_accepted_and_written(
    upload: Callable[..., Any], engine: Engine, data: bytes
) -> None:
    before = row_counts(engine)
    answer = upload(Hostile("x", lambda: b"", ""), data)
    assert answer.status_code == 303
    after = row_counts(engine)
    assert after["person"] == before["person"] + 1
    assert after["invitation"] == before["invitation"] + 1


def test_the_error_page_of_a_signed_in_person_is_a_page(upload: Callable[..., Any]) -> None:
    """A refusal rolls back; what the page says of the account must have outlived that."""
    answer = upload(HOSTILE["nothing"])
    assert answer.status_code == 422
    assert "退出" in answer.text


@pytest.mark.only_on("sqlite", reason="speaks of no store")
def test_the_control_openpyxl_alone_takes_longer(tmp_path: Path) -> None:
    """The same sheet, read as it claims to be: the row limit is what keeps it cheap."""
    path = tmp_path / "x.xlsx"
    path.write_bytes(HOSTILE["1e6 empty rows"].data())
    code = (
        "import sys, time, openpyxl\n"
        "book = openpyxl.load_workbook(sys.argv[1], read_only=True)\n"
        "started = time.process_time()\n"
        "for _ in book.worksheets[0].iter_rows(values_only=True):\n"
        "    if time.process_time() - started > float(sys.argv[2]):\n"
        "        raise SystemExit(75)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path), str(SECONDS)], check=False)
    assert done.returncode == 75
