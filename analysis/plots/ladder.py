"""Invariance ladder: how much fit changes at every step, a line a grouping, the usual limits dashed."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from analysis.plots.style import INK, LINE, PAPER, SOFT, house_style, new_figure

PANELS = (("delta_cfi", -0.010), ("delta_rmsea", 0.015), ("delta_srmr", 0.010))
MARKERS = ("o", "s", "^", "D", "v", "P", "X")
STEPS = ("thresholds", "metric", "scalar", "strict")  # from left to right
DASHES = ("-", "--", ":", "-.")


def draw_ladder(table: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """table: grouping, step, delta_cfi, delta_rmsea, delta_srmr, holds (bool); the first step has no change.

    labels: grouping → title, step_<name> → step, and the three panels by column name.
    """
    changed = table[table["step"] != "configural"]
    steps = [step for step in STEPS if step in set(changed["step"])]
    with house_style():
        figure = new_figure(2.9)
        all_axes = figure.subplots(1, len(PANELS))
        for axes, (column, limit) in zip(all_axes, PANELS, strict=True):
            axes.axhline(0, color=LINE, linewidth=0.7, zorder=0)
            axes.axhline(limit, color=SOFT, linewidth=0.8, linestyle=(0, (4, 3)), zorder=0)
            for number, (name, rows) in enumerate(changed.groupby("grouping", sort=False)):
                at = [steps.index(step) for step in rows["step"]]
                axes.plot(
                    at,
                    rows[column],
                    color=INK,
                    linewidth=0.8,
                    linestyle=DASHES[number % len(DASHES)],
                    zorder=1,
                )
                for place, value, held in zip(at, rows[column], rows["holds"], strict=True):
                    axes.plot(
                        [place], [value], linestyle="none", marker=MARKERS[number % len(MARKERS)],
                        markersize=4.4, markeredgecolor=INK, markerfacecolor=INK if held else PAPER,
                        markeredgewidth=0.9, zorder=2,
                    )  # fmt: skip
                axes.plot(
                    [], [], color=INK, linewidth=0.8, linestyle=DASHES[number % len(DASHES)],
                    marker=MARKERS[number % len(MARKERS)], markersize=4.4,
                    label=labels.get(str(name), str(name)) if column == PANELS[0][0] else "_",
                )  # fmt: skip
            axes.set_title(labels[column], fontsize=8.5, loc="left")
            axes.set_xticks(range(len(steps)), [labels.get(f"step_{s}", s) for s in steps])
            axes.set_xlim(-0.3, len(steps) - 0.7)
            axes.yaxis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
            axes.yaxis.set_major_formatter(
                lambda value, _at: f"{value:.3f}".replace("0.", ".", 1).replace("-", "−")
            )
            axes.tick_params(labelsize=7.5)
        figure.legend(loc="outside lower center", ncols=3, fontsize=7.5)
    return figure
