"""Score files read back: sheets, numbers, headers, formulas, hash, names, encodings."""

from __future__ import annotations

import csv
import hashlib
import io
import json
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import openpyxl
import pytest
from fastapi.testclient import TestClient
from openpyxl import Workbook
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.database import now
from app.responses.models import Response, ScoreRecord
from app.scores.snapshots import close_and_release

SignIn = Callable[..., Account]
PLANTED = ["=1+1", "+A1", "-2+3", "@SUM(A1)", "＝1", "＋1", "－1", "＠x"]


@pytest.fixture
def closed(session: Session, district: Any) -> Any:
    close_and_release(session, district.survey, actor="system")
    for response in session.scalars(select(Response)):
        response.seen_at = now()
    session.commit()
    return district


@pytest.fixture
def base(closed: Any, sign_in: SignIn) -> str:
    sign_in("hr", units=[closed.units["D"].id])
    return f"/hr/surveys/{closed.survey.id}"


def _book(client: TestClient, base: str) -> Workbook:
    answer = client.get(f"{base}/scores.xlsx")
    assert answer.status_code == 200
    return openpyxl.load_workbook(io.BytesIO(answer.content))


def _csv(data: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")))


def test_the_workbook_has_its_sheets_and_typed_cells(client: TestClient, session: Session, base: str) -> None:
    book = _book(client, base)
    assert book.sheetnames == ["得分", "单位汇总", "证据", "变量", "说明"]
    sheet = book["得分"]
    header = [cell.value for cell in sheet[1]]
    assert header[:8] == [
        "单位编码",
        "单位",
        "工号",
        "姓名",
        "政治担当 平均分",
        "政治担当 百分制",
        "政治担当 作答题数",
        "政治担当 误差±",
    ]
    assert sheet.freeze_panes == "A2"
    assert sheet.max_row == 1 + 73
    stored = {
        (record.scores["zz"]["value"], record.scores["zz"]["pomp"])
        for record in session.scalars(select(ScoreRecord))
    }
    for row in sheet.iter_rows(min_row=2, values_only=True):
        assert isinstance(row[4], float | int)
        assert isinstance(row[2], str)
        assert any(abs(row[4] - v) < 1e-4 and abs(row[5] - p) < 1e-2 for v, p in stored)
    manifest = dict(book["说明"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert manifest["问卷版本"] == "dandang-jsjb/0.1.0"
    assert manifest["表的行数"] == 73
    assert manifest["单位汇总：未显示的单元格"] > 0
    evidence = [cell for row in book["证据"].iter_rows(values_only=True) for cell in row if cell]
    assert "数据不足" in evidence
    assert "证据尚未计算。" in evidence


def test_withheld_groups_are_said_in_the_unit_sheet(client: TestClient, base: str) -> None:
    sheet = _book(client, base)["单位汇总"]
    rows = {(row[0], row[2]): row for row in sheet.iter_rows(min_row=2, values_only=True)}
    assert set(rows[("C2", "含下级")][3:-1]) == {"〔人数不足，未显示〕", "数据不足"}
    assert rows[("S3", "含下级")][3] == "31"
    assert isinstance(rows[("S3", "含下级")][5], float)


def test_nobody_planted_a_formula(client: TestClient, session: Session, closed: Any, base: str) -> None:
    """In names, unit names and the survey's title; in xlsx, CSV and file names."""
    for text, person in zip(PLANTED, closed.people["S3"], strict=False):
        person.name = text
    closed.units["S2"].name = "=cmd|' /C calc'!A0"
    closed.survey.title = '=HYPERLINK("http://x")'
    session.commit()
    for sheet in _book(client, base):
        for row in sheet.iter_rows():
            for cell in row:
                assert cell.data_type != "f", cell.coordinate
                assert not str(cell.value or "").startswith(tuple("=+-@＝＋－＠")), cell.coordinate
                assert cell.hyperlink is None
    for rest in ("/scores.csv", "/units.csv", "/links.csv"):
        answer = client.get(base + rest)
        for line in _csv(answer.content)[1:]:
            assert not any(cell.startswith(tuple("=+@＝＋－＠")) for cell in line)
        header = answer.headers["content-disposition"]
        assert header.isascii()
        assert not unquote(header.rsplit("''", 1)[1]).startswith("=")
    names = [row[3] for row in _csv(client.get(f"{base}/scores.csv").content)]
    assert {f"'{text}" for text in PLANTED} <= set(names)  # the text itself is kept


def test_csv_for_people_and_for_machines(client: TestClient, base: str) -> None:
    people, machines = client.get(f"{base}/scores.csv"), client.get(f"{base}/scores.csv?bom=0")
    assert people.content.startswith(b"\xef\xbb\xbf")
    assert not machines.content.startswith(b"\xef\xbb\xbf")
    for answer in (people, machines):
        assert answer.content.count(b"\n") == answer.content.count(b"\r\n") == 74
    a, b = _csv(people.content), _csv(machines.content)
    assert a[0][4] == "政治担当 平均分"
    assert b[0][4:8] == ["zz", "zz_pomp", "zz_answered", "zz_band"]
    assert a[1:] == b[1:]
    assert "%E5%BE%97%E5%88%86" in people.headers["content-disposition"]
    assert client.get(f"{base}/scores.csv?bom=2").status_code == 422


def test_the_manifest_fits_the_file(client: TestClient, base: str) -> None:
    manifest = client.get(f"{base}/scores.manifest.json").json()
    data = client.get(f"{base}/scores.csv?bom=0").content
    rows = _csv(data)
    assert manifest["sha256"] == hashlib.sha256(data).hexdigest()
    assert (manifest["rows"], manifest["columns"]) == (len(rows) - 1, len(rows[0]))
    assert [v["name"] for v in manifest["variables"]] == rows[0]
    assert manifest["simulated"] is False
    assert manifest["group_cells_suppressed"] > 0
    said = dict(_book(client, base)["说明"].iter_rows(min_row=2, max_col=2, values_only=True))
    assert manifest["sha256"] in said.values()
    assert "某" not in json.dumps(manifest["variables"], ensure_ascii=False)


def test_simulated_data_say_so_in_every_file(
    client: TestClient, session: Session, closed: Any, base: str
) -> None:
    closed.survey.origin = "simulated"
    session.commit()
    book = _book(client, base)
    for name in ("得分", "单位汇总", "证据", "说明"):
        first = book[name]["A1"]
        assert str(first.value).startswith("模拟数据")
        assert first.font.color.rgb == "FF9A1B1E"
    answer = client.get(f"{base}/scores.csv")
    assert all(line[-1] == "模拟数据，非真实作答" for line in _csv(answer.content)[1:])
    assert "模拟数据" in unquote(answer.headers["content-disposition"])
    for rest in ("", "/scores", "/people"):
        assert "模拟数据，非真实作答 / Simulated data" in client.get(base + rest).text
    assert client.get(f"{base}/scores.manifest.json").json()["simulated"] is True


def test_a_score_without_enough_answers_is_empty_not_zero(
    client: TestClient, session: Session, closed: Any, base: str
) -> None:
    record = session.scalars(
        select(ScoreRecord).join(Response).where(Response.person_id == closed.people["S2"][0].id)
    ).one()
    record.scores = record.scores | {"zz": {"value": None, "pomp": None, "answered": 3, "of": 8}}
    session.commit()
    row = next(line for line in _csv(client.get(f"{base}/scores.csv").content) if line[2] == "S2-00")
    assert row[4:8] == ["", "", "3", ""]
    assert (
        "作答不足（3／8 题）" in client.get(f"{base}/people?page=2").text + client.get(f"{base}/people").text
    )
