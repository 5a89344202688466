"""Sentences of the document as HTML or plain text: values filled in, statistics' letters in italics."""

from __future__ import annotations

import re
from collections.abc import Mapping

from markupsafe import Markup, escape

from analysis.render.numbers import write_value
from analysis.report.document import Text, Value

TOKEN = re.compile(r"\*(?P<letter>[A-Za-z]+)\*|\{(?P<name>\w+)\}")


def say(text: Text, language: str, values: Mapping[str, Value] | None = None) -> Markup:
    """HTML of a sentence. Raises KeyError when a value is missing."""
    words = text.say(language).replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
    parts: list[Markup] = []
    at = 0
    for match in TOKEN.finditer(words):
        parts.append(escape(words[at : match.start()]))
        if match["letter"]:
            parts.append(Markup("<i>{}</i>").format(match["letter"]))
        else:
            parts.append(escape(write_value((values or {})[match["name"]], language)))
        at = match.end()
    parts.append(escape(words[at:]))
    return Markup("").join(parts)


def say_plainly(text: Text, language: str, values: Mapping[str, Value] | None = None) -> str:
    """The same sentence without markup."""

    def _fill(match: re.Match[str]) -> str:
        return match["letter"] or write_value((values or {})[match["name"]], language)

    return TOKEN.sub(_fill, text.say(language))
