"""SVG that a strict content policy leaves whole: no style, same bytes each time, ids that do not collide."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from analysis.plots.style import house_style, new_figure
from analysis.plots.svg import figure_svg, without_styles


def drawing() -> str:
    with house_style():
        figure = new_figure(2.0)
        axes = figure.subplots()
        axes.plot([0, 1, 2], [1, 3, 2], linestyle="--", label="数据 data")
        axes.set_xlabel("担当作为")
        axes.legend()
    return figure_svg(figure, prefix="one-", title="一条 <线>")


def test_nothing_in_it_is_style() -> None:
    svg = drawing()
    assert "style" not in svg
    assert "stroke-dasharray=" in svg
    assert "fill=" in svg


def test_the_check_sees_what_matplotlib_writes() -> None:
    raw = (
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M 0 0" style="fill: none; stroke: #1f77b4"/></svg>'
    )
    assert "style" in raw
    cleaned = ET.fromstring(without_styles(raw))
    path = cleaned[0]
    assert path.attrib == {"d": "M 0 0", "fill": "none", "stroke": "#1f77b4"}


def test_an_unknown_declaration_is_refused() -> None:
    raw = '<svg xmlns="http://www.w3.org/2000/svg"><path style="behavior: url(x)"/></svg>'
    with pytest.raises(ValueError, match="behavior"):
        without_styles(raw)


def test_same_figure_same_bytes() -> None:
    assert drawing() == drawing()
    assert not re.search(r"\d{4}-\d{2}-\d{2}T", drawing())


def test_ids_carry_the_prefix_and_every_reference_is_met() -> None:
    svg = drawing()
    ids = set(re.findall(r'\sid="([^"]+)"', svg))
    used = set(re.findall(r'href="#([^"]+)"', svg)) | set(re.findall(r"url\(#([^)]+)\)", svg))
    assert ids
    assert all(name.startswith("one-") for name in ids)
    assert used == ids


def test_the_title_is_read_aloud_and_escaped() -> None:
    root = ET.fromstring(drawing())
    assert root.attrib["role"] == "img"
    assert root[0].text == "一条 <线>"
    assert "<metadata" not in drawing()


def test_long_decimals_are_cut_but_scales_are_kept() -> None:
    raw = (
        '<svg xmlns="http://www.w3.org/2000/svg"><path d="M 1.23456 -0.00001 L 10.5 2"/>'
        '<g transform="translate(10.123456 2) scale(0.015625 -0.015625)"/></svg>'
    )
    cleaned = without_styles(raw)
    assert 'd="M 1.23 0 L 10.5 2"' in cleaned or 'd="M 1.23 -0 L 10.5 2"' in cleaned
    assert "scale(0.015625 -0.015625)" in cleaned
