"""Requests made from the OpenAPI document, sent to a running server: no 5xx, nothing that is not declared."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from schemathesis.checks import not_a_server_error
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy.orm import Session

from tests.app.bad_input.live import World

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
LIMIT = settings(
    deadline=None,
    database=None,
    derandomize=False,
    verbosity=Verbosity.quiet,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@dataclass
class Crashes:
    """What came of the requests: how many, answers by status, and every break."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    breaks: list[str] = field(default_factory=list)


def crash_test(
    document: dict[str, Any], address: str, session: Session, people: World, actor: str, *, examples: int
) -> Crashes:
    """Every operation of the document as `actor`, `examples` requests each."""
    found = Crashes()
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=address)
    for number, one in enumerate(loaded.get_all_operations()):
        _operation(one.ok(), session, people, actor, found, examples=examples, number=number)
    return found


def _operation(
    operation: Any,
    session: Session,
    people: World,
    actor: str,
    found: Crashes,
    *,
    examples: int,
    number: int,
) -> None:
    token = people.token(session, actor)
    chance = random.Random(f"{actor} {number}")

    @seed(number)
    @settings(LIMIT, max_examples=examples)
    @given(case=operation.as_strategy())
    def _send(case: Any) -> None:
        _aim(case, people, actor, token, chance)
        cookies = (
            {"dandang": token, "dandang_sign_in": "browser"} if token else {"dandang_sign_in": "browser"}
        )
        accept = chance.choice(["text/html", "*/*", "application/json"])
        try:
            answer = case.call(cookies=cookies, headers={"accept": accept}, allow_redirects=False, timeout=20)
        except (UnicodeError, ValueError):
            return  # what no client can put on the wire
        found.sent += 1
        found.statuses[answer.status_code] += 1
        try:
            case.validate_response(answer, checks=CHECKS)
        except (Exception, FailureGroup) as error:
            said = " ".join(str(error).split())[:160]
            found.breaks.append(
                f"{actor} {operation.method.upper()} {operation.path} {answer.status_code}: {said}"
            )

    _send()


def _aim(case: Any, people: World, actor: str, token: str, chance: random.Random) -> None:
    """Mostly at things that are there, with a valid CSRF token: else every request would end at the door."""
    path = case.operation.path
    for name in case.path_parameters or {}:
        if chance.random() < 0.8:
            if name == "token":
                own = people.code if path.startswith("/a/") else people.link
                case.path_parameters[name] = own if actor in {"link", "code"} else chance.choice([own, "x"])
            elif name in people.values:
                case.path_parameters[name] = people.values[name]
    if isinstance(case.body, dict) and chance.random() < 0.9:
        case.body = {**case.body, "csrf": people.csrf(actor, token, path)}
