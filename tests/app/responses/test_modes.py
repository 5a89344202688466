"""Confidential and anonymous: what is stored of whom, and what each mode lets people do, until when."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import func, select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.orm import Session

from app import security
from app.errors import Conflict, Invalid, NotFound, NotReady
from app.responses import deletion, service
from app.responses.holders import own_pseudonym, submitted_among
from app.responses.models import ConsentText, Draft, Response, ScoreRecord
from app.responses.modes import change_mode
from app.security import keys
from app.settings import Settings
from app.surveys import campaign, codes
from app.surveys import service as surveys
from app.surveys.models import AccessCode, Survey
from app.trail.models import TrailEntry
from app.units.models import Unit
from tests.app.responses.conftest import Asked, ByCode, Respondent


def _count(session: Session, table: type) -> int:
    session.rollback()
    found = session.scalar(select(func.count()).select_from(table)) or 0
    session.rollback()  # the test's own session must not hold the store while the client writes
    return found


def _close(session: Session, asked: Asked) -> Survey:
    survey = session.get_one(Survey, asked.survey.id)
    surveys.close_survey(session, survey, actor="system")
    session.commit()
    return survey


# --- the mode is chosen until somebody begins


def test_the_mode_is_fixed_once_somebody_has_begun(
    asked: Asked, respondent: Respondent, session: Session
) -> None:
    survey = session.get_one(Survey, asked.survey.id)
    for mode in ("confidential", "anonymous", "identified"):
        change_mode(session, survey, mode, readers_answer=mode == "anonymous", actor="system")
        assert surveys.threshold_of(survey) == (11 if mode == "anonymous" else 10)
    session.commit()
    respondent.consent()
    with pytest.raises(Conflict, match="已经有人开始作答"):
        change_mode(session, survey, "confidential", actor="system")
    session.rollback()
    with pytest.raises(DBAPIError, match="fixed at its first response"):
        session.execute(text("UPDATE survey SET mode = 'anonymous'"))


def test_a_draft_of_another_mode_is_not_submitted(confidential: Asked, session: Session) -> None:
    survey = session.get_one(Survey, confidential.survey.id)
    consent = service.Consent.to("x", mode="identified", version="1")
    with pytest.raises(Conflict, match="方式已经改变"):
        service.submit_response(
            session,
            session.merge(confidential.invitations[0]),
            survey,
            answers={},
            background={},
            consent=consent,
        )


# --- confidential


def test_a_confidential_response_names_nobody_and_no_moment(
    confidential: Asked, respondent: Respondent, session: Session
) -> None:
    assert "保密" in respondent.get().text
    respondent.finish()
    page = respondent.get("/receipt").text
    stored = session.scalars(select(Response)).one()
    person = confidential.invitations[0].person_id
    assert stored.pseudonym == own_pseudonym(keys.campaign_key(confidential.survey.id), person)
    assert (stored.person_id, stored.submitted_at, stored.code_hash) == (None, None, None)
    assert stored.submitted_on is not None
    assert str(stored.submitted_on) in page
    assert not re.search(r"\d\d:\d\d", page)
    everything = " ".join(str(value) for value in session.execute(text("SELECT * FROM response")).one())
    for trace in (
        str(person),
        person.hex,
        confidential.invitations[0].token_hash,
        str(confidential.invitations[0].id),
    ):
        assert trace not in everything
    assert _count(session, Draft) == 0
    assert submitted_among(session, session.get_one(Survey, confidential.survey.id), [person]) == {person}
    kept = session.scalars(select(ConsentText)).one()
    assert (kept.mode, kept.hash) == ("confidential", stored.consent_hash)


def test_one_response_a_person_and_none_without_the_key(
    confidential: Asked, respondent: Respondent, session: Session, settings: Settings
) -> None:
    respondent.finish()
    respondent.post("/p/5", bg_sex="m")
    assert _count(session, Response) == 1
    (key,) = settings.keys.glob("campaign-*.key")
    aside = key.rename(key.with_suffix(".aside"))
    answer = respondent.get()
    assert answer.status_code == 503
    assert "密钥" in answer.text
    aside.rename(key)
    key.write_text("00" * 32)  # another key would give the same people other pseudonyms
    assert respondent.get().status_code == 503
    with pytest.raises(NotReady):
        campaign.key_of(session.get_one(Survey, confidential.survey.id))


def test_after_closing_only_both_shares_withdraw_until_the_key_is_destroyed(
    confidential: Asked, respondent: Respondent, session: Session
) -> None:
    respondent.finish()
    code = re.search(r"[2-9A-Z]{5}-[2-9A-Z]{5}", respondent.get("/receipt").text)
    assert code is not None
    survey = session.get_one(Survey, confidential.survey.id)
    with pytest.raises(Conflict):
        campaign.split(session, survey, actor="system")
    _close(session, confidential)
    assert "两名密钥保管人" in respondent.get("/receipt").text
    assert respondent.post("/withdraw").status_code == 409
    with pytest.raises(Conflict, match="不能再撤回"):
        deletion.withdraw_response(session, survey, code[0], actor="system")
    shares = campaign.split(session, survey, actor="system")
    session.commit()
    campaign.forget_file(survey)
    assert not keys.has_campaign_key(survey.id)
    assert respondent.get("/receipt").headers["location"] == f"/q/{respondent.token}"
    assert respondent.get().status_code == 410  # nobody can tell any more that this link has answered
    with pytest.raises(Conflict, match="拆分"):
        surveys.reopen_survey(session, survey, actor="system")
    unit = session.scalars(select(Unit)).one()
    other = keys.split(b"\x01" * 32)
    for wrong in ((shares[0], shares[0]), (shares[0], "00" * 36), (shares[0], other[1])):
        with pytest.raises(Invalid):
            deletion.withdraw_with_shares(session, survey, unit, "1", wrong, actor="system")
    with pytest.raises(NotFound):
        deletion.withdraw_with_shares(session, survey, unit, "2", shares, actor="system")
    deletion.withdraw_with_shares(session, survey, unit, "1", shares, actor="system")
    session.commit()
    assert (_count(session, Response), _count(session, ScoreRecord)) == (0, 0)
    campaign.destroy(session, survey, actor="system")
    session.commit()
    with pytest.raises(Conflict, match="销毁"):
        deletion.withdraw_with_shares(session, survey, unit, "1", shares, actor="system")
    deeds = session.scalars(select(TrailEntry.action)).all()
    assert {"campaign.split", "campaign.destroy", "response.withdraw"} <= set(deeds)


# --- anonymous


def test_an_anonymous_response_holds_the_codes_hash_and_the_unit_and_nothing_else(
    asked: Asked, somebody: ByCode, slips: list[codes.Slip], session: Session
) -> None:
    before = _count(session, TrailEntry)
    assert "先记下个人码" in somebody.get().text
    somebody.finish()
    stored = session.scalars(select(Response)).one()
    assert stored.code_hash == codes.hash_of(somebody.token)
    assert stored.unit_id == slips[0].unit
    empty = (
        "person_id",
        "pseudonym",
        "source_row",
        "submitted_at",
        "submitted_on",
        "seen_at",
        "receipt_hash",
    )
    assert [getattr(stored, name) or None for name in empty] == [None] * len(empty)
    assert stored.page_ms == {}
    assert _count(session, TrailEntry) == before
    page = somebody.get("/receipt").text
    assert somebody.token in page
    assert not re.search(r"\d\d:\d\d|20\d\d-", page)
    raw = " ".join(map(str, session.execute(text("SELECT * FROM access_code")).all()))
    assert not any(slip.code in raw for slip in slips)


def test_an_anonymous_draft_has_no_time_and_goes_on_with_the_own_code(
    somebody: ByCode, slips: list[codes.Slip], client: TestClient, session: Session
) -> None:
    somebody.consent()
    somebody.post("/p/1", j_zc1="5", go="back", page_ms="4000")
    draft = session.scalars(select(Draft)).one()
    assert (draft.saved_at, draft.consented_at, draft.answers) == (None, None, {"j_zc1": 5})
    again = client.get("/a", params={"code": f" {somebody.token.lower().replace('-', '')} "})
    assert again.headers["location"] == f"/a/{somebody.token}"
    assert "继续作答" in client.get(again.headers["location"]).text
    # the slip that somebody may have kept a copy of opens nothing any more
    assert client.get(f"/a/{slips[0].code}").status_code == 404
    assert client.get(f"/a/{slips[0].code}/p/1").status_code == 404


def test_the_consent_button_pressed_twice_and_a_lost_answer(
    client: TestClient, slips: list[codes.Slip], session: Session
) -> None:
    first, second = ByCode(client, slips[0].code), ByCode(client, slips[0].code)
    mine = security.new_access_code()
    answers = [one.post("/consent", mine=mine).headers["location"] for one in (first, second)]
    assert answers == [f"/a/{mine}/p/1"] * 2
    assert (_count(session, Draft), _count(session, AccessCode)) == (1, 3)
    taken = ByCode(client, slips[1].code).post("/consent", mine=slips[2].code)
    assert taken.status_code == 422
    assert client.post(f"/a/{slips[1].code}/consent", data={"mine": mine}).status_code == 403


def test_the_code_withdraws_until_closing_and_can_begin_again(somebody: ByCode, session: Session) -> None:
    somebody.finish()
    before = _count(session, TrailEntry)
    assert "不能恢复" in somebody.get("/withdraw").text
    assert "已撤回" in somebody.post("/withdraw").text
    assert (_count(session, Response), _count(session, ScoreRecord)) == (0, 0)
    assert _count(session, TrailEntry) == before
    assert "同意并开始作答" in somebody.get().text


def test_closing_forgets_every_code_and_nobody_gets_in_again(
    asked: Asked, somebody: ByCode, slips: list[codes.Slip], client: TestClient, session: Session
) -> None:
    somebody.finish()
    late = ByCode(client, slips[1].code)
    late.consent()
    session.rollback()
    survey = _close(session, asked)
    assert session.scalars(select(Response.code_hash)).all() == [None]
    assert (_count(session, AccessCode), _count(session, Draft)) == (0, 0)
    for token in (somebody.token, late.token, slips[2].code):
        for rest in ("", "/receipt", "/answers", "/p/1"):
            assert client.get(f"/a/{token}{rest}").status_code == 404
    assert somebody.post("/withdraw").status_code == 404
    assert _count(session, Response) == 1
    with pytest.raises(Conflict, match="不能重新开放"):
        surveys.reopen_survey(session, session.get_one(Survey, survey.id), actor="system")
    with pytest.raises(DBAPIError, match="cannot be opened again"):
        session.execute(text("UPDATE survey SET state = 'open'"))


def test_without_the_trigger_codes_would_stay(
    asked: Asked, somebody: ByCode, session: Session, store: str
) -> None:
    """The control: the check above sees it when the database does not forget."""
    somebody.finish()
    session.rollback()
    on = " ON survey" if store == "postgresql" else ""
    session.execute(text(f"DROP TRIGGER survey_forgets{on}"))
    _close(session, asked)
    assert session.scalars(select(Response.code_hash)).all() != [None]


def test_personal_links_do_not_open_an_anonymous_survey(
    asked: Asked, slips: list[codes.Slip], respondent: Respondent
) -> None:
    answer = respondent.get()
    assert answer.status_code == 404
    assert "不使用个人链接" in answer.text


def test_codes_are_void_when_the_survey_is_anonymous_no_longer(
    asked: Asked, slips: list[codes.Slip], client: TestClient, session: Session
) -> None:
    change_mode(session, session.get_one(Survey, asked.survey.id), "identified", actor="system")
    session.commit()
    assert client.get(f"/a/{slips[0].code}").status_code == 404
