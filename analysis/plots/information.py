"""Test information and the conditional standard error along the latent variable, a line a scale."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd
from matplotlib.figure import Figure

from analysis.plots.style import INK, SOFT, house_style, new_figure

DASHES = ("-", "--", ":", "-.", (0, (6, 1, 1, 1, 1, 1)))


def draw_information(table: pd.DataFrame, *, labels: Mapping[str, str]) -> Figure:
    """table: scale, theta, information, se. labels: scale → title, x, information, se."""
    with house_style():
        figure = new_figure(3.0)
        for axes, column in zip(figure.subplots(1, 2), ("information", "se"), strict=True):
            for number, (scale, line) in enumerate(table.groupby("scale", sort=False)):
                axes.plot(
                    line["theta"], line[column], color=INK if number % 2 == 0 else SOFT, linewidth=1.2,
                    linestyle=DASHES[number % len(DASHES)],
                    label=labels.get(str(scale), str(scale)) if column == "information" else "_",
                )  # fmt: skip
            axes.set_xlabel(labels["x"])
            axes.set_ylabel(labels[column])
            if column == "se":
                axes.set_ylim(0, min(1.5, float(table["se"].max()) * 1.05))
            else:
                axes.set_ylim(0, None)
        figure.legend(loc="outside lower center", ncols=4, fontsize=7.5)
    return figure
