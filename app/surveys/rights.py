"""Who may see a survey, and which part of it, as types in a route's signature.

HR sees the part of a survey that lies in the account's own units; a survey with no such part does not
exist for that account.
"""

from __future__ import annotations

import uuid
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.accounts.rights import HrUser, Researcher
from app.accounts.service import unit_roots
from app.database import SessionDep
from app.errors import Forbidden, NotFound
from app.surveys.models import Survey
from app.surveys.service import covered_ids
from app.units.service import subtree_ids

NO_SURVEY = ("没有这个测评", "请从测评列表中打开。")


@dataclass(frozen=True, slots=True)
class HrView:
    """A survey as one HR account sees it.

    units: the units that are both the account's and the survey's; manages: whether that is all of them.
    """

    account: Account
    survey: Survey
    units: frozenset[uuid.UUID]
    manages: bool


def view_of(session: Session, account: Account, survey_id: uuid.UUID) -> HrView:
    """What this HR account sees of a survey. Raises NotFound where its units and the survey's do not meet."""
    survey = session.get(Survey, survey_id)
    if survey is None:
        raise NotFound(*NO_SURVEY)
    covered = covered_ids(session, survey)
    own = subtree_ids(session, unit_roots(session, account)) & covered
    if not own:
        raise NotFound(*NO_SURVEY)
    return HrView(account, survey, own, manages=own == covered)


def _own_part(session: SessionDep, account: HrUser, survey_id: uuid.UUID) -> HrView:
    return view_of(session, account, survey_id)


OwnPart = Annotated[HrView, Depends(_own_part, scope="function")]


def _whole(view: OwnPart) -> HrView:
    if not view.manages:
        raise Forbidden(
            "本次测评由上级单位组织", "开始、结束和重新开放由组织单位办理；您可以查看本单位的部分。"
        )
    return view


ManagedSurvey = Annotated[HrView, Depends(_whole, scope="function")]


def _survey(view: OwnPart) -> Survey:
    return view.survey


HrSurvey = Annotated[Survey, Depends(_survey, scope="function")]


def _research_survey(session: SessionDep, account: Researcher, survey_id: uuid.UUID) -> Survey:
    survey = session.get(Survey, survey_id)
    if survey is None:
        raise NotFound(*NO_SURVEY)
    return survey


ResearchSurvey = Annotated[Survey, Depends(_research_survey, scope="function")]
