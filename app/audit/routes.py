"""Pages of the auditor: the entries, whether they are whole, and the file."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import Response, StreamingResponse

from app.accounts.rights import Auditor
from app.audit import listing
from app.audit.listing import FilterDep
from app.database import SessionDep, now, reading
from app.errors import NotFound
from app.exports.cells import Value, csv_lines, disposition
from app.pages import local_time, page
from app.trail import service as trail

router = APIRouter(prefix="/audit", tags=["audit"])
PAGE_ROWS = 50


@router.get("/entries")
def list_entries(
    request: Request,
    session: SessionDep,
    account: Auditor,
    wanted: FilterDep,
    number: Annotated[int, Query(alias="page", ge=1, le=1_000_000)] = 1,
) -> Response:
    """The trail, the latest entry first."""
    total = listing.count(session, wanted)
    pages = max(1, math.ceil(total / PAGE_ROWS))
    if number > pages:
        raise NotFound
    query = wanted.query()
    return page(
        request,
        "audit/entries.html",
        entries=listing.newest(session, wanted, offset=(number - 1) * PAGE_ROWS, limit=PAGE_ROWS),
        names=listing.usernames(session),
        words=listing.ACTION_WORDS,
        actions=listing.actions(session),
        subject_words=listing.subject_words,
        detail_text=listing.detail_text,
        wanted=wanted,
        total=total,
        number=number,
        pages=pages,
        query=urlencode(query),
        address_of=lambda n: "/audit/entries?" + urlencode({**query, "page": n}),
    )


@router.get("/verification")
def show_verification(request: Request, account: Auditor) -> Response:
    """Walk the whole trail now and say what was found."""
    with request.app.state.sessions() as own:  # one that has read nothing yet, see trail.verify
        found = trail.verify(reading(own))
    return page(request, "audit/verification.html", found=found, moment=now())


@router.get("/entries.csv")
def download_entries(request: Request, session: SessionDep, account: Auditor, wanted: FilterDep) -> Response:
    """The entries asked for as CSV; that they were fetched becomes an entry before anything is sent."""
    trail.record(
        request.app.state.sessions,
        actor=str(account.id),
        action="trail.download",
        subject="trail",
        rows=listing.count(session, wanted),
        **{f"filter_{part}": value for part, value in wanted.query().items()},
    )
    name = f"审计记录-{local_time(now(), '%Y%m%d')}.csv"
    return StreamingResponse(
        _lines(request, wanted),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": disposition(name, "trail.csv"), "Cache-Control": "no-store"},
    )


def _lines(request: Request, wanted: listing.Filter) -> Iterator[bytes]:
    def _rows() -> Iterator[list[Value]]:
        yield list(listing.HEADER_ZH)
        with request.app.state.sessions() as own:
            for row in listing.rows(reading(own), wanted):
                yield list(row)

    return csv_lines(_rows(), bom=True)
