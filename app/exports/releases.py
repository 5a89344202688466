"""A survey's released scores as files, the same for the page and the command: evidence first, then scores."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from app.database import now
from app.exports import tables
from app.exports.cells import Value
from app.exports.workbook import WorkbookContent, workbook
from app.scores.people import require_results, shown_columns
from app.scores.results import group_results
from app.scores.service import EvidenceView, evidence_for
from app.surveys.rights import HrView


@dataclass(frozen=True, slots=True)
class ScoreWorkbook:
    """The xlsx file, and the fingerprint of its table of persons."""

    body: bytes
    table: tables.Fingerprint


def released_evidence(session: Session, view: HrView) -> EvidenceView:
    """The evidence scores travel with. Raises where scores may not be shown (still open, not supported)."""
    evidence = evidence_for(session, view.survey)
    require_results(view.survey, evidence)
    return evidence


def score_workbook(session: Session, view: HrView) -> ScoreWorkbook:
    """Persons, units, evidence, variables and manifest of the reader's own units."""
    evidence = released_evidence(session, view)
    columns = shown_columns(view.survey, evidence)
    people = list(tables.person_rows(session, view, evidence))
    results = group_results(session, view, evidence)
    headings = tables.person_headings(columns)
    table = tables.fingerprint(headings, people)
    content = WorkbookContent(
        person_headings=headings,
        people=people,
        unit_headings=tables.unit_headings(columns),
        units=list(tables.unit_rows(results, evidence, view.survey)),
        evidence_rows=list(tables.evidence_rows((*columns, *results.held_back), evidence)),
        evidence=evidence,
        manifest=tables.manifest(view, evidence, results, table, now().isoformat(timespec="seconds")),
    )
    return ScoreWorkbook(workbook(content), table)


def unit_table(session: Session, view: HrView, evidence: EvidenceView, *, plain: bool) -> list[list[Value]]:
    """Header and rows of the unit table; `plain`: variable names as header, for machines."""
    results = group_results(session, view, evidence)
    headings = tables.unit_headings(results.columns)
    header: list[Value] = [heading.name if plain else heading.title for heading in headings]
    return [header, *tables.unit_rows(results, evidence, view.survey)]


def person_table(session: Session, view: HrView, evidence: EvidenceView, *, plain: bool) -> list[list[Value]]:
    """Header and rows of the table of persons."""
    headings = tables.person_headings(shown_columns(view.survey, evidence))
    header: list[Value] = [heading.name if plain else heading.title for heading in headings]
    return [header, *tables.person_rows(session, view, evidence)]
