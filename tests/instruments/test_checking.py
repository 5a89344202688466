"""Every fault of an instrument's files is named with file, key and line."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from instruments import InstrumentError, check
from instruments.loading import read_version
from instruments.reading import MAX_BYTES

Spoil = Callable[[str, str, str], None]

STRUCTURE_FAULTS = {
    "unknown key": ("status: pilot", "status: pilot\ncolour: red", r"instrument\.yaml:\d+ colour: 未知的键"),
    "unknown construct": (
        "construct: zc",
        "construct: zq",
        r"instrument\.yaml:\d+ items\.j_zc1\.construct: .*zq",
    ),
    "not a leaf": (
        "construct: zc",
        "construct: zz",
        r"items\.j_zc1\.construct: .*不是|items\.j_zc1\.construct: .*leaf",
    ),
    "unknown scale": ("scale: fit5,", "scale: fit9,", r"items\.j_zc1\.scale: .*fit9"),
    "na code on the scale": ("na_code: 8", "na_code: 3", r"scales\.fit5_known\.na_code: 3 "),
    "duplicate code": ("{id: bg_age,", "{id: j_zc1,", r"background\.1: .*j_zc1.*重复"),
    "score naming no item": (
        "items: [j_zc1, j_zc2, j_zc3, j_zc4]",
        "items: []",
        r"scoring\.scores\.0: .*zc.*没有列出题目",
    ),
    "score naming an unknown item": (
        "items: [j_zc1, j_zc2, j_zc3, j_zc4]",
        "items: [j_zc1, j_zc9]",
        r"scoring\.scores\.0\.items: .*j_zc9",
    ),
    "form with an unknown item": (
        "    items: [\n      j_zc1, j_fz2,",
        "    items: [\n      j_zc7, j_fz2,",
        r"forms\.full\.items\.0: .*j_zc7",
    ),
    "show_if of an unknown option": ("{bg_party: cpc}", "{bg_party: xyz}", r"background\.3\.show_if: .*xyz"),
    "target model": ("target_model: a5", "target_model: a99", r"evidence\.target_model: .*a99"),
    "attention off the scale": ("expected: 2", "expected: 9", r"quality\.attention\.q_at1\.expected: 9"),
    "wrong type": ("min_answered: 0.75", "min_answered: many", r"scoring\.scores\.0\.min_answered: "),
    "fraction above one": ("min_answered: 0.75", "min_answered: 1.5", r"scoring\.scores\.0\.min_answered: "),
    "group too small": ("min_group_n: 10", "min_group_n: 4", r"scoring\.min_group_n: "),
    "duplicate key": (
        "status: pilot",
        "status: pilot\nstatus: draft",
        r"instrument\.yaml:\d+ 键“status”重复",
    ),
    "alias": ("status: pilot", "status: &x pilot\ntime_frame: *x", r"instrument\.yaml:\d+ 不接受别名"),
    "python tag": ("status: pilot", "status: !!python/object/apply:os.system [ls]", r"instrument\.yaml:\d+ "),
    "version of another folder": ("version: 0.1.0", "version: 0.2.0", r"instrument\.yaml:\d+ id: .*不一致"),
}


@pytest.mark.parametrize("fault", STRUCTURE_FAULTS)
def test_a_fault_of_the_structure_is_named(version: Path, spoil: Spoil, fault: str) -> None:
    old, new, said = STRUCTURE_FAULTS[fault]
    spoil("instrument.yaml", old, new)
    with pytest.raises(InstrumentError) as raised:
        read_version(version)
    assert re.search(said, str(raised.value)), str(raised.value)
    assert all("dandang-jsjb/0.1.0/" in problem for problem in raised.value.problems)


WORDING_FAULTS = {
    "missing item": (
        "zh-CN.yaml",
        "  j_zc2: {self: 真实情况会拉低本单位排名时，我仍然照实填报。}\n",
        "",
        "缺少“j_zc2”",
    ),
    "wording for nothing": (
        "zh-CN.yaml",
        "items:\n",
        "items:\n  j_zz9: {self: 没有这题。}\n",
        "j_zz9.*不存在",
    ),
    "missing label": ("zh-CN.yaml", "    5: 非常符合\n", "", "缺少“5”"),
    "label too long": (
        "zh-CN.yaml",
        "    5: 非常符合\n",
        "    5: " + "很" * 41 + "\n",
        r"scales\.fit5\.5: .*123 字节",
    ),
    "missing background option": ("en.yaml", "{m: Male, ", "{", "缺少“m”"),
    "unknown key": ("en.yaml", "title:", "subtitle: x\ntitle:", "en.yaml:.* subtitle: 未知的键"),
    "no consent": ("zh-CN.yaml", "  identified:\n", "  named:\n", "缺少“identified”"),
}


@pytest.mark.parametrize("fault", WORDING_FAULTS)
def test_a_fault_of_the_wording_is_named(version: Path, spoil: Spoil, fault: str) -> None:
    name, old, new, said = WORDING_FAULTS[fault]
    spoil(name, old, new)
    with pytest.raises(InstrumentError) as raised:
        read_version(version)
    assert re.search(said, str(raised.value)), str(raised.value)
    assert name in str(raised.value)


def test_the_line_is_the_line(version: Path, spoil: Spoil) -> None:
    spoil("instrument.yaml", "target_model: a5", "target_model: a99")
    lines = (version / "instrument.yaml").read_text(encoding="utf-8").splitlines()
    expected = next(k + 1 for k, line in enumerate(lines) if "target_model" in line)
    with pytest.raises(InstrumentError, match=f"instrument.yaml:{expected} evidence.target_model"):
        read_version(version)


def test_all_faults_are_told_at_once(version: Path, spoil: Spoil) -> None:
    spoil("instrument.yaml", "target_model: a5", "target_model: a99")
    spoil("en.yaml", "{m: Male, ", "{")
    spoil("zh-CN.yaml", "    5: 非常符合\n", "")
    with pytest.raises(InstrumentError) as raised:
        read_version(version)
    assert len(raised.value.problems) >= 3


def test_a_label_of_forty_characters_is_allowed(version: Path, spoil: Spoil) -> None:
    spoil("zh-CN.yaml", "    5: 非常符合\n", "    5: " + "很" * 40 + "\n")
    assert read_version(version).words("zh-CN").scales["fit5"][5] == "很" * 40


def test_an_oversized_file_is_refused_before_it_is_parsed(version: Path) -> None:
    path = version / "zh-CN.yaml"
    path.write_bytes(path.read_bytes() + b"# " + b"x" * MAX_BYTES)
    with pytest.raises(InstrumentError, match="超过"):
        read_version(version)


def test_a_deep_file_is_refused(version: Path, spoil: Spoil) -> None:
    spoil("instrument.yaml", "time_frame: P12M", "time_frame: " + "[" * 40 + "]" * 40)
    with pytest.raises(InstrumentError, match="嵌套"):
        read_version(version)


def test_a_model_file_must_be_beside_and_use_our_items(version: Path, spoil: Spoil) -> None:
    (version / "models" / "a1.lav").write_text("D =~ j_zc1 + j_zc99\n")
    with pytest.raises(InstrumentError, match="j_zc99"):
        read_version(version)
    spoil("instrument.yaml", "file: a1.lav", "file: ../../secret.lav")
    with pytest.raises(InstrumentError, match="文件名"):
        read_version(version)


def test_check_gathers_the_faults_of_every_version(shelf: Path, spoil: Spoil) -> None:
    assert check() == ()
    spoil("instrument.yaml", "target_model: a5", "target_model: a99")
    assert any("a99" in problem for problem in check())
