"""Long bodies are refused before they are kept, by what they say and by what they bring."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse, Response

from app.main import create_app
from app.security.bodies import FORM_BYTES, MULTIPART_BYTES, TAKES_FILES, BodyLimit, limit_of

ROSTER = f"/hr/surveys/{uuid.UUID(int=7)}/roster"


def small(limited: bool = True) -> tuple[TestClient, list[int]]:
    """An application that counts what reaches it."""
    application, seen = FastAPI(), []

    @application.post("/{path:path}")
    async def swallow(request: Request, path: str) -> Response:
        async for chunk in request.stream():
            seen.append(len(chunk))
        return PlainTextResponse("all read")

    if limited:
        application.add_middleware(
            BodyLimit, refuse=lambda request: PlainTextResponse("too long", status_code=413)
        )
    return TestClient(application), seen


def pieces(total: int) -> Iterator[bytes]:
    for _ in range(total // 65536 + 1):
        yield b"x" * 65536


@pytest.mark.parametrize(("path", "limit"), [("/login", FORM_BYTES), (ROSTER, MULTIPART_BYTES)])
def test_a_declared_length_is_refused_before_a_byte_is_read(path: str, limit: int) -> None:
    client, seen = small()
    answer = client.post(path, content=b"x" * (limit + 1))
    assert (answer.status_code, answer.text, seen) == (413, "too long", [])


@pytest.mark.parametrize(("path", "limit"), [("/login", FORM_BYTES), (ROSTER, MULTIPART_BYTES)])
def test_an_undeclared_length_is_counted(path: str, limit: int) -> None:
    client, seen = small()
    answer = client.post(path, content=pieces(limit * 2))
    assert answer.status_code == 413
    assert sum(seen) <= limit
    assert client.post(path, content=b"x" * limit).text == "all read"


def test_what_lies_about_its_length_is_refused() -> None:
    client, seen = small()
    assert client.post("/login", content=b"x", headers={"content-length": "9" * 30}).status_code == 413
    assert seen == []


def test_the_control_reads_everything() -> None:
    client, seen = small(limited=False)
    assert client.post("/login", content=pieces(FORM_BYTES * 2)).text == "all read"
    assert sum(seen) > FORM_BYTES


def test_only_addresses_that_take_a_file_may_bring_one() -> None:
    taking = {
        path
        for path, deeds in create_app().openapi()["paths"].items()
        for deed in deeds.values()
        if "multipart/form-data" in deed.get("requestBody", {}).get("content", {})
    }
    assert taking
    for path in taking:
        assert TAKES_FILES.fullmatch(path.replace("{survey_id}", str(uuid.UUID(int=7)))), path
    assert limit_of("/q/token/p/1") == FORM_BYTES
