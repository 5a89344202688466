"""How far a survey has come: invited and answered, by unit, for the part an account may see.

Identified mode only: exact counts by unit are honest there.
"""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app.responses.models import Response
from app.surveys.models import Invitation, Survey, SurveyUnit
from app.surveys.rights import HrView
from app.units.models import Unit
from app.units.service import listing, subtree_ids


@dataclass(frozen=True, slots=True)
class UnitProgress:
    """Counts of a unit with everything beneath it. `invited` is 0 for answers that came from a file."""

    unit: Unit
    depth: int
    invited: int
    answered: int


@dataclass(frozen=True, slots=True)
class Progress:
    """Own part of a survey: the sum, and each unit as a tree read downwards."""

    invited: int
    answered: int
    units: tuple[UnitProgress, ...]


@dataclass(frozen=True, slots=True)
class ListedSurvey:
    """A survey in the list, with the counts of the part the account may see."""

    survey: Survey
    invited: int
    answered: int
    whole: bool


def _counts(
    session: Session, table: type[Invitation] | type[Response], survey_id: uuid.UUID
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
    placed = listing(session, view.units)
    parents = {p.unit.id: p.unit.parent_id for p in placed}
    invited = upward_sums(parents, _own(_counts(session, Invitation, view.survey.id), view.units))
    answered = upward_sums(parents, _own(_counts(session, Response, view.survey.id), view.units))
    rows = tuple(UnitProgress(p.unit, p.depth, invited[p.unit.id], answered[p.unit.id]) for p in placed)
    tops = [row for row in rows if row.depth == 0]
    return Progress(sum(row.invited for row in tops), sum(row.answered for row in tops), rows)


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
            invited = sum(_own(_counts(session, Invitation, survey.id), part).values())
            answered = sum(_own(_counts(session, Response, survey.id), part).values())
            listed.append(ListedSurvey(survey, invited, answered, whole=part == covered))
    return tuple(listed)
