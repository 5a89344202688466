"""Who is answering: somebody with a personal link, or somebody with a code; and whose response is theirs.

Identified: the person's. Confidential: the one under the person's pseudonym, which only the campaign key
can compute. Anonymous: the one under the hash of the code.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.orm import Session

from app.responses.models import Response
from app.surveys import campaign
from app.surveys.models import AccessCode, Invitation, Survey

Asked = Invitation | AccessCode


def holder_of(asked: Asked) -> str:
    """The hash under which the draft of this link or code is kept."""
    return asked.token_hash if isinstance(asked, Invitation) else asked.code_hash


def own_pseudonym(key: bytes, person: uuid.UUID) -> str:
    """The pseudonym of what a person says of oneself."""
    return campaign.pseudonym(key, person, person)


def ownership(survey: Survey, asked: Asked) -> dict[str, uuid.UUID | str]:
    """The columns that say whose a response is, in this survey's mode: one of them, or none."""
    if isinstance(asked, AccessCode):
        return {"code_hash": asked.code_hash}
    if survey.mode == "confidential":
        return {"pseudonym": own_pseudonym(campaign.key_of(survey), asked.person_id)}
    return {"person_id": asked.person_id}


def find_response(session: Session, asked: Asked) -> Response | None:
    """The response of this link or code; None too where nobody can tell any more (key split, codes gone)."""
    survey = session.get_one(Survey, asked.survey_id)
    if (survey.mode == "anonymous") != isinstance(asked, AccessCode):
        return None
    if survey.mode == "confidential" and survey.campaign_state != "kept":
        return None
    owner = [getattr(Response, name) == value for name, value in ownership(survey, asked).items()]
    return session.scalar(select(Response).where(Response.survey_id == survey.id, *owner))


def submitted_among(session: Session, survey: Survey, people: Iterable[uuid.UUID]) -> frozenset[uuid.UUID]:
    """Which of these people have submitted. Nobody where that cannot be told: anonymous, key not kept."""
    if survey.mode == "anonymous" or (survey.mode == "confidential" and survey.campaign_state != "kept"):
        return frozenset()
    if survey.mode == "identified":
        found = set(session.scalars(select(Response.person_id).where(Response.survey_id == survey.id)))
        return frozenset(person for person in people if person in found)
    key = campaign.key_of(survey)
    known = set(session.scalars(select(Response.pseudonym).where(Response.survey_id == survey.id)))
    return frozenset(person for person in people if own_pseudonym(key, person) in known)
