"""Stacked distributions: every item a bar of its answer categories, in the order of the questionnaire."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from analysis.items import ItemAnalysis
from analysis.plots.style import INK, PAPER, SOFT, greys, house_style, new_figure

ROW = 0.2  # inches a bar
SHOWN_PERCENT = 6.0  # a share below this is too narrow for its number


def draw_distributions(
    result: ItemAnalysis, *, categories: Mapping[int, str], share_label: str, missing_label: str
) -> Figure:
    """One bar an item, light to dark from the lowest to the highest category, keyed in one direction."""
    percents = result.percents
    with house_style():
        figure = new_figure(ROW * len(percents) + 1.1)
        axes = figure.subplots()
        shades = greys(percents.shape[1])
        left = percents.iloc[:, 0].fillna(0.0) * 0.0
        for shade, value in zip(shades, percents.columns, strict=True):
            width = percents[value].fillna(0.0)
            name = categories.get(int(value), str(value))
            axes.barh(
                range(len(percents)),
                width,
                left=left,
                color=shade,
                edgecolor=PAPER,
                linewidth=0.4,
                height=0.82,
                label=f"{value} {name}".strip(),
            )
            dark = int(shade[1:3], 16) < 140
            for row, (start, share) in enumerate(zip(left, width, strict=True)):
                if share >= SHOWN_PERCENT:
                    axes.text(
                        start + share / 2,
                        row,
                        f"{share:.0f}",
                        ha="center",
                        va="center",
                        fontsize=6.5,
                        color=PAPER if dark else INK,
                    )
            left = left + width
        empty = [row for row, total in enumerate(left) if total == 0]
        for row in empty:
            axes.text(1, row, missing_label, va="center", fontsize=7, color=SOFT)
        axes.set_yticks(range(len(percents)), [str(code) for code in percents.index])
        axes.invert_yaxis()
        axes.set_xlim(0, 100)
        axes.set_ylim(len(percents) - 0.5, -0.5)
        axes.set_xlabel(share_label)
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        figure.legend(loc="outside upper center", ncols=min(3, len(shades)), fontsize=7.5, handlelength=1.2)
    return figure
