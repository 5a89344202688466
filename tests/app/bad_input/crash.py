"""Requests made from the OpenAPI document, sent to a running server: no 5xx, nothing that is not declared."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from requests import RequestException
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
COME_LATER = {429, 503}
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
    """What came of the requests: how many, answers by status and by person, and every break."""

    sent: int = 0
    statuses: Counter[int] = field(default_factory=Counter)
    reached: Counter[str] = field(default_factory=Counter)  # answers below 400, by actor
    operations: set[str] = field(default_factory=set)
    breaks: list[str] = field(default_factory=list)


def crash_test(
    document: dict[str, Any],
    address: str,
    session: Session,
    people: World,
    actors: Sequence[str],
    *,
    examples: int,
    chosen: int = 0,
) -> Crashes:
    """Every operation of the document, `examples` requests each, every one sent as each of the actors.

    chosen: another number draws other requests.
    """
    found = Crashes()
    loaded = schemathesis.openapi.from_dict(document)
    loaded.config.update(base_url=address)
    for number, one in enumerate(loaded.get_all_operations()):
        _operation(
            one.ok(),  # type: ignore[union-attr]  # an operation that cannot be read has no ok() and fails here
            session,
            people,
            actors,
            found,
            examples=examples,
            number=chosen * 1000 + number,
        )
    return found


def _operation(
    operation: Any,
    session: Session,
    people: World,
    actors: Sequence[str],
    found: Crashes,
    *,
    examples: int,
    number: int,
) -> None:
    tokens = {actor: people.token(session, actor) for actor in actors}
    chance = random.Random(number)
    found.operations.add(f"{operation.method} {operation.path}")

    @seed(number)
    @settings(LIMIT, max_examples=examples)
    @given(case=operation.as_strategy())
    def _send(case: Any) -> None:
        drawn = case.path_parameters, case.body
        for actor in actors:
            case.path_parameters, case.body = drawn
            _aim(case, people, actor, tokens[actor], chance)
            _ask(case, actor, tokens[actor], chance, found)

    _send()


def _ask(case: Any, actor: str, token: str, chance: random.Random, found: Crashes) -> None:
    cookies = {"dandang": token} if token else {}
    accept = chance.choice(["text/html", "*/*", "application/json"])
    where = f"{actor} {case.operation.method.upper()} {case.operation.path}"
    try:
        answer = case.call(
            cookies=cookies | {"dandang_sign_in": "browser"},
            headers={"accept": accept},
            allow_redirects=False,
            timeout=20,
        )
    except (UnicodeError, ValueError):
        return  # what no client can put on the wire
    except RequestException as error:
        found.breaks.append(f"{where} no answer: {type(error).__name__}")
        return
    found.sent += 1
    found.statuses[answer.status_code] += 1
    found.reached[actor] += answer.status_code < 400
    if answer.status_code in COME_LATER and not answer.headers.get("retry-after"):
        found.breaks.append(f"{where} {answer.status_code}: no Retry-After")
    try:
        case.validate_response(answer, checks=CHECKS)
    except (Exception, FailureGroup) as error:
        said = " ".join(str(error).split())[:160]
        found.breaks.append(f"{where} {answer.status_code}: {said}")


def _aim(case: Any, people: World, actor: str, token: str, chance: random.Random) -> None:
    """Mostly at things that are there, with a valid CSRF token: else every request would end at the door."""
    path = case.operation.path
    aimed = dict(case.path_parameters or {})
    for name in aimed:
        if chance.random() < 0.8:
            if name == "token":
                own = people.code if path.startswith("/a/") else people.link
                aimed[name] = own if actor in {"link", "code"} else chance.choice([own, "x"])
            elif name in people.values:
                aimed[name] = chance.choice(people.values[name])
    case.path_parameters = aimed
    if isinstance(case.body, dict):
        body = dict(case.body)
        for name, value in people.fields.items():
            if name in body and chance.random() < 0.5:
                body[name] = value
        if path.endswith("/p/{number}"):
            body |= dict.fromkeys(people.questions, str(chance.randint(0, 6)))
        if chance.random() < 0.9:
            body["csrf"] = people.csrf(actor, token, path)
        case.body = body
