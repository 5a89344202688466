"""The person sees the own results first, as far as the evidence allows; then HR does."""

from __future__ import annotations

import importlib.metadata
import uuid
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import security
from app.responses.models import Response
from app.scores import service as scores
from app.scores.pool import pool_of
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Invitation


@pytest.fixture
def token(session: Session, district: Any) -> str:
    """The link of one person of S2, after closing."""
    person = district.people["S2"][0]
    invitation = session.scalars(select(Invitation).where(Invitation.person_id == person.id)).one()
    surveys.close_survey(session, district.survey, actor="system")
    session.commit()
    return surveys.invitation_link(invitation).rsplit("/", 1)[1]


def _evidence(session: Session, district: Any, verdict: str, **of: str) -> None:
    reliability = [
        {"id": score, "n": 73, "sem": 0.3, "verdict": of.get(score, "")} for score in ("zz", "gz", "sy", "dy")
    ]
    reason = {"rule": "min_n", "value": 73, "limit": 300, "met": False, "text_zh": "理由甲", "text_en": ""}
    scores.record_evidence(
        session,
        district.survey.id,
        run_id=uuid.uuid4(),
        pool=pool_of(session, district.survey),
        pool_fingerprint="sha256:y",
        n_responses=73,
        data_fingerprint="sha256:x",
        engine_version=importlib.metadata.version("dandang"),
        evidence={"verdict": verdict, "reasons": [reason], "n": 73, "cfa": None, "scores": reliability},
    )
    session.commit()


def _ask(client: TestClient, token: str) -> Any:
    csrf = security.csrf_token(get_settings().key(), token)
    answer = client.post(f"/q/{token}/results", data={"csrf": csrf})
    return client.get(answer.headers["location"]) if answer.status_code == 303 else answer


def _seen(session: Session) -> int:
    session.rollback()
    found = sum(one is not None for one in session.scalars(select(Response.seen_at)))
    session.rollback()
    return found


def test_nothing_is_shown_or_noted_before_there_is_a_band(
    client: TestClient, session: Session, token: str
) -> None:
    page = _ask(client, token).text
    assert "还没有计算" in page
    assert "<svg" not in page
    assert _seen(session) == 0


def test_own_dimensions_with_band_and_mark_once_asked_for(
    client: TestClient, session: Session, district: Any, token: str
) -> None:
    _evidence(session, district, "insufficient data")
    assert client.get(f"/q/{token}/results").headers["location"] == f"/q/{token}/receipt"  # not by a preview
    assert _seen(session) == 0
    page = _ask(client, token).text
    for words in ("政治担当", "数据不足", "理由甲", "<svg", "误差范围"):
        assert words in page
    assert page.count('class="point"') == 4
    assert _seen(session) == 1
    moment = session.scalars(select(Response.seen_at).where(Response.seen_at.is_not(None))).one()
    session.rollback()
    _ask(client, token)
    assert session.scalars(select(Response.seen_at).where(Response.seen_at.is_not(None))).one() == moment


def test_what_is_not_supported_is_not_shown_and_the_page_says_so(
    client: TestClient, session: Session, district: Any, token: str
) -> None:
    _evidence(session, district, "supported", zz="not supported")
    page = _ask(client, token).text
    assert page.count("〔未获支持，不显示〕") == 1
    assert page.count('class="point"') == 3
    _evidence(session, district, "not supported")
    page = _ask(client, token).text
    assert page.count("〔未获支持，不显示〕") == 4
    assert "<svg" not in page


def test_hr_sees_a_persons_scores_only_after_the_person(
    client: TestClient, session: Session, district: Any, token: str, sign_in: Any
) -> None:
    _evidence(session, district, "supported")
    sign_in("hr", units=[district.units["S2"].id])
    address = f"/hr/surveys/{district.survey.id}/people"
    assert client.get(address).text.count("本人尚未查看") >= 14 * 4
    _ask(client, token)
    assert client.get(address).text.count("本人尚未查看</span>") == 13 * 4


def test_no_results_while_open_nor_for_others(client: TestClient, session: Session, district: Any) -> None:
    invitation = session.scalars(select(Invitation)).first()
    assert invitation is not None
    token = surveys.invitation_link(invitation).rsplit("/", 1)[1]
    session.commit()
    assert _ask(client, token).status_code == 409
    assert client.post(f"/q/{token}/results", data={"csrf": "0" * 64}).status_code == 403
    assert client.get("/q/nobody/results").status_code == 404
