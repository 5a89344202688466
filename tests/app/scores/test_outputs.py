"""Every output of group figures, for HR of every unit, tells what the snapshot tells of it and no more."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.database import now
from app.responses.models import Response
from app.scores.snapshots import close_and_release, newest
from app.surveys.models import Survey

SignIn = Callable[..., Account]
UNITS = ("D", "S1", "C1", "C2", "S2", "S3")
BENEATH = {"D": set(UNITS), "S1": {"S1", "C1", "C2"}}
Told = tuple[str, bool, str, Any]  # unit code, own, score, mean


@pytest.fixture
def closed(session: Session, district: Any) -> Any:
    close_and_release(session, district.survey, actor="system")
    session.commit()
    return district


def _released(session: Session, closed: Any, code: str) -> set[Told]:
    """The means that the snapshot tells of a unit and what lies beneath it."""
    snapshot = newest(session, closed.survey)
    assert snapshot is not None
    session.commit()  # the store is one file: let the client in
    codes = {str(unit.id): unit.code for unit in closed.units.values()}
    return {
        (codes[cell["unit"]], cell["own"], score, said["mean"])
        for cell in snapshot.content["cells"]
        if codes[cell["unit"]] in BENEATH.get(code, {code})
        for score, said in cell["scores"].items()
        if "mean" in said
    }


def _from_api(client: TestClient, closed: Any) -> Iterator[Told]:
    body = client.get(f"/api/surveys/{closed.survey.id}/scores").json()
    for group in body["groups"]:
        for score, cell in group["scores"].items():
            if cell["mean"] is not None:
                yield group["unit"], group["own"], score, cell["mean"]


def _from_rows(header: list[Any], rows: list[list[Any]]) -> Iterator[Told]:
    for row in rows:
        for name, value in zip(header, row, strict=True):
            if str(name).endswith("_mean") and re.fullmatch(r"\d(\.\d+)?", str(value or "")):
                yield row[0], row[2] == "本级", str(name).removesuffix("_mean"), float(value)


def _from_csv(client: TestClient, closed: Any) -> Iterator[Told]:
    data = client.get(f"/hr/surveys/{closed.survey.id}/units.csv?bom=0").content.decode()
    lines = list(csv.reader(io.StringIO(data, newline="")))
    yield from _from_rows(lines[0], lines[1:])


def _from_xlsx(client: TestClient, closed: Any) -> Iterator[Told]:
    book = openpyxl.load_workbook(
        io.BytesIO(client.get(f"/hr/surveys/{closed.survey.id}/scores.xlsx").content)
    )
    titles = dict(book["变量"].iter_rows(min_row=2, max_col=2, values_only=True))
    lines = [list(row) for row in book["单位汇总"].iter_rows(values_only=True)]
    yield from _from_rows([titles[title] for title in lines[0]], lines[1:])


def _page_means(client: TestClient, closed: Any) -> set[str]:
    page = client.get(f"/hr/surveys/{closed.survey.id}/scores").text
    return set(re.findall(r'<td class="num">\s*(\d\.\d\d?)<br>', page))


@pytest.mark.parametrize("code", UNITS)
def test_page_files_and_api_tell_the_same_and_nothing_else(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, code: str
) -> None:
    sign_in("hr", units=[closed.units[code].id])
    released = _released(session, closed, code)
    assert set(_from_api(client, closed)) == released
    assert set(_from_csv(client, closed)) == released
    assert set(_from_xlsx(client, closed)) == released
    assert _page_means(client, closed) == {f"{mean:.2f}" for *_, mean in released}
    assert bool(released) == (code != "C2")


def test_the_comparison_notices_a_figure_that_is_not_released(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control: a page that told what is withheld would not pass the test above."""
    from app.scores import results

    cell = results._cell
    monkeypatch.setattr(
        results,
        "_cell",
        lambda said, top: cell(
            {"kind": "value", "n": "4", "mean": 3.33, "sd": 1.0, "low": 3.0, "high": 4.0}
            if said["kind"] == "withheld"
            else said,
            top,
        ),
    )
    sign_in("hr", units=[closed.units["C2"].id])
    assert set(_from_api(client, closed)) != _released(session, closed, "C2")
    assert "3.33" in _page_means(client, closed)


def test_later_answers_change_nothing_that_is_shown(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[closed.units["D"].id])
    before = client.get(f"/hr/surveys/{closed.survey.id}/units.csv").content
    session.execute(update(Response).values(unit_id=closed.units["S3"].id))
    session.commit()
    assert client.get(f"/hr/surveys/{closed.survey.id}/units.csv").content == before


def test_the_api_answers_problems_as_problem_json(
    client: TestClient, session: Session, district: Any, sign_in: SignIn
) -> None:
    address = f"/api/surveys/{district.survey.id}/scores"
    assert client.get(address).status_code == 401
    sign_in("hr", units=[district.units["X"].id])
    assert client.get(address).status_code == 404
    sign_in("hr", units=[district.units["D"].id])
    early = client.get(address)
    assert early.status_code == 409
    assert early.headers["content-type"] == "application/problem+json"
    sign_in("researcher")
    assert client.get(address).status_code == 403


@pytest.fixture
def of_mode(session: Session, district: Any) -> Callable[[str], Any]:
    def _of_mode(mode: str) -> Any:
        """The same survey as if it had been answered in this mode."""
        values = {"consent_mode": mode, "person_id": None, "submitted_at": None}
        session.execute(update(Response).values(values))
        session.commit()
        session.connection().exec_driver_sql(
            "DROP TRIGGER survey_mode_is_fixed"
            + (" ON survey" if session.get_bind().dialect.name == "postgresql" else "")
        )
        session.execute(update(Survey).values(mode=mode))
        session.commit()
        session.expire_all()
        close_and_release(session, session.scalars(select(Survey)).one(), actor="system")
        session.commit()
        return district

    return _of_mode


@pytest.mark.parametrize(("mode", "words"), [("confidential", "保密方式"), ("anonymous", "匿名方式")])
def test_no_person_reaches_hr_unless_identified(
    client: TestClient, of_mode: Callable[[str], Any], sign_in: SignIn, mode: str, words: str
) -> None:
    planted = of_mode(mode)
    sign_in("hr", units=[planted.units["D"].id])
    base = f"/hr/surveys/{planted.survey.id}"
    for rest in ("/people", "/scores.csv"):
        answer = client.get(base + rest)
        assert answer.status_code == 403
        assert words in answer.text
    book = openpyxl.load_workbook(io.BytesIO(client.get(f"{base}/scores.xlsx").content))
    assert "得分" not in book.sheetnames
    assert "单位汇总" in book.sheetnames
    manifest = client.get(f"{base}/scores.manifest.json").json()
    assert manifest["table"] == "单位汇总"
    page = client.get(f"{base}/scores").text
    assert words in page
    assert "/people" not in page


def test_a_person_s_scores_wait_until_the_person_has_seen_them(
    client: TestClient, session: Session, closed: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[closed.units["C1"].id])
    base = f"/hr/surveys/{closed.survey.id}"
    page = client.get(f"{base}/people").text
    assert page.count("本人尚未查看") == 12 * 4
    lines = list(csv.reader(io.StringIO(client.get(f"{base}/scores.csv?bom=0").text, newline="")))
    assert {line[4] for line in lines[1:]} == {"本人尚未查看"}
    assert {cell for line in lines[1:] for cell in line[5:8]} == {""}
    response = session.scalars(select(Response).where(Response.person_id == closed.people["C1"][0].id)).one()
    response.seen_at = now()
    session.commit()
    page = client.get(f"{base}/people").text
    assert page.count("本人尚未查看") == 11 * 4
    assert len(re.findall(r'<td class="num">\d\.\d\d', page)) == 4
