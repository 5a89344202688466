"""HR's desk in confidential and anonymous surveys: mode, codes told once, counts honest to the mode."""

from __future__ import annotations

import csv
import io
import re
import uuid
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select, text
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.responses.service import Consent, store_response
from app.settings import Settings, get_settings
from app.surveys import codes
from app.surveys import service as surveys
from app.surveys.models import AccessCode, Survey
from app.units import service as units
from app.units.models import Unit

SignIn = Callable[..., Account]
Csrf = Callable[[], str]


@pytest.fixture
def district_units(session: Session) -> dict[str, Unit]:
    top = units.create_unit(session, code="D", name="某区")
    made = {"D": top} | {
        code: units.create_unit(session, code=code, name=name, parent=top)
        for code, name in (("S1", "=东街道"), ("S2", "西街道"))
    }
    session.commit()
    return made


@pytest.fixture
def anonymous(session: Session, district_units: dict[str, Unit]) -> Survey:
    survey = surveys.create_survey(
        session,
        title="匿名测评",
        office="某区委",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[district_units["D"].id],
        mode="anonymous",
    )
    session.commit()
    return survey


def _make(client: TestClient, survey: Survey, csrf: str, counts: dict[Unit, str], form: str = "page") -> Any:
    return client.post(
        f"/hr/surveys/{survey.id}/codes",
        data={
            "csrf": csrf,
            "units": [str(unit.id) for unit in counts],
            "counts": list(counts.values()),
            "form": form,
        },
    )


def test_codes_are_told_once_and_kept_as_hashes(
    client: TestClient,
    session: Session,
    anonymous: Survey,
    district_units: dict[str, Unit],
    sign_in: SignIn,
    csrf: Csrf,
) -> None:
    sign_in("hr", units=[district_units["D"].id])
    address = f"/hr/surveys/{anonymous.id}"
    assert "制作作答码" in client.get(address).text
    wanted = {district_units["S1"]: "12", district_units["S2"]: "3", district_units["D"]: ""}
    page = _make(client, anonymous, csrf(), wanted)
    assert page.headers["cache-control"] == "no-store"
    told = re.findall(r'<strong class="mono">([\w-]+)</strong>', page.text)
    assert len(set(told)) == 15
    kept = session.execute(text("SELECT * FROM access_code")).all()
    assert len(kept) == 15
    assert {codes.hash_of(code) for code in told} == set(session.scalars(select(AccessCode.code_hash)))
    assert not any(code in str(kept) for code in told)
    session.rollback()
    assert not any(code in client.get(f"{address}/codes").text for code in told)
    assert re.findall(r'<td class="num">(\d+)</td>', client.get(f"{address}/codes").text) == ["0", "12", "3"]


@pytest.mark.parametrize("form", ["csv", "xlsx"])
def test_codes_as_a_file_without_formulas(
    client: TestClient,
    anonymous: Survey,
    district_units: dict[str, Unit],
    sign_in: SignIn,
    csrf: Csrf,
    form: str,
) -> None:
    sign_in("hr", units=[district_units["D"].id])
    answer = _make(client, anonymous, csrf(), {district_units["S1"]: "2"}, form)
    if form == "csv":
        rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    else:
        sheet = openpyxl.load_workbook(io.BytesIO(answer.content)).active
        assert sheet is not None
        rows = [[str(value) for value in row] for row in sheet.iter_rows(values_only=True)]
    assert rows[0] == ["单位编码", "单位", "作答码", "作答地址"]
    assert [row[1] for row in rows[1:]] == ["'=东街道"] * 2
    assert all(row[3] == f"http://testserver/a/{row[2]}" for row in rows[1:])


def test_codes_for_own_units_of_an_open_anonymous_survey_only(
    client: TestClient,
    session: Session,
    anonymous: Survey,
    district_units: dict[str, Unit],
    sign_in: SignIn,
    csrf: Csrf,
) -> None:
    wanted = {district_units["S1"]: "2"}
    assert _make(client, anonymous, "", wanted).status_code == 401
    sign_in("researcher")
    assert _make(client, anonymous, csrf(), wanted).status_code == 403
    sign_in("hr", units=[district_units["S2"].id])
    assert _make(client, anonymous, csrf(), wanted).status_code == 422
    for bad in ("-1", "x", "99999", "１"):
        assert _make(client, anonymous, csrf(), {district_units["S2"]: bad}).status_code == 422
    assert _make(client, anonymous, "0" * 64, {district_units["S2"]: "1"}).status_code == 403
    assert _make(client, anonymous, csrf(), {district_units["S2"]: "1"}).status_code == 200
    session.merge(anonymous).mode = "identified"
    session.commit()
    assert client.get(f"/hr/surveys/{anonymous.id}/codes").status_code == 409
    assert _make(client, anonymous, csrf(), {district_units["S2"]: "1"}).status_code == 409


def _submit(session: Session, survey: Survey, unit: Unit, count: int) -> None:
    consent = Consent.to("x", mode="anonymous", version="2")
    for _ in range(count):
        store_response(
            session,
            survey,
            response_id=uuid.uuid4(),
            answers={"j_zc1": 3},
            background={},
            unit_id=unit.id,
            code_hash=uuid.uuid4().hex,
            consent=consent,
        )
    session.commit()


def test_counts_of_an_anonymous_survey_come_in_steps_and_name_nobody(
    client: TestClient,
    session: Session,
    anonymous: Survey,
    district_units: dict[str, Unit],
    sign_in: SignIn,
    csrf: Csrf,
) -> None:
    surveys.open_survey(session, anonymous, actor="system")
    own = frozenset({district_units["S1"].id, district_units["S2"].id})
    codes.make_codes(session, anonymous, dict.fromkeys(own, 30), allowed=own, actor="system")
    _submit(session, anonymous, district_units["S1"], 23)
    _submit(session, anonymous, district_units["S2"], 9)
    sign_in("hr", units=[district_units["D"].id])
    page = client.get(f"/hr/surveys/{anonymous.id}").text
    cells = re.findall(r'<td class="num">([^<]*)</td>', page)
    assert cells == ["60", "至少 30", "30", "至少 20", "30", "不足 10"]
    assert not re.search(r"\b(23|9|32)\b", re.sub(r"<[^>]+>|20\d\d-\d\d-\d\d \d\d:\d\d", " ", page))
    assert "至少 30／60" in client.get("/hr").text
    sign_in("hr", units=[district_units["S2"].id])
    assert "不足 10" in client.get(f"/hr/surveys/{anonymous.id}").text
    address = f"/hr/surveys/{anonymous.id}"
    assert client.post(f"{address}/evidence", data={"csrf": csrf()}).status_code == 409
    assert client.get(f"{address}/links.csv").status_code == 409
    assert client.get(f"{address}/withdraw").status_code == 409


def test_the_mode_is_chosen_with_the_survey_and_changed_until_somebody_begins(
    client: TestClient, session: Session, district_units: dict[str, Unit], sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("hr", units=[district_units["D"].id])
    made = client.post(
        "/hr/surveys",
        data={
            "csrf": csrf(),
            "title": "t",
            "office": "o",
            "instrument": "dandang-jsjb/0.1.0",
            "units": str(district_units["D"].id),
            "mode": "confidential",
            "readers_answer": "1",
        },
    )
    address = made.headers["location"].split("?")[0]
    survey = session.scalars(select(Survey)).one()
    assert (survey.mode, survey.readers_answer, surveys.threshold_of(survey)) == ("confidential", True, 11)
    session.rollback()
    assert re.findall(r'name="mode" value="(\w+)"[^>]*checked', client.get(f"{address}/mode").text) == [
        "confidential"
    ]
    assert client.post(f"{address}/mode", data={"csrf": csrf(), "mode": "anonymous"}).status_code == 303
    session.expire_all()
    assert (survey.mode, survey.readers_answer) == ("anonymous", False)
    surveys.open_survey(session, survey, actor="system")
    _submit(session, survey, district_units["S1"], 1)
    assert client.post(f"{address}/mode", data={"csrf": csrf(), "mode": "identified"}).status_code == 409
    assert "不能再改" in client.get(f"{address}/mode").text
    sign_in("hr", units=[district_units["S1"].id])
    assert client.get(f"{address}/mode").status_code == 403  # not the one who runs it


@pytest.mark.only_on("postgresql", reason="SQLite has no segments to keep")
def test_production_opens_no_anonymous_survey_where_the_log_is_kept(
    session: Session, anonymous: Survey, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(get_settings(), "environment", "production")
    with pytest.raises(surveys.Conflict, match="没有为匿名测评设置好"):
        surveys.open_survey(session, anonymous, actor="system")


def test_overdue_anonymous_surveys_are_those_that_close_by_themselves(
    session: Session, anonymous: Survey
) -> None:
    surveys.open_survey(session, anonymous, actor="system")
    assert surveys.overdue(session) == []
    anonymous.closes_at = surveys.now() - surveys.dt.timedelta(seconds=1)
    session.flush()
    assert surveys.overdue(session) == [anonymous]
    surveys.close_survey(session, anonymous, actor="system")
    assert surveys.overdue(session) == []
