"""Two custodians at the command line: split, withdraw, destroy."""

from __future__ import annotations

import re
import uuid

import pytest
from click.testing import CliRunner
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.cli import campaign
from app.cli.keys import command
from app.database import now
from app.responses.holders import own_pseudonym
from app.responses.models import Response
from app.responses.service import Consent, store_response
from app.security import keys
from app.settings import Settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.trail.models import TrailEntry
from app.units import service as units


@pytest.fixture
def survey(session: Session) -> Survey:
    unit = units.create_unit(session, code="T", name="某街道")
    made = surveys.create_survey(
        session,
        title="t",
        office="o",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[unit.id],
        mode="confidential",
    )
    surveys.open_survey(session, made, actor="system")
    person = units.add_person(session, unit, staff_number="007", name="甲")
    store_response(
        session,
        made,
        response_id=uuid.uuid4(),
        answers={"j_zc1": 3},
        background={},
        unit_id=unit.id,
        pseudonym=own_pseudonym(keys.campaign_key(made.id), person.id),
        consent=Consent.to("x", mode="confidential", version="2"),
        submitted_at=now(),
    )
    surveys.close_survey(session, made, actor="system")
    session.commit()
    return made


def _run(*arguments: str, typed: str = "") -> tuple[int, str]:
    done = CliRunner().invoke(command, list(arguments), input=typed)
    return done.exit_code, done.output


def _uses(session: Session) -> list[str]:
    """What the trail says of the key, in order; then lets others write."""
    kept = session.scalars(select(TrailEntry).order_by(TrailEntry.number)).all()
    said = [
        "/".join(
            (entry.action, *(str(entry.detail[key]) for key in ("purpose", "outcome") if key in entry.detail))
        )
        for entry in kept
        if entry.action.startswith(("campaign.", "response."))
    ]
    session.rollback()
    return said


def test_split_withdraw_destroy(
    session: Session, survey: Survey, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    shares = keys.split(keys.campaign_key(survey.id))
    monkeypatch.setattr(keys, "split", lambda _key: shares)
    one, other = shares
    survey_id, asked = survey.id, str(survey.id)  # reading them later would begin a transaction
    code, said = _run("split", asked, typed=f"\n\n{one}\n\n\n{one}\n")
    assert code == 1
    assert keys.has_campaign_key(survey_id)  # mistyped: nothing was done
    assert _uses(session) == ["campaign.use/split/shares shown"]  # but one share has been seen
    code, said = _run("split", asked, typed=f"\n\n{one}\n\n\n{other}\n")
    assert code == 0, said
    assert said.count(one) == said.count(other) == 1
    assert not keys.has_campaign_key(survey_id)
    assert _run("split", asked)[0] == 1
    base = ("withdraw", asked, "--unit", "T", "--staff-number")
    assert _run(*base, "008", typed=f"{one}\n{other}\n")[0] == 1
    assert _run(*base, "007", typed=f"{one}\n{one}\n")[0] == 1
    assert session.scalar(select(func.count()).select_from(Response)) == 1
    session.rollback()
    code, said = _run(*base, "007", typed=f"{one}\n{other}\n")
    assert code == 0, said
    assert session.scalar(select(func.count()).select_from(Response)) == 0
    session.rollback()
    code, said = _run("destroy", asked, "--yes")
    assert code == 0, said
    assert _run(*base, "007", typed=f"{one}\n{other}\n")[0] == 1
    assert _uses(session) == [
        *("campaign.use/split/shares shown", "campaign.use/split/shares shown", "campaign.split"),
        "campaign.use/withdraw/nobody",
        "campaign.use/withdraw/wrong shares",
        *("campaign.use/withdraw/withdrawn", "response.withdraw", "campaign.destroy"),
    ]
    assert not re.search(
        one, " ".join(path.read_text("latin-1") for path in settings.home.rglob("*") if path.is_file())
    )


def test_an_open_or_unknown_survey_is_refused(session: Session, survey: Survey) -> None:
    surveys.reopen_survey(session, survey, actor="system")
    session.commit()
    for deed in (("split",), ("destroy", "--yes")):
        assert _run(deed[0], str(survey.id), *deed[1:])[0] == 1
        assert _run(deed[0], str(uuid.uuid4()), *deed[1:])[0] == 1
    assert keys.has_campaign_key(survey.id)


def test_the_share_is_on_the_trail_before_it_is_on_the_screen(
    session: Session, survey: Survey, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_the_screen: list[list[str]] = []
    asked = str(survey.id)
    session.rollback()
    monkeypatch.setattr(campaign, "_hand_over", lambda _shares: at_the_screen.append(_uses(session)))
    assert _run("split", asked)[0] == 0
    assert at_the_screen == [["campaign.use/split/shares shown"]]
