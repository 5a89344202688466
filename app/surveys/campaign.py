"""The key of a confidential survey: made at opening, split between two custodians after closing, destroyed.

With the key a person's pseudonym can be computed; without it nobody can tell whose a response is. It lies
in the key directory, in no database and in no backup.
"""

from __future__ import annotations

import hmac
import uuid

from sqlalchemy import select
from sqlalchemy.orm import Session

from app import security
from app.errors import Conflict, Invalid, NotReady
from app.security import keys
from app.surveys.models import Survey
from app.trail import service as trail


def pseudonym(key: bytes, person: uuid.UUID, target: uuid.UUID) -> str:
    """The pseudonym of what one person says of another (of oneself: the same id twice)."""
    return security.derive(key, "pseudonym", str(person), str(target)).hex()


def _mark(key: bytes, survey: Survey) -> str:
    return security.derive(key, "campaign", str(survey.id)).hex()


def begin(survey: Survey) -> None:
    """Make the survey's key, at opening; again without effect while it is kept."""
    keys.make_campaign_key(survey.id)
    survey.campaign_state = "kept"
    survey.campaign_mark = _mark(keys.campaign_key(survey.id), survey)


def key_of(survey: Survey) -> bytes:
    """The key while it is kept. Raises NotReady when it should be there and is not: nothing may be stored
    then, or one person would get a second pseudonym.
    """
    try:
        key = keys.campaign_key(survey.id)
    except keys.MissingKey as error:
        raise NotReady(
            "本次测评的密钥暂时取不到", "没有存入任何内容，之前的内容没有丢失。请告知管理员恢复密钥目录。"
        ) from error
    if not hmac.compare_digest(_mark(key, survey), survey.campaign_mark):
        raise NotReady("本次测评的密钥与开始时不同", "没有存入任何内容。请告知管理员恢复密钥目录。")
    return key


def record_use(session: Session, survey: Survey, *, actor: str, purpose: str, outcome: str) -> None:
    """Put on the trail that somebody used, or tried to use, the key; of whom it was used it does not say."""
    trail.append(
        session,
        actor=actor,
        action="campaign.use",
        subject=f"survey:{survey.id}",
        purpose=purpose,
        outcome=outcome,
    )


def _require(survey: Survey, state: str) -> None:
    if survey.mode != "confidential":
        raise Conflict("这不是保密测评，没有密钥")
    if survey.state != "closed":
        raise Conflict("测评还没有结束", "结束之后才能拆分或销毁密钥。")
    if survey.campaign_state != state:
        words = {"kept": "仍在密钥目录中", "split": "已经拆分", "destroyed": "已经销毁"}
        raise Conflict(f"密钥{words.get(survey.campaign_state, '不存在')}")


def shares_of(survey: Survey) -> tuple[str, str]:
    """Two shares for two custodians; nothing is changed yet. Raises Conflict as `split`."""
    _require(survey, "kept")
    return keys.split(key_of(survey))


def mark_split(session: Session, survey: Survey, *, actor: str) -> None:
    """The custodians have their shares; call `forget_file` once this is committed."""
    _require(survey, "kept")
    survey.campaign_state = "split"
    trail.append(session, actor=actor, action="campaign.split", subject=f"survey:{survey.id}")
    session.flush()


def split(session: Session, survey: Survey, *, actor: str) -> tuple[str, str]:
    """Two shares, to be shown once each; call `forget_file` once this is committed.

    Raises Conflict unless the survey is closed and its key kept.
    """
    shares = shares_of(survey)
    mark_split(session, survey, actor=actor)
    return shares


def destroy(session: Session, survey: Survey, *, actor: str) -> None:
    """No withdrawal any more, by nobody; call `forget_file` once this is committed.

    Raises Conflict unless the survey is closed and its key kept or split.
    """
    if survey.campaign_state != "split":
        _require(survey, "kept")
    survey.campaign_state = "destroyed"
    trail.append(session, actor=actor, action="campaign.destroy", subject=f"survey:{survey.id}")
    session.flush()


def forget_file(survey: Survey) -> None:
    """Destroy the key's file, after the split or the destruction has been committed. Again is harmless."""
    if survey.campaign_state in {"split", "destroyed"}:
        keys.destroy_campaign_key(survey.id)


def forget_files(session: Session) -> None:
    """The same for every survey: what a crash between commit and destruction has left."""
    gone = select(Survey).where(Survey.campaign_state.in_(("split", "destroyed")))
    for survey in session.scalars(gone):
        forget_file(survey)


def joined(survey: Survey, shares: tuple[str, str]) -> bytes:
    """The key of two custodians' shares. Raises Conflict unless it was split, Invalid for wrong shares."""
    _require(survey, "split")
    try:
        key = keys.combine(shares)
    except ValueError as error:
        raise Invalid(str(error)) from error
    if not hmac.compare_digest(_mark(key, survey), survey.campaign_mark):
        raise Invalid("两份密钥不是这个测评的一对")
    return key
