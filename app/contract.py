"""The OpenAPI document as the service really answers: redirects, refusals and what each answer is made of.

FastAPI describes the happy way only; a client, and the tests that crash-test the service, need the rest.
"""

from __future__ import annotations

from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

PROBLEM = {
    "type": "object",
    "required": ["type", "title", "status", "detail"],
    "properties": {
        "type": {"type": "string"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
    },
}
REFUSALS = {
    "400": "the request cannot be read",
    "401": "not signed in (pages: 303 to the sign-in)",
    "403": "not allowed, or the form is out of date",
    "404": "there is no such thing, or not for this person",
    "409": "contradicts what is stored",
    "410": "closed or withdrawn",
    "413": "longer than this address takes",
    "422": "cannot be accepted; every fault is named",
    "429": "too many attempts",
    "503": "the store cannot take writes just now",
}
KINDS = {
    ".xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    ".csv": "text/csv",
    ".json": "application/json",
    ".txt": "text/plain",
}
TEXT: dict[str, Any] = {"schema": {"type": "string"}}
FORM = {"schema": {"type": "object", "additionalProperties": {"type": "string"}}}


def document(app: FastAPI) -> dict[str, Any]:
    """The whole document; made once and kept by the application."""
    if app.openapi_schema is None:
        made = get_openapi(title=app.title, version=app.version, routes=app.routes)
        made["components"].setdefault("schemas", {})["Problem"] = PROBLEM
        for path, deeds in made["paths"].items():
            for method, deed in deeds.items():
                _describe(path, method, deed)
        app.openapi_schema = made
    return app.openapi_schema


def _describe(path: str, method: str, deed: dict[str, Any]) -> None:
    problem: dict[str, Any] = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}}
    }
    page = {"text/html": TEXT}
    answers = deed["responses"]
    if not path.startswith("/api/"):
        answers["200"]["content"] = _content(path)
        answers["303"] = {"description": "go on there"}
        problem |= page
    if method == "post" and "requestBody" not in deed:
        deed["requestBody"] = {"content": {"application/x-www-form-urlencoded": FORM}}
    for status, words in REFUSALS.items():
        answers[status] = {"description": words, "content": problem}


def _content(path: str) -> dict[str, Any]:
    for suffix, kind in KINDS.items():
        if path.endswith(suffix):
            return {kind: {} if suffix == ".json" else TEXT}
    if path.endswith("{name}"):  # one of the files of a report
        return {"*/*": {}}
    # a page; to the questionnaire's own script, where to go next
    return {"text/html": TEXT, "application/json": {"schema": {"type": "object"}}}
