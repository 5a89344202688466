"""How numbers are written, after APA and 心理学报."""

from __future__ import annotations

from typing import Any

import pytest

from analysis.render.numbers import write, write_value
from analysis.render.prose import say, say_plainly
from analysis.report.document import Style, Text, Value


@pytest.mark.parametrize(
    ("number", "style", "digits", "expected"),
    [
        (0.7824, "bounded", 3, ".782"),
        (-0.223, "bounded", 2, "−.22"),
        (1.0, "bounded", 2, "1.00"),
        (0.999, "bounded", 2, "1.00"),
        (-0.0001, "bounded", 2, ".00"),
        (0.92, "real", 2, "0.92"),
        (-1.29, "real", 2, "−1.29"),
        (-0.001, "real", 2, "0.00"),
        (0.0004, "p", 3, "< .001"),
        (0.001, "p", 3, ".001"),
        (0.0455, "p", 3, ".045"),
        (0.9999, "p", 3, ".999"),
        (2436, "count", 0, "2436"),
        (33.333, "percent", 1, "33.3"),
        ((0.076, 0.0801), "bounded_interval", 3, "[.076, .080]"),
        ((-0.5, 1.25), "interval", 2, "[−0.50, 1.25]"),
        (None, "real", 2, "–"),
        (float("nan"), "bounded", 2, "–"),
        ((None, 1.0), "interval", 2, "–"),
    ],
)
def test_written(number: Any, style: Style, digits: int, expected: str) -> None:
    assert write(number, style, digits, "zh-CN") == expected


def test_thousands_are_parted_in_english_only() -> None:
    assert write(2436, "count", 0, "en") == "2,436"


def test_p_in_a_sentence_carries_its_sign() -> None:
    assert write_value(Value(number=0.0123, style="p"), "en").replace("\xa0", " ") == "= .012"
    assert write_value(Value(number=0.00001, style="p"), "en").replace("\xa0", " ") == "< .001"


def test_letters_of_statistics_are_italic_and_the_rest_is_escaped() -> None:
    text = Text("*p* {p}，<b>{name}</b>", "*p* {p}, <b>{name}</b>")
    values = {"p": Value(number=0.5, style="p"), "name": Value(number="<script>*x*", style="text")}
    html = say(text, "zh-CN", values)
    assert html.replace("\xa0", " ") == "<i>p</i> = .500，&lt;b&gt;&lt;script&gt;*x*&lt;/b&gt;"
    assert say_plainly(text, "zh-CN", values).replace("\xa0", " ") == "p = .500，<b><script>*x*</b>"


def test_a_missing_value_is_an_error() -> None:
    with pytest.raises(KeyError):
        say(Text("{n}", "{n}"), "en")
