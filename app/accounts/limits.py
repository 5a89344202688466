"""Limits that do not hurt a building: by token and by account; an address only slows guessing.

A whole department may sit behind one address, so no address is ever refused a link or a password that is
right. Guessing is slowed: after GUESSES wrong ones from an address (or, for receipt codes, by an account)
within WINDOW_SECONDS each further wrong one waits, and is answered 429 with Retry-After. The address is held
in memory only, as a hash under a key made at start; it is neither logged nor stored. Each process counts for
itself.
"""

from __future__ import annotations

import asyncio
import hmac
import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

GUESSES: Final = 30
WINDOW_SECONDS: Final = 600
WAIT_SECONDS: Final = 1.0
MOST_WAITING: Final = 100  # beyond these, wrong ones are answered at once: waiting must not fill the memory
TOKEN_REQUESTS: Final = 600  # of one link or code
TOKEN_SECONDS: Final = 60
KEYS_REMEMBERED: Final = 50_000
DOORS: Final = ("/q/", "/a/")
NOT_FOUND, UNAUTHORIZED = 404, 401


class Tally:
    """Counts by key within a window; the oldest keys are forgotten first."""

    def __init__(self, limit: int, seconds: float) -> None:
        self.limit, self.seconds = limit, seconds
        self._secret = secrets.token_bytes(32)
        self._counts: OrderedDict[bytes, tuple[float, int]] = OrderedDict()

    def add(self, key: str) -> int:
        """Count one more of this key: 0 while within the limit, else the seconds until the window ends."""
        hidden = hmac.digest(self._secret, key.encode("utf-8", "surrogatepass"), "sha256")[:16]
        moment = time.monotonic()
        start, count = self._counts.pop(hidden, (moment, 0))
        if moment - start >= self.seconds:
            start, count = moment, 0
        self._counts[hidden] = (start, count + 1)
        if len(self._counts) > KEYS_REMEMBERED:
            self._counts.popitem(last=False)
        return 0 if count < self.limit else max(1, round(start + self.seconds - moment))


class Limits:
    """Plain ASGI, around the application. refuse: makes the answer (429)."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        refuse: Callable[[Request], Response],
        guesses: int = GUESSES,
        token_requests: int = TOKEN_REQUESTS,
    ) -> None:
        self.app, self.refuse = app, refuse
        self.guesses = Tally(guesses, WINDOW_SECONDS)
        self.tokens = Tally(token_requests, TOKEN_SECONDS)
        self._waiting = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; look at what is answered before it is sent."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        wait = self._too_often(scope)
        if wait:
            await self._refuse(scope, receive, send, wait)
            return
        refused = 0

        async def _send(message: Message) -> None:
            nonlocal refused
            if message["type"] == "http.response.start":
                guesser = guesser_of(scope, message["status"])
                refused = self.guesses.add(guesser) if guesser else 0
            if not refused:
                await send(message)

        await self.app(scope, receive, _send)
        if refused:
            await self._hold()
            await self._refuse(scope, receive, send, refused)

    def _too_often(self, scope: Scope) -> int:
        path: str = scope["path"]
        if not path.startswith(DOORS):
            return 0
        return self.tokens.add(path.split("/", 3)[2])

    async def _hold(self) -> None:
        if self._waiting >= MOST_WAITING:
            return
        self._waiting += 1
        try:
            await asyncio.sleep(WAIT_SECONDS)
        finally:
            self._waiting -= 1

    async def _refuse(self, scope: Scope, receive: Receive, send: Send, wait: int) -> None:
        answer = self.refuse(Request(scope))
        answer.headers["Retry-After"] = str(wait)
        await answer(scope, receive, send)


def guesser_of(scope: Scope, status: int) -> str:
    """Whom a wrong link, code, receipt code or password counts against; "" for any other answer."""
    path: str = scope["path"]
    state: MutableMapping[str, Any] = scope.get("state") or {}
    account = state.get("account")
    if status == NOT_FOUND and path.startswith(DOORS) and not state.get("holder"):
        return _address(scope)
    if status == UNAUTHORIZED and path == "/login" and scope["method"] == "POST":
        return _address(scope)
    if (
        status == NOT_FOUND
        and account is not None
        and path.endswith("/withdraw")
        and scope["method"] == "POST"
    ):
        return f"account {account.id}"
    return ""


def _address(scope: Scope) -> str:
    client = scope.get("client")
    return f"address {client[0] if client else ''}"
