"""A published version never changes."""

from __future__ import annotations

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
