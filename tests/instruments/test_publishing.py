"""A published version never changes."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

import instruments
from app.cli import main
from instruments import InstrumentError, check, publish, published
from instruments.shelf import fingerprint_of

Spoil = Callable[[str, str, str], None]


def test_the_versions_we_ship_are_as_they_were_published() -> None:
    assert check() == ()
    refs = {version.ref for version in published()}
    assert {"ipip-bfi-25/1.0.0", "dandang-jsjb/0.1.0"} <= refs


@pytest.mark.parametrize("name", ["instrument.yaml", "zh-CN.yaml", "en.yaml", "models/a5.lav"])
def test_a_change_of_any_file_of_a_published_version_is_found(version: Path, name: str) -> None:
    made = publish("dandang-jsjb/0.1.0")
    assert published() == (made,)
    assert check() == ()
    path = version / name
    path.write_bytes(path.read_bytes() + b"# a word more\n")
    assert any("dandang-jsjb/0.1.0" in problem and "改动" in problem for problem in check())


def test_an_added_file_and_a_vanished_version_are_found(shelf: Path, version: Path) -> None:
    publish("dandang-jsjb/0.1.0")
    (version / "models" / "extra.lav").write_text("D =~ j_zc1 + j_zc2\n")
    assert any("改动" in problem for problem in check())
    (version).rename(version.with_name("0.1.1"))
    assert any("不见了" in problem for problem in check())


def test_publishing_twice_is_one_and_other_content_is_refused(version: Path, spoil: Spoil) -> None:
    first = publish("dandang-jsjb/0.1.0")
    assert publish("dandang-jsjb/0.1.0") == first
    spoil("zh-CN.yaml", "我仍然照实填报", "我依然照实填报")
    instruments.loading._load.cache_clear()
    with pytest.raises(InstrumentError, match="新版本"):
        publish("dandang-jsjb/0.1.0")


def test_line_ends_do_not_change_a_fingerprint(version: Path) -> None:
    before = fingerprint_of(version)
    path = version / "en.yaml"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))
    assert fingerprint_of(version) == before


def test_the_command_says_what_changed_and_fails(version: Path) -> None:
    publish("dandang-jsjb/0.1.0")
    good = CliRunner().invoke(main, ["instruments", "check"])
    assert good.exit_code == 0
    assert "dandang-jsjb/0.1.0" in good.output
    path = version / "en.yaml"
    path.write_bytes(path.read_bytes() + b"# a word more\n")
    bad = CliRunner().invoke(main, ["instruments", "check"])
    assert bad.exit_code == 2
    assert "dandang-jsjb/0.1.0" in bad.output


def test_a_reference_without_a_version_is_the_newest_published_one(version: Path, spoil: Spoil) -> None:
    with pytest.raises(InstrumentError, match="没有已发布的版本"):
        instruments.load("dandang-jsjb")
    publish("dandang-jsjb/0.1.0")
    draft = version.with_name("0.10.0")
    shutil.copytree(version, draft)
    text = (draft / "instrument.yaml").read_text(encoding="utf-8")
    (draft / "instrument.yaml").write_text(
        text.replace("version: 0.1.0", "version: 0.10.0"), encoding="utf-8"
    )
    assert instruments.load("dandang-jsjb").version == "0.1.0"
    assert instruments.load("dandang-jsjb/0.10.0").version == "0.10.0"
    publish("dandang-jsjb/0.10.0")
    assert instruments.load("dandang-jsjb").version == "0.10.0"
    assert [entry.version for entry in published()] == ["0.1.0", "0.10.0"]
    with pytest.raises(InstrumentError, match=r"现有：0\.1\.0、0\.10\.0"):
        instruments.load("dandang-jsjb/0.2.0")


def test_a_faulty_version_and_one_without_a_number_are_not_published(spoil: Spoil) -> None:
    with pytest.raises(InstrumentError, match="写明要发布的版本"):
        publish("dandang-jsjb")
    spoil("instrument.yaml", "target_model: a5", "target_model: a99")
    with pytest.raises(InstrumentError, match="a99"):
        publish("dandang-jsjb/0.1.0")
    assert published() == ()


def test_a_list_of_published_versions_that_cannot_be_read_is_a_problem(shelf: Path) -> None:
    for text in ("[dandang-jsjb\n", "[dandang-jsjb]\nnewest = 1\n", 'dandang-jsjb = "0.1.0"\n'):
        (shelf / "published.toml").write_text(text)
        assert any("published.toml" in problem for problem in check()), text
