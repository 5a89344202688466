"""Scree with parallel analysis: observed eigenvalues against those of uncorrelated data."""

from __future__ import annotations

from collections.abc import Mapping

from matplotlib.figure import Figure

from analysis.dimensionality import ParallelAnalysis
from analysis.plots.style import INK, LINE, SOFT, house_style, new_figure


def draw_scree(result: ParallelAnalysis, *, words: Mapping[str, str]) -> Figure:
    """Eigenvalues by number; solid: observed, dashed: 95th percentile of random data, dotted: its mean.

    words: observed, random_p95, random_mean, x, y. Raises ValueError when the result holds no table.
    """
    if result.table is None:
        raise ValueError(result.reason)
    table = result.table
    with house_style():
        figure = new_figure(3.2)
        axes = figure.subplots()
        axes.axhline(1.0, color=LINE, linewidth=0.7, zorder=0)
        axes.plot(
            table.index,
            table["random_mean"],
            color=SOFT,
            linestyle=":",
            linewidth=1,
            label=words["random_mean"],
        )
        axes.plot(
            table.index,
            table["random_p95"],
            color=SOFT,
            linestyle="--",
            linewidth=1.1,
            label=words["random_p95"],
        )
        axes.plot(
            table.index, table["eigenvalue"], color=INK, marker="o", markersize=3.4, linewidth=1.1,
            label=words["observed"],
        )  # fmt: skip
        axes.set_xlabel(words["x"])
        axes.set_ylabel(words["y"])
        axes.set_xlim(0.5, len(table) + 0.5)
        axes.set_ylim(0, None)
        step = 1 if len(table) <= 16 else 2 if len(table) <= 40 else 5
        axes.set_xticks(range(1, len(table) + 1, step))
        axes.legend(loc="upper right", fontsize=8)
    return figure
