"""The calibration sample: whose answers the verdict on a survey's scores comes from.

All closed surveys of the same instrument version, form, language and mode whose answers were collected here.
Imported answers do not count, and simulated ones count for the simulated surveys of a demo only.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import uuid
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import Session

from app.responses.models import Response
from app.settings import get_settings
from app.surveys.models import Survey
from app.surveys.service import instrument_of


@dataclass(frozen=True, slots=True)
class Member:
    """One survey of the sample: how many answered, and when it was last closed."""

    survey_id: uuid.UUID
    n: int
    closed_at: dt.datetime | None

    @property
    def state(self) -> list[str | int]:
        """What changes when the survey's answers may have changed."""
        return [str(self.survey_id), self.n, self.closed_at.isoformat() if self.closed_at else ""]


@dataclass(frozen=True, slots=True)
class Pool:
    """The sample for one survey, as it stands. own: the survey itself, whether or not it is a member."""

    members: tuple[Member, ...]
    own: Member
    simulated: bool

    @property
    def n(self) -> int:
        """How many answered in all."""
        return sum(member.n for member in self.members)

    @property
    def mark(self) -> str:
        """Another one as soon as the answers that the evidence rests on are not the same."""
        states = [[member.state for member in self.members], self.own.state, self.simulated]
        return hashlib.sha256(json.dumps(states).encode()).hexdigest()


def same_kind(survey: Survey) -> ColumnElement[bool]:
    """Surveys whose answers can be put together with these: version, form, language and mode are the same."""
    return and_(
        Survey.instrument_id == survey.instrument_id,
        Survey.instrument_version == survey.instrument_version,
        Survey.instrument_fingerprint == survey.instrument_fingerprint,
        Survey.form == survey.form,
        Survey.language == survey.language,
        Survey.mode == survey.mode,
    )


def pool_of(session: Session, survey: Survey) -> Pool:
    """The calibration sample of a survey now.

    A survey with fewer people than the instrument's smallest group is no member: what others read of the
    sample with it and without it would tell of few people.
    """
    simulated = survey.origin == "simulated" and get_settings().environment == "demo"
    counted = func.count(Response.id)
    rows = session.execute(
        select(Survey.id, counted, Survey.closed_at)
        .join(Response, Response.survey_id == Survey.id)
        .where(
            same_kind(survey),
            Survey.state == "closed",
            Survey.origin == ("simulated" if simulated else "collected"),
        )
        .group_by(Survey.id, Survey.closed_at)
        .having(counted >= instrument_of(survey).scoring.min_group_n)
    ).all()
    members = sorted((Member(*row) for row in rows), key=lambda member: str(member.survey_id))
    n = session.scalar(select(func.count()).where(Response.survey_id == survey.id)) or 0
    return Pool(tuple(members), Member(survey.id, n, survey.closed_at), simulated)


def judged_alike(session: Session, survey: Survey) -> tuple[Survey, ...]:
    """The other closed surveys of the same kind: their evidence may rest on this survey's answers."""
    found = session.scalars(
        select(Survey).where(same_kind(survey), Survey.state == "closed", Survey.id != survey.id)
    )
    return tuple(found)


def fingerprint(parts: Iterable[tuple[uuid.UUID, int, str]]) -> str:
    """Of the sample: survey, number of responses and fingerprint of the data of every member."""
    body = sorted([str(survey), n, data] for survey, n, data in parts)
    return f"sha256:{hashlib.sha256(json.dumps(body).encode()).hexdigest()}"
