"""Short makers of table columns: every section writes the same kinds of figure in the same style."""

from __future__ import annotations

from analysis.report.document import Column, Text, Value


def both(text: str) -> Text:
    """A sentence that holds both languages, parted by " / "; the same words twice where it holds one."""
    zh, slash, en = text.partition(" / ")
    return Text(zh, en) if slash else Text(text, text)


def said(words: Text | str) -> Value:
    """Words as a value of a sentence."""
    return Value(number=words, style="text")


def real_value(number: float | None, digits: int = 2) -> Value:
    """A number that may exceed 1, as a value of a sentence."""
    return Value(number=number, digits=digits)


def p_value(number: float | None) -> Value:
    """An exact p, as a value of a sentence; it brings its own sign."""
    return Value(number=number, style="p")


def listed(texts: list[Text]) -> Text:
    """Words one after the other, in both languages."""
    return Text("、".join(t.zh for t in texts), ", ".join(t.en for t in texts))


def word_column(key: str, zh: str, en: str, *, is_merged: bool = False) -> Column:
    """Words."""
    return Column(key=key, title=Text(zh, en), is_merged=is_merged)


def count_column(key: str, zh: str, en: str = "") -> Column:
    """Whole numbers."""
    return Column(key=key, title=Text(zh, en or zh), style="count")


def real_column(key: str, zh: str, en: str = "", digits: int = 2) -> Column:
    """Numbers that may exceed 1."""
    return Column(key=key, title=Text(zh, en or zh), style="real", digits=digits)


def bounded_column(key: str, zh: str, en: str = "", digits: int = 2) -> Column:
    """Numbers that cannot exceed 1."""
    return Column(key=key, title=Text(zh, en or zh), style="bounded", digits=digits)


def p_column(key: str = "pvalue", zh: str = "*p*", en: str = "") -> Column:
    """Exact p."""
    return Column(key=key, title=Text(zh, en or zh), style="p")


def percent_column(key: str, zh: str, en: str = "", digits: int = 1) -> Column:
    """Percentages."""
    return Column(key=key, title=Text(zh, en or zh), style="percent", digits=digits)


def interval_column(
    lower: str,
    upper: str,
    zh: str = "95 % 区间",
    en: str = "95 % CI",
    digits: int = 2,
    *,
    is_bounded: bool = True,
) -> Column:
    """An interval of two columns of the frame."""
    return Column(
        key=lower,
        upper_key=upper,
        title=Text(zh, en),
        style="bounded_interval" if is_bounded else "interval",
        digits=digits,
    )
