"""A person's own answers in the words of the questionnaire."""

from __future__ import annotations

from app.responses.models import Response
from app.responses.questionnaire import Question, Questionnaire

SKIPPED = "（未作答）"


def answer_lines(pages: Questionnaire, response: Response) -> tuple[tuple[str, str], ...]:
    """(question, answer) in the order in which they were asked; background left out where not answered."""
    found = []
    for question in (one for shown in pages.pages for one in shown.questions):
        answer = _answer(question, response)
        if answer or question.kind == "scale":
            numbered = f"{question.number}. {question.text}" if question.number else question.text
            found.append((numbered, answer or SKIPPED))
    return tuple(found)


def _answer(question: Question, response: Response) -> str:
    if question.kind == "text":
        return response.texts.get(question.id, "")
    stored = response.answers if question.kind == "scale" else response.background
    code = str(stored.get(question.id, ""))
    return next((choice.label for choice in question.choices if choice.code == code), "")
