"""Expected answers of groups along the matching variable: a small panel an item."""

from __future__ import annotations

import math
import textwrap
from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from analysis.plots.style import INK, SOFT, house_style, new_figure

COLUMNS = 3
DASHES = ("-", "--", ":", "-.")


def draw_expected(curves: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """curves: panel, group, match, expected. labels: panel and group → words, x, y."""
    panels = list(dict.fromkeys(curves["panel"]))
    rows = math.ceil(len(panels) / COLUMNS)
    with house_style():
        figure = new_figure(2.5 * rows)
        all_axes = figure.subplots(rows, COLUMNS, squeeze=False).ravel()
        for axes, panel in zip(all_axes, panels, strict=False):
            own = curves[curves["panel"] == panel]
            for number, (group, line) in enumerate(own.groupby("group", sort=False)):
                axes.plot(
                    line["match"], line["expected"], color=INK if number % 2 == 0 else SOFT, linewidth=1.2,
                    linestyle=DASHES[number % len(DASHES)],
                    label=shortened(labels.get(str(group), str(group))),
                )  # fmt: skip
            axes.set_title("\n".join(wrapped(labels.get(panel, panel), 20)[:2]), fontsize=8, loc="left")
            axes.set_xlabel(labels["x"], fontsize=7.5)
            axes.set_ylabel(labels["y"], fontsize=7.5)
            axes.tick_params(labelsize=7)
            axes.legend(fontsize=6.2, loc="best", handlelength=1.8)
        for axes in all_axes[len(panels) :]:
            axes.set_axis_off()
    return figure


def wrapped(text: str, width: int) -> list[str]:
    """Lines of this many characters; Chinese breaks anywhere, Latin words stay whole."""
    return textwrap.wrap(
        text, width if not text.isascii() else width * 2, break_long_words=not text.isascii()
    ) or [text]


def shortened(text: str, length: int = 14) -> str:
    """The text, or its beginning and an ellipsis."""
    limit = length if not text.isascii() else length * 2
    return text if len(text) <= limit else f"{text[: limit - 1]}…"
