"""Surveys: made, opened, closed, reopened; who is asked, and by which link.

Group results appear after closing only; the threshold of a survey can be raised, never lowered.
"""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Iterable

from sqlalchemy import delete, func, select, text
from sqlalchemy.orm import Session

import instruments
from app import security
from app.database import now
from app.errors import Conflict, Invalid
from app.settings import get_settings
from app.surveys import campaign, retention
from app.surveys.models import MODES, ORIGINS, Invitation, Survey, SurveyUnit
from app.trail import service as trail
from app.units.models import Person
from app.units.service import subtree_ids, text_problem
from instruments import Instrument

LOWEST_THRESHOLD = 5
MODE_WORDS = {"identified": "实名", "confidential": "保密", "anonymous": "匿名"}
MAX_TITLE = 128
CHUNK = 500


def instrument_of(survey: Survey) -> Instrument:
    """The instrument version this survey offers. Raises Conflict if its content is no longer the same."""
    instrument = instruments.load(survey.instrument_ref)
    if instrument.fingerprint != survey.instrument_fingerprint:
        raise Conflict(
            f"问卷 {survey.instrument_ref} 的内容与建立测评时不同",
            "已发布的问卷版本不得改动。请恢复原文件，或用新版本另建测评。",
        )
    return instrument


def create_survey(
    session: Session,
    *,
    title: str,
    office: str,
    instrument_ref: str,
    units: Iterable[uuid.UUID],
    form: str | None = None,
    language: str = "zh-CN",
    mode: str = "identified",
    origin: str = "collected",
    min_group_n: int | None = None,
    closes_at: dt.datetime | None = None,
    keep_months: int | None = None,
    created_by: uuid.UUID | None = None,
    readers_answer: bool = False,
) -> Survey:
    """A survey in preparation (state "draft") that covers `units` and everything beneath them.

    The threshold is the greatest of 5, the instrument's, and what was asked. readers_answer: those who will
    read the group results answer themselves. keep_months: one of `retention.TERMS`, how long answers are
    kept after closing; None for answers that come with a term of their own. Raises Invalid.
    """
    instrument = instruments.load(instrument_ref)
    chosen_form = form or instrument.default_form
    problems = [
        f"{what}：{problem}"
        for what, typed in (("测评名称", title.strip()), ("组织单位", office.strip()))
        if (problem := text_problem(typed, MAX_TITLE))
    ]
    if chosen_form not in instrument.forms:
        problems.append(f"问卷没有“{chosen_form}”这个题组")
    if language not in instrument.locales:
        problems.append(f"问卷没有 {language} 文本")
    if mode not in MODES:
        problems.append(f"没有“{mode}”这种测评方式")
    elif mode not in instrument.modes:
        problems.append(f"这份问卷没有{MODE_WORDS[mode]}方式的知情同意，不能用于{MODE_WORDS[mode]}测评")
    elif mode != "identified" and origin != "collected":
        problems.append("导入和模拟的答卷只能是实名方式")
    if origin not in ORIGINS:
        problems.append(f"没有“{origin}”这种数据来源")
    if closes_at is not None and closes_at <= now():
        problems.append("截止时间须晚于现在")
    if keep_months is not None and keep_months not in retention.TERMS:
        problems.append(f"保存期限须是 {'、'.join(str(term) for term in retention.TERMS)} 个月之一")
    if problems:
        raise Invalid("；".join(problems))
    survey = Survey(
        title=title.strip(),
        office=office.strip(),
        instrument_id=instrument.id,
        instrument_version=instrument.version,
        instrument_fingerprint=instrument.fingerprint,
        form=chosen_form,
        language=language,
        mode=mode,
        origin=origin,
        min_group_n=max(LOWEST_THRESHOLD, instrument.scoring.min_group_n, min_group_n or 0),
        closes_at=closes_at,
        keep_months=keep_months,
        created_by=created_by,
        readers_answer=readers_answer,
    )
    session.add(survey)
    session.flush()
    session.add_all(SurveyUnit(survey_id=survey.id, unit_id=unit) for unit in dict.fromkeys(units))
    session.flush()
    _record(session, survey, "create", str(created_by) if created_by else "system", mode=mode, origin=origin)
    return survey


def _record(session: Session, survey: Survey, deed: str, actor: str, **detail: object) -> None:
    trail.append(session, actor=actor, action=f"survey.{deed}", subject=f"survey:{survey.id}", **detail)


def open_survey(session: Session, survey: Survey, *, actor: str) -> None:
    """Begin to take answers. Raises Conflict unless the survey is in preparation and not past its closing."""
    if survey.state != "draft":
        raise Conflict("测评已经开始过")
    if survey.closes_at is not None and survey.closes_at <= now():
        raise Conflict("截止时间已过", "请另建测评，重新设定截止时间。")
    if survey.mode == "confidential":
        campaign.begin(survey)
    if survey.mode == "anonymous":
        require_forgetful_store(session)
    survey.state, survey.opened_at = "open", now()
    _record(session, survey, "open", actor)
    session.flush()


def close_survey(session: Session, survey: Survey, *, actor: str) -> None:
    """Stop taking answers; results may be shown from now on. Raises Conflict unless it is open.

    In an anonymous survey the database itself removes, in the same transaction, every code and whatever
    leads from a code to a response (trigger `survey_forgets`).
    """
    if survey.state != "open":
        raise Conflict("测评不在进行中")
    survey.state, survey.closed_at = "closed", now()
    _record(session, survey, "close", actor)
    session.flush()


def reopen_survey(
    session: Session, survey: Survey, *, actor: str, closes_at: dt.datetime | None = None
) -> None:
    """Take answers again until `closes_at` (None: until somebody closes it).

    Raises Conflict unless the survey is closed and its answers are collected here; for an anonymous one,
    whose codes are gone; for a confidential one whose key was split or destroyed.
    """
    if survey.state != "closed":
        raise Conflict("测评没有结束，不需要重新开放")
    retention.require_answers(survey)
    if survey.origin == "imported":
        raise Conflict("导入的测评不能开放作答", "这些答卷是在别处收集的。")
    if survey.mode == "anonymous":
        raise Conflict("匿名测评结束后不能重新开放", "作答码已在结束时全部作废。如需继续，请另建测评。")
    if survey.mode == "confidential" and survey.campaign_state != "kept":
        raise Conflict("密钥已经拆分或销毁，不能重新开放", "如需继续，请另建测评。")
    if closes_at is not None and closes_at <= now():
        raise Invalid("截止时间须晚于现在")
    survey.state, survey.closed_at, survey.closes_at = "open", None, closes_at
    survey.scattered_at = None
    _record(session, survey, "reopen", actor)
    session.flush()


def overdue(session: Session) -> list[Survey]:
    """Anonymous surveys past their closing time: these close by themselves, for what the codes lead to is
    to be forgotten then. Others wait for somebody to close them.
    """
    due = select(Survey).where(
        Survey.state == "open", Survey.mode == "anonymous", Survey.closes_at.is_not(None)
    )
    return [survey for survey in session.scalars(due) if not accepts_answers(survey)]


def threshold_of(survey: Survey) -> int:
    """The fewest people a shown group may have; one more where the reader may be one of them."""
    return survey.min_group_n + (1 if survey.readers_answer else 0)


def accepts_answers(survey: Survey) -> bool:
    """Whether answers sent now are taken: open, and before its closing time."""
    return survey.state == "open" and (survey.closes_at is None or survey.closes_at > now())


def require_forgetful_store(session: Session) -> None:
    """Raise Conflict where the order of arrival would outlive an anonymous survey: a PostgreSQL that keeps
    used segments of its write-ahead log. Asked in production only.
    """
    if session.get_bind().dialect.name != "postgresql" or get_settings().environment != "production":
        return
    if session.scalar(text("SELECT current_setting('wal_recycle')")) == "on":
        raise Conflict(
            "数据库还没有为匿名测评设置好",
            "请管理员把 PostgreSQL 的 wal_recycle 设为 off：否则测评结束后，日志文件里仍看得出作答先后。",
        )


def hold(session: Session, survey: Survey) -> None:
    """Read the survey anew and keep it as it is until this transaction ends: what is stored after closing
    must not have been let in before. (On SQLite a writer is alone anyway.)
    """
    if session.get_bind().dialect.name == "postgresql":
        session.refresh(survey, with_for_update={"read": True})


def covered_ids(session: Session, survey: Survey) -> frozenset[uuid.UUID]:
    """Every unit the survey covers, roots and all beneath."""
    return subtree_ids(session, survey_roots(session, survey))


def survey_roots(session: Session, survey: Survey) -> frozenset[uuid.UUID]:
    """The units the survey was made for."""
    return frozenset(session.scalars(select(SurveyUnit.unit_id).where(SurveyUnit.survey_id == survey.id)))


def invite(session: Session, survey: Survey, people: Iterable[Person]) -> list[Invitation]:
    """One personal link each, in the order given; who is invited already keeps the link there is.

    All links made by one call carry the same moment, so that a mistaken list can be taken back whole.
    Raises Invalid for a person of a unit that the survey does not cover.
    """
    asked = list(people)
    if {person.unit_id for person in asked} - covered_ids(session, survey):
        raise Invalid("名单中有人不在本次测评的单位范围内")
    known = _invitations_of(session, survey, [person.id for person in asked])
    moment, key = now(), get_settings().key()
    for person in asked:
        if person.id in known:
            continue
        made = uuid.uuid4()
        known[person.id] = Invitation(
            id=made,
            survey_id=survey.id,
            person_id=person.id,
            unit_id=person.unit_id,
            token_hash=security.hash_token(security.link_token(key, made)),
            created_at=moment,
        )
        session.add(known[person.id])
    session.flush()
    return [known[person.id] for person in asked]


def _invitations_of(session: Session, survey: Survey, people: list[uuid.UUID]) -> dict[uuid.UUID, Invitation]:
    found: dict[uuid.UUID, Invitation] = {}
    for start in range(0, len(people), CHUNK):
        rows = session.scalars(
            select(Invitation).where(
                Invitation.survey_id == survey.id, Invitation.person_id.in_(people[start : start + CHUNK])
            )
        )
        found |= {row.person_id: row for row in rows}
    return found


def invited_among(session: Session, survey: Survey, people: Iterable[Person]) -> int:
    """How many of these people have a link of this survey already."""
    return len(_invitations_of(session, survey, [person.id for person in people]))


def last_invited(
    session: Session, survey: Survey, units: frozenset[uuid.UUID]
) -> tuple[dt.datetime, int] | None:
    """When the latest list of people of these units was added, and how many it brought; None when none."""
    own = (Invitation.survey_id == survey.id, Invitation.unit_id.in_(units))
    row = session.execute(
        select(Invitation.created_at, func.count())
        .where(*own)
        .group_by(Invitation.created_at)
        .order_by(Invitation.created_at.desc())
        .limit(1)
    ).first()
    return (row[0], row[1]) if row else None


def take_back_last(session: Session, survey: Survey, units: frozenset[uuid.UUID], *, actor: str) -> int:
    """Remove the latest list of people of these units. Before opening only: nobody can have answered.

    Returns how many links were removed; raises Conflict once the survey has been opened.
    """
    if survey.state != "draft":
        raise Conflict("测评已经开始，名单不能撤回", "已发出的链接可能有人在填写。")
    latest = last_invited(session, survey, units)
    if latest is None:
        raise Conflict("没有可撤回的名单")
    session.execute(
        delete(Invitation).where(
            Invitation.survey_id == survey.id,
            Invitation.unit_id.in_(units),
            Invitation.created_at == latest[0],
        )
    )
    _record(session, survey, "uninvite", actor, people=latest[1])
    session.flush()
    return latest[1]


def invitation_link(invitation: Invitation) -> str:
    """The personal link: derived from the master secret, so it can be listed again and is nowhere stored."""
    settings = get_settings()
    return f"{settings.address}/q/{security.link_token(settings.key(), invitation.id)}"


def find_invitation(session: Session, token: str) -> tuple[Invitation, Survey] | None:
    """The invitation behind a link's token and its survey; None for an unknown token."""
    found = session.execute(
        select(Invitation, Survey)
        .join(Survey, Survey.id == Invitation.survey_id)
        .where(Invitation.token_hash == security.hash_token(token))
    ).first()
    return (found[0], found[1]) if found else None
