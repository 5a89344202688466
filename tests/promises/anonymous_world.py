"""An anonymous survey answered through the real service, by people who come and go over seven days."""

from __future__ import annotations

import logging
import random
import uuid
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from app import security
from app.database import session_factory
from app.responses import drafts, service
from app.responses.drafts import Sent
from app.responses.questionnaire import questionnaire
from app.surveys import codes
from app.surveys import service as surveys
from app.surveys.models import AccessCode, Survey
from app.units import service as units

UNITS, IN_A_UNIT, DAYS = 30, 10, 7


@dataclass
class World:
    """What happened: the survey, and each response's unit in the order in which they were submitted."""

    engine: Engine
    survey: uuid.UUID
    log: Path
    arrived: list[uuid.UUID] = field(default_factory=list)
    unit_of: dict[uuid.UUID, uuid.UUID] = field(default_factory=dict)


@dataclass
class _Somebody:
    asked: AccessCode
    steps: list[tuple[float, int]]


def answer(engine: Engine, log: Path, *, in_units: int = UNITS, seed: int = 2) -> World:
    """A survey in which in_units × IN_A_UNIT people answer at times of their own, page by page."""
    rng = random.Random(seed)
    handler = logging.FileHandler(log)
    logging.getLogger().addHandler(handler)
    try:
        with session_factory(engine)() as session:
            world, people = _invite(session, engine, log, in_units, rng)
            survey = session.get_one(Survey, world.survey)
            events = sorted((at, place, page) for place, one in enumerate(people) for at, page in one.steps)
            for _at, place, page in events:
                made = _step(session, survey, people[place].asked, page, rng)
                session.commit()
                if made is not None:
                    world.arrived.append(made)
                    world.unit_of[made] = people[place].asked.unit_id
    finally:
        logging.getLogger().removeHandler(handler)
        handler.close()
    return world


def _invite(
    session: Session, engine: Engine, log: Path, in_units: int, rng: random.Random
) -> tuple[World, list[_Somebody]]:
    top = units.create_unit(session, code="T", name="全区")
    wanted = {
        units.create_unit(session, code=f"U{k}", name=f"单位{k}", parent=top).id: IN_A_UNIT
        for k in range(in_units)
    }
    survey = surveys.create_survey(
        session,
        title="匿名测评",
        office="某区",
        instrument_ref="dandang-jsjb/0.1.0",
        units=[top.id],
        mode="anonymous",
    )
    surveys.open_survey(session, survey, actor="system")
    slips = codes.make_codes(session, survey, wanted, allowed=frozenset(wanted), actor="system")
    session.commit()
    people = []
    for slip in rng.sample(slips, len(slips)):
        found = codes.find_code(session, slip.code)
        assert found is not None
        own = codes.exchange(session, found[0], security.new_access_code())
        session.commit()
        begun = rng.uniform(0, DAYS * 86_400)
        # some take ten minutes, some come back on another day
        length = rng.choice((600, 1200, 90_000)) * rng.uniform(0.5, 1.5)
        pages = len(questionnaire(surveys.instrument_of(survey), survey.form, survey.language).pages)
        people.append(_Somebody(own, [(begun + length * k / pages, k) for k in range(pages + 1)]))
    return World(engine, survey.id, log), people


def _step(
    session: Session, survey: Survey, asked: AccessCode, page: int, rng: random.Random
) -> uuid.UUID | None:
    """Consent (page 0), a page, or the last page and submission: then the id of the response."""
    instrument = surveys.instrument_of(survey)
    if page == 0:
        consent = service.Consent.to("读过的文字", mode="anonymous", version="2")
        drafts.begin_draft(session, asked, consent)
        return None
    pages = questionnaire(instrument, survey.form, survey.language).pages
    draft = drafts.draft_of(session, asked, writing=True)
    assert draft is not None
    shown = pages[page - 1]
    answers = {q.id: int(rng.choice(q.choices).code) for q in shown.questions if q.kind == "scale"}
    sent = Sent(answers=answers, milliseconds=rng.randrange(90_000))
    drafts.save_page(draft, instrument, survey.form, page=page, sent=sent, allowed=shown.names)
    draft.page = page
    if page < len(pages):
        return None
    consent = service.Consent(draft.consent_mode, draft.consent_version, draft.consent_hash)
    return service.submit_response(
        session, asked, survey, answers=draft.answers, background={}, page_ms=draft.page_ms, consent=consent
    ).id
