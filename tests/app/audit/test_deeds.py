"""Every deed that must be on the trail is: done once through the pages, found once among the entries."""

from __future__ import annotations

from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import security
from app.settings import get_settings
from app.trail import service as trail
from app.trail.models import TrailEntry
from tests.promises import s1

# actor, method, path, what the trail must say
DEEDS = (
    ("hr_own", "GET", "/hr/surveys/{survey_id}/people", "score.read"),
    ("hr_own", "GET", "/hr/surveys/{survey_id}/scores.xlsx", "score.download"),
    ("hr_own", "GET", "/hr/surveys/{survey_id}/scores.csv", "score.download"),
    ("hr_own", "GET", "/hr/surveys/{survey_id}/units.csv", "unit_scores.download"),
    ("hr_own", "GET", "/hr/surveys/{survey_id}/links.csv", "links.download"),
    ("researcher", "GET", "/research/reports/{run_id}/report.json", "report.download"),
    ("researcher", "GET", "/research/reports/{run_id}/report.html", "report.read"),
    ("researcher", "GET", "/research/analyses/{analysis_id}", "file.read"),
    ("researcher", "GET", "/research/analyses/{analysis_id}/result.json", "file.download"),
    ("researcher", "POST", "/research/files/{file_id}/delete", "file.delete"),
    ("admin", "POST", "/admin/accounts/{account_id}/deactivate", "account.deactivate"),
    ("admin", "POST", "/admin/accounts/{account_id}/activate", "account.activate"),
    ("admin", "POST", "/admin/accounts/{account_id}/password", "account.password"),
    ("security", "POST", "/security/accounts/{account_id}/rights", "account.grant"),
    ("security", "POST", "/security/accounts/{account_id}/unlock", "account.unlock"),
    ("security", "POST", "/security/accounts/{account_id}/second-factor", "account.second_factor_reset"),
    ("hr_own", "POST", "/hr/surveys/{survey_id}/reopen", "survey.reopen"),
    ("hr_own", "POST", "/hr/surveys/{survey_id}/close", "survey.close"),
    ("auditor", "GET", "/audit/entries.csv", "trail.download"),
    ("hr_own", "POST", "/logout", "account.sign_out"),
    ("nobody", "POST", "/login", "account.sign_in_failed"),
)


def test_every_deed_is_on_the_trail_once_and_under_its_actor() -> None:
    with s1.world() as world:
        sessions = world.app.state.sessions
        with TestClient(world.app, follow_redirects=False, raise_server_exceptions=False) as client:
            for actor, method, path, action in DEEDS:
                with sessions() as session:
                    before = len(session.scalars(select(TrailEntry.number)).all())
                token = world.tokens.get(actor, "browser")
                client.cookies.clear()
                client.cookies.set("dandang" if actor in world.tokens else "dandang_sign_in", token)
                data = {"csrf": security.csrf_token(get_settings().key(), token), "role": "researcher"}
                data |= {"username": "somebody-typed", "password": "typed typed typed"}
                answer = client.request(
                    method, world.path(path, actor), data=data if method == "POST" else None
                )
                assert answer.status_code in {200, 303, 401}, (path, answer.status_code)
                with sessions() as session:
                    _said_once(session, before, action, path)
        with sessions() as session:
            assert trail.verify(session).whole
            kept = str([(e.actor, e.subject, e.detail) for e in session.scalars(select(TrailEntry))])
    assert "typed" not in kept
    assert "某" not in kept.replace("某部", "")


def _said_once(session: Session, before: int, action: str, path: str) -> None:
    found = session.scalars(select(TrailEntry).where(TrailEntry.number > before)).all()
    assert [entry.action for entry in found].count(action) == 1, (path, [entry.action for entry in found])
