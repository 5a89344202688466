"""The web application: rooms put together, headers on every answer, errors made readable.

Imports nothing of pandas, scipy or matplotlib: analysis runs in the worker.
"""

from __future__ import annotations

import logging
import sqlite3
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import FileResponse, JSONResponse, RedirectResponse, Response
from sqlalchemy import text
from sqlalchemy.exc import DataError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app import security
from app.accounts import routes as accounts
from app.accounts.limits import Limits
from app.accounts.rights import StepNeeded, session_cookie
from app.accounts.service import account_of
from app.audit import routes as audit
from app.catalogue import routes as catalogue
from app.contract import document
from app.database import SessionDep, make_engine, session_factory
from app.errors import DandangError, Invalid, NotFound, NotReady, NotSignedIn, TooLarge, TooMany, place_of
from app.exports import bench as research
from app.exports import codes
from app.exports import routes as exports
from app.gate import Gate
from app.pages import STATIC, inside, page
from app.reports import routes as reports
from app.research import routes as own_files
from app.responses import modes, withdrawal
from app.responses import routes as responses
from app.scores import api as score_api
from app.scores import closing
from app.scores import own as own_results
from app.scores import routes as scores
from app.sealing import check_keys
from app.security.bodies import BodyLimit
from app.settings import Settings, get_settings
from app.staff import administration, granting
from app.surveys import routes as surveys

log = logging.getLogger("dandang")
ROOMS = (
    accounts,
    catalogue,
    surveys,
    modes,
    responses,
    withdrawal,
    closing,
    scores,
    own_results,
    score_api,
    exports,
    codes,
    research,
    own_files,
    reports,
    administration,
    granting,
    audit,
)


def create_app(settings: Settings | None = None) -> FastAPI:
    """A new application on the settings' database."""
    chosen = settings or get_settings()

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        check_keys(app.state.sessions)
        yield
        app.state.engine.dispose()

    app = FastAPI(
        title="Dandang 担当",
        version="0.1.0",
        lifespan=lifespan,
        debug=chosen.debug,
        docs_url=None,
        redoc_url=None,
        openapi_url="/api/openapi.json",
    )
    app.state.engine = make_engine(chosen.database)
    app.state.sessions = session_factory(app.state.engine)
    app.add_middleware(Gate, refuse=_busy)
    app.add_middleware(Limits, refuse=lambda request: _answer(request, TooMany()))
    app.add_middleware(BodyLimit, refuse=lambda request: _answer(request, TooLarge()))
    app.state.headers = security.security_headers(https=chosen.secure_cookies)
    app.add_middleware(SecurityHeaders, headers=app.state.headers)
    app.add_exception_handler(DandangError, _show_error)
    app.add_exception_handler(RequestValidationError, _show_invalid)
    app.add_exception_handler(HTTPException, _show_http_error)
    app.add_exception_handler(DataError, _show_unstorable)
    app.add_exception_handler(OperationalError, _show_store_error)
    app.add_exception_handler(PoolTimeout, _show_store_error)
    app.add_exception_handler(Exception, _show_failure)
    for room in ROOMS:
        app.include_router(room.router)
    app.openapi = lambda: document(app)  # type: ignore[method-assign]  # FastAPI's own way to describe more
    app.add_api_route("/", _front, methods=["GET"], include_in_schema=False)
    app.add_api_route("/healthz", _health, methods=["GET"], include_in_schema=False)
    app.add_api_route("/favicon.ico", _icon, methods=["GET"], include_in_schema=False)
    app.add_api_route("/static/{digest}/{name:path}", _static, methods=["GET"], include_in_schema=False)
    return app


class SecurityHeaders:
    """Put the security headers on every answer; plain ASGI, without a task per request."""

    def __init__(self, app: ASGIApp, headers: dict[str, str]) -> None:
        self.app, self.headers = app, headers

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add the headers as the answer starts."""

        async def _send(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self.headers.items():
                    headers.setdefault(name, value)
            await send(message)

        await self.app(scope, receive, _send if scope["type"] == "http" else send)


def _front(request: Request, session: SessionDep) -> Response:
    account = account_of(session, request.cookies.get(session_cookie(), ""))
    return RedirectResponse(accounts.home_of(account) if account else "/login", status_code=303)


def _health(session: SessionDep) -> dict[str, str]:
    session.execute(text("SELECT 1"))
    return {"status": "ok"}


def _icon() -> Response:
    return FileResponse(STATIC / "icon.svg", headers={"Cache-Control": "public, max-age=86400"})


def _static(digest: str, name: str) -> Response:
    path = inside(STATIC, name)
    if path is None:
        raise NotFound
    return FileResponse(path, headers={"Cache-Control": "public, max-age=31536000, immutable"})


def _wants_json(request: Request) -> bool:
    return request.url.path.startswith("/api/") or "text/html" not in request.headers.get(
        "accept", "text/html"
    )


def _answer(request: Request, error: DandangError) -> Response:
    if _wants_json(request):
        body: dict[str, Any] = {
            "type": "about:blank",
            "title": error.title,
            "status": error.status,
            "detail": error.advice,
            **error.detail,
        }
        return JSONResponse(body, status_code=error.status, media_type="application/problem+json")
    return page(request, "error.html", status=error.status, error=error)


async def _show_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, DandangError)
    if isinstance(error, NotSignedIn) and not _wants_json(request):
        target = request.url.path if request.method == "GET" else ""
        return RedirectResponse(f"/login?next={target}" if target else "/login", status_code=303)
    if isinstance(error, StepNeeded) and not _wants_json(request):
        return RedirectResponse(error.address, status_code=303)
    return _answer(request, error)


async def _show_invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # only places and reasons: what was typed stays out of answers and logs
    problems = [{"place": ".".join(map(str, e["loc"])), "reason": e["msg"]} for e in error.errors()]
    return _answer(request, Invalid(problems=problems))


async def _show_http_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    made = (
        NotFound()
        if error.status_code == NotFound.status
        else DandangError("这个请求无法处理", "请从页面上的链接或按钮操作。")
    )
    made.status = error.status_code
    return _answer(request, made)


async def _show_unstorable(request: Request, error: Exception) -> Response:
    """A text that PostgreSQL cannot hold, such as one with a NUL in it."""
    log.warning("unstorable text: %s at %s", type(error).__name__, place_of(error))
    return _answer(request, Invalid("填写的内容中有不能保存的字符", "请删去看不见的控制字符后重试。"))


async def _show_store_error(request: Request, error: Exception) -> Response:
    assert isinstance(error, OperationalError | PoolTimeout)
    cause = error.orig if isinstance(error, OperationalError) else error
    kind = cause.sqlite_errorname if isinstance(cause, sqlite3.Error) else type(cause).__name__
    log.error("store refused: %s", kind)
    return _busy(request)


def _busy(request: Request) -> Response:
    answer = _answer(request, NotReady())
    answer.headers["Retry-After"] = "5"
    return answer


async def _show_failure(request: Request, error: Exception) -> Response:
    reference = uuid.uuid4().hex[:8]
    log.error("failure %s: %s at %s", reference, type(error).__name__, place_of(error))
    answer = _answer(
        request,
        DandangError(advice=f"已保存的内容没有丢失。请稍后重试；仍不行请告知管理员编号 {reference}。"),
    )
    for name, value in request.app.state.headers.items():  # this answer is made outside all middleware
        answer.headers.setdefault(name, value)
    return answer
