"""Downloads for HR: scores, unit table, manifest, personal links. Own units only, each on the trail."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Annotated, Literal

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response, StreamingResponse
from sqlalchemy import select
from sqlalchemy.orm import Session, sessionmaker

from app.database import SessionDep, now, reading
from app.errors import Conflict
from app.exports import tables
from app.exports.cells import Value, csv_lines, disposition, file_name
from app.exports.releases import released_evidence, score_manifest, score_workbook, unit_table
from app.pages import local_time
from app.responses.holders import submitted_among
from app.scores.people import record_reading, require_persons, shown_columns
from app.surveys.models import Invitation
from app.surveys.retention import require_answers
from app.surveys.rights import HrView, OwnPart
from app.surveys.service import invitation_link
from app.units.models import Person, Unit

router = APIRouter(prefix="/hr/surveys/{survey_id}", tags=["exports"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Bom = Annotated[Literal["0", "1"], Query(description="0: for machines, variable names as header, no BOM")]
LINES_A_CHUNK = 200


def _headers(view: HrView, what: str, plain: str, suffix: str) -> dict[str, str]:
    said = f"{what}-模拟数据" if view.survey.origin == "simulated" else what
    name = file_name(view.survey.title, f"{said}-{local_time(now(), '%Y%m%d')}", suffix)
    return {"Content-Disposition": disposition(name, f"{plain}.{suffix}"), "Cache-Control": "no-store"}


def _chunks(lines: Iterator[bytes]) -> Iterator[bytes]:
    """Lines gathered into pieces worth sending."""
    held: list[bytes] = []
    for line in lines:
        held.append(line)
        if len(held) >= LINES_A_CHUNK:
            yield b"".join(held)
            held.clear()
    yield b"".join(held)


def _streamed(
    request: Request, header: Iterable[str], rows: Callable[[Session], Iterator[list[Value]]], *, bom: bool
) -> Iterator[bytes]:
    """CSV read and sent row by row, in a reading session of its own: the request's is closed by then."""
    sessions: sessionmaker[Session] = request.app.state.sessions

    def _lines() -> Iterator[list[Value]]:
        yield list(header)
        with sessions() as session:
            yield from rows(reading(session))

    return _chunks(csv_lines(_lines(), bom=bom))


@router.get("/scores.xlsx")
def download_workbook(request: Request, session: SessionDep, view: OwnPart) -> Response:
    """Persons, units, evidence, variables and manifest in one workbook."""
    made = score_workbook(session, view)
    record_reading(
        request, view, "score.download", format="xlsx", rows=made.table.rows, sha256=made.table.sha256
    )
    return Response(made.body, media_type=XLSX, headers=_headers(view, "得分", "scores", "xlsx"))


@router.get("/scores.csv")
def download_csv(request: Request, session: SessionDep, view: OwnPart, bom: Bom = "1") -> Response:
    """The table of persons, streamed; of identified surveys only."""
    require_persons(view.survey)
    require_answers(view.survey)
    evidence = released_evidence(session, view)
    headings = tables.person_headings(shown_columns(view.survey, evidence))
    record_reading(request, view, "score.download", format="csv")
    lines = _streamed(
        request,
        [heading.name if bom == "0" else heading.title for heading in headings],
        lambda own: tables.person_rows(own, view, evidence),
        bom=bom == "1",
    )
    return StreamingResponse(
        lines, media_type="text/csv; charset=utf-8", headers=_headers(view, "得分", "scores", "csv")
    )


@router.get("/units.csv")
def download_units(request: Request, session: SessionDep, view: OwnPart, bom: Bom = "1") -> Response:
    """The unit table: only what may be shown of each group."""
    evidence = released_evidence(session, view)
    rows = unit_table(session, view, evidence, plain=bom == "0")
    record_reading(request, view, "unit_scores.download", format="csv", rows=len(rows) - 1)
    return Response(
        b"".join(csv_lines(rows, bom=bom == "1")),
        media_type="text/csv; charset=utf-8",
        headers=_headers(view, "单位汇总", "units", "csv"),
    )


@router.get("/scores.manifest.json")
def download_manifest(session: SessionDep, view: OwnPart) -> Response:
    """What the score files hold: versions, rows, columns, hash, suppressed cells. No scores."""
    evidence = released_evidence(session, view)
    body = score_manifest(session, view, evidence)
    return JSONResponse(body, headers={"Cache-Control": "no-store"})


@router.get("/links.csv")
def download_links(request: Request, session: SessionDep, view: OwnPart, bom: Bom = "1") -> Response:
    """Personal links of own people, with who has submitted; the trail keeps that they were fetched."""
    if view.survey.mode == "anonymous":
        raise Conflict("匿名测评没有个人链接和名单", "请用作答码。")
    found = session.execute(
        select(Unit.code, Unit.name, Person, Invitation)
        .join(Invitation, Invitation.unit_id == Unit.id)
        .join(Person, Person.id == Invitation.person_id)
        .where(Invitation.survey_id == view.survey.id, Invitation.unit_id.in_(view.units))
    ).all()
    found = sorted(found, key=lambda row: (row[0], row[2].staff_number))
    done = submitted_among(session, view.survey, [person.id for _, _, person, _ in found])
    header: list[Value] = (
        ["unit_code", "unit", "staff_number", "name", "link", "submitted"]
        if bom == "0"
        else ["单位编码", "单位", "工号", "姓名", "个人链接", "状态"]
    )
    rows: list[list[Value]] = [header]
    for code, unit, person, invitation in found:
        state = "已提交" if invitation.person_id in done else "未提交"
        rows.append([code, unit, person.staff_number, person.name, invitation_link(invitation), state])
    # who has submitted a confidential survey can only be told with its key, and that is on the trail too
    keyed = {"campaign_key": view.survey.campaign_state} if view.survey.mode == "confidential" else {}
    record_reading(request, view, "links.download", people=len(found), **keyed)
    return Response(
        b"".join(csv_lines(rows, bom=bom == "1")),
        media_type="text/csv; charset=utf-8",
        headers=_headers(view, "个人链接", "links", "csv"),
    )
