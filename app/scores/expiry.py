"""Answers deleted when their time is over. What was released of groups stays; nothing leads to a person.

An old backup that is restored brings such answers back; the worker deletes them again within a minute.
"""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from app.database import now
from app.responses import deletion
from app.responses.models import Response
from app.scores.models import ScoreSnapshot, SnapshotMembership
from app.surveys import campaign, retention
from app.surveys.models import AccessCode, Invitation, Survey
from app.trail import service as trail


def expire_due(session: Session) -> int:
    """Clear every closed survey whose term is over; returns how many were cleared.

    Call `campaign.forget_files` once this is committed: the key of a confidential survey goes too.
    """
    closed = select(Survey).where(Survey.state == "closed", Survey.keep_months.is_not(None))
    over = [
        survey
        for survey in session.scalars(closed)
        if (due := retention.due_at(survey)) is not None and due <= now() and _has_any(session, survey)
    ]
    for survey in over:
        _clear(session, survey)
    return len(over)


def _has_any(session: Session, survey: Survey) -> bool:
    """Whether there is something to delete: not cleared yet, or brought back from a backup."""
    if survey.cleared_at is None:
        return True
    held = select(Response.id).where(Response.survey_id == survey.id).limit(1)
    return session.scalar(held) is not None


def _clear(session: Session, survey: Survey) -> None:
    deletion.delete_all(session, survey)
    made = select(ScoreSnapshot.id).where(ScoreSnapshot.survey_id == survey.id)
    session.execute(delete(SnapshotMembership).where(SnapshotMembership.snapshot_id.in_(made)))
    for table in (Invitation, AccessCode):
        session.execute(delete(table).where(table.survey_id == survey.id))
    if survey.mode == "confidential" and survey.campaign_state in {"kept", "split"}:
        campaign.destroy(session, survey, actor="system")
    survey.cleared_at = now()
    survey.scattered_at = None  # of a survey that keeps no order the files are written anew once more
    trail.append(
        session,
        actor="system",
        action="survey.expire",
        subject=f"survey:{survey.id}",
        months=survey.keep_months,
    )
    session.flush()
