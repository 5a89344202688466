"""A researcher's own files: bring one, have it analysed, read the result, delete it; two reports compared."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, File, Form, Query, Request, UploadFile
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response

import instruments
from app.accounts.models import Account
from app.accounts.rights import CheckedForm, Researcher
from app.database import SessionDep
from app.errors import Invalid, NotFound
from app.pages import inside, page
from app.reports.routes import KINDS, ON_TRAIL, SAVED
from app.reports.service import DRAFT, Depth, directory, draft_of
from app.research import service
from app.research.comparison import compare
from app.research.models import FileAnalysis, ResearchFile
from app.research.reports import chosen, finished, score_titles
from app.trail import service as trail
from app.units.tables import MAX_UPLOAD

router = APIRouter(prefix="/research", tags=["research"])
EXAMPLE = "F1 =~ v1 + v2 + v3\nF2 =~ v4 + v5 + v6"


def _record(request: Request, account: Account, subject: str, action: str, **detail: Any) -> None:
    trail.record(request.app.state.sessions, actor=str(account.id), action=action, subject=subject, **detail)


def _files(request: Request, session: SessionDep, account: Account, problem: str = "") -> Response:
    return page(
        request,
        "research/files.html",
        status=422 if problem else 200,
        files=service.files_of(session, account),
        days=service.KEPT_DAYS,
        most=service.MOST_FILES,
        megabytes=MAX_UPLOAD // 1024 // 1024,
        problem=problem,
    )


@router.get("/files")
def files(request: Request, session: SessionDep, account: Researcher) -> Response:
    """The account's files and the field for another."""
    return _files(request, session, account)


@router.post("/files")
def upload(
    request: Request,
    session: SessionDep,
    account: Researcher,
    _form: CheckedForm,
    file: Annotated[UploadFile, File()],
    simulated: Annotated[Literal["", "1"], Form()] = "",
) -> Response:
    """Keep a file; what is no table is refused with the reason."""
    data = file.file.read(MAX_UPLOAD + 1)
    try:
        kept = service.keep_file(session, account, data, file.filename or "", simulated=simulated == "1")
    except Invalid as error:
        return _files(request, session, account, problem=f"{error.title}。{error.advice}")
    return RedirectResponse(f"/research/files/{kept.id}", status_code=303)


def _file(
    request: Request, session: SessionDep, kept: ResearchFile, problem: str = "", syntax: str = ""
) -> Response:
    return page(
        request,
        "research/file.html",
        status=422 if problem else 200,
        file=kept,
        analyses=service.analyses_of(session, kept),
        is_interrupted=service.is_interrupted,
        instruments=[(one.ref, instruments.load(one.ref)) for one in instruments.published()],
        estimators=service.ESTIMATORS[1:],
        problem=problem,
        syntax=syntax,
        example=EXAMPLE,
        days=service.KEPT_DAYS,
    )


@router.get("/files/{file_id}")
def show_file(
    request: Request,
    session: SessionDep,
    account: Researcher,
    file_id: uuid.UUID,
    model: Annotated[uuid.UUID | None, Query()] = None,
) -> Response:
    """The columns of a file, its analyses, and the two forms for another; `model`: one to begin with."""
    kept = service.find_file(session, account, file_id)
    syntax = service.find_analysis(session, account, model)[0].options.get("syntax", "") if model else ""
    return _file(request, session, kept, syntax=syntax)


@router.post("/files/{file_id}/delete")
def delete_file(session: SessionDep, account: Researcher, file_id: uuid.UUID, _form: CheckedForm) -> Response:
    """Delete a file with all analyses of it."""
    service.delete_file(session, service.find_file(session, account, file_id), account)
    return RedirectResponse("/research/files", status_code=303)


@router.post("/files/{file_id}/report")
def request_report(
    request: Request,
    session: SessionDep,
    account: Researcher,
    file_id: uuid.UUID,
    _form: CheckedForm,
    instrument: Annotated[str, Form(max_length=96)] = "",
    form: Annotated[str, Form(max_length=32)] = "",
    language: Annotated[Literal["zh-CN", "en"], Form()] = "zh-CN",
    accept_valid: Annotated[Literal["", "1"], Form()] = "",
    depth: Annotated[Depth, Form()] = "standard",
    missing: Annotated[Literal["listwise", "fiml"], Form()] = "listwise",
    companions: Annotated[str, Form(max_length=4000)] = "",
) -> Response:
    """Queue a report of the file against an instrument."""
    kept = service.find_file(session, account, file_id)
    try:
        made = service.request_report(
            session, kept, account, instrument=instrument, form=form, language=language,
            accept_valid=accept_valid == "1", depth=depth, missing=missing, companions=companions,
        )  # fmt: skip
    except Invalid as error:
        return _file(request, session, kept, problem=f"{error.title}。{error.advice}")
    return RedirectResponse(f"/research/analyses/{made.id}", status_code=303)


@router.post("/files/{file_id}/model")
def request_model(
    request: Request,
    session: SessionDep,
    account: Researcher,
    file_id: uuid.UUID,
    _form: CheckedForm,
    syntax: Annotated[str, Form(max_length=100_000)] = "",
    estimator: Annotated[str, Form(max_length=8)] = "",
    ordered: Annotated[str, Form(max_length=4000)] = "",
    missing: Annotated[str, Form(max_length=16)] = "listwise",
    group: Annotated[str, Form(max_length=200)] = "",
    std_lv: Annotated[Literal["", "1"], Form()] = "",
    orthogonal: Annotated[Literal["", "1"], Form()] = "",
) -> Response:
    """Queue the fit of a model in lavaan syntax."""
    kept = service.find_file(session, account, file_id)
    options = {
        "syntax": syntax,
        "estimator": estimator,
        "ordered": ordered,
        "missing": missing,
        "group": group,
        "std_lv": std_lv == "1",
        "orthogonal": orthogonal == "1",
    }
    try:
        made = service.request_model(session, kept, account, options)
    except Invalid as error:
        return _file(request, session, kept, problem=f"{error.title}。{error.advice}", syntax=syntax)
    return RedirectResponse(f"/research/analyses/{made.id}", status_code=303)


@router.get("/analyses/{analysis_id}")
def show_analysis(
    request: Request, session: SessionDep, account: Researcher, analysis_id: uuid.UUID
) -> Response:
    """Progress, the result, or which rows were refused and why."""
    analysis, kept = service.find_analysis(session, account, analysis_id)
    if analysis.state == "done" and analysis.kind == "model":
        _record(request, account, f"file:{kept.id}", "file.read", analysis=str(analysis.id))
    return page(
        request,
        "research/analysis.html",
        analysis=analysis,
        file=kept,
        result=analysis.result or {},
        interrupted=service.is_interrupted(analysis),
        draft=draft_of(analysis.id),
    )


def _result(analysis: FileAnalysis, kind: str) -> dict[str, Any]:
    if analysis.kind != kind or analysis.state != "done" or analysis.result is None:
        raise NotFound("没有这个结果，或者还没有完成", "请从文件页面打开。")
    return analysis.result


@router.get("/analyses/{analysis_id}/paths.svg")
def path_diagram(session: SessionDep, account: Researcher, analysis_id: uuid.UUID) -> Response:
    """The path diagram of a fitted model."""
    analysis, _kept = service.find_analysis(session, account, analysis_id)
    svg = _result(analysis, "model")["svg"]
    if not svg:
        raise NotFound("这个模型没有路径图", "数字见结果页的表。")
    return Response(svg, media_type="image/svg+xml", headers={"Cache-Control": "no-store"})


@router.get("/analyses/{analysis_id}/result.json")
def analysis_json(
    request: Request, session: SessionDep, account: Researcher, analysis_id: uuid.UUID
) -> Response:
    """Everything that came out, as data."""
    analysis, kept = service.find_analysis(session, account, analysis_id)
    stored = _result(analysis, analysis.kind)
    _record(request, account, f"file:{kept.id}", "file.download", analysis=str(analysis.id))
    headers = {"Content-Disposition": f'attachment; filename="analysis-{analysis.id}.json"'}
    return JSONResponse(stored.get("report", stored), headers=headers)


@router.get("/analyses/{analysis_id}/files/{name:path}")
def analysis_file(
    request: Request, session: SessionDep, account: Researcher, analysis_id: uuid.UUID, name: str
) -> Response:
    """A rendered file of a report: page, table, figure, style sheet."""
    analysis, kept = service.find_analysis(session, account, analysis_id)
    path = inside(directory(analysis.id), name)
    if path is None and name == DRAFT and analysis.state == "done":
        return RedirectResponse(f"/research/analyses/{analysis.id}/files/report.html", status_code=303)
    if path is None or path.suffix not in KINDS:
        raise NotFound
    if path.suffix in ON_TRAIL:
        action = "file.read" if path.suffix == ".html" else "file.download"
        _record(request, account, f"file:{kept.id}", action, analysis=str(analysis.id), file=path.name)
    return FileResponse(
        path,
        media_type=KINDS[path.suffix],
        headers={"Cache-Control": "no-store"},
        filename=f"report-{analysis.id}{path.suffix}" if path.suffix in SAVED else None,
    )


@router.get("/compare")
def compare_reports(
    request: Request,
    session: SessionDep,
    account: Researcher,
    a: Annotated[uuid.UUID | None, Query()] = None,
    b: Annotated[uuid.UUID | None, Query()] = None,
) -> Response:
    """Two finished reports side by side; without both, the lists to choose from."""
    found, sides = None, []
    if a is not None and b is not None:
        sides = [chosen(session, account, one) for one in (a, b)]
        (_one, left), (_other, right) = sides
        found = compare(left, right, score_titles(left["instrument"]["ref"]))
        for listed, _stored in sides:
            _record(request, account, listed.subject, "report.compare", run=str(listed.id))
    return page(
        request,
        "research/compare.html",
        reports=finished(session, account),
        sides=sides,
        found=found,
        chosen=(a, b),
    )
