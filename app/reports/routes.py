"""The researcher's bench: run a report, watch it, read it, download it."""

from __future__ import annotations

import uuid
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Form, Request
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response

from app.accounts.models import Account
from app.accounts.rights import CheckedForm, Researcher
from app.database import SessionDep
from app.errors import NotFound
from app.pages import inside, page
from app.reports import service
from app.reports.models import ReportRun
from app.surveys.models import Survey
from app.surveys.rights import ResearchSurvey
from app.trail import service as trail

router = APIRouter(tags=["reports"])
KINDS = {
    ".html": "text/html; charset=utf-8",
    ".json": "application/json",
    ".csv": "text/csv; charset=utf-8",
    ".svg": "image/svg+xml",
    ".css": "text/css; charset=utf-8",
    ".pdf": "application/pdf",
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
ON_TRAIL = {".html": "report.read"} | dict.fromkeys((".csv", ".json", ".pdf", ".docx"), "report.download")
SAVED = {".pdf", ".docx"}  # opened by another program than the browser


def _record(request: Request, account: Account, run: ReportRun, action: str, file: str) -> None:
    trail.record(
        request.app.state.sessions,
        actor=str(account.id),
        action=action,
        subject=f"survey:{run.survey_id}",
        run=str(run.id),
        file=file,
    )


@router.get("/research")
def bench(request: Request, session: SessionDep, account: Researcher) -> Response:
    """Surveys and their reports."""
    return page(
        request, "reports/bench.html", benches=service.benches(session), is_interrupted=service.is_interrupted
    )


@router.post("/research/surveys/{survey_id}/reports")
def request_report(
    session: SessionDep,
    account: Researcher,
    survey: ResearchSurvey,
    _form: CheckedForm,
    language: Annotated[Literal["zh-CN", "en"], Form()] = "zh-CN",
    depth: Annotated[service.Depth, Form()] = "standard",
) -> Response:
    """Queue a report and go to its page."""
    run = service.request_report(session, survey, account, language=language, depth=depth)
    return RedirectResponse(f"/research/reports/{run.id}", status_code=303)


@router.get("/research/reports/{run_id}")
def show_run(request: Request, session: SessionDep, account: Researcher, run_id: uuid.UUID) -> Response:
    """Progress while it runs, the way to the files when done, the reason when it failed."""
    run = service.find_run(session, run_id)
    survey = session.get_one(Survey, run.survey_id)
    return page(
        request,
        "reports/run.html",
        run=run,
        survey=survey,
        interrupted=service.is_interrupted(run),
        waiting=service.waiting(session, run),
        draft=service.draft_of(run.id),
    )


@router.post("/research/reports/{run_id}/again")
def run_again(session: SessionDep, account: Researcher, run_id: uuid.UUID, _form: CheckedForm) -> Response:
    """A new run with the same options and seed."""
    again = service.rerun_report(session, service.find_run(session, run_id), account)
    return RedirectResponse(f"/research/reports/{again.id}", status_code=303)


@router.get("/research/reports/{run_id}/report.json")
def report_json(request: Request, session: SessionDep, account: Researcher, run_id: uuid.UUID) -> Response:
    """Everything in the report as data; that it was fetched is put on the trail."""
    run = service.find_run(session, run_id)
    if run.result is None:
        raise NotFound("报告还没有完成", "完成后再下载。")
    _record(request, account, run, "report.download", "report.json")
    headers = {"Content-Disposition": f'attachment; filename="report-{run.id}.json"'}
    return JSONResponse(run.result, headers=headers)


@router.get("/research/reports/{run_id}/{name:path}")
def report_file(
    request: Request, session: SessionDep, account: Researcher, run_id: uuid.UUID, name: str
) -> Response:
    """A rendered file of the run: page, table, figure, style sheet. Pages and tables go on the trail."""
    run = service.find_run(session, run_id)
    path = inside(service.directory(run.id), name)
    if path is None and name == service.DRAFT and run.state == "done":
        return RedirectResponse(f"/research/reports/{run.id}/report.html", status_code=303)
    if path is None or path.suffix not in KINDS:
        raise NotFound
    if path.suffix in ON_TRAIL:
        _record(request, account, run, ON_TRAIL[path.suffix], path.name)
    return FileResponse(
        path,
        media_type=KINDS[path.suffix],
        filename=f"report-{run.id}{path.suffix}" if path.suffix in SAVED else None,
    )


@router.get("/api/reports/{run_id}")
def run_state(session: SessionDep, account: Researcher, run_id: uuid.UUID) -> dict[str, Any]:
    """State and progress for scripts."""
    run = service.find_run(session, run_id)
    return {
        "id": str(run.id),
        "survey_id": str(run.survey_id),
        "state": run.state,
        "interrupted": service.is_interrupted(run),
        "progress": run.progress,
        "step": run.step,
        "problem": run.problem,
        "n_responses": run.n_responses,
        "data_fingerprint": run.data_fingerprint,
        "engine_version": run.engine_version,
        "seed": run.seed,
    }
