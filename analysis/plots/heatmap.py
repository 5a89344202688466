"""Heat map of loadings: items by factors, grey by size, the number in every cell that is not empty."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure

from analysis.plots.expected import wrapped
from analysis.plots.paths import written
from analysis.plots.style import INK, LINE, PAPER, greys, house_style, new_figure
from analysis.results import FloatArray
from analysis.rivals import RivalFit

ROW = 0.17  # inches an item
SHADES = 11


def loading_matrix(rival: RivalFit) -> tuple[list[str], list[str], FloatArray]:
    """Items, factors and standardised loadings (items × factors); through lower factors as products.

    NaN where a factor does not reach an item. Raises ValueError without estimates.
    """
    table = rival.loadings()
    if table is None:
        raise ValueError(rival.reason or "no estimates")
    factors = list(dict.fromkeys(str(f) for f in table["lhs"]))
    items = list(dict.fromkeys(str(r) for r in table["rhs"] if str(r) not in factors))
    paths: dict[str, list[tuple[str, float]]] = {}
    for above, below, value in zip(table["lhs"], table["rhs"], table["std"], strict=True):
        paths.setdefault(str(above), []).append((str(below), float(value)))
    matrix = np.full((len(items), len(factors)), np.nan)

    def _spread(factor: str, column: int, weight: float, above: tuple[str, ...]) -> None:
        for below, value in paths.get(factor, []):
            if below in factors:
                if below not in above:
                    _spread(below, column, weight * value, (*above, below))
            else:
                row = items.index(below)
                before = matrix[row, column]
                matrix[row, column] = weight * value + (0.0 if np.isnan(before) else before)

    for column, factor in enumerate(factors):
        _spread(factor, column, 1.0, (factor,))
    return items, factors, matrix


def draw_heatmap(rival: RivalFit, *, labels: Mapping[str, str]) -> Figure:
    """labels: factor → its title. Raises ValueError where `loading_matrix` does."""
    items, factors, matrix = loading_matrix(rival)
    shades = greys(SHADES)
    with house_style():
        figure = new_figure(ROW * len(items) + 0.9)
        axes = figure.subplots()
        for row in range(len(items)):
            for column in range(len(factors)):
                value = matrix[row, column]
                if np.isnan(value):
                    continue
                shade = shades[min(round(abs(value) * (SHADES - 1)), SHADES - 1)]
                axes.fill_between([column, column + 1], row, row + 1, color=shade, linewidth=0)
                axes.text(
                    column + 0.5, row + 0.52, written(float(value)), ha="center", va="center", fontsize=6.3,
                    color=PAPER if int(shade[1:3], 16) < 140 else INK,
                )  # fmt: skip
        names = ["\n".join(wrapped(labels.get(f, f), 5)[:3]) for f in factors]
        axes.set_xticks([c + 0.5 for c in range(len(factors))], names, fontsize=6.8)
        axes.xaxis.tick_top()
        axes.set_yticks([r + 0.5 for r in range(len(items))], items, fontsize=7)
        axes.set_xlim(0, len(factors))
        axes.set_ylim(len(items), 0)
        axes.tick_params(length=0)
        for column in range(1, len(factors)):
            axes.axvline(column, color=LINE, linewidth=0.4, zorder=0)
        for spine in axes.spines.values():
            spine.set_visible(False)
    return figure
