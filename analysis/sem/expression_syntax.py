"""Arithmetic over labels, by recursive descent: sum → product → sign and power → label, number, function."""

from __future__ import annotations

from analysis.sem import expressions
from analysis.sem.errors import ModelSyntaxError
from analysis.sem.expressions import Expression
from analysis.sem.reader import Reader


def read_sum(reader: Reader) -> Expression:
    """Terms joined by + and -, from the cursor on. Raises ModelSyntaxError at what does not belong."""
    left = _product(reader)
    while True:
        if reader.take("+"):
            left = Expression("+", (left, _product(reader)))
        elif reader.take("-"):
            left = Expression("-", (left, _product(reader)))
        else:
            return left


def _product(reader: Reader) -> Expression:
    left = _unary(reader)
    while True:
        if reader.take("*"):
            left = Expression("*", (left, _unary(reader)))
        elif reader.take("/"):
            left = Expression("/", (left, _unary(reader)))
        else:
            return left


def _unary(reader: Reader) -> Expression:
    if reader.take("-"):
        return Expression("negate", (_unary(reader),))
    if reader.take("+"):
        return _unary(reader)
    base = _atom(reader)
    if reader.take("^"):
        return Expression("^", (base, _unary(reader)))
    return base


def _atom(reader: Reader) -> Expression:
    token = reader.next("a label or a number")
    if token.kind == "number":
        return expressions.number(float(token.text))
    if token.text == "(":
        inner = read_sum(reader)
        reader.demand(")")
        return inner
    if token.kind != "name":
        raise ModelSyntaxError(
            f"expected a label or a number, found {token.text!r}", token.line, token.column
        )
    if reader.take("("):
        if token.text not in expressions.FUNCTIONS:
            known = " ".join(expressions.FUNCTIONS)
            raise ModelSyntaxError(
                f"unknown function {token.text}(); known are {known}", token.line, token.column
            )
        inner = read_sum(reader)
        reader.demand(")")
        return Expression(token.text, (inner,))
    return expressions.label(token.text)
