"""Is every code one that this form of this instrument version can hold?

Nothing is repaired here: a value outside the scale is named, with its place, and refused.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import asdict, dataclass

from app.errors import Invalid
from instruments import Instrument
from instruments.instrument import BackgroundQuestion

MAX_TEXT = 4000


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: the item or question it is in, the value as it came, and why it cannot be kept."""

    place: str
    value: str
    reason: str


def served_items(instrument: Instrument, form: str) -> tuple[str, ...]:
    """Every item the pages of this form show, content and attention items, in order."""
    return tuple(code for page in instrument.forms[form].pages for code in page)


def closing_questions(instrument: Instrument) -> dict[str, tuple[str, ...]]:
    """Background and diligence questions: id → the options it can take."""
    questions = {question.id: question.options for question in instrument.background}
    return questions | {question.id: question.options for question in instrument.quality.diligence}


def applies(question: BackgroundQuestion, background: Mapping[str, str]) -> bool:
    """Whether the question's condition is met by the answers to the others."""
    return all(background.get(other) == value for other, value in question.show_if.items())


def check_answers(
    instrument: Instrument, form: str, answers: Mapping[str, int], background: Mapping[str, str]
) -> tuple[Problem, ...]:
    """Every fault of one person's answers; an empty tuple means that they can be stored."""
    if form not in instrument.forms:
        return (Problem("form", form, "这份问卷没有这个题组"),)
    return (
        *_answer_problems(instrument, form, answers),
        *check_background_codes(instrument, background),
        *_condition_problems(instrument, background),
    )


def check_background_codes(instrument: Instrument, background: Mapping[str, str]) -> tuple[Problem, ...]:
    """Unknown questions and options. A page sent on its own is checked no further: whether a question's
    condition is met is known when everything is there.
    """
    options = closing_questions(instrument)
    found = []
    for question, value in background.items():
        if question not in options:
            found.append(Problem(_shown(question), _shown(value), "这份问卷没有这道题"))
        elif value not in options[question]:
            reason = f"不是可选的代码（{'、'.join(options[question])}）"
            found.append(Problem(question, _shown(value), reason))
    return tuple(found)


def check_texts(instrument: Instrument, texts: Mapping[str, str]) -> tuple[Problem, ...]:
    """Faults of the open answers: unknown question, too long, characters no store can keep."""
    known = {question.id: question for question in instrument.open_ended}
    found = []
    for question, text in texts.items():
        limit = min(known[question].max_chars, MAX_TEXT) if question in known else 0
        if question not in known:
            found.append(Problem(question, "", "这份问卷没有这道题"))
        elif len(text) > limit:
            found.append(Problem(question, f"{len(text)} 字", f"最多 {limit} 字"))
        elif any(unicodedata.category(c) == "Cs" or c == "\0" for c in text):
            found.append(Problem(question, "", "含有无法保存的字符"))
    return tuple(found)


def refuse(problems: tuple[Problem, ...]) -> None:
    """Raise Invalid with every fault named, if there is one."""
    if problems:
        first = problems[0]
        raise Invalid(
            f"{first.place}：{first.reason}" if len(problems) == 1 else f"有 {len(problems)} 处填写有误",
            problems=[asdict(problem) for problem in problems],
        )


def _shown(value: object) -> str:
    return str(value)[:40]


def _answer_problems(instrument: Instrument, form: str, answers: Mapping[str, int]) -> list[Problem]:
    served = frozenset(served_items(instrument, form))
    found = []
    for item, value in answers.items():
        if item not in served:
            known = item in instrument.items or item in instrument.quality.attention
            reason = "这道题不在所用的题组中" if known else "这份问卷没有这道题"
            found.append(Problem(_shown(item), _shown(value), reason))
            continue
        allowed = instrument.scale_of(item).codes
        if type(value) is not int or value not in allowed:
            reason = f"不是可选的代码（{'、'.join(map(str, allowed))}）"
            found.append(Problem(item, _shown(value), reason))
    return found


def _condition_problems(instrument: Instrument, background: Mapping[str, str]) -> list[Problem]:
    return [
        Problem(question.id, background[question.id], "按前面的回答，这道题不需要填写")
        for question in instrument.background
        if question.id in background and not applies(question, background)
    ]
