"""A bad network of our own: drops requests and replies, repeats, delays, and so reorders."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass

HEAD_END = b"\r\n\r\n"


@dataclass
class Seen:
    """What the proxy did."""

    requests: int = 0
    dropped_before: int = 0
    dropped_replies: int = 0
    repeated: int = 0
    delayed: int = 0


async def _message(reader: asyncio.StreamReader) -> bytes:
    """One whole HTTP message with a Content-Length (or none)."""
    head = await reader.readuntil(HEAD_END)
    length = 0
    for line in head.lower().split(b"\r\n"):
        if line.startswith(b"content-length:"):
            length = int(line.split(b":")[1])
    return head + (await reader.readexactly(length) if length else b"")


async def exchange(port: int, request: bytes) -> bytes:
    """Send one request over one connection, and give back the whole answer. Raises OSError, EOFError."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(request)
        await writer.drain()
        return await _message(reader)
    finally:
        writer.close()
        with contextlib.suppress(OSError):
            await writer.wait_closed()


class Proxy:
    """Between clients and the server at `port`: 30 % of replies lost, the rest as bad as it is on a train."""

    def __init__(self, port: int, *, seed: int = 1) -> None:
        self.target = port
        self.port = 0
        self.seen = Seen()
        self._rng = random.Random(seed)
        self._server: asyncio.Server | None = None
        self._open: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Proxy:
        self._server = await asyncio.start_server(self._taken, "127.0.0.1", 0, backlog=512)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        assert self._server is not None
        self._server.close()
        while self._open:  # replies that nobody waits for any more
            await asyncio.wait(self._open)

    def _taken(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.ensure_future(self._one(reader, writer))
        self._open.add(task)
        task.add_done_callback(self._open.discard)

    async def _one(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError, EOFError, asyncio.IncompleteReadError):
            request = await _message(reader)
            answer = await self._passed_on(request)
            if answer is not None:
                writer.write(answer)
                await writer.drain()
        writer.close()

    async def _passed_on(self, request: bytes) -> bytes | None:
        rng, seen = self._rng, self.seen
        seen.requests += 1
        if rng.random() < 0.05:
            seen.dropped_before += 1
            return None
        if rng.random() < 0.3:  # held back: requests sent later arrive earlier
            seen.delayed += 1
            await asyncio.sleep(rng.uniform(0.01, 0.2))
        if rng.random() < 0.2:
            seen.repeated += 1
            _, answer = await asyncio.gather(exchange(self.target, request), exchange(self.target, request))
        else:
            answer = await exchange(self.target, request)
        if rng.random() < 0.3:
            seen.dropped_replies += 1
            return None
        return answer
