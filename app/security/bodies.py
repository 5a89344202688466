"""How much a request may bring: counted as it comes in, refused before anything is spooled or parsed.

A form is small; only the addresses that take a file may bring one.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import suppress

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

KILOBYTE = 1024
FORM_BYTES = 256 * KILOBYTE
FILE_BYTES = 10 * 1024 * KILOBYTE
MULTIPART_BYTES = FILE_BYTES + 64 * KILOBYTE  # the file, the other fields and the boundaries
DRAINED_BYTES = 64 * 1024 * KILOBYTE  # read on and thrown away, so that the browser hears the answer
TAKES_FILES = re.compile(r"/hr/surveys/[^/]+/roster|/research/files")


def limit_of(path: str) -> int:
    """The most bytes the body of a request to this path may have."""
    return MULTIPART_BYTES if TAKES_FILES.fullmatch(path) else FORM_BYTES


class TooLong(Exception):
    """The body went over its limit while it was read."""


class BodyLimit:
    """Refuse long bodies: at once by Content-Length, else when the count of bytes goes over.

    refuse: makes the answer (413). The application never sees a byte more than the limit.
    """

    def __init__(self, app: ASGIApp, *, refuse: Callable[[Request], Response]) -> None:
        self.app = app
        self.refuse = refuse

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, counting."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        declared = _declared(scope)
        if declared > limit:
            await self._answer(scope, receive, send, rest=declared)
            return
        counted = _Counted(receive, send, limit)
        with suppress(TooLong):
            await self.app(scope, counted.receive, counted.send)
        if counted.over and not counted.started:
            await self._answer(scope, receive, send, rest=DRAINED_BYTES, ended=counted.ended)

    async def _answer(
        self, scope: Scope, receive: Receive, send: Send, *, rest: int, ended: bool = False
    ) -> None:
        heard = ended or (rest <= DRAINED_BYTES and await _drain(receive))
        answer = self.refuse(Request(scope))
        if not heard:
            answer.headers["Connection"] = "close"
        await answer(scope, receive, send)


class _Counted:
    """The two ends of a request: bytes in are counted; once over, what the application says is not sent."""

    def __init__(self, receive: Receive, send: Send, limit: int) -> None:
        self._receive = receive
        self._send = send
        self._left = limit
        self.over = self.started = self.ended = False

    async def receive(self) -> Message:
        if self.over:
            raise TooLong
        message = await self._receive()
        self._left -= len(message.get("body", b""))
        if self._left < 0:
            self.over, self.ended = True, not message.get("more_body", False)
            raise TooLong
        return message

    async def send(self, message: Message) -> None:
        if self.over and not self.started:
            return
        self.started = True
        await self._send(message)


def _declared(scope: Scope) -> int:
    for name, value in scope["headers"]:
        if name == b"content-length":
            return int(value) if value.isdigit() and len(value) < 20 else DRAINED_BYTES + 1
    return 0


async def _drain(receive: Receive) -> bool:
    """Read what is still coming and throw it away; False when there is too much of it or nobody is there."""
    read = 0
    while read <= DRAINED_BYTES:
        message = await receive()
        if message["type"] != "http.request":
            return False
        read += len(message.get("body", b""))
        if not message.get("more_body", False):
            return True
    return False
