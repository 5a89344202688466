"""Pages, labels in two lines, time left."""

from __future__ import annotations

import pytest

import instruments
from app.responses.questionnaire import label_lines, questionnaire

JSJB = instruments.load("dandang-jsjb/0.1.0")


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("很不符合", ("很不", "符合")),
        ("有一点符合", ("有一点", "符合")),
        ("说不准，一半一半", ("说不准，", "一半一半")),
        ("没有机会观察到", ("没有机会", "观察到")),
        ("没有遇到这种情况", ("没有遇到", "这种情况")),
        ("不了解", ("不了解",)),
        ("说不准", ("说不准",)),
        ("Very Inaccurate", ("Very", "Inaccurate")),
    ],
)
def test_labels_part_where_a_reader_pauses(label: str, lines: tuple[str, ...]) -> None:
    assert label_lines(label) == lines


@pytest.mark.parametrize("scale", sorted(JSJB.scales))
def test_no_label_loses_a_letter(scale: str) -> None:
    for label in JSJB.words("zh-CN").scales[scale].values():
        assert "".join(label_lines(label)) == label


def test_every_item_is_asked_once_and_numbered_in_order() -> None:
    pages = questionnaire(JSJB, "full", "zh-CN")
    numbered = [q for page in pages.pages if not page.closing for q in page.questions]
    assert [q.number for q in numbered] == list(range(1, 35))
    assert {q.id for q in numbered} == set(JSJB.items) | set(JSJB.quality.attention)
    assert [page.closing for page in pages.pages] == [False, False, False, False, True]
    assert pages is questionnaire(JSJB, "full", "zh-CN")


def test_time_left_falls_to_the_share_of_what_is_left() -> None:
    pages = questionnaire(JSJB, "full", "zh-CN")
    left = [pages.minutes_left(page.number) for page in pages.pages]
    assert left[0] == round(pages.minutes)
    assert left == sorted(left, reverse=True)
    assert left[-1] >= 1


def test_the_not_known_option_is_last_and_quiet() -> None:
    known = next(item for item, i in JSJB.items.items() if JSJB.scales[i.scale].na_code is not None)
    pages = questionnaire(JSJB, "full", "zh-CN")
    question = next(q for page in pages.pages for q in page.questions if q.id == known)
    assert [choice.quiet for choice in question.choices] == [False] * 5 + [True]
