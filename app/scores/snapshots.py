"""Results released as immutable snapshots: made when a survey closes, numbered, read by every page and file.

A further snapshot is made only if at least k people changed since, and only of figures that tell of no few
people beside all earlier snapshots; otherwise the old one stays and says why.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from sqlalchemy import select
from sqlalchemy.orm import Session

from app import security
from app.database import now
from app.errors import Conflict
from app.scores.columns import ScoreColumn, score_columns
from app.scores.engine import (
    Parents,
    Released,
    presence_versions,
    released,
    shows_enough,
    total_words,
)
from app.scores.gathering import Population, population_of
from app.scores.history import Members, Membership, changed, packed, unpacked
from app.scores.models import ScoreRelease, ScoreSnapshot, SnapshotMembership
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.surveys.service import covered_ids, instrument_of, threshold_of
from app.trail import service as trail
from app.units.service import PlacedUnit, listing

Outcome = Literal["made", "same", "few", "unsafe"]
FORMAT = 1
EVERYBODY = "everybody"  # the layer that tells who changed at all
KEPT = {
    "same": "上次汇总之后无人变动，沿用第 {number} 次结果。",
    "few": "上次汇总之后变动的人数不足下限，重新汇总会使人推知个别人的作答，沿用第 {number} 次结果。",
    "unsafe": "上次汇总之后的变动过于集中，新旧结果相减会使人推知少数人的作答，沿用第 {number} 次结果。",
}


@dataclass(frozen=True, slots=True)
class Snapshot:
    """A released snapshot as it is read. `content`: see `_content`."""

    number: int
    digest: str
    content: dict[str, Any]


def canonical(content: dict[str, Any]) -> str:
    """The one way a content is written."""
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"), allow_nan=False)


def newest(session: Session, survey: Survey) -> Snapshot | None:
    """The snapshot that pages and files read. Raises Conflict when it is not what was released."""
    row = _newest_row(session, survey)
    if row is None:
        return None
    if security.digest(row.content.encode()).hex() != row.digest:
        raise Conflict("结果快照与其摘要不符", "快照可能被改动过，不予显示。请告知管理员核对备份。")
    return Snapshot(row.number, row.digest, json.loads(row.content))


def _newest_row(session: Session, survey: Survey) -> ScoreSnapshot | None:
    return session.scalars(
        select(ScoreSnapshot)
        .where(ScoreSnapshot.survey_id == survey.id)
        .order_by(ScoreSnapshot.number.desc())
        .limit(1)
    ).first()


def kept_because(session: Session, survey: Survey, snapshot: Snapshot) -> str:
    """Why the newest snapshot is not newer, in words; "" when it was made when results were last due."""
    row = session.get(ScoreRelease, survey.id)
    return KEPT[row.outcome].format(number=snapshot.number) if row and row.outcome in KEPT else ""


def close_and_release(session: Session, survey: Survey, *, actor: str) -> Outcome:
    """Stop taking answers and release the results. Raises Conflict unless the survey is open."""
    surveys.close_survey(session, survey, actor=actor)
    return release_scores(session, survey, actor=actor)


def release_scores(session: Session, survey: Survey, *, actor: str) -> Outcome:
    """Make the next snapshot of a closed survey, or keep the one there is; both are put on the trail.

    Raises Conflict while the survey is open.
    """
    if survey.state != "closed":
        raise Conflict("测评还没有结束", "结束测评之后才能汇总结果。")
    session.execute(select(Survey.id).where(Survey.id == survey.id).with_for_update())  # one after the other
    columns = score_columns(instrument_of(survey), survey.form)
    people = population_of(session, survey, columns)
    rows = session.scalars(
        select(ScoreSnapshot).where(ScoreSnapshot.survey_id == survey.id).order_by(ScoreSnapshot.number)
    ).all()
    earlier = [_membership(session, row) for row in rows]
    tree = listing(session, covered_ids(session, survey))
    parents: dict[Hashable, Hashable | None] = {p.unit.id: p.unit.parent_id for p in tree}
    before = json.loads(rows[-1].content) if rows else None
    k = threshold_of(survey)
    outcome, made = next_release(parents, columns, people, k, earlier, before)
    if made is None:
        return _say(session, survey, outcome, rows[-1], actor)
    body = packed(made.membership)
    content = _content(survey, tree, columns, made) | {
        "number": len(rows) + 1,
        "made_at": now().isoformat(timespec="seconds"),
        "people": total_words(parents, made.people, people, k),
        "members_digest": security.digest(body).hex(),
    }
    return _say(session, survey, "made", _stored(session, survey, content, body, actor), actor)


def unchanged_since(session: Session, survey: Survey) -> frozenset[str]:
    """Ids of the responses that the newest snapshot was made of and that are the same still.

    Raises Conflict when who it was made of is no longer known.
    """
    row = _newest_row(session, survey)
    membership = _membership(session, row) if row else None
    if membership is None:
        raise Conflict("不知道最近一次结果由哪些答卷得出", "名册指纹已随答卷销毁，不能再导出。")
    columns = score_columns(instrument_of(survey), survey.form)
    people = population_of(session, survey, columns)
    then = membership[EVERYBODY]
    known = set(zip(then.tags.tolist(), then.versions.tolist(), strict=True))
    versions = people.versions(list(range(len(columns)))).tolist()
    marks = zip(people.idents, people.tags.tolist(), versions, strict=True)
    return frozenset(ident for ident, tag, version in marks if (tag, version) in known)


def next_release(
    parents: Parents,
    columns: tuple[ScoreColumn, ...],
    people: Population,
    k: int,
    earlier: Sequence[Membership | None],
    before: dict[str, Any] | None,
) -> tuple[Outcome, Released | None]:
    """What is released next, or None where the newest snapshot stays.

    earlier: what each earlier snapshot was made of (None: no longer known); before: the newest's content.
    """
    everybody = _everybody(people, len(columns))
    known = [membership for membership in earlier if membership is not None]
    if before is not None:
        if len(known) < len(earlier):
            return "unsafe", None
        count = changed(known[-1][EVERYBODY], everybody.tags, everybody.versions)
        if count < k:
            return "few" if count else "same", None
    made = released(parents, columns, people, k, known)
    if before is not None and not shows_enough(before, made):
        return "unsafe", None
    made.membership[EVERYBODY] = everybody
    return "made", made


def _everybody(people: Population, columns: int) -> Members:
    presence = presence_versions(people)
    versions = people.versions(list(range(columns))) if len(people.units) else presence
    order = np.argsort(people.tags, kind="stable")
    return Members(people.tags[order], versions[order], presence.astype("<i4"))


def _membership(session: Session, snapshot: ScoreSnapshot) -> Membership | None:
    row = session.get(SnapshotMembership, snapshot.id)
    if row is None:
        return None
    body = row.members
    if security.digest(body).hex() != json.loads(snapshot.content)["members_digest"]:
        raise Conflict("结果快照的名册指纹与其摘要不符", "不能汇总新的结果。请告知管理员核对备份。")
    return unpacked(body)


def _content(
    survey: Survey, tree: tuple[PlacedUnit, ...], columns: tuple[ScoreColumn, ...], made: Released
) -> dict[str, Any]:
    """Everything that may be said, and nothing of what is withheld."""
    return {
        "format": FORMAT,
        "survey": str(survey.id),
        "instrument": survey.instrument_ref,
        "instrument_fingerprint": survey.instrument_fingerprint,
        "scoring_version": instrument_of(survey).scoring.version,
        "form": survey.form,
        "language": survey.language,
        "mode": survey.mode,
        "origin": survey.origin,
        "threshold": threshold_of(survey),
        "scores": [column.id for column in columns],
        "units": [
            {"id": str(place.unit.id), "code": place.unit.code, "name": place.unit.name, "depth": place.depth}
            for place in tree
        ],
        "cells": cells_of(made),
    }


def cells_of(made: Released) -> list[dict[str, Any]]:
    """Every cell as a snapshot holds it."""
    return [
        {"unit": str(cell.unit), "own": cell.own, "people": words, "scores": made.scores[cell]}
        for cell, words in made.people.items()
    ]


def _stored(
    session: Session, survey: Survey, content: dict[str, Any], members: bytes, actor: str
) -> ScoreSnapshot:
    text = canonical(content)
    row = ScoreSnapshot(
        id=uuid.uuid4(),
        survey_id=survey.id,
        number=content["number"],
        made_by=actor,
        content=text,
        digest=security.digest(text.encode()).hex(),
    )
    session.add(row)
    session.flush()
    session.add(SnapshotMembership(snapshot_id=row.id, members=members))
    session.flush()
    return row


def _say(session: Session, survey: Survey, outcome: Outcome, row: ScoreSnapshot, actor: str) -> Outcome:
    """Keep what came of it, and put the release on the trail."""
    session.merge(ScoreRelease(survey_id=survey.id, outcome=outcome, at=now()))
    trail.append(
        session,
        actor=actor,
        action="score.release",
        subject=f"survey:{survey.id}",
        outcome=outcome,
        number=row.number,
        digest=row.digest,
    )
    session.flush()
    return outcome
