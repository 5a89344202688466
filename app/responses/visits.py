"""An opened link or code: whose it is, what is asked, and forms that came from our own pages for it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from sqlalchemy.orm import Session

from app import security
from app.database import SessionDep
from app.errors import Forbidden, NotFound
from app.responses.forms import PostedFields
from app.responses.holders import Asked
from app.responses.questionnaire import Questionnaire, questionnaire
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.codes import find_code
from app.surveys.models import AccessCode, Survey
from instruments import Instrument

LINK, CODE = "/q", "/a"  # the doors: a personal link, a code
NO_CODE = (
    "没有这个作答码",
    "请核对是否抄错。已经用它开始作答的，请改用开始时换发的个人码；测评结束之后，作答码全部作废。",
)


@dataclass(frozen=True, slots=True)
class Visit:
    """An opened link or code: whose it is, what is asked, and the pages of it."""

    door: str
    token: str
    asked: Asked
    survey: Survey
    instrument: Instrument
    pages: Questionnaire

    @property
    def by_code(self) -> bool:
        """Whether this is an anonymous survey's code."""
        return isinstance(self.asked, AccessCode)

    def path(self, rest: str = "") -> str:
        """An address below this link or code."""
        return f"{self.door}/{self.token}{rest}"


def _found(session: Session, door: str, token: str) -> tuple[Asked, Survey]:
    if door == CODE:
        by_code = find_code(session, token)
        if by_code is None:
            raise NotFound(*NO_CODE)
        return by_code
    found = surveys.find_invitation(session, token)
    if found is None:
        raise NotFound("链接无效", "请检查链接是否完整，或向发给您链接的人员核对。")
    if found[1].mode == "anonymous":
        raise NotFound("本次测评为匿名方式，不使用个人链接", "请用领到的作答码作答。")
    return found


class NotYetOpen(NotFound):
    """A right link or code of a survey that has not begun."""


def open_visit(session: Session, door: str, token: str) -> Visit:
    """The survey behind a link or code. Raises NotFound for an unknown one, and before the survey opens."""
    asked, survey = _found(session, door, token)
    if survey.state == "draft":
        words = "同一个作答码" if door == CODE else "同一个链接"
        raise NotYetOpen("本次测评尚未开始", f"开始后，用{words}即可作答。")
    instrument = surveys.instrument_of(survey)
    shown = security.normal_code(token) if door == CODE else token
    return Visit(
        door, shown, asked, survey, instrument, questionnaire(instrument, survey.form, survey.language)
    )


def visit(request: Request, session: SessionDep, token: str) -> Visit:
    """The visit that this request belongs to; its forms are bound to the link or code."""
    door = CODE if request.url.path.startswith(f"{CODE}/") else LINK
    try:
        made = open_visit(session, door, token)
    except NotYetOpen:
        request.state.holder = token  # a right one: not counted as a guess
        raise
    request.state.holder = made.token
    return made


def require_own_form(token: str, fields: dict[str, str]) -> None:
    """Raise Forbidden unless a form came from our own page for this link or code."""
    if not security.csrf_matches(get_settings().key(), token, fields.get("csrf", "")):
        raise Forbidden("页面已过期", "这一页没有保存，之前各页没有丢失。请重新打开链接继续作答。")


def checked_fields(visit: VisitDep, fields: PostedFields) -> dict[str, str]:
    """The fields of a form that came from our own page for this link or code. Raises Forbidden."""
    require_own_form(visit.token, fields)
    return fields


VisitDep = Annotated[Visit, Depends(visit, scope="function")]
CheckedFields = Annotated[dict[str, str], Depends(checked_fields, scope="function")]
