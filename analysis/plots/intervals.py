"""Dot plot of coefficients with their intervals: omega and alpha of every score."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from analysis.plots.style import INK, LINE, PAPER, house_style, new_figure

ROW = 0.3


def draw_intervals(table: pd.DataFrame, *, labels: Mapping[str, str], words: Mapping[str, str]) -> Figure:
    """One line a score: filled dot omega, open dot alpha, bars their 95 % intervals, guides as thin lines.

    table: index score; alpha, alpha_lower, alpha_upper, omega, omega_lower, omega_upper (NaN = none).
    words: omega, alpha, x.
    """
    with house_style():
        figure = new_figure(ROW * len(table) + 1.1)
        axes = figure.subplots()
        for guide in (0.7, 0.8, 0.9):
            axes.axvline(guide, color=LINE, linewidth=0.7, zorder=0)
        for name, shift, face, marker in (("omega", -0.13, INK, "o"), ("alpha", 0.13, PAPER, "s")):
            rows = [i for i, value in enumerate(table[name]) if not math.isnan(value)]
            chosen = table.iloc[rows]
            at = [i + shift for i in rows]
            axes.hlines(at, chosen[f"{name}_lower"], chosen[f"{name}_upper"], color=INK, linewidth=1)
            axes.plot(
                chosen[name], at, linestyle="none", marker=marker, markersize=4.6, markerfacecolor=face,
                markeredgecolor=INK, markeredgewidth=1, label=words[name],
            )  # fmt: skip
        bounds = table[[c for c in table.columns if c.endswith("_lower")]].min().min()
        lowest = 0.5 if math.isnan(bounds) else min(0.5, math.floor(bounds * 10) / 10)
        axes.set_xlim(max(lowest, -1.0), 1.0)
        axes.set_yticks(range(len(table)), [labels.get(str(s), str(s)) for s in table.index])
        axes.set_ylim(len(table) - 0.5, -0.5)
        axes.tick_params(axis="y", length=0)
        axes.set_xlabel(words["x"])
        axes.xaxis.set_major_formatter(lambda value, _at: f"{value:.1f}".replace("0.", ".").replace("-", "−"))
        figure.legend(loc="outside upper right", ncols=2, fontsize=8)
    return figure
