"""The gate: so many requests at once have a thread and a connection; the others wait outside, without either.

A request that holds the store's write lock needs a thread for each of its next steps. Were all threads
taken by requests that wait for that lock, nobody would move; so fewer are let in than there are threads
and connections. A body is read whole before the gate: a slow sender holds up nobody else.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Final

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from app.database import CONNECTIONS

PATIENCE_SECONDS: Final = 10.0


class Gate:
    """Plain ASGI. `refuse` makes the answer for who has waited too long."""

    def __init__(
        self,
        app: ASGIApp,
        *,
        refuse: Callable[[Request], Response],
        room: int = CONNECTIONS,
        patience: float = PATIENCE_SECONDS,
    ) -> None:
        self.app, self.refuse, self.patience = app, refuse, patience
        self._room = asyncio.Semaphore(room)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Read the body, wait for room, pass on; the room is free again when the answer begins."""
        if scope["type"] != "http" or scope["path"].startswith("/static/"):
            await self.app(scope, receive, send)
            return
        body = await _whole(receive)
        if body is None:
            return
        try:
            await asyncio.wait_for(self._room.acquire(), self.patience)
        except TimeoutError:
            await self.refuse(Request(scope))(scope, receive, send)
            return
        inside = True

        def _leave() -> None:
            nonlocal inside
            if inside:
                inside = False
                self._room.release()

        async def _send(message: Message) -> None:
            _leave()  # the route has returned and committed; a slow reader holds up nobody
            await send(message)

        async def _replayed() -> Message:
            return body.pop(0) if body else await receive()

        try:
            await self.app(scope, _replayed, _send)
        finally:
            _leave()


async def _whole(receive: Receive) -> list[Message] | None:
    """Every message of the body; None when the sender went away before its end."""
    messages = []
    while True:
        message = await receive()
        if message["type"] != "http.request":
            return None
        messages.append(message)
        if not message.get("more_body", False):
            return messages
