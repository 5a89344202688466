"""One term of a formula: its modifiers, each followed by `*` or `?`, then a name."""

from __future__ import annotations

from dataclasses import replace

from analysis.sem.errors import ModelSyntaxError
from analysis.sem.reader import Reader
from analysis.sem.statements import Modifiers
from analysis.sem.tokens import Token


def read_term(reader: Reader, operator: str) -> tuple[Token, str, str, Modifiers]:
    """One term: modifiers, each followed by `*` (or `?`), then a name, or 1/0 for an intercept."""
    modifiers = Modifiers()
    first = reader.peek() or reader.after
    while True:
        token = reader.next("a variable name")
        following = reader.peek()
        starts_call = following is not None and following.text == "("
        if token.kind == "name" and not starts_call and not _is_modifier(following):
            return first, operator, token.text, modifiers
        if token.kind == "number" and not _is_modifier(following):
            return first, *_intercept(token, operator, modifiers)
        modifier = _modifier(reader, token)
        separator = reader.next("'*'")
        if separator.text == "?" and modifier.fixed is not None:
            modifier = Modifiers(start=tuple(v for v in modifier.fixed if v is not None))
        elif separator.text != "*":
            raise ModelSyntaxError(
                f"expected '*' after a modifier, found {separator.text!r}", separator.line, separator.column
            )
        modifiers = modifiers.merged(modifier)


def _is_modifier(following: Token | None) -> bool:
    return following is not None and following.text in ("*", "?")


def _intercept(token: Token, operator: str, modifiers: Modifiers) -> tuple[str, str, Modifiers]:
    """`x ~ 1`, or `x ~ 0` which fixes the intercept at zero."""
    if operator != "~" or token.text not in ("0", "1"):
        raise ModelSyntaxError(f"expected a variable name, found {token.text!r}", token.line, token.column)
    if token.text == "0":
        modifiers = replace(modifiers, fixed=(0.0,))
    return "~1", "", modifiers


def _modifier(reader: Reader, token: Token) -> Modifiers:
    if token.kind == "string":
        return Modifiers(label=(token.text,))
    if token.kind == "number" or token.text in ("-", "+"):
        sign = -1.0 if token.text == "-" else 1.0
        digits = reader.next("a number") if token.kind == "operator" else token
        return Modifiers(fixed=(sign * _float(digits),))
    if token.kind != "name":
        raise ModelSyntaxError(f"expected a variable name, found {token.text!r}", token.line, token.column)
    following = reader.peek()
    if following is None or following.text != "(":
        return Modifiers(fixed=(None,)) if token.text == "NA" else Modifiers(label=(token.text,))
    reader.demand("(")
    values = _arguments(reader)
    if token.text == "c":
        return _vector(values, token)
    if token.text == "start":
        return Modifiers(start=tuple(_number(v, t) for v, t in values))
    if token.text == "label":
        return Modifiers(label=tuple(str(v) for v, _ in values))
    if token.text == "equal":
        return Modifiers(equal="".join(str(values[0][0]).split()))
    if token.text == "fixed":
        return Modifiers(fixed=tuple(_number(v, t) for v, t in values))
    raise ModelSyntaxError(
        f"unknown modifier {token.text}(); known are c() start() label() equal() fixed()",
        token.line,
        token.column,
    )


def _vector(values: list[tuple[float | str | None, Token]], token: Token) -> Modifiers:
    """c(...): numbers and NA fix or free per group; names and strings label per group."""
    if all(v is None or isinstance(v, float) for v, _ in values):
        return Modifiers(fixed=tuple(v if isinstance(v, float) else None for v, _ in values))
    if any(isinstance(v, float) for v, _ in values):
        raise ModelSyntaxError("c() mixes numbers and labels", token.line, token.column)
    return Modifiers(label=tuple("" if v is None else str(v) for v, _ in values))


def _arguments(reader: Reader) -> list[tuple[float | str | None, Token]]:
    values: list[tuple[float | str | None, Token]] = []
    while True:
        token = reader.next("a value")
        if token.text == "c" and (following := reader.peek()) is not None and following.text == "(":
            reader.demand("(")
            values.extend(_arguments(reader))
        elif token.kind == "string":
            values.append((token.text, token))
        elif token.kind == "name":
            values.append((None if token.text == "NA" else token.text, token))
        elif token.text in ("-", "+"):
            values.append(((-1.0 if token.text == "-" else 1.0) * _float(reader.next("a number")), token))
        else:
            values.append((_float(token), token))
        if reader.take(")"):
            return values
        reader.demand(",")


def _number(value: float | str | None, token: Token) -> float:
    if not isinstance(value, float):
        raise ModelSyntaxError(f"expected a number, found {token.text!r}", token.line, token.column)
    return value


def _float(token: Token) -> float:
    if token.kind != "number":
        raise ModelSyntaxError(f"expected a number, found {token.text!r}", token.line, token.column)
    return float(token.text)
