"""Real respondents from a file: CSV, xlsx or .sav against an instrument version.

Every refused row is listed with row, column, value and reason; unless valid rows are asked for, one
refused row keeps everything out. (Not for the web process: pyreadstat reads .sav here.)
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from analysis.scoring import score_answers
from app.errors import Conflict, Invalid
from app.exports.mapping import Target, targets
from app.exports.sources import Source
from app.exports.system_files import read_system_file
from app.responses.models import Response, ScoreRecord
from app.responses.service import pack
from app.responses.validation import check_answers
from app.surveys.models import Survey
from app.surveys.service import covered_ids, instrument_of, survey_roots
from app.trail import service as trail
from app.trail.models import TrailEntry
from app.units.models import Unit
from app.units.tables import read_table
from instruments import Instrument

MAX_FILE = 500 * 1024 * 1024
CHUNK = 500
_REFUSED = uuid.UUID(int=0)  # the unit of a row whose unit code is not the survey's
MISSING = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "."})


@dataclass(frozen=True, slots=True)
class RowProblem:
    """One fault: the row as a spreadsheet numbers it (the case, in a .sav), column, value, reason.

    Row 0 is the header.
    """

    row: int
    column: str
    value: str
    reason: str

    def __str__(self) -> str:
        shown = f"“{self.value}”" if self.value else ""
        where = f"第 {self.row} 行" if self.row else "表头"
        return f"{where}，{self.column} 列{shown}：{self.reason}"


@dataclass(frozen=True, slots=True)
class AnswerTable:
    """The accepted rows of a file, in file order, and what was wrong with the others.

    items: those the file has a column for; rows: item → value as answered (skipped items absent);
    background, units, numbers: one entry a row; ignored: columns that are none of the instrument's.
    """

    items: tuple[str, ...]
    rows: list[dict[str, int]]
    background: list[dict[str, str]]
    units: list[str]
    numbers: list[int]
    problems: tuple[RowProblem, ...]
    ignored: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What an import did: rows stored and refused, every fault, remarks (an earlier import of this file)."""

    stored: int
    refused: int
    problems: tuple[RowProblem, ...]
    notes: tuple[str, ...] = ()


def read_answers(
    path: Path, instrument: Instrument, mapping: Path | None = None, *, form: str | None = None
) -> AnswerTable:
    """Read answers to an instrument version from a file, without any store.

    form: the form the answers are to (the default form unless given). Raises Invalid for a file or a
    mapping that cannot be read; faults of single rows are in `problems`.
    """
    return answers_in(open_file(path), instrument, mapping, form=form)


def answers_in(
    source: Source, instrument: Instrument, mapping: Path | None = None, *, form: str | None = None
) -> AnswerTable:
    """As `read_answers`, from a file already opened."""
    chosen = form or instrument.default_form
    columns = targets(source.table.header, instrument, chosen, mapping)
    items = tuple(target.code for target in columns if target.kind == "item")
    used = {target.index for target in columns}
    made = AnswerTable(
        items=items,
        rows=[],
        background=[],
        units=[],
        numbers=[],
        problems=(),
        ignored=tuple(name for k, name in enumerate(source.table.header) if k not in used),
    )
    problems = [
        RowProblem(0, item, "", "文件中没有这道题的列")
        for item in instrument.forms[chosen].items
        if item not in items
    ]
    for number, cells in source.table.rows:
        answers, background, unit, faults = _read_row(number, cells, columns, instrument, source)
        if not faults:
            faults = _check(number, answers, background, columns, instrument, chosen)
        if faults:
            problems += faults
            continue
        made.rows.append(answers)
        made.background.append(background)
        made.units.append(unit)
        made.numbers.append(number)
    return AnswerTable(
        made.items, made.rows, made.background, made.units, made.numbers, tuple(problems), made.ignored
    )


def open_file(path: Path) -> Source:
    """The table in a file on this machine. Raises Invalid for one that cannot be read."""
    if path.suffix.lower() in {".sav", ".zsav"}:
        return read_system_file(path)
    if path.stat().st_size > MAX_FILE:
        raise Invalid(f"文件超过 {MAX_FILE // 1024 // 1024} MB")
    return Source(read_table(path.read_bytes(), path.name, limit=MAX_FILE))


def _read_row(
    number: int, cells: tuple[str, ...], columns: tuple[Target, ...], instrument: Instrument, source: Source
) -> tuple[dict[str, int], dict[str, str], str, list[RowProblem]]:
    """One row as answers, background and unit, or its faults."""
    answers: dict[str, int] = {}
    background: dict[str, str] = {}
    unit = ""
    faults: list[RowProblem] = []
    for target in columns:
        given = cells[target.index]
        skipped = (number, target.index) in source.user_missing
        if skipped and target.kind == "item":
            # 不了解 is often declared missing in SPSS; for us it is an answer
            skipped = given != str(instrument.scale_of(target.code).na_code)
        if skipped or given.lower() in MISSING:
            continue
        value = target.recode(given) if target.recode else given
        if value is None:
            faults.append(
                RowProblem(number, target.column, given[:40], "不是这道题的选项，列对应文件也没有说明")
            )
        elif value == "":
            continue
        elif target.kind == "unit":
            unit = value
        elif target.kind == "background":
            background[target.code] = value
        else:
            try:
                answers[target.code] = _whole(value)
            except ValueError:
                faults.append(RowProblem(number, target.column, given[:40], "不是整数"))
    return answers, background, unit, faults


def _whole(text: str) -> int:
    """The whole number in "4", "4.0", "４". Raises ValueError for anything else."""
    whole, point, rest = text.partition(".")
    if point and rest.strip("0"):
        raise ValueError(text)
    return int(whole)


def _check(
    number: int,
    answers: dict[str, int],
    background: dict[str, str],
    columns: tuple[Target, ...],
    instrument: Instrument,
    form: str,
) -> list[RowProblem]:
    names = {target.code: target.column for target in columns}
    faults = [
        RowProblem(number, names.get(problem.place, problem.place), problem.value, problem.reason)
        for problem in check_answers(instrument, form, answers, background)
    ]
    if not answers:
        faults.append(RowProblem(number, "全部", "", "整行没有回答任何题目"))
    return faults


def import_responses(
    session: Session, survey: Survey, path: Path, *, mapping: Path | None = None, accept_valid: bool = False
) -> ImportReport:
    """Store the answers of a file in a survey made for them (origin "imported" or "simulated").

    All in the caller's transaction; nothing is stored when there is a problem, unless `accept_valid`. Raises
    Conflict when rows of these numbers are in the survey already, Invalid for an unreadable file.
    """
    if survey.origin == "collected":
        raise Conflict("这个测评的答卷在本系统收集，不能导入", "请为导入的答卷另建测评。")
    instrument = instrument_of(survey)
    table = read_answers(path, instrument, mapping, form=survey.form)
    _refuse_again(session, survey, table)
    places, unit_problems = _places(session, survey, table)
    problems = table.problems + unit_problems
    refused = len({problem.row for problem in problems} - {0})
    keep = [k for k, place in enumerate(places) if place is not _REFUSED]
    if (problems and not accept_valid) or not keep:
        return ImportReport(0, refused, problems)
    digest = f"sha256:{hashlib.sha256(path.read_bytes()).hexdigest()}"
    notes = tuple(_earlier(session, digest))
    _store(session, survey, instrument, table, [(k, places[k]) for k in keep])
    trail.append(
        session,
        actor="system",
        action="response.import",
        subject=f"survey:{survey.id}",
        rows=len(keep),
        refused=refused,
        file=digest,
    )
    return ImportReport(len(keep), refused, problems, notes)


def _refuse_again(session: Session, survey: Survey, table: AnswerTable) -> None:
    held = session.scalar(
        select(func.count()).where(
            Response.survey_id == survey.id,
            Response.source_row.between(min(table.numbers, default=1), max(table.numbers, default=0)),
        )
    )
    if held:
        raise Conflict(
            f"这个测评已经有从文件导入的 {held} 份答卷",
            "同一个文件不能导入两次；另一个文件请另建测评。没有存入任何内容。",
        )


def _places(
    session: Session, survey: Survey, table: AnswerTable
) -> tuple[list[uuid.UUID | None], tuple[RowProblem, ...]]:
    """The unit of each row: by its code, else the only unit of the survey, else none."""
    covered = covered_ids(session, survey)
    known = {unit.code: unit.id for unit in session.scalars(select(Unit)) if unit.id in covered}
    roots = survey_roots(session, survey)
    fallback = next(iter(roots)) if len(roots) == 1 else None
    places: list[uuid.UUID | None] = []
    problems = []
    for number, code in zip(table.numbers, table.units, strict=True):
        if code and code not in known:
            problems.append(RowProblem(number, "unit", code[:40], "本次测评的单位中没有这个编码"))
            places.append(_REFUSED)
        else:
            places.append(known[code] if code else fallback)
    return places, tuple(problems)


def _earlier(session: Session, digest: str) -> Iterator[str]:
    for entry in session.scalars(select(TrailEntry).where(TrailEntry.action == "response.import")):
        if entry.detail.get("file") == digest:
            yield f"同一个文件在 {entry.at:%Y-%m-%d} 已导入过（{entry.subject}）"


def _store(
    session: Session,
    survey: Survey,
    instrument: Instrument,
    table: AnswerTable,
    kept: list[tuple[int, uuid.UUID | None]],
) -> None:
    """Responses and their scores, in chunks, in the caller's transaction."""
    for start in range(0, len(kept), CHUNK):
        responses: list[Response] = []
        records: list[ScoreRecord] = []
        for k, unit in kept[start : start + CHUNK]:
            answers = table.rows[k]
            made = uuid.uuid4()
            responses.append(
                Response(
                    id=made,
                    survey_id=survey.id,
                    unit_id=unit,
                    source_row=table.numbers[k],
                    form=survey.form,
                    language=survey.language,
                    answers=answers,
                    vector=pack(instrument, answers),
                    background=table.background[k],
                )
            )
            scores = score_answers(instrument, survey.form, answers)
            records.append(
                ScoreRecord(
                    response_id=made,
                    scoring_version=instrument.scoring.version,
                    scores={score: asdict(result) for score, result in scores.items()},
                )
            )
        session.add_all(responses)
        session.flush()
        session.add_all(records)
        session.flush()
        for row in (*responses, *records):
            session.expunge(row)
