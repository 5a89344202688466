"""Columns headed by the words of a question and filled with the words of its options, as 问卷星 exports them.

Known there: numbers before a question, its type behind it, the title of a matrix before its rows; options as
text or by their place in the list; `(跳过)`, `(空)`, -3 and -2 for what was not asked or not answered.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Final

from instruments import Instrument
from instruments.instrument import BackgroundQuestion

NOT_ANSWERED: Final = ("(跳过)", "（跳过）", "(空)", "（空）", "-3", "-2")
SHORTEST: Final = 4  # characters of a question's words that may stand at the end of a longer heading
_NUMBER = re.compile(r"^[（(]?(?:Q|第)?\d+(?:题)?\s*[、.．:：)）]\s*")
_KIND = re.compile(r"[\[【（(][^\[\]【】（）()]*题[\]】）)]$")
_EDGE = re.compile(r"[\s*。.？?！!：:；;]+$")
_OPTION = re.compile(r"^[A-Za-z0-9]{1,2}\s*[、.．:：)）]\s*")


def plain_words(text: str) -> str:
    """The words of a heading without number, kind of question, blanks and the stop at its end.

    >>> plain_words("3、我对工作尽责。[单选题]")
    '我对工作尽责'
    """
    words = _EDGE.sub("", _KIND.sub("", _EDGE.sub("", _NUMBER.sub("", text.strip()))))
    return re.sub(r"\s+", "", words)


def worded_columns(header: Sequence[str], instrument: Instrument) -> dict[str, tuple[str, dict[str, str]]]:
    """Heading → (question, how its cells become our codes) for headings that are a question's words."""
    texts = dict(_questions(instrument))
    found: dict[str, tuple[str, dict[str, str]]] = {}
    for column in header:
        words = plain_words(column)
        ends = [text for text in texts if words == text or (len(text) >= SHORTEST and words.endswith(text))]
        if ends:
            code = texts[max(ends, key=len)]
            found[column] = (code, _codes(instrument, code))
    return found


def _questions(instrument: Instrument) -> Iterator[tuple[str, str]]:
    """Every question's words, in every language and voice, with its code."""
    for language in instrument.locales:
        words = instrument.words(language)
        for code, voices in words.items.items():
            for text in voices.values():
                yield plain_words(text), code
        for code, text in words.attention.items():
            yield plain_words(text), code
        for code, question in (words.background | words.diligence).items():
            yield plain_words(question.text), code


def _codes(instrument: Instrument, code: str) -> dict[str, str]:
    """A cell → our code: the code itself, the option's label, its place in the list; "" for no answer."""
    if code in instrument.items or code in instrument.quality.attention:
        options = [str(value) for value in instrument.scale_of(code).codes]
    else:
        options = list(_question(instrument, code).options)
    places = {str(place): option for place, option in enumerate(options, start=1)}
    made = {**places, **{option: option for option in options}}
    for language in instrument.locales:
        for option, label in _labels(instrument, code, language).items():
            made[label] = option
    return made | dict.fromkeys(NOT_ANSWERED, "")


def _question(instrument: Instrument, code: str) -> BackgroundQuestion:
    return next(q for q in (*instrument.background, *instrument.quality.diligence) if q.id == code)


def _labels(instrument: Instrument, code: str, language: str) -> Mapping[str, str]:
    words = instrument.words(language)
    if code in instrument.items:
        return {str(value): label for value, label in words.scales[instrument.items[code].scale].items()}
    if code in instrument.quality.attention:
        scale = instrument.quality.attention[code].scale
        return {str(value): label for value, label in words.scales[scale].items()}
    return (words.background.get(code) or words.diligence[code]).options


def option_words(cell: str) -> str:
    """A cell without the letter or number that stands before an option.

    >>> option_words("D、比较符合")
    '比较符合'
    """
    return _OPTION.sub("", cell) or cell
