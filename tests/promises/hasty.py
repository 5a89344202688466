"""The web process for S2: nobody waits for a wrong guess, for thousands are made; and planted faults."""

from __future__ import annotations

from fastapi import FastAPI, Response

from app.accounts import limits
from app.main import create_app


def hasty() -> FastAPI:
    """The application; a wrong link is still answered 429 after too many, but at once."""
    vars(limits)["WAIT_SECONDS"] = 0.0
    app = create_app()
    for middleware in app.user_middleware:
        if getattr(middleware.cls, "__name__", "") == limits.Limits.__name__:
            middleware.kwargs["token_requests"] = 1_000_000  # one link asks as often as a thousand people
    return app


def crashes() -> FastAPI:
    """Control: a route that raises, one that answers what it does not declare, one with the wrong content."""
    app = hasty()

    @app.get("/api/planted-crash")
    def crash(k: int = 0) -> dict[str, float]:
        return {"share": 1 / (0 * k)}

    @app.get("/api/planted-status")
    def status() -> Response:
        return Response("", status_code=418)

    @app.get("/api/planted-schema", response_model=dict[str, int])
    def schema() -> Response:
        return Response('{"n": "many"}', media_type="application/json")

    app.openapi_schema = None
    return app
