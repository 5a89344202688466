"""Random deeds around answers that are there: publish, edit, close, reopen; none may change an answer."""

from __future__ import annotations

import random
import uuid
from collections import Counter
from collections.abc import Callable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.errors import Conflict
from app.responses import drafts
from app.responses.models import Response
from app.responses.modes import change_mode
from app.scores.snapshots import close_and_release
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey
from app.units import service as units
from app.units.models import Person, Unit
from tests.app.bad_input.life import answers_hash

Deed = Callable[[Session, Survey], None]


def shake(
    sessions: sessionmaker[Session],
    survey: uuid.UUID,
    steps: int,
    deeds: Sequence[Deed],
    *,
    seed: int = 0,
    done: Counter[str] | None = None,
) -> int:
    """So many deeds in random order, a transaction each; how often one changed the answers."""
    chance = random.Random(seed)
    changed = 0
    with sessions() as session:
        before = answers_hash(session)
    for _ in range(steps):
        deed = chance.choice(deeds)
        with sessions() as session:
            deed(session, session.get_one(Survey, survey))
            session.commit()
        if done is not None:
            done[deed.__name__.strip("_")] += 1
        with sessions() as session:
            after = answers_hash(session)
        changed += after != before
        before = after
    return changed


def _turn(session: Session, survey: Survey) -> None:
    if survey.state == "open":
        close_and_release(session, survey, actor="system")
    else:
        surveys.reopen_survey(session, survey, actor="system")


def _edit(session: Session, survey: Survey) -> None:
    survey.title, survey.office = f"改名 {uuid.uuid4().hex[:4]}", "另一部门"


def _publish(session: Session, survey: Survey) -> None:
    """Another survey of the same instrument over the same units."""
    made = surveys.create_survey(
        session,
        title="再测",
        office="部",
        instrument_ref="dandang-jsjb/0.1.0",
        units=surveys.survey_roots(session, survey),
    )
    surveys.open_survey(session, made, actor="system")


def _more_people(session: Session, survey: Survey) -> None:
    (root,) = surveys.survey_roots(session, survey)
    unit = session.get_one(Unit, root)
    person = units.add_person(session, unit, staff_number=uuid.uuid4().hex[:8], name="新来")
    if survey.state != "closed":
        surveys.invite(session, survey, [person])


def _rename(session: Session, survey: Survey) -> None:
    """Unit and people get other names."""
    (root,) = surveys.survey_roots(session, survey)
    session.get_one(Unit, root).name = f"更名街道 {uuid.uuid4().hex[:4]}"
    for person in session.scalars(select(Person).limit(3)):
        person.name = f"更名 {uuid.uuid4().hex[:4]}"


def _another_mode(session: Session, survey: Survey) -> None:
    """Refused, as people have answered."""
    try:
        change_mode(session, survey, "anonymous", actor="system")
    except Conflict:
        return
    raise AssertionError("the mode was changed after the first response")


def _begin_and_drop_a_change(session: Session, survey: Survey) -> None:
    """Somebody starts to change what was submitted, and thinks better of it."""
    response = session.scalars(select(Response).where(Response.survey_id == survey.id)).first()
    if response is None:
        raise AssertionError("a response is gone")
    invitation = session.scalars(
        select(Invitation).where(
            Invitation.survey_id == survey.id, Invitation.person_id == response.person_id
        )
    ).one()
    draft = drafts.begin_change(session, invitation, response)
    draft.answers = dict.fromkeys(draft.answers, 1)
    session.flush()
    drafts.drop_change(session, invitation)


DEEDS: tuple[Deed, ...] = (
    _turn,
    _turn,
    _edit,
    _publish,
    _more_people,
    _rename,
    _another_mode,
    _begin_and_drop_a_change,
)


def _any(session: Session) -> Response:
    return session.scalars(select(Response)).all()[0]


def _touch_answers(session: Session, survey: Survey) -> None:
    response = _any(session)
    first, given = next(iter(response.answers.items()))
    response.answers = response.answers | {first: given % 5 + 1}


def _touch_background(session: Session, survey: Survey) -> None:
    response = _any(session)
    response.background = {"bg_sex": "m"} if response.background != {"bg_sex": "m"} else {}


def _touch_vector(session: Session, survey: Survey) -> None:
    response = _any(session)
    response.vector = bytes([response.vector[0] ^ 1]) + response.vector[1:]


def _remove_one(session: Session, survey: Survey) -> None:
    session.delete(_any(session))


TOUCHES: tuple[Deed, ...] = (_touch_answers, _touch_background, _touch_vector, _remove_one)
