"""Model text → tokens with line and column, the first step of reading lavaan syntax."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from analysis.sem.errors import ModelSyntaxError

Kind = Literal["number", "name", "string", "operator", "end"]

_PATTERN = re.compile(
    r"""
    (?P<space>[ \t\r\f\v　]+)
  | (?P<comment>[#!][^\n]*)
  | (?P<end>\n|;)
  | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?(?![\w.]))
  | (?P<name>[^\W\d][\w.]*|\.[^\W\d][\w.]*)
  | (?P<string>"[^"\n]*"|'[^'\n]*')
  | (?P<operator>~\*~|=~|~~|:=|==|<~|~|\||<|>|[-+*/^(),?:])
    """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Token:
    """One piece of the text; line and column count from 1."""

    kind: Kind
    text: str
    line: int
    column: int


def tokenise(model: str) -> list[Token]:
    """All tokens but blanks and comments. Raises ModelSyntaxError at a character that belongs nowhere."""
    tokens: list[Token] = []
    line, line_start, place = 1, 0, 0
    while place < len(model):
        match = _PATTERN.match(model, place)
        column = place - line_start + 1
        if match is None:
            raise ModelSyntaxError(f"unexpected character {model[place]!r}", line, column)
        text = match.group()
        kind = match.lastgroup
        if kind == "number":
            tokens.append(Token("number", text, line, column))
        elif kind == "name":
            tokens.append(Token("name", text, line, column))
        elif kind == "string":
            tokens.append(Token("string", text[1:-1], line, column))
        elif kind == "operator":
            tokens.append(Token("operator", text, line, column))
        elif kind == "end":
            tokens.append(Token("end", text, line, column))
        place = match.end()
        if text == "\n":
            line, line_start = line + 1, place
    return tokens
