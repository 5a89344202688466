"""Caterpillar of units: means in rising order with intervals, a panel a score; units are not named."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from analysis.plots.style import INK, LINE, SOFT, house_style, new_figure

COLUMNS = 2
MOST = 80  # more units than this: dots only, intervals as thin lines


def draw_caterpillar(table: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """table: score, place, mean, lower, upper, overall. labels: score → title, x, y."""
    scores = list(dict.fromkeys(table["score"]))
    rows = math.ceil(len(scores) / COLUMNS)
    deepest = int(table["place"].max())
    with house_style():
        figure = new_figure(rows * min(0.9 + 0.075 * deepest, 4.2))
        all_axes = figure.subplots(rows, COLUMNS, squeeze=False, sharex=True).ravel()
        for axes, score in zip(all_axes, scores, strict=False):
            own = table[table["score"] == score]
            axes.axvline(float(own["overall"].iloc[0]), color=LINE, linewidth=0.9, zorder=0)
            many = len(own) > MOST
            axes.hlines(
                own["place"], own["lower"], own["upper"], color=SOFT, linewidth=0.4 if many else 0.9, zorder=1
            )
            axes.plot(own["mean"], own["place"], "o", color=INK, markersize=1.6 if many else 2.8, zorder=2)
            axes.set_title(labels.get(str(score), str(score)), fontsize=8.5, loc="left")
            axes.set_yticks([])
            axes.spines["left"].set_visible(False)
            axes.set_xlabel(labels["x"], fontsize=7.5)
            axes.set_ylabel(labels["y"], fontsize=7.5)
            axes.tick_params(labelsize=7.5, labelbottom=True)
        for axes in all_axes[len(scores) :]:
            axes.set_axis_off()
    return figure
