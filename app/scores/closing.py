"""A survey is closed and its results are released in one deed; results can be summed up again later."""

from __future__ import annotations

from fastapi import APIRouter
from fastapi.responses import RedirectResponse, Response

from app.accounts.rights import CheckedForm
from app.database import SessionDep
from app.scores.service import queue_evidence
from app.scores.snapshots import close_and_release, release_scores
from app.surveys.retention import require_answers
from app.surveys.rights import ManagedSurvey

router = APIRouter(prefix="/hr/surveys/{survey_id}", tags=["scores"])


@router.post("/close")
def close_survey(session: SessionDep, view: ManagedSurvey, _form: CheckedForm) -> Response:
    """Stop taking answers, release the results, queue their evidence. Reopening is the way back."""
    close_and_release(session, view.survey, actor=str(view.account.id))
    queue_evidence(session, view.survey)
    return RedirectResponse(f"/hr/surveys/{view.survey.id}?done=closed", status_code=303)


@router.post("/release")
def release(session: SessionDep, view: ManagedSurvey, _form: CheckedForm) -> Response:
    """Sum up again after withdrawals, or for the first time where a survey was closed without a release."""
    require_answers(view.survey)
    release_scores(session, view.survey, actor=str(view.account.id))
    return RedirectResponse(f"/hr/surveys/{view.survey.id}/scores", status_code=303)
