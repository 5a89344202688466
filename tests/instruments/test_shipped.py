"""What we ship, held to what the model and the critical reading ask."""

from __future__ import annotations

import math
import re
import time
from collections.abc import Callable
from itertools import pairwise

import pytest
import yaml

import instruments
from instruments import Instrument, InstrumentError, shelf
from instruments.loading import read_version

JSJB = instruments.load("dandang-jsjb")
BFI = instruments.load("ipip-bfi-25/1.0.0")
OWNER = {child.id: dim.id for dim in JSJB.dimensions() for child in dim.children}


def test_the_tree_has_four_dimensions_of_two_indicators_of_four_items() -> None:
    assert [d.id for d in JSJB.dimensions()] == ["zz", "gz", "sy", "dy"]
    titles = [JSJB.words("zh-CN").constructs[d.id].title for d in JSJB.dimensions()]
    assert titles == ["政治担当", "工作担当", "善于作为", "大有作为"]
    assert [i.id for i in JSJB.indicators()] == ["zc", "wm", "fz", "cx", "rs", "xt", "xj", "qj"]
    for indicator in JSJB.indicators():
        items = JSJB.items_of(indicator.id)
        assert len(items) == 4
        assert sum(JSJB.items[code].reverse for code in items) == 1
    assert all(item.source.phrase and item.source.section for item in JSJB.items.values())


@pytest.mark.parametrize("form", ["full", "core16"])
def test_pages_are_balanced(form: str) -> None:
    pages = JSJB.forms[form].pages
    for page in pages:
        content = [code for code in page if code in JSJB.items]
        owners = [JSJB.items[code].construct for code in content]
        assert len(content) == 8
        assert len(set(owners)) == 8, "one item an indicator"
        dimensions = [OWNER[owner] for owner in owners]
        assert all(a != b for a, b in pairwise(dimensions)), "neighbours differ"
        assert sum(JSJB.items[code].reverse for code in content) == 2
        assert len(page) - len(content) <= 1


def test_the_short_form_is_balanced() -> None:
    """Two items of every indicator, one reversed and a benefit residents notice in the right places."""
    short = JSJB.forms["core16"].items
    for indicator in JSJB.indicators():
        assert sum(JSJB.items[code].construct == indicator.id for code in short) == 2
    for dimension in JSJB.dimensions():
        beneath = set(JSJB.items_of(dimension.id))
        assert sum(JSJB.items[code].reverse for code in short if code in beneath) == 1
    for form in JSJB.forms.values():
        assert "j_qj3" in form.items, "every form asks about a lasting benefit that residents notice"


@pytest.mark.parametrize("form", ["full", "core16"])
def test_the_minutes_told_are_not_too_few(form: str) -> None:
    cards = sum(len(page) for page in JSJB.forms[form].pages)
    seconds = 7 * cards + 5 * len(JSJB.background) + 150 * len(JSJB.open_ended) + 45
    assert JSJB.forms[form].estimated_minutes == math.ceil(seconds / 60)


def _seconds(work: Callable[[], object]) -> float:
    """The least processor time of five."""
    taken = []
    for _ in range(5):
        started = time.process_time()
        work()
        taken.append(time.process_time() - started)
    return min(taken)


def test_a_version_is_read_about_as_fast_as_its_yaml() -> None:
    """The floor: the same files through the bare C parser; checking and building cost a few times that."""
    place = shelf.ROOT / "dandang-jsjb" / "0.1.0"
    texts = [path.read_text(encoding="utf-8") for path in sorted(place.glob("*.yaml"))]
    bare = _seconds(lambda: [yaml.load(text, yaml.CSafeLoader) for text in texts])
    assert _seconds(lambda: read_version(place)) < 6 * bare


def test_a_version_is_read_once() -> None:
    assert instruments.load("dandang-jsjb/0.1.0") is instruments.load("dandang-jsjb/0.1.0")


def test_the_short_form_keeps_the_items_that_matter() -> None:
    short = set(JSJB.forms["core16"].items)
    assert {"j_zc2", "j_zc4"} <= short
    assert not {"j_zc1", "j_zc3"} & short


def test_result_items_can_be_answered_with_not_known() -> None:
    for code in ("j_xj1", "j_xj2", "j_xj3", "j_xj4", "j_qj2"):
        scale = JSJB.scale_of(code)
        assert scale.na_code is not None
        assert JSJB.words("zh-CN").scales[JSJB.items[code].scale][scale.na_code] == "不了解"


def test_statements_are_short_and_declare_no_loyalty() -> None:
    for code in JSJB.items:
        text = JSJB.words("zh-CN").item(code)
        assert len(text) <= 34, code
        assert not re.search(r"忠诚|坚定|拥护|热爱", text), code
        assert not re.search(r"总是|经常|从不|每次", text), code


def test_attention_items_say_why_they_are_there() -> None:
    for code, item in JSJB.quality.attention.items():
        text = JSJB.words("zh-CN").item(code)
        assert "认真阅读" in text
        assert JSJB.words("zh-CN").scales[item.scale][item.expected] in text


def test_consent_promises_nothing_this_version_does_not_keep() -> None:
    for language in JSJB.locales:
        consent = JSJB.words(language).consent
        assert set(consent) == {"identified", "confidential", "anonymous"}
        for mode, text in consent.items():
            everything = " ".join((*text.points, text.full))
            assert ("加密保存" if language == "zh-CN" else "stored encrypted") in everything
            assert text.version == ("3" if mode == "identified" else "2")
            assert len(text.points) == 5
            assert sum("**" in point for point in text.points) >= 3
            if mode == "confidential" and language == "zh-CN":
                assert "不是匿名" in text.full


def test_political_responsibility_is_described_by_conduct() -> None:
    assert JSJB.words("zh-CN").constructs["zz"].definition == "落实部署与服务群众的做法"


@pytest.mark.parametrize("instrument", [JSJB, BFI], ids=lambda one: one.id)
def test_the_smallest_group_in_the_consent_is_the_one_that_is_kept(instrument: Instrument) -> None:
    for language in instrument.locales:
        for mode in instrument.modes:
            consent = instrument.words(language).consent[mode]
            said = {
                int(n)
                for n in re.findall(r"(\d+)\s*(?:人|people)", " ".join((*consent.points, consent.full)))
            }
            assert said == {instrument.scoring.min_group_n}, (language, mode)


def test_english_explains_the_word_it_cannot_translate() -> None:
    words = JSJB.words("en")
    assert "acted on at once" in words.summary
    asked = [words.item(code) for code in JSJB.items] + [*words.instructions.values()]
    asked += [q.text for q in words.background.values()] + [*words.open_ended.values()]
    assert not [text for text in asked if "接诉即办" in text]


def test_every_language_says_everything() -> None:
    for instrument in (JSJB, BFI):
        assert set(instrument.wording) == {"zh-CN", "en"}
    assert all(re.search(r"[A-Za-z]{3}", JSJB.words("en").item(code)) for code in JSJB.items)


def test_the_real_instrument_is_keyed_as_its_publishers_key_it() -> None:
    reversed_items = {code for code, item in BFI.items.items() if item.reverse}
    assert reversed_items == {"a1", "c4", "c5", "e1", "e2", "o2", "o5"}
    assert len(BFI.items) == 25
    assert BFI.scale_of("a1").values == (1, 2, 3, 4, 5, 6)


@pytest.mark.parametrize(
    "ref", ["nothing", "dandang-jsjb/9.9.9", "../secret", "dandang-jsjb/", "", "DANDANG-JSJB"]
)
def test_what_there_is_not_is_refused(ref: str) -> None:
    with pytest.raises(InstrumentError):
        instruments.load(ref)
