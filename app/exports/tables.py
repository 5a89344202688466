"""The tables that leave the house: persons, units, evidence, variables. Rows of plain values.

Page, xlsx, CSV and manifest take the same rows, so that they cannot differ.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.exports.cells import Value, csv_lines
from app.scores.columns import ScoreColumn
from app.scores.people import (
    ORIGIN_WORDS,
    UNSEEN,
    PersonScores,
    person_columns,
    person_scores,
    shown_columns,
)
from app.scores.results import WITHHELD, GroupCell, GroupResults
from app.scores.service import EvidenceView
from app.surveys.models import Survey
from app.surveys.rights import HrView
from app.surveys.service import instrument_of

EVIDENCE_MEANING = "supported / insufficient data / not up to date"


@dataclass(frozen=True, slots=True)
class Heading:
    """A column of a table: what people read, what programs read, and what it means."""

    title: str
    name: str
    meaning: str


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What a manifest says of a table: rows, columns, and SHA-256 of its CSV without BOM."""

    rows: int
    columns: int
    sha256: str


def person_headings(columns: tuple[ScoreColumn, ...]) -> tuple[Heading, ...]:
    """Columns of the table of persons."""
    headings = [
        Heading("单位编码", "unit_code", "提交时所在单位的编码"),
        Heading("单位", "unit", "提交时所在单位"),
        Heading("工号", "staff_number", "本单位名册上的工号"),
        Heading("姓名", "name", "本单位名册上的姓名"),
    ]
    for c in person_columns(columns):
        headings += [
            Heading(f"{c.title} 平均分", c.id, f"{c.title_en}: mean, {c.lowest:g}–{c.highest:g}"),
            Heading(f"{c.title} 百分制", f"{c.id}_pomp", f"{c.title_en}: percent of maximum possible, 0–100"),
            Heading(f"{c.title} 作答题数", f"{c.id}_answered", f"items answered, of {c.of}"),
            Heading(f"{c.title} 误差±", f"{c.id}_band", "1.96 × standard error of measurement"),
            Heading(f"{c.title} 证据", f"{c.id}_evidence", EVIDENCE_MEANING),
        ]
    return (*headings, Heading("数据来源", "origin", "collected / imported / simulated"))


def person_row(
    person: PersonScores, columns: tuple[ScoreColumn, ...], evidence: EvidenceView, survey: Survey
) -> list[Value]:
    """One person's row, scores rounded to four decimals."""
    row: list[Value] = [person.unit_code, person.unit_name, person.staff_number, person.name]
    for column in person_columns(columns):
        if not person.seen:
            row += [UNSEEN, None, None, None, evidence.mark(column.id).words]
            continue
        value, pomp = person.value(column), person.pomp(column)
        band = evidence.reliability(column.id).band
        row += [
            None if value is None else round(value, 4),
            None if pomp is None else round(pomp, 2),
            person.answered(column),
            None if band is None or value is None else round(band, 4),
            evidence.mark(column.id).words,
        ]
    return [*row, ORIGIN_WORDS[survey.origin]]


def person_rows(session: Session, view: HrView, evidence: EvidenceView) -> Iterator[list[Value]]:
    """The table of persons without its header, streamed."""
    columns = shown_columns(view.survey, evidence)
    for person in person_scores(session, view):
        yield person_row(person, columns, evidence, view.survey)


def unit_headings(columns: tuple[ScoreColumn, ...]) -> tuple[Heading, ...]:
    """Columns of the unit table."""
    headings = [
        Heading("单位编码", "unit_code", "单位编码"),
        Heading("单位", "unit", "含下级单位；“本级”只含本单位人员"),
        Heading("范围", "scope", "含下级 / 本级"),
        Heading("人数", "n", "30 人以下为区间"),
    ]
    for c in columns:
        headings += [
            Heading(f"{c.title} 人数", f"{c.id}_n", "有此得分的人数，30 人以下为区间"),
            Heading(f"{c.title} 平均分", f"{c.id}_mean", f"{c.title_en}: mean, {c.lowest:g}–{c.highest:g}"),
            Heading(f"{c.title} 标准差", f"{c.id}_sd", "standard deviation"),
            Heading(f"{c.title} 95%下限", f"{c.id}_low", "95 % interval of the mean, lower end"),
            Heading(f"{c.title} 95%上限", f"{c.id}_high", "95 % interval of the mean, upper end"),
            Heading(f"{c.title} 证据", f"{c.id}_evidence", EVIDENCE_MEANING),
        ]
    return (*headings, Heading("数据来源", "origin", "collected / imported / simulated"))


def _cell_values(cell: GroupCell) -> list[Value]:
    if cell.kind == "withheld":
        return [WITHHELD] * 5
    if cell.kind == "band":
        return [cell.n_words, f"{cell.low:g}—{cell.high:g} 之间", None, None, None]
    return [cell.n_words, cell.mean, cell.sd, cell.low, cell.high]


def unit_rows(results: GroupResults, evidence: EvidenceView, survey: Survey) -> Iterator[list[Value]]:
    """The unit table without its header; a withheld cell says so, it is never blank."""
    for row in results.rows:
        cells: list[Value] = []
        for column in results.columns:
            cells += [*_cell_values(row.cells[column.id]), evidence.mark(column.id).words]
        scope = "本级" if row.own else "含下级"
        yield [
            row.unit.code,
            row.name,
            scope,
            row.n_words,
            *cells,
            ORIGIN_WORDS[survey.origin],
        ]


def evidence_rows(columns: tuple[ScoreColumn, ...], evidence: EvidenceView) -> Iterator[list[Value]]:
    """Reliability of each score: alpha and omega with intervals, standard error, band, n, a note."""
    for column in columns:
        r = evidence.reliability(column.id)
        yield [
            column.title,
            column.id,
            evidence.mark(column.id).words,
            *(None if v is None else round(v, 4) for v in (r.alpha, r.alpha_lower, r.alpha_upper)),
            *(None if v is None else round(v, 4) for v in (r.omega, r.omega_lower, r.omega_upper)),
            *(None if v is None else round(v, 4) for v in (r.sem, r.band)),
            r.n,
            r.note or ("" if evidence.scores else "数据不足：证据尚未计算"),
        ]


EVIDENCE_HEADINGS = (
    *("得分", "变量名", "结论", "α", "α 95%下限", "α 95%上限", "ω", "ω 95%下限", "ω 95%上限"),
    *("测量标准误", "误差±（1.96×标准误）", "N", "说明"),
)


def fingerprint(headings: tuple[Heading, ...], rows: Iterable[list[Value]]) -> Fingerprint:
    """Hash a table as it goes by, without keeping it. The header hashed is that of the variable names."""
    digest, count = hashlib.sha256(), 0

    def _counted() -> Iterator[list[Value]]:
        nonlocal count
        for row in rows:
            count += 1
            yield row

    digest.update(b"".join(csv_lines([[h.name for h in headings]], bom=False)))
    for line in csv_lines(_counted(), bom=False):
        digest.update(line)
    return Fingerprint(count, len(headings), digest.hexdigest())


def manifest(
    view: HrView, evidence: EvidenceView, results: GroupResults, table: Fingerprint, generated_at: str
) -> dict[str, Any]:
    """What a download is: the survey, the versions, what is in it and what is not."""
    survey = view.survey
    return {
        "survey_id": str(survey.id),
        "survey": survey.title,
        "instrument": survey.instrument_ref,
        "instrument_fingerprint": survey.instrument_fingerprint,
        "scoring_version": instrument_of(survey).scoring.version,
        "form": survey.form,
        "language": survey.language,
        "mode": survey.mode,
        "origin": survey.origin,
        "simulated": survey.origin == "simulated",
        "filter": "全部已提交答卷" if view.manages else "全部已提交答卷，只含本账号所辖单位",
        "table": "得分" if survey.mode == "identified" else "单位汇总",
        "rows": table.rows,
        "columns": table.columns,
        "sha256": table.sha256,
        "min_group_n": results.threshold,
        "snapshot": results.number,
        "snapshot_sha256": results.digest,
        "snapshot_made_at": results.made_at.isoformat(timespec="seconds"),
        "group_cells_shown": results.shown,
        "group_cells_suppressed": results.withheld,
        "evidence_state": evidence.state,
        "evidence_verdict": evidence.verdict,
        "evidence_reasons": list(evidence.mark().explanation),
        "evidence_sample": evidence.scope,
        "evidence_sample_fingerprint": evidence.pool_fingerprint,
        "evidence_snapshot": evidence.snapshot,
        "evidence_data_fingerprint": evidence.data_fingerprint,
        "units_compared": [c.title for c in results.columns if evidence.may_compare(c.id)],
        "not_compared_because": list(evidence.why_not_compared()),
        "engine_version": evidence.engine_version,
        "generated_at": generated_at,
    }
