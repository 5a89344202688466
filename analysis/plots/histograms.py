"""A histogram an item, all on one scale, as small multiples that still read on a printed page."""

from __future__ import annotations

import math
from collections.abc import Mapping

from matplotlib.collections import PatchCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from analysis.items import ItemAnalysis
from analysis.plots.style import INK, LINE, SOFT, house_style, new_figure

COLUMNS = 6
PANEL = 0.95  # inches a row of panels
BARS = 0.50  # share of a panel's height that 100 % would take
ROOM = 0.86  # share of a panel's width that bars take


def draw_histograms(result: ItemAnalysis, *, words: Mapping[str, str]) -> Figure:
    """Panels from left to right in the order of the items; bars from the lowest category to the highest.

    words: "n" and "skew" (written under the item's code), "none" (in the place of an item not shown).
    """
    percents = result.percents
    items, values = [str(item) for item in percents.index], [str(value) for value in percents.columns]
    rows = math.ceil(len(items) / COLUMNS)
    top = max(float(percents.max().max()), 1.0) if percents.notna().any().any() else 1.0
    with house_style():
        figure = new_figure(PANEL * rows + 0.25)
        axes = figure.subplots()
        axes.set_axis_off()
        axes.set_xlim(0, COLUMNS)
        axes.set_ylim(rows, 0)
        bars = []
        step = ROOM / max(len(values), 1)
        for place, item in enumerate(items):
            row, column = divmod(place, COLUMNS)
            base = row + 0.78
            left = column + (1 - ROOM) / 2
            axes.plot([left, left + ROOM], [base, base], color=LINE, linewidth=0.7)
            statistics = result.table.loc[item]
            axes.text(left, row + 0.09, item, fontsize=7, color=INK, va="center")
            if percents.loc[item].isna().all():
                axes.text(left, base - 0.2, words["none"], fontsize=6, color=SOFT, va="center")
                continue
            told = f"{words['n']} {int(statistics['n'])}"
            if not math.isnan(float(statistics["skew"])):
                told += f"  {words['skew']} {statistics['skew']:.2f}".replace("-", "−")
            axes.text(left, row + 0.21, told, fontsize=5.5, color=SOFT, va="center")
            for k, value in enumerate(values):
                share = float(percents.loc[item].iloc[k])
                height = 0.0 if math.isnan(share) else BARS * share / top
                bars.append(Rectangle((left + k * step + 0.08 * step, base - height), 0.84 * step, height))
                axes.text(
                    left + (k + 0.5) * step,
                    base + 0.09,
                    value,
                    fontsize=5.5,
                    color=SOFT,
                    ha="center",
                    va="center",
                )
        axes.add_collection(PatchCollection(bars, facecolor="#8a8886", edgecolor=INK, linewidth=0.3))
    return figure
