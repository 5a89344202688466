"""From an instrument version to the pages a person sees: numbers, labels, conditions, what is missing."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass

from app.responses.models import Draft
from app.responses.validation import served_items
from instruments import Instrument, Wording
from instruments.instrument import BackgroundQuestion
from instruments.wording import BackgroundWords

# words that stay whole when a label is set in two short lines
TAILS = ("符合", "这样", "同意", "情况", "观察到", "了解", "清楚", "满意", "重要")
ONE_LINE = 3
CLOSING_PER_PAGE = 14
_made: dict[tuple[str, str, str], Questionnaire] = {}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option: its code, its label, and the label in the short lines of a button."""

    code: str
    label: str
    lines: tuple[str, ...]
    quiet: bool = False


@dataclass(frozen=True, slots=True)
class Condition:
    """A question concerns only those who chose `option` in `question`; `words` say so."""

    question: str
    option: str
    words: str


@dataclass(frozen=True, slots=True)
class Question:
    """One card. kind: "scale" (buttons in a row), "choice" (one of several), "text"; number 0: none shown."""

    id: str
    kind: str
    number: int
    text: str
    choices: tuple[Choice, ...] = ()
    conditions: tuple[Condition, ...] = ()
    limit: int = 0


@dataclass(frozen=True, slots=True)
class QuestionPage:
    """One page: its number and its cards; `closing` pages hold what may always be left out."""

    number: int
    questions: tuple[Question, ...]
    closing: bool

    @property
    def names(self) -> frozenset[str]:
        """The names of the fields this page may send."""
        return frozenset(question.id for question in self.questions)


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """All pages of one form in one language."""

    pages: tuple[QuestionPage, ...]
    minutes: float

    def page_of(self, question: str) -> int:
        """The number of the page that shows this question."""
        return next(page.number for page in self.pages if question in page.names)

    def minutes_left(self, page: int) -> int:
        """Minutes from the start of this page to the end, by the share of questions still to come."""
        total = sum(len(one.questions) for one in self.pages)
        rest = sum(len(one.questions) for one in self.pages if one.number >= page)
        return max(1, math.ceil(self.minutes * rest / total))

    def missing(self, page: QuestionPage, answers: Mapping[str, int]) -> tuple[Question, ...]:
        """The items of a page without an answer; background may always be left out."""
        return tuple(q for q in page.questions if q.kind == "scale" and q.id not in answers)


def label_lines(label: str) -> tuple[str, ...]:
    """A label in at most two short lines, parted where a reader would pause.

    >>> label_lines("很不符合"), label_lines("说不准，一半一半"), label_lines("没有机会观察到")
    (('很不', '符合'), ('说不准，', '一半一半'), ('没有机会', '观察到'))
    """
    for mark in "，、；":
        if mark in label:
            head, tail = label.split(mark, 1)
            return (head + mark, tail)
    if " " in label:
        return _balanced(label)
    if len(label) <= ONE_LINE:
        return (label,)
    for tail in TAILS:
        if label.endswith(tail) and len(label) - len(tail) <= 5:
            return (label[: -len(tail)], tail) if len(label) > len(tail) else (label,)
    middle = len(label) // 2
    return (label[:middle], label[middle:])


def _balanced(label: str) -> tuple[str, ...]:
    gaps = [i for i, letter in enumerate(label) if letter == " "]
    gap = min(gaps, key=lambda i: abs(i - len(label) / 2))
    return (label[:gap], label[gap + 1 :])


def questionnaire(instrument: Instrument, form: str, language: str) -> Questionnaire:
    """The pages of this form. A version never changes, so they are made once a process."""
    key = (instrument.fingerprint, form, language)
    if key not in _made:
        _made[key] = _make(instrument, form, language)
    return _made[key]


def _make(instrument: Instrument, form: str, language: str) -> Questionnaire:
    number = {item: i for i, item in enumerate(served_items(instrument, form), start=1)}
    pages = [
        QuestionPage(i, tuple(_item(instrument, language, item, number[item]) for item in items), False)
        for i, items in enumerate(instrument.forms[form].pages, start=1)
    ]
    closing = _closing(instrument, language)
    for start in range(0, len(closing), CLOSING_PER_PAGE):
        pages.append(QuestionPage(len(pages) + 1, closing[start : start + CLOSING_PER_PAGE], True))
    return Questionnaire(tuple(pages), instrument.forms[form].estimated_minutes)


def _item(instrument: Instrument, language: str, item: str, number: int) -> Question:
    words = instrument.words(language)
    asked = instrument.items.get(item) or instrument.quality.attention[item]
    scale, labels = instrument.scale_of(item), words.scales[asked.scale]
    choices = tuple(
        Choice(str(code), labels[code], label_lines(labels[code]), quiet=code == scale.na_code)
        for code in scale.codes
    )
    return Question(item, "scale", number, words.item(item), choices)


def _closing(instrument: Instrument, language: str) -> tuple[Question, ...]:
    """Background, open text, diligence: without numbers, because some concern only a part of the people."""
    words = instrument.words(language)
    return (
        *(
            _single(question.id, words.background[question.id], _condition(question, words))
            for question in instrument.background
        ),
        *(
            Question(question.id, "text", 0, words.open_ended[question.id], limit=question.max_chars)
            for question in instrument.open_ended
        ),
        *(
            _single(question.id, words.diligence[question.id], ())
            for question in instrument.quality.diligence
        ),
    )


def _single(question: str, words: BackgroundWords, conditions: tuple[Condition, ...]) -> Question:
    choices = tuple(Choice(code, label, (label,)) for code, label in words.options.items())
    return Question(question, "choice", 0, words.text, choices, conditions)


def _condition(question: BackgroundQuestion, words: Wording) -> tuple[Condition, ...]:
    return tuple(
        Condition(other, option, f"{words.background[other].text}：{words.background[other].options[option]}")
        for other, option in question.show_if.items()
    )


def resume_page(pages: Questionnaire, draft: Draft) -> int:
    """The page to go on with: the furthest one reached."""
    return min(max(draft.page, 1), len(pages.pages))
