"""Arithmetic over parameter labels, as in `ind := a*b` and `a == 2*b`, with exact derivatives.

Derivatives come from the complex step f(x + ih)/h, which has no subtraction and so no rounding error
(Squire & Trapp, 1998, SIAM Review 40).
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from analysis.results import FloatArray

Number = complex
_STEP = 1e-30


def _abs(value: Number) -> Number:
    return -value if value.real < 0 else value


def _power(base: Number, exponent: Number) -> Number:
    if exponent.imag == 0 and exponent.real == int(exponent.real):
        return base ** int(exponent.real)
    return base**exponent


FUNCTIONS: dict[str, Callable[[Number], Number]] = {
    "sqrt": cmath.sqrt,
    "exp": cmath.exp,
    "log": cmath.log,
    "abs": _abs,
    "sin": cmath.sin,
    "cos": cmath.cos,
    "tanh": cmath.tanh,
}


@dataclass(frozen=True)
class Expression:
    """One node: a number, a label, or an operator/function with its arguments."""

    head: str
    arguments: tuple[Expression, ...] = ()
    number: float = 0.0

    @property
    def labels(self) -> tuple[str, ...]:
        """Labels that occur, in order of first appearance."""
        if self.head == "label":
            return (self.arguments[0].head,)
        found: dict[str, None] = {}
        for argument in self.arguments:
            found.update(dict.fromkeys(argument.labels))
        return tuple(found)

    def evaluate(self, values: Mapping[str, Number]) -> Number:
        """The value at the given (possibly complex) label values. KeyError names an unknown label."""
        if self.head == "number":
            return self.number
        if self.head == "label":
            return values[self.arguments[0].head]
        left = self.arguments[0].evaluate(values)
        if self.head in FUNCTIONS:
            return FUNCTIONS[self.head](left)
        if self.head == "negate":
            return -left
        right = self.arguments[1].evaluate(values)
        if self.head == "+":
            return left + right
        if self.head == "-":
            return left - right
        if self.head == "*":
            return left * right
        if self.head == "/":
            return left / right if right != 0 else math.nan
        return _power(left, right)

    def gradient(self, values: Mapping[str, float], labels: Sequence[str]) -> FloatArray:
        """Partial derivatives with respect to `labels`, in that order; zero where a label does not occur."""
        used = set(self.labels)
        slopes = np.zeros(len(labels))
        for position, label in enumerate(labels):
            if label in used:
                moved: dict[str, Number] = dict(values)
                moved[label] = values[label] + 1j * _STEP
                slopes[position] = complex(self.evaluate(moved)).imag / _STEP
        return slopes


def number(value: float) -> Expression:
    """A constant."""
    return Expression("number", number=value)


def label(name: str) -> Expression:
    """A reference to a labelled (or defined) parameter."""
    return Expression("label", (Expression(name),))
