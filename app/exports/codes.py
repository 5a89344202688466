"""One-time codes of an anonymous survey for HR: told exactly once, in the answer to the request that made
them, as slips to print or as a file. Nothing of them can be asked for again.
"""

from __future__ import annotations

import io
import uuid
from collections.abc import Mapping
from typing import Annotated, Literal

import xlsxwriter
from fastapi import APIRouter, Form, Request
from fastapi.responses import Response

from app.accounts.rights import CheckedForm
from app.database import SessionDep
from app.errors import Conflict, Invalid
from app.exports.cells import Value, csv_lines, disposition, file_name, safe_value
from app.pages import page
from app.settings import get_settings
from app.surveys.codes import Slip, issued, make_codes
from app.surveys.rights import HrView, OwnPart
from app.units.models import Unit
from app.units.service import listing

router = APIRouter(prefix="/hr/surveys/{survey_id}/codes", tags=["exports"])
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
CSV = "text/csv; charset=utf-8"
HEADER: list[Value] = ["单位编码", "单位", "作答码", "作答地址"]
MAX_A_UNIT = 5000


def _rows(slips: list[Slip], units: Mapping[uuid.UUID, Unit]) -> list[list[Value]]:
    rows: list[list[Value]] = [HEADER]
    for slip in slips:
        unit = units[slip.unit]
        rows.append([unit.code, unit.name, slip.code, slip.address])
    return rows


def _workbook(rows: list[list[Value]]) -> bytes:
    target = io.BytesIO()
    book = xlsxwriter.Workbook(target, {"in_memory": True, "strings_to_formulas": False})
    sheet = book.add_worksheet("作答码")
    for number, row in enumerate(rows):
        for column, value in enumerate(row):
            sheet.write_string(number, column, str(safe_value(value)))
    sheet.set_column(0, 3, 28)
    book.close()
    return target.getvalue()


@router.get("")
def codes_page(request: Request, session: SessionDep, view: OwnPart) -> Response:
    """How many codes each unit has, and the form to make more."""
    return _form_page(request, session, view)


def _form_page(request: Request, session: SessionDep, view: HrView, problem: str = "") -> Response:
    if view.survey.mode != "anonymous":
        raise Conflict("只有匿名测评使用作答码")
    return page(
        request,
        "exports/codes.html",
        status=422 if problem else 200,
        survey=view.survey,
        units=listing(session, view.units),
        issued=issued(session, view.survey),
        problem=problem,
    )


@router.post("")
def make(
    request: Request,
    session: SessionDep,
    view: OwnPart,
    _form: CheckedForm,
    units: Annotated[list[uuid.UUID] | None, Form()] = None,
    counts: Annotated[list[str] | None, Form()] = None,
    form: Annotated[Literal["page", "xlsx", "csv"], Form()] = "page",
) -> Response:
    """Make codes and tell them, this once: units and counts side by side, a count of "" or 0 makes none."""
    try:
        wanted = _wanted(units or [], counts or [])
        slips = make_codes(session, view.survey, wanted, allowed=view.units, actor=str(view.account.id))
    except Invalid as error:
        return _form_page(request, session, view, error.title)
    placed = {one.unit.id: one.unit for one in listing(session, view.units)}
    if form == "page":
        return page(
            request,
            "exports/slips.html",
            survey=view.survey,
            slips=slips,
            units=placed,
            entry=f"{get_settings().address}/a",
        )
    rows = _rows(slips, placed)
    body, kind = (_workbook(rows), XLSX) if form == "xlsx" else (b"".join(csv_lines(rows, bom=True)), CSV)
    name = disposition(file_name(view.survey.title, "作答码", form), f"codes.{form}")
    return Response(body, media_type=kind, headers={"Content-Disposition": name, "Cache-Control": "no-store"})


def _wanted(units: list[uuid.UUID], counts: list[str]) -> dict[uuid.UUID, int]:
    if len(units) != len(counts) or len(set(units)) != len(units):
        raise Invalid("表单不完整，没有制作作答码")
    wanted = {}
    for unit, count in zip(units, counts, strict=True):
        typed = count.strip() or "0"
        if not typed.isascii() or not typed.isdigit() or int(typed) > MAX_A_UNIT:
            raise Invalid(f"数量须为 0—{MAX_A_UNIT} 的整数，没有制作作答码")
        wanted[unit] = int(typed)
    return wanted
