"""The key of a confidential survey on the trail: also where a page uses it without saying so."""

from __future__ import annotations

from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.surveys import campaign
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.trail.models import TrailEntry
from app.units import service as units
from app.units.models import Unit
from tests.app.conftest import SignIn

pytestmark = pytest.mark.only_on("sqlite", reason="what an entry says does not depend on the store")


def _survey(session: Session, unit: Unit, mode: str) -> Survey:
    made = surveys.create_survey(
        session, title=mode, office="o", instrument_ref="dandang-jsjb/0.1.0", units=[unit.id], mode=mode
    )
    surveys.open_survey(session, made, actor="system")
    return made


def _said(client: TestClient, session: Session, survey: Survey) -> dict[str, Any]:
    """What the trail keeps of a download of the links."""
    address = f"/hr/surveys/{survey.id}/links.csv"
    session.commit()
    assert client.get(address).status_code == 200
    newest = select(TrailEntry).order_by(TrailEntry.number.desc())
    entry = session.scalars(newest.where(TrailEntry.action == "links.download")).first()
    assert entry is not None
    return dict(entry.detail)


def test_links_say_whether_the_key_was_used(client: TestClient, session: Session, sign_in: SignIn) -> None:
    unit = units.create_unit(session, code="T", name="某街道")
    person = units.add_person(session, unit, staff_number="007", name="甲")
    hidden, named = _survey(session, unit, "confidential"), _survey(session, unit, "identified")
    surveys.invite(session, hidden, [person])
    session.commit()
    sign_in("hr", units=[unit.id])
    assert _said(client, session, hidden) == {"people": 1, "campaign_key": "kept"}
    assert _said(client, session, named) == {"people": 0}
    surveys.close_survey(session, hidden, actor="system")
    campaign.split(session, hidden, actor="system")
    assert _said(client, session, hidden) == {"people": 1, "campaign_key": "split"}
