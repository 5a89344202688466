"""Every fault of an instrument's files is named with file, key and line."""

from __future__ import annotations

import re
import time
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
    "explicit tag": ("status: pilot", "status: !!str pilot", r"instrument\.yaml:\d+ 不接受类型标记"),
    "key that is no word": ("status: pilot", "? [a, b]\n: pilot", r"instrument\.yaml:\d+ 键须为单个词"),
    "broken YAML": ("status: pilot", "status: [pilot", r"instrument\.yaml:\d+ "),
    "unquoted range read as a number": ("[u1, '1_3',", "[u1, 1_3,", r"background\.10\.options\.1: "),
    "duplicate construct": ("{id: wm, level", "{id: zc, level", r"constructs: .*zc.*重复"),
    "duplicate score": (
        "{id: wm, level: indicator, method",
        "{id: zc, level: indicator, method",
        r"zc.*重复",
    ),
    "duplicate model": ("{id: a2, file: a2.lav", "{id: a1, file: a2.lav", r"models\.1\.id: .*a1.*重复"),
    "score before its parts": (
        "scores: [zz, gz, sy, dy]",
        "scores: [zz, gz, sy, tier_basic]",
        r"scoring\.scores\.12\.scores: .*tier_basic.*尚未定义",
    ),
    "page that leaves an item out": (
        "      - [j_zc1, j_fz2, j_rs3,",
        "      - [j_fz2, j_rs3,",
        r"forms\.full\.pages: .*j_zc1.*没有出现",
    ),
    "page that repeats an item": (
        "      - [j_zc1, j_fz2, j_rs3,",
        "      - [j_zc1, j_zc2, j_fz2, j_rs3,",
        r"forms\.full\.pages: .*j_zc2.*多次",
    ),
    "page with an item of no form": (
        "      - [j_zc1,",
        "      - [q_no, j_zc1,",
        r"pages: .*q_no.*不是本卷题目",
    ),
    "default form": ("default_form: full", "default_form: long", r"default_form: .*long"),
    "scale upside down": ("fit5: {min: 1, max: 5}", "fit5: {min: 5, max: 1}", r"scales\.fit5: "),
    "recode of an unknown option": (
        "staff: [staff]",
        "staff: [stuff]",
        r"background\.5\.recode\.staff: .*stuff",
    ),
    "missing model file": ("file: a2.lav", "file: b2.lav", r"models\.1\.file: .*b2\.lav"),
    "default language": ("default_locale: zh-CN", "default_locale: fr", r"default_locale: "),
    "score named as an item": (
        "{id: wm, level: indicator, method",
        "{id: j_wm1, level: indicator, method",
        r"j_wm1.*重复",
    ),
    "question named as a column": (
        "{id: bg_age,",
        "{id: unit,",
        r"background\.1: “unit”是数据文件的固定列名",
    ),
    "pages in another order": (
        "      - [j_zc1, j_fz2, j_rs3, j_xj4,",
        "      - [j_fz2, j_zc1, j_rs3, j_xj4,",
        r"forms\.full\.pages: 各页题目的次序",
    ),
    "condition on a later question": (
        "show_if: {bg_party: cpc}",
        "show_if: {bg_level: city}",
        r"background\.3\.show_if: 前面没有",
    ),
    "option twice": ("[m, f, pna]", "[m, f, f]", r"background\.0\.options: 选项重复"),
    "option in two groups": ("section: [ke]", "section: [ke, staff]", r"background\.5\.recode: .*两组"),
    "score over scales of different range": (
        "fit5_known: {min: 1, max: 5, na_code: 8}",
        "fit5_known: {min: 1, max: 7, na_code: 8}",
        r"scoring\.scores\.7: .*qj.*量程不同",
    ),
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
    "mark left open": (
        "zh-CN.yaml",
        "本次为**实名**测评",
        "本次为**实名测评",
        r"consent\.identified\.points\.1: .*没有成对",
    ),
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


MODEL_FAULTS = {
    "unknown item": ("D =~ j_zc1 + j_zc99\n", r"models/a1\.lav:1 .*j_zc99"),
    "second line": ("D =~ j_zc1 + j_zc2\nE =~ j_wm1 +\n  jzc3\n", r"models/a1\.lav:2 .*jzc3"),
    "behind a modifier": ("D =~ 1*j_zc1 + start(0.5)*zc2 + c(a, b)*j_zc3\n", r"models/a1\.lav:1 .*“zc2”"),
    "unknown factor in a covariance": ("D =~ j_zc1 + j_zc2 # ok\nD ~~ 0*F\n", r"models/a1\.lav:2 .*“F”"),
    "no operator": ("D =~ j_zc1 + j_zc2\nj_zc3\n", r"models/a1\.lav:2 没有运算符"),
    "an item as a factor": ("j_zc1 =~ j_zc2 + j_zc3\n", r"models/a1\.lav:1 .*不能作因素名"),
    "no item": ("# nothing here\n", r"models/a1\.lav:1 没有用到"),
    "not a name": ("D =~ j_zc1 + 'j_zc2'\n", r"models/a1\.lav:1 读不懂"),
}


@pytest.mark.parametrize("fault", MODEL_FAULTS)
def test_a_fault_of_a_model_is_named(version: Path, fault: str) -> None:
    syntax, said = MODEL_FAULTS[fault]
    (version / "models" / "a1.lav").write_text(syntax)
    with pytest.raises(InstrumentError) as raised:
        read_version(version)
    assert re.search(said, str(raised.value)), str(raised.value)


def test_what_lavaan_allows_is_allowed(version: Path) -> None:
    (version / "models" / "a1.lav").write_text(
        "# comment with j_zc99\nD =~ NA*j_zc1 + a*j_zc2 +\n  b*j_zc3; D ~~ 1*D\n"
        "j_zc1 ~ 1\nj_zc1 | t1 + t2\nj_zc2 ~~ 0.2?j_zc3 ! residuals\nc := a*b\na == b\n"
    )
    assert "NA*j_zc1" in read_version(version).model("a1").syntax


def test_a_model_file_stands_beside_its_structure(version: Path, spoil: Spoil) -> None:
    spoil("instrument.yaml", "file: a1.lav", "file: ../../secret.lav")
    with pytest.raises(InstrumentError, match="文件名"):
        read_version(version)


def test_a_file_that_belongs_to_nothing_is_found(version: Path) -> None:
    (version / "fr.yaml").write_text("title: x\n")
    with pytest.raises(InstrumentError, match=r"dandang-jsjb/0\.1\.0/fr\.yaml"):
        read_version(version)


def test_what_is_large_or_deep_is_refused_at_once(version: Path) -> None:
    bombs = {
        "[" * 150_000: "嵌套",
        "{a: " * 90_000: "嵌套",
        "a: &a [x]\n" + "".join(f"{c}: &{c} [*a, *a]\n" for c in "bcdefgh"): "锚点",
    }
    for text, said in bombs.items():
        (version / "zh-CN.yaml").write_text(text)
        started = time.process_time()
        with pytest.raises(InstrumentError, match=said):
            read_version(version)
        assert time.process_time() - started < 2


def test_bytes_that_are_no_text_are_refused(version: Path) -> None:
    (version / "en.yaml").write_bytes(b"title: \xff\xfe")
    with pytest.raises(InstrumentError, match=r"en\.yaml: 不是 UTF-8"):
        read_version(version)
    (version / "en.yaml").unlink()
    with pytest.raises(InstrumentError, match=r"en\.yaml: 文件无法读取"):
        read_version(version)


def test_check_gathers_the_faults_of_every_version(shelf: Path, spoil: Spoil) -> None:
    assert check() == ()
    spoil("instrument.yaml", "target_model: a5", "target_model: a99")
    assert any("a99" in problem for problem in check())
