"""Nobody who waits for the store keeps a thread from who holds it."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.responses import PlainTextResponse, Response
from starlette.types import Message, Receive, Scope, Send

from app.gate import Gate


def _scope(path: str = "/x") -> Scope:
    return {"type": "http", "path": path, "method": "POST", "headers": [], "query_string": b""}


async def _call(gate: Gate, parts: list[bytes], path: str = "/x", gone: bool = False) -> list[Message]:
    messages: list[Message] = [
        {"type": "http.request", "body": part, "more_body": gone or number < len(parts) - 1}
        for number, part in enumerate(parts)
    ]
    if gone:
        messages.append({"type": "http.disconnect"})
    sent: list[Message] = []

    async def _receive() -> Message:
        await asyncio.sleep(0)
        return messages.pop(0)

    async def _send(message: Message) -> None:
        sent.append(message)

    await gate(_scope(path), _receive, _send)
    return sent


class Room:
    """An application that says how many are in it at once, and what body it read."""

    def __init__(self) -> None:
        self.inside = self.most = 0
        self.bodies: list[bytes] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        self.inside += 1
        self.most = max(self.most, self.inside)
        body = b""
        while True:
            message = await receive()
            body += message["body"]
            if not message.get("more_body"):
                break
        self.bodies.append(body)
        await asyncio.sleep(0.01)
        self.inside -= 1
        await PlainTextResponse("ok")(scope, receive, send)


def _refuse(_request: Any) -> Response:
    return PlainTextResponse("full", 503)


def test_so_many_and_no_more_are_inside_and_everybody_gets_in() -> None:
    room = Room()

    async def _all() -> list[list[Message]]:
        gate = Gate(room, refuse=_refuse, room=3)
        return await asyncio.gather(*(_call(gate, [b"a", b"b"]) for _ in range(20)))

    answers = asyncio.run(_all())
    assert room.most == 3
    assert [answer[0]["status"] for answer in answers] == [200] * 20
    assert room.bodies == [b"ab"] * 20


def test_who_has_waited_too_long_is_told_so() -> None:
    async def _all() -> list[list[Message]]:
        gate = Gate(Room(), refuse=_refuse, room=1, patience=0.001)
        return await asyncio.gather(*(_call(gate, [b""]) for _ in range(3)))

    assert sorted(answer[0]["status"] for answer in asyncio.run(_all())) == [200, 503, 503]


def test_a_sender_who_goes_away_leaves_nothing_behind() -> None:
    room = Room()

    async def _all() -> list[list[Message]]:
        gate = Gate(room, refuse=_refuse, room=1)
        return [await _call(gate, [b"half"], gone=True), await _call(gate, [b"whole"])]

    gone, whole = asyncio.run(_all())
    assert gone == []
    assert whole[0]["status"] == 200
    assert room.bodies == [b"whole"]
