"""An export of 问卷星 is read by its words: headings, options as text or by place, what was skipped."""

from __future__ import annotations

from pathlib import Path

import pytest

import instruments
from app.errors import Invalid
from app.exports.imports import AnswerTable, read_answers
from app.exports.sources import open_source
from app.exports.worded import plain_words, worded_columns
from instruments import Instrument


@pytest.fixture(scope="module")
def duty() -> Instrument:
    return instruments.load("dandang-jsjb/0.1.0")


def headings(duty: Instrument) -> list[str]:
    """As 问卷星 heads its columns: a matrix, single questions with their kind, and its own first columns."""
    words = duty.words("zh-CN")
    items = duty.forms["full"].items
    matrix = [f"{k}、请按实际情况评价—{words.item(item)}" for k, item in enumerate(items[:8], start=1)]
    single = [f"{k}、{words.item(item)}[单选题]" for k, item in enumerate(items[8:], start=9)]
    return ["序号", "提交答卷时间", "所用时间", *matrix, *single, f"33.{words.background['bg_sex'].text}"]


def read(duty: Instrument, tmp_path: Path, *rows: list[str]) -> AnswerTable:
    path = tmp_path / "123_按文本.csv"
    path.write_text("\n".join(",".join(row) for row in [headings(duty), *rows]), encoding="utf-8-sig")
    return read_answers(path, duty)


def test_options_by_their_words_and_by_their_place(duty: Instrument, tmp_path: Path) -> None:
    labels = ["比较符合"] * 31
    first = ["1", "2026/5/1 10:00:00", "312秒", "D、比较符合", *labels, "女"]
    second = ["2", "2026/5/1 10:03:00", "201秒", *["5"] * 32, "1"]
    not_known = duty.forms["full"].items.index("j_xj4")
    first[3 + not_known], second[3 + not_known] = "不了解", "6"
    second[4] = "(跳过)"
    table = read(duty, tmp_path, first, second)
    assert table.problems == ()
    assert table.ignored == ("序号", "提交答卷时间", "所用时间")
    one, two = table.rows
    assert (one["j_zc1"], one["j_xj4"], two["j_xj4"]) == (4, 8, 8)
    assert two["j_zc1"] == 5
    assert duty.forms["full"].items[1] not in two
    assert [told["bg_sex"] for told in table.background] == ["f", "m"]


def test_what_is_no_option_is_named_by_row_column_and_value(duty: Instrument, tmp_path: Path) -> None:
    row = ["1", "", "", "有点符合", *["比较符合"] * 31, "女"]
    (problem,) = read(duty, tmp_path, row).problems
    assert (problem.row, problem.value) == (2, "有点符合")
    assert problem.column == headings(duty)[3]


def test_every_question_is_found_and_none_twice(duty: Instrument) -> None:
    found = worded_columns(headings(duty), duty)
    assert sorted(code for code, _ in found.values()) == sorted([*duty.forms["full"].items, "bg_sex"])
    assert worded_columns(["序号", "来自IP", "总分"], duty) == {}


@pytest.mark.parametrize(
    ("heading", "words"),
    [
        ("12、我尽责。", "我尽责"),
        ("Q3. 我 尽责 [矩阵量表题]", "我尽责"),
        ("（2）我尽责？", "我尽责"),
        ("2026年", "2026年"),
    ],
)
def test_a_heading_without_its_frame(heading: str, words: str) -> None:
    assert plain_words(heading) == words


def test_a_broken_system_file_is_refused_by_its_child() -> None:
    with pytest.raises(Invalid, match="SPSS"):
        open_source(b"$FL2" + bytes(range(256)) * 40, "x.sav")
