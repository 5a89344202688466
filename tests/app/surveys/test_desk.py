"""HR makes a survey, brings a roster, opens, closes and reopens it."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable
from typing import Any

import openpyxl
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.database import now
from app.errors import Conflict, Invalid
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey
from app.units import service as units
from app.units.models import Person, Unit

REF = "dandang-jsjb/0.1.0"
SignIn = Callable[..., Account]
Csrf = Callable[[], str]


@pytest.fixture
def office(session: Session) -> dict[str, Unit]:
    top = units.create_unit(session, code="A", name="甲区")
    made = {
        "A": top,
        "A1": units.create_unit(session, code="A1", name="甲一街道", parent=top),
        "B": units.create_unit(session, code="B", name="乙区"),
    }
    session.commit()
    return made


def _new(client: TestClient, csrf: str, unit: Unit, **fields: str) -> Any:
    data = {
        "title": "试测",
        "office": "甲区委",
        "instrument": REF,
        "units": str(unit.id),
        "csrf": csrf,
    } | fields
    return client.post("/hr/surveys", data=data)


def _upload(
    client: TestClient, address: str, csrf: str, data: bytes, name: str = "名单.csv", **fields: str
) -> Any:
    return client.post(f"{address}/roster", data={"csrf": csrf} | fields, files={"file": (name, data)})


def _count(session: Session, table: type) -> int:
    found = session.scalar(select(func.count()).select_from(table)) or 0
    session.rollback()  # or the test itself would hold the store's write lock
    return found


def test_from_a_new_survey_to_closing_and_back(
    client: TestClient, session: Session, office: dict[str, Unit], sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("hr", units=[office["A"].id])
    form = client.get("/hr/surveys/new").text
    assert re.findall(r'name="mode" value="(\w+)"[^>]*checked', form) == ["identified"]
    made = _new(client, csrf(), office["A"], closes_at="2099-01-01T18:00")
    assert made.status_code == 303
    address = made.headers["location"].split("?")[0]
    page = client.get(address).text
    assert "导入参加测评的人员名单" in page
    roster = "工号,姓名,单位编码\r\n01,张三,A\r\n02,李四,A1\r\n".encode("gb18030")
    done = _upload(client, address, csrf(), roster)
    assert done.headers["location"].endswith("done=invited&n=2&m=0")
    assert "开始测评" in client.get(address).text
    assert client.post(f"{address}/open", data={"csrf": csrf()}).status_code == 303
    page = client.get(address).text
    assert "还有 2 人没有提交" in page
    assert re.search(r"还剩 \d+ 天", page)
    assert "不再接收答卷" in client.get(f"{address}/close").text
    assert client.post(f"{address}/close", data={"csrf": csrf()}).status_code == 303
    assert "重新开放" in client.get(f"{address}?done=closed").text
    assert client.post(f"{address}/close", data={"csrf": csrf()}).status_code == 409
    assert (
        client.post(f"{address}/reopen", data={"csrf": csrf(), "closes_at": "2001-01-01T00:00"}).status_code
        == 422
    )
    assert client.post(f"{address}/reopen", data={"csrf": csrf()}).status_code == 303
    survey = session.scalars(select(Survey)).one()
    assert (survey.state, survey.closes_at, survey.mode, survey.min_group_n) == (
        "open",
        None,
        "identified",
        10,
    )


def test_units_of_others_and_bad_fields_are_refused(
    client: TestClient, session: Session, office: dict[str, Unit], sign_in: SignIn, csrf: Csrf
) -> None:
    sign_in("hr", units=[office["A"].id])
    assert _new(client, csrf(), office["B"]).status_code == 403
    for fields in (
        {"title": " "},
        {"title": "a\nb"},
        {"office": "长" * 129},
        {"instrument": "nothing/1.0.0"},
        {"instrument": "../../etc/passwd"},
        {"closes_at": "2001-01-01T00:00"},
        {"closes_at": "soon"},
    ):
        answer = _new(client, csrf(), office["A"], **fields)
        assert answer.status_code == 422, fields
        assert "没有建立测评" in answer.text
    assert _count(session, Survey) == 0


@pytest.fixture
def draft(client: TestClient, session: Session, office: dict[str, Unit], sign_in: SignIn, csrf: Csrf) -> str:
    sign_in("hr", units=[office["A"].id])
    return _new(client, csrf(), office["A"]).headers["location"].split("?")[0]


BAD = """姓名,工号,单位编码
张三,01,A
,02,A
王五,03,B
赵六,04,没有
钱七,01,A
孙八,05,A1
"""


def test_every_refused_row_is_listed_and_nothing_is_stored(
    client: TestClient, session: Session, draft: str, csrf: Csrf
) -> None:
    answer = _upload(client, draft, csrf(), BAD.encode())
    assert answer.status_code == 422
    rows = re.findall(r'<td class="num">(\d+)</td><td>(.*?)</td><td>(.*?)</td>', answer.text)
    assert rows == [
        ("3", "姓名", "（空）"),
        ("4", "单位编码", "B"),
        ("5", "单位编码", "没有"),
        ("6", "工号", "01"),
    ]
    assert (_count(session, Person), _count(session, Invitation)) == (0, 0)


def test_valid_rows_only_when_asked(client: TestClient, session: Session, draft: str, csrf: Csrf) -> None:
    answer = _upload(client, draft, csrf(), BAD.encode(), accept_valid="1")
    assert answer.status_code == 200
    assert "新加入 2 人" in answer.text
    assert _count(session, Invitation) == 2


def test_the_same_list_twice_invites_once_and_another_name_is_refused(
    client: TestClient, session: Session, draft: str, csrf: Csrf
) -> None:
    book = openpyxl.Workbook()
    for row in (["工号", "姓名", "单位编码"], ["01", "张三", "A"], ["02", "李四", "A1"]):
        book.active.append(row)
    target = io.BytesIO()
    book.save(target)
    first = _upload(client, draft, csrf(), target.getvalue(), "名单.xlsx")
    assert first.headers["location"].endswith("n=2&m=0")
    assert (
        _upload(client, draft, csrf(), target.getvalue(), "名单.xlsx").headers["location"].endswith("n=0&m=2")
    )
    other = _upload(client, draft, csrf(), "工号,姓名,单位编码\n01,张三丰,A\n".encode())
    assert other.status_code == 422
    assert "另一个姓名" in other.text
    assert _count(session, Invitation) == 2


def test_a_file_that_is_no_roster_says_which_column_is_missing(
    client: TestClient, draft: str, csrf: Csrf
) -> None:
    answer = _upload(client, draft, csrf(), "编号,姓名\n1,张三\n".encode())
    assert answer.status_code == 422
    assert "工号" in answer.text


def test_the_latest_list_can_be_taken_back_until_opening(
    client: TestClient, session: Session, draft: str, csrf: Csrf
) -> None:
    _upload(client, draft, csrf(), "工号,姓名,单位编码\n01,张三,A\n".encode())
    _upload(client, draft, csrf(), "工号,姓名,单位编码\n02,李四,A\n03,王五,A\n".encode())
    assert "撤回最近一次导入（2 人）" in client.get(draft).text
    assert client.post(f"{draft}/roster/undo", data={"csrf": csrf()}).status_code == 303
    assert _count(session, Invitation) == 1
    client.post(f"{draft}/open", data={"csrf": csrf()})
    assert client.post(f"{draft}/roster/undo", data={"csrf": csrf()}).status_code == 409
    assert _count(session, Invitation) == 1


def test_links_come_as_a_file_that_says_who_has_submitted(
    client: TestClient, district: Any, sign_in: SignIn
) -> None:
    sign_in("hr", units=[district.units["S1"].id])
    answer = client.get(f"/hr/surveys/{district.survey.id}/links.csv")
    rows = list(csv.reader(io.StringIO(answer.content.decode("utf-8-sig"))))
    assert rows[0] == ["单位编码", "单位", "工号", "姓名", "个人链接", "状态"]
    assert len(rows) == 1 + 28
    assert all(row[4].startswith("http://testserver/q/") and row[5] == "已提交" for row in rows[1:])


def test_a_link_opens_its_own_invitation_only(session: Session, district: Any) -> None:
    invitation = session.scalars(select(Invitation)).first()
    assert invitation is not None
    token = surveys.invitation_link(invitation).rsplit("/", 1)[1]
    found = surveys.find_invitation(session, token)
    assert found is not None
    assert found[0].id == invitation.id
    assert surveys.find_invitation(session, token[:-1] + "_") is None
    assert surveys.find_invitation(session, "\udce4") is None


def test_answers_are_taken_between_opening_and_closing_time(
    session: Session, office: dict[str, Unit]
) -> None:
    survey = surveys.create_survey(
        session,
        title="t",
        office="o",
        instrument_ref=REF,
        units=[office["A"].id],
        min_group_n=3,
        closes_at=now() + dt.timedelta(hours=1),
    )
    assert survey.min_group_n == 10  # never below the instrument's
    assert not surveys.accepts_answers(survey)
    surveys.open_survey(session, survey, actor="system")
    assert surveys.accepts_answers(survey)
    survey.closes_at = now() - dt.timedelta(seconds=1)
    assert not surveys.accepts_answers(survey)
    with pytest.raises(Conflict):
        surveys.open_survey(session, survey, actor="system")


def test_only_what_this_version_keeps_can_be_promised(session: Session, office: dict[str, Unit]) -> None:
    for fields in (
        {"mode": "secret"},
        {"mode": "anonymous", "instrument_ref": "ipip-bfi-25/1.0.0"},  # no consent text for it
        {"mode": "confidential", "origin": "simulated"},
        {"form": "none"},
        {"language": "fr"},
    ):
        with pytest.raises(Invalid):
            surveys.create_survey(
                session,
                title="t",
                office="o",
                units=[office["A"].id],
                **({"instrument_ref": REF} | fields),
            )


def test_an_instrument_that_changed_is_not_served(session: Session, district: Any) -> None:
    district.survey.instrument_fingerprint = "sha256:other"
    with pytest.raises(Conflict, match="不同"):
        surveys.instrument_of(district.survey)


def test_people_outside_the_survey_cannot_be_invited(session: Session, district: Any) -> None:
    stranger = units.add_person(session, district.units["X"], staff_number="1", name="外人")
    with pytest.raises(Invalid):
        surveys.invite(session, district.survey, [stranger])


def test_subtrees_hold_roots_and_everything_beneath(session: Session, district: Any) -> None:
    of = {unit.id: code for code, unit in district.units.items()}
    found = units.subtree_ids(session, [district.units["S1"].id, district.units["X"].id])
    assert {of[unit] for unit in found} == {"S1", "C1", "C2", "X"}
    assert units.subtree_ids(session, []) == frozenset()
