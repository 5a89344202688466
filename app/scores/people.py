"""Scores of persons, in identified surveys only: dimensions with their error band, never answers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from app.errors import Conflict, Forbidden
from app.responses.models import Response, ScoreRecord
from app.scores.columns import ScoreColumn, score_columns
from app.scores.service import EvidenceView
from app.surveys.models import Survey
from app.surveys.rights import HrView
from app.surveys.service import instrument_of
from app.trail import service as trail
from app.units.models import Person, Unit

CHUNK = 500
UNSEEN = "本人尚未查看"
NO_PERSONS = {
    "confidential": "本次测评是保密方式：人事只能查看单位汇总，任何人的得分和答案都不提供给人事。",
    "anonymous": "本次测评是匿名方式：系统不知道答卷是谁的，没有个人得分，只有单位汇总。",
}
ORIGIN_WORDS = {"collected": "实际作答", "imported": "导入数据", "simulated": "模拟数据，非真实作答"}


@dataclass(frozen=True, slots=True)
class PersonScores:
    """One person's scores. `scores`: score id → value, pomp, answered, of; empty until `seen` by them."""

    unit_code: str
    unit_name: str
    staff_number: str
    name: str
    scores: dict[str, dict[str, Any]]
    seen: bool = True

    def value(self, column: ScoreColumn) -> float | None:
        """The score on the scale of the items, or None where too few were answered."""
        found = self.scores.get(column.id, {}).get("value")
        return None if found is None else float(found)

    def pomp(self, column: ScoreColumn) -> float | None:
        """The score as percent of the maximum possible."""
        found = self.scores.get(column.id, {}).get("pomp")
        return None if found is None else float(found)

    def answered(self, column: ScoreColumn) -> int:
        """How many items of the score were answered."""
        return int(self.scores.get(column.id, {}).get("answered", 0))


def require_results(survey: Survey, evidence: EvidenceView) -> None:
    """Raise Conflict before closing, Forbidden where the evidence does not support showing scores to HR."""
    if survey.state != "closed":
        raise Conflict("测评还没有结束", "结束测评之后才能查看和下载得分；在此之前只显示进度。")
    if not evidence.may_show():
        raise Forbidden(
            "本问卷版本的得分未获支持，不向人事提供",
            "；".join(evidence.mark().explanation) + " 研究人员可以查看完整的分析报告。",
        )


def require_persons(survey: Survey) -> None:
    """Raise Forbidden where the mode of the survey keeps persons from HR altogether."""
    if survey.mode != "identified":
        raise Forbidden("本次测评不提供个人得分", NO_PERSONS[survey.mode])


def person_columns(columns: tuple[ScoreColumn, ...]) -> tuple[ScoreColumn, ...]:
    """The scores told of persons: dimensions, and a total where the instrument reports one."""
    return tuple(column for column in columns if column.rank != "indicator")


def shown_columns(survey: Survey, evidence: EvidenceView) -> tuple[ScoreColumn, ...]:
    """The scores HR may see: reported by default, and not found unsupported."""
    columns = score_columns(instrument_of(survey), survey.form)
    return tuple(column for column in columns if evidence.may_show(column.id))


def _placed(session: Session, view: HrView, scoring_version: str) -> list[tuple[Any, ...]]:
    """(unit code, unit, person, source row, response id, seen at) of everybody, in the order of the page.

    Staff numbers are sealed, so the order is made here and not by the database.
    """
    found = session.execute(
        select(Unit.code, Unit.name, Person, Response.source_row, Response.id, Response.seen_at)
        .select_from(Response)
        .join(ScoreRecord, ScoreRecord.response_id == Response.id)
        .join(Unit, Unit.id == Response.unit_id)
        .outerjoin(Person, Person.id == Response.person_id)
        .where(
            Response.survey_id == view.survey.id,
            Response.unit_id.in_(view.units),
            ScoreRecord.scoring_version == scoring_version,
        )
    ).all()

    def _order(row: Any) -> tuple[Any, ...]:
        code, _unit, person, source_row, response, _seen_at = row
        return code, person.staff_number if person else "", source_row or 0, response

    return sorted((tuple(row) for row in found), key=_order)


def person_scores(
    session: Session, view: HrView, *, offset: int = 0, limit: int | None = None
) -> Iterator[PersonScores]:
    """The people of the reader's own part by unit code and staff number, streamed.

    Scores come after the person has seen them; rows of a file and simulated people wait for nobody. Raises
    Forbidden for a survey that is not identified.
    """
    require_persons(view.survey)
    version = instrument_of(view.survey).scoring.version
    placed = _placed(session, view, version)[offset : None if limit is None else offset + limit]
    for start in range(0, len(placed), CHUNK):
        part = placed[start : start + CHUNK]
        records = session.scalars(
            select(ScoreRecord).where(
                ScoreRecord.response_id.in_([row[4] for row in part]),
                ScoreRecord.scoring_version == version,
            )
        )
        scores = {record.response_id: record.scores for record in records}
        for code, unit, person, source_row, response, seen_at in part:
            shown = person.name if person else f"导入文件第 {source_row} 行"
            number = person.staff_number if person else ""
            seen = person is None or seen_at is not None or view.survey.origin == "simulated"
            yield PersonScores(code, unit, number, shown, scores[response] if seen else {}, seen)


def count_people(session: Session, view: HrView) -> int:
    """How many people have answered in the reader's own part."""
    statement = select(func.count()).where(
        Response.survey_id == view.survey.id, Response.unit_id.in_(view.units)
    )
    return session.scalar(statement) or 0


def record_reading(request: Request, view: HrView, action: str, **detail: Any) -> None:
    """Put a reading of personal data on the trail, before anything is sent.

    A reading request's own session cannot write, so this takes a transaction of its own.
    """
    sessions: sessionmaker[Session] = request.app.state.sessions
    with sessions.begin() as session:
        trail.append(
            session, actor=str(view.account.id), action=action, subject=f"survey:{view.survey.id}", **detail
        )
