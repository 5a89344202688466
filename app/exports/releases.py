"""A survey's released scores as files, the same for the page and the command: evidence first, then scores."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from sqlalchemy.orm import Session

from app.database import now
from app.exports import tables
from app.exports.cells import Value
from app.exports.workbook import WorkbookContent, workbook
from app.scores.people import require_persons, require_results, shown_columns
from app.scores.results import GroupResults, group_results
from app.scores.service import EvidenceView, evidence_for
from app.surveys.rights import HrView


@dataclass(frozen=True, slots=True)
class ScoreWorkbook:
    """The xlsx file, and the fingerprint of its first table."""

    body: bytes
    table: tables.Fingerprint


def released_evidence(session: Session, view: HrView) -> EvidenceView:
    """The evidence scores travel with. Raises where scores may not be shown (still open, not supported)."""
    evidence = evidence_for(session, view.survey)
    require_results(view.survey, evidence)
    return evidence


def first_table(
    session: Session, view: HrView, evidence: EvidenceView, results: GroupResults
) -> tuple[tuple[tables.Heading, ...], Iterator[list[Value]]]:
    """What a manifest describes: persons in an identified survey, units in the others."""
    if view.survey.mode == "identified":
        columns = shown_columns(view.survey, evidence)
        return tables.person_headings(columns), tables.person_rows(session, view, evidence)
    return tables.unit_headings(results.columns), tables.unit_rows(results, evidence, view.survey)


def score_manifest(session: Session, view: HrView, evidence: EvidenceView) -> dict[str, Any]:
    """What the score files hold, with the variables of the first table. No scores."""
    results = group_results(session, view, evidence)
    headings, rows = first_table(session, view, evidence, results)
    table = tables.fingerprint(headings, rows)
    body = tables.manifest(view, evidence, results, table, now().isoformat(timespec="seconds"))
    return body | {"variables": [{"name": h.name, "title": h.title, "meaning": h.meaning} for h in headings]}


def score_workbook(session: Session, view: HrView) -> ScoreWorkbook:
    """Persons (identified only), units, evidence, variables and manifest of the reader's own units."""
    evidence = released_evidence(session, view)
    columns = shown_columns(view.survey, evidence)
    results = group_results(session, view, evidence)
    headings, rows = first_table(session, view, evidence, results)
    first = list(rows)
    table = tables.fingerprint(headings, first)
    persons = view.survey.mode == "identified"
    content = WorkbookContent(
        person_headings=headings if persons else (),
        people=first if persons else (),
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
    """Header and rows of the table of persons. Raises Forbidden for a survey that is not identified."""
    require_persons(view.survey)
    headings = tables.person_headings(shown_columns(view.survey, evidence))
    header: list[Value] = [heading.name if plain else heading.title for heading in headings]
    return [header, *tables.person_rows(session, view, evidence)]
