"""The body of a questionnaire page: read with limits, sorted into answers, background and texts."""

from __future__ import annotations

import re
from typing import Annotated
from urllib.parse import parse_qsl

from fastapi import Depends, Request

from app.errors import Invalid
from app.responses.drafts import Sent
from app.responses.questionnaire import QuestionPage
from app.responses.validation import Problem, refuse

MAX_BODY = 128 * 1024
MAX_FIELDS = 200
CONTROL_FIELDS = frozenset({"csrf", "go", "checked", "page_ms"})
_INTEGER = re.compile(r"-?[0-9]{1,4}")
_MILLISECONDS = re.compile(r"[0-9]{1,8}")


async def posted_fields(request: Request) -> dict[str, str]:
    """The fields of an URL-encoded form. Raises Invalid: too large, not UTF-8, a field sent twice."""
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY:
            raise Invalid("内容过长", "没有保存。请缩短文字后再提交。")
    try:
        pairs = parse_qsl(
            body.decode("ascii"),
            keep_blank_values=True,
            encoding="utf-8",
            errors="strict",
            max_num_fields=MAX_FIELDS,
        )
    except ValueError as error:  # UnicodeDecodeError is one
        raise Invalid("表单无法读取", "没有保存。请返回上一页，刷新后再提交。") from error
    fields = dict(pairs)
    refuse(
        tuple(
            Problem(name[:40], "", "同一道题出现了两次")
            for name in fields
            if sum(other == name for other, _ in pairs) > 1
        )
    )
    return fields


PostedFields = Annotated[dict[str, str], Depends(posted_fields)]


def sent_by(page: QuestionPage, fields: dict[str, str]) -> Sent:
    """What this page's form sent. Raises Invalid: a field of another page, a code that is no number."""
    kinds = {question.id: question.kind for question in page.questions}
    sent = Sent(milliseconds=_milliseconds(fields.get("page_ms", "")))
    problems = []
    for name, value in fields.items():
        kind = kinds.get(name)
        if name in CONTROL_FIELDS:
            continue
        if kind is None:
            problems.append(Problem(name[:40], value[:40], "这道题不在这一页"))
        elif kind == "text":
            sent.texts[name] = value.replace("\r\n", "\n").strip()
        elif kind == "choice":
            sent.background[name] = value
        elif _INTEGER.fullmatch(value):
            sent.answers[name] = int(value)
        else:
            problems.append(Problem(name, value[:40], "不是可选的代码"))
    refuse(tuple(problems))
    return sent


def _milliseconds(value: str) -> int:
    return int(value) if _MILLISECONDS.fullmatch(value) else 0
