"""How numbers are written: the only place where anything is rounded.

No zero before decimals that cannot exceed 1, p to three decimals, a true minus sign, a dash for no value.
"""

from __future__ import annotations

import math
from typing import Any

from analysis.report.document import Style, Text, Value

NONE = "–"
MINUS = "−"


def write_real(number: float, digits: int) -> str:
    """Fixed digits, a true minus, no negative zero."""
    text = f"{number:.{digits}f}"
    if float(text) == 0:
        text = text.lstrip("-")
    return text.replace("-", MINUS)


def write_bounded(number: float, digits: int) -> str:
    """As `write_real`, without the zero before the point; 1.00 keeps its one."""
    return write_real(number, digits).replace("0.", ".", 1) if abs(number) < 1 else write_real(number, digits)


def write_p(number: float) -> str:
    """An exact p to three decimals, or < .001."""
    return "< .001" if number < 0.001 else write_bounded(min(number, 0.999), 3) if number < 1 else "1.000"


def is_none(number: Any) -> bool:
    """Whether there is no value to write."""
    return number is None or (isinstance(number, float) and math.isnan(number))


def write(number: Any, style: Style, digits: int, language: str) -> str:
    """One value in its style. An interval needs both bounds; words are said in the language."""
    if isinstance(number, Text):
        return number.say(language)
    if is_none(number):
        return NONE
    if isinstance(number, str) or style == "text":
        return str(number)
    if style in ("interval", "bounded_interval"):
        lower, upper = number
        if is_none(lower) or is_none(upper):
            return NONE
        write_one = write_real if style == "interval" else write_bounded
        return f"[{write_one(lower, digits)}, {write_one(upper, digits)}]"
    if style == "count":
        return f"{round(number):,}" if language == "en" else str(round(number))
    if style == "p":
        return write_p(number)
    return write_bounded(number, digits) if style == "bounded" else write_real(number, digits)


def write_value(value: Value, language: str) -> str:
    """A value inside a sentence: p carries its sign, since it may be an inequality."""
    text = write(value.number, value.style, value.digits, language)
    if value.style == "p" and not is_none(value.number):
        sign, _, digits = (text if text.startswith("<") else f"= {text}").partition(" ")
        return f"{sign}\N{NO-BREAK SPACE}{digits}"
    return text
