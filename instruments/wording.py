"""The words of one instrument version in one language: a translator's file, no structure in it."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

MAX_LABEL_BYTES = 120  # SPSS value labels hold 120 bytes: 40 Chinese characters


def _short_label(text: str) -> str:
    size = len(text.encode())
    if size > MAX_LABEL_BYTES:
        raise ValueError(
            f"选项文字 {size} 字节，超过 {MAX_LABEL_BYTES} / value label longer than {MAX_LABEL_BYTES} bytes"
        )
    return text


def _closed_marks(text: str) -> str:
    if text.count("**") % 2:
        raise ValueError("加粗标记 ** 没有成对 / a ** mark is not closed")
    return text


Text = Annotated[str, Field(min_length=1, max_length=4000)]
Point = Annotated[str, Field(min_length=1, max_length=400), AfterValidator(_closed_marks)]
Label = Annotated[str, Field(min_length=1), AfterValidator(_short_label)]


class Words(BaseModel):
    """Base: unknown keys are refused, nothing changes after reading."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class ConstructWords(Words):
    """Name and meaning of a construct."""

    title: Text
    definition: Text


class BackgroundWords(Words):
    """A background question and its options' labels."""

    text: Text
    options: dict[str, Label]


class ConsentWords(Words):
    """What a person agrees to: five short lines (**…** marks the facts that matter) and the whole text."""

    version: Text
    points: Annotated[tuple[Point, ...], Field(min_length=3, max_length=6)]
    full: Text


class Wording(Words):
    """Every text of the version in one language, keyed by the codes of the structure."""

    title: Text
    summary: Text
    provenance: Text
    instructions: dict[str, Text]
    consent: dict[str, ConsentWords]
    scales: dict[str, dict[int, Label]]
    constructs: dict[str, ConstructWords]
    scores: dict[str, Text] = {}  # titles of scores that are no construct; the others bear its title
    items: dict[str, dict[str, Text]]
    attention: dict[str, Text] = {}
    diligence: dict[str, BackgroundWords] = {}
    background: dict[str, BackgroundWords] = {}
    open_ended: dict[str, Text] = {}
    models: dict[str, Text]
    criteria: dict[str, Text] = {}

    def item(self, code: str, voice: str = "self") -> str:
        """The statement of an item (or attention item) in this voice."""
        return self.attention[code] if code in self.attention else self.items[code][voice]
