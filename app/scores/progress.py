"""How far a survey has come: invited and answered, by unit, for the part an account may see.

Exact where a person's having submitted may be known (identified, confidential). In an anonymous survey
counts come in steps of the threshold, for every unit and for the whole: at least 10, at least 20.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.responses.models import Response
from app.surveys.models import AccessCode, Invitation, Survey, SurveyUnit
from app.surveys.rights import HrView
from app.surveys.service import threshold_of
from app.units.models import Unit
from app.units.service import listing, subtree_ids


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """Counts of a unit with everything beneath it. `invited` is 0 for answers that came from a file.

    In an anonymous survey `invited` counts the codes made, `answered` is rounded down to the threshold.
    """

    unit: Unit
    depth: int
    invited: int
    answered: int
    words: str


@dataclass(frozen=True, slots=True)
class Progress:
    """Own part of a survey: the sum, and each unit as a tree read downwards."""

    invited: int
    answered: int
    words: str
    units: tuple[UnitProgress, ...]


@dataclass(frozen=True, slots=True)
class ListedSurvey:
    """A survey in the list, with the counts of the part the account may see."""

    survey: Survey
    invited: int
    answered: int
    words: str
    whole: bool


def told(survey: Survey, count: int) -> tuple[int, str]:
    """How many have answered, as HR may be told, as a number and in words."""
    if survey.mode != "anonymous":
        return count, str(count)
    step = threshold_of(survey)
    rounded = count // step * step
    return rounded, f"至少 {rounded}" if rounded else f"不足 {step}"


def _asked(survey: Survey) -> type[Invitation] | type[AccessCode]:
    return AccessCode if survey.mode == "anonymous" else Invitation


def _counts(
    session: Session, table: type[Invitation] | type[AccessCode] | type[Response], survey_id: uuid.UUID
) -> dict[uuid.UUID, int]:
    rows = session.execute(
        select(table.unit_id, func.count())
        .where(table.survey_id == survey_id, table.unit_id.is_not(None))
        .group_by(table.unit_id)
    )
    return {unit: count for unit, count in rows if unit is not None}


def upward_sums(
    parents: Mapping[uuid.UUID, uuid.UUID | None], direct: Mapping[uuid.UUID, int]
) -> dict[uuid.UUID, int]:
    """Each unit's own count and those of everything beneath it."""
    sums = dict.fromkeys(parents, 0)
    for unit, count in direct.items():
        above: uuid.UUID | None = unit
        while above is not None and above in sums:
            sums[above] += count
            above = parents[above]
    return sums


def progress_of(session: Session, view: HrView) -> Progress:
    """Invited and answered by unit, for the account's own part."""
    survey, placed = view.survey, listing(session, view.units)
    parents = {p.unit.id: p.unit.parent_id for p in placed}
    asked = upward_sums(parents, _own(_counts(session, _asked(survey), survey.id), view.units))
    found = upward_sums(parents, _own(_counts(session, Response, survey.id), view.units))
    tops = [p.unit.id for p in placed if p.depth == 0]
    return Progress(
        sum(asked[top] for top in tops),
        *told(survey, sum(found[top] for top in tops)),
        tuple(
            UnitProgress(p.unit, p.depth, asked[p.unit.id], *told(survey, found[p.unit.id])) for p in placed
        ),
    )


def _own(counts: dict[uuid.UUID, int], units: frozenset[uuid.UUID]) -> dict[uuid.UUID, int]:
    return {unit: count for unit, count in counts.items() if unit in units}


def surveys_of(session: Session, roots: frozenset[uuid.UUID]) -> tuple[ListedSurvey, ...]:
    """Surveys with a part in the tree beneath `roots`, newest first."""
    own = subtree_ids(session, roots)
    scope: dict[uuid.UUID, set[uuid.UUID]] = {}
    for survey_id, unit_id in session.execute(select(SurveyUnit.survey_id, SurveyUnit.unit_id)):
        scope.setdefault(survey_id, set()).add(unit_id)
    listed = []
    for survey in session.scalars(select(Survey).order_by(Survey.created_at.desc())):
        covered = subtree_ids(session, scope.get(survey.id, set()))
        part = own & covered
        if part:
            invited = sum(_own(_counts(session, _asked(survey), survey.id), part).values())
            answered = sum(_own(_counts(session, Response, survey.id), part).values())
            listed.append(ListedSurvey(survey, invited, *told(survey, answered), whole=part == covered))
    return tuple(listed)
