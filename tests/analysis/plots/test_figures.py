"""The report's figures: Chinese is never a box, sizes stay small, the tree is read rightly."""

from __future__ import annotations

import warnings
from itertools import pairwise

import pandas as pd
import pytest
from fontTools.ttLib import TTFont

import instruments
from analysis.plots import draw_distributions, figure_svg
from analysis.plots.paths import tree_of, written
from analysis.plots.style import FONT_FILE, greys
from analysis.render import drawing
from analysis.report import Report
from analysis.rivals import Rival, RivalFits, fit_rivals


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_every_figure_is_drawn_without_a_missing_glyph(jsjb_report: Report, language: str) -> None:
    kinds = set()
    for section in jsjb_report.sections:
        for figure in section.figures():
            with warnings.catch_warnings():
                warnings.simplefilter("error")
                svg = drawing.svg_of(figure, language)
            kinds.add(figure.kind)
            assert len(svg) < 200_000, figure.id
    assert kinds == {"distributions", "histograms", "scree", "paths", "intervals", "heatmap"}


def test_a_missing_glyph_would_be_seen(jsjb_report: Report) -> None:
    result = jsjb_report.section("items").results["items"]
    figure = draw_distributions(result, categories={}, share_label="\U0001f600", missing_label="")  # type: ignore[arg-type]  # an ItemAnalysis
    with pytest.warns(UserWarning, match="missing from font"):
        figure_svg(figure)


def test_the_font_holds_every_word_of_the_instruments() -> None:
    with TTFont(FONT_FILE) as font:
        held = set(font.getBestCmap())
    for version in instruments.published():
        instrument = instruments.load(version.ref)
        for language in instrument.locales:
            text = instrument.words(language).model_dump_json(exclude={"consent"})
            missing = {c for c in text if ord(c) not in held and not c.isspace()}
            assert not missing, (version.ref, language, missing)


def test_the_font_holds_gb2312() -> None:
    with TTFont(FONT_FILE) as font:
        held = set(font.getBestCmap())
    level_one = "".join(
        bytes([high, low]).decode("gb2312") for high in range(0xB0, 0xD7) for low in range(0xA1, 0xFA)
    )
    assert not [c for c in level_one if ord(c) not in held]


def test_the_tree_of_the_target(jsjb_report: Report) -> None:
    fits = jsjb_report.section("structure").results["rivals"]
    assert isinstance(fits, RivalFits)
    tree = tree_of(fits.fits["a5"])
    assert len(tree.items) == 32
    assert [len(level) for level in tree.levels] == [8, 4]
    assert tree.parent["j_zc1"] == "ZC"
    assert tree.parent["ZC"] == "ZZ"
    assert len(tree.correlations) == 6


def test_a_model_that_is_no_tree_is_refused(bfi_keyed: pd.DataFrame) -> None:
    crossed = Rival(id="x", syntax="A =~ a1 + a2 + a3 + c1\nB =~ c1 + c2 + c3")
    fits = fit_rivals([crossed], bfi_keyed[["a1", "a2", "a3", "c1", "c2", "c3"]])
    with pytest.raises(ValueError, match="several factors"):
        tree_of(fits.fits["x"])


def test_no_estimates_no_tree(bfi_keyed: pd.DataFrame) -> None:
    fits = fit_rivals([Rival(id="x", syntax="A =~ b0 + b1")], bfi_keyed)
    with pytest.raises(ValueError, match="b0"):
        tree_of(fits.fits["x"])


def test_numbers_on_arrows() -> None:
    assert [written(v) for v in (0.345, -0.2, 1.0, -1.02)] == [".34", "−.20", "1.00", "−1.02"]


def test_greys_can_be_told_apart() -> None:
    for n in range(2, 8):
        shades = [int(g[1:3], 16) for g in greys(n)]
        assert all(a - b >= 20 for a, b in pairwise(shades))
