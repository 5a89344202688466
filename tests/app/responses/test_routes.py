"""The questionnaire without JavaScript: who may, then what happens."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.responses.models import Draft, Response, ScoreRecord
from app.surveys import service as surveys
from tests.app.responses.conftest import OFFICE, Asked, Respondent

# --- who may


@pytest.mark.parametrize("rest", ["", "/p/1", "/receipt"])
def test_an_unknown_link_is_a_404_page(client: TestClient, asked: Asked, rest: str) -> None:
    answer = client.get(f"/q/nobody{rest}")
    assert answer.status_code == 404
    assert "链接无效" in answer.text


@pytest.mark.parametrize("rest", ["/consent", "/p/1"])
def test_a_form_without_the_links_token_is_refused(
    respondent: Respondent, session: Session, rest: str
) -> None:
    answer = respondent.client.post(f"/q/{respondent.token}{rest}", data={"csrf": "0" * 64})
    assert answer.status_code == 403
    assert session.scalar(select(func.count()).select_from(Draft)) == 0


def test_the_token_of_another_link_does_not_open_a_form(respondent: Respondent, asked: Asked) -> None:
    other = Respondent(respondent.client, asked.tokens[1])
    page = other.get().text
    stolen = re.search(r'name="csrf" value="(\w+)"', page)
    assert stolen is not None
    answer = respondent.client.post(f"/q/{respondent.token}/consent", data={"csrf": stolen[1]})
    assert answer.status_code == 403


def test_no_page_before_consent(respondent: Respondent) -> None:
    assert respondent.get("/p/2").headers["location"] == f"/q/{respondent.token}"
    sent = respondent.post("/p/1", j_zc1="3")
    assert sent.headers["location"] == f"/q/{respondent.token}"


def test_a_survey_not_yet_open_says_so(respondent: Respondent, asked: Asked, session: Session) -> None:
    asked.survey.state = "draft"
    session.merge(asked.survey)
    session.commit()
    answer = respondent.get()
    assert answer.status_code == 404
    assert "尚未开始" in answer.text


def test_after_close_everything_is_gone_but_the_receipt(
    respondent: Respondent, asked: Asked, session: Session, visit_as: Callable[[str], Respondent]
) -> None:
    respondent.finish()
    late = visit_as(asked.tokens[1])
    late.consent()
    late.post("/p/1", j_zc1="4", go="back")
    surveys.close_survey(session, asked.survey, actor="system")
    session.commit()
    for answer in (late.get(), late.get("/p/1"), late.post("/p/1", j_zc1="5"), late.post("/p/5")):
        assert answer.status_code == 410
        assert "已结束" in answer.text
    draft = session.scalars(select(Draft)).one()
    assert draft.answers == {"j_zc1": 4}
    assert respondent.get("/receipt").status_code == 200


# --- the deed


def test_the_start_page_says_who_asks_what_is_seen_and_offers_consent(respondent: Respondent) -> None:
    page = respondent.get().text
    for words in (OFFICE, "实名", "同意并开始作答", "查看全文", "试测"):
        assert words in page
    assert page.count("<strong>") >= 3
    assert "**" not in page


def test_a_person_answers_submits_and_reads_the_receipt(
    respondent: Respondent, session: Session, asked: Asked
) -> None:
    answer = respondent.finish()
    assert answer.headers["location"] == f"/q/{respondent.token}/receipt"
    page = respondent.get("/receipt").text
    code = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}", page)
    assert code is not None
    assert "已提交" in page
    stored = session.scalars(select(Response)).one()
    assert stored.person_id == asked.invitations[0].person_id
    assert len(stored.answers) == 34
    assert set(stored.answers.values()) == {4}
    assert stored.background == {"bg_sex": "f", "bg_party": "cpc", "bg_partyage": "5_9", "q_dil": "yes"}
    assert (stored.consent_mode, stored.consent_version, len(stored.consent_hash)) == ("identified", "3", 64)
    assert session.scalars(select(ScoreRecord)).one().scores["zz"]["value"] == pytest.approx(3.5)
    assert session.scalar(select(func.count()).select_from(Draft)) == 0
    assert respondent.get().headers["location"] == f"/q/{respondent.token}/receipt"
    assert respondent.get("/p/1").headers["location"] == f"/q/{respondent.token}/receipt"


def test_submitting_again_gives_the_same_receipt(respondent: Respondent, session: Session) -> None:
    respondent.finish()
    first = respondent.get("/receipt").text
    again = respondent.post("/p/5", bg_sex="m")
    assert again.headers["location"] == f"/q/{respondent.token}/receipt"
    assert respondent.get("/receipt").text == first
    assert session.scalar(select(func.count()).select_from(Response)) == 1


def test_the_last_page_sent_three_times_at_once_shows_all_three_the_receipt(
    respondent: Respondent, session: Session
) -> None:
    respondent.consent()
    for number in range(1, 5):
        respondent.fill(number)
    with ThreadPoolExecutor(3) as people:
        answers = list(people.map(lambda _: respondent.post("/p/5", bg_sex="f"), range(3)))
    assert [answer.headers["location"] for answer in answers] == [f"/q/{respondent.token}/receipt"] * 3
    assert session.scalar(select(func.count()).select_from(Response)) == 1


def test_missing_items_are_named_marked_and_may_be_skipped(respondent: Respondent) -> None:
    respondent.consent()
    first = respondent.get("/p/1").text
    names = list(dict.fromkeys(re.findall(r'type="radio" name="(j_\w+)"', first)))
    given = {name: "4" for name in names if name not in {names[3], names[6]}}
    sent = respondent.post("/p/1", **given, go="next")
    assert sent.headers["location"].endswith(f"/p/1?missing=1#i-{names[3]}")
    shown = respondent.get("/p/1?missing=1").text
    assert "还有 2 题未作答" in shown
    assert re.search(rf'第 <a href="#i-{names[3]}">4</a>、<a href="#i-{names[6]}">7</a> 题', shown)
    assert shown.count("item item-missing") == 2
    assert shown.count(" checked>") == 6
    skipped = respondent.post("/p/1", checked="1", go="next")
    assert skipped.headers["location"].endswith("/p/2")
    last = respondent.get("/p/5").text
    assert f'/p/1#i-{names[3]}">第 4 题</a>' in last


def test_going_back_saves_and_a_later_visit_resumes(respondent: Respondent, session: Session) -> None:
    respondent.consent()
    respondent.fill(1)
    back = respondent.post("/p/2", j_zc2="2", go="back", page_ms="4200")
    assert back.headers["location"].endswith("/p/1")
    draft = session.scalars(select(Draft)).one()
    assert draft.answers["j_zc2"] == 2
    assert draft.page_ms["2"] == 4200
    start = respondent.get().text
    assert "继续作答" in start
    assert f'href="/q/{respondent.token}/p/2"' in start
    assert 'name="j_zc2" value="2" checked' in respondent.get("/p/2").text


def test_an_empty_page_takes_nothing_away(respondent: Respondent, session: Session) -> None:
    respondent.consent()
    respondent.post("/p/1", j_zc1="5", go="back", page_ms="100")
    respondent.post("/p/1", go="back", page_ms="50")
    draft = session.scalars(select(Draft)).one()
    assert draft.answers == {"j_zc1": 5}
    assert draft.page_ms == {"1": 100}


def test_the_pages_own_script_is_told_where_to_go(respondent: Respondent) -> None:
    respondent.consent()
    respondent.client.headers["accept"] = "application/json"
    stay = respondent.post("/p/1", j_zc1="5", go="stay").json()
    assert stay["next"].endswith("/p/1")
    assert re.fullmatch(r"\d\d:\d\d", stay["saved"])


@pytest.mark.parametrize(
    ("field", "value", "named"),
    [
        ("j_zc1", "6", "j_zc1"),
        ("j_zc1", "-1", "j_zc1"),
        ("j_zc1", "vier", "j_zc1"),
        ("j_zc2", "3", "j_zc2"),  # of another page
        ("nonsense", "3", "nonsense"),
    ],
)
def test_a_wrong_code_is_named_and_nothing_of_the_page_is_kept(
    respondent: Respondent, session: Session, field: str, value: str, named: str
) -> None:
    respondent.consent()
    answer = respondent.post("/p/1", j_wm1="4", **{field: value})
    assert answer.status_code == 422
    assert named in answer.text
    assert html.escape(value) in answer.text
    assert session.scalars(select(Draft)).one().answers == {}


def test_a_condition_no_longer_met_drops_the_answer(respondent: Respondent, session: Session) -> None:
    respondent.consent()
    respondent.post("/p/5", bg_party="cpc", bg_partyage="5_9", go="back")
    respondent.post("/p/5", bg_party="other", checked="1")
    stored = session.scalars(select(Response)).one()
    assert stored.background == {"bg_party": "other"}


def test_text_survives_and_what_cannot_be_stored_is_refused(respondent: Respondent, session: Session) -> None:
    respondent.consent()
    words = "㙓𠮷 “引号” <b>不是标签</b>\n第二行 👨‍👩‍👧"
    respondent.post("/p/5", oe_case=words.replace("\n", "\r\n"), go="back")
    assert session.scalars(select(Draft)).one().texts == {"oe_case": words}
    session.rollback()  # a test's own session must not hold the store while the client writes
    assert "<b>不是标签</b>" not in respondent.get("/p/5").text
    for bad in ("有\0空", "长" * 5001):
        assert respondent.post("/p/5", oe_case=bad, go="back").status_code == 422


@pytest.mark.parametrize("body", [b"csrf=%FF%FE", "csrf=中".encode(), b"a=1&" * 400, b"x" * 200_000])
def test_a_body_that_is_no_form_is_a_clean_422(respondent: Respondent, body: bytes) -> None:
    answer = respondent.client.post(
        f"/q/{respondent.token}/consent",
        content=body,
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 422


def test_a_page_that_does_not_exist(respondent: Respondent) -> None:
    respondent.consent()
    assert respondent.get("/p/6").status_code == 404
    assert respondent.get("/p/0").status_code == 404
