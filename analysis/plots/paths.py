"""Path diagram of a factor model: items, factors, factors of factors, and correlations at the top level.

Boxes are observed, ovals are latent; numbers are standardised. Drawn only for a tree (each item and
factor under one factor): anything else would be a thicket, and is left to the table.
"""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Ellipse, FancyArrowPatch, Rectangle
from matplotlib.path import Path as Outline

from analysis.plots.style import INK, PAPER, SOFT, WIDTH, house_style, new_figure
from analysis.rivals import RivalFit

ROW = 0.215  # inches an item
ITEM_WIDTH, ITEM_HEIGHT = 0.62, 0.165
OVAL_WIDTH, OVAL_HEIGHT = 1.18, 0.44
MAX_CORRELATED = 6  # more factors than this: their correlations stand in the table


@dataclass(frozen=True, slots=True, kw_only=True)
class Tree:
    """Parents and standardised loadings of a factor model that is a tree.

    parent: node → factor above. loading: node → loading on it. levels: factors by height, items excluded.
    correlations: pairs of top factors → correlation.
    """

    items: tuple[str, ...]
    parent: dict[str, str]
    loading: dict[str, float]
    levels: tuple[tuple[str, ...], ...]
    correlations: dict[tuple[str, str], float]


def tree_of(rival: RivalFit) -> Tree:
    """Read the tree from a fit. Raises ValueError where the model is none, or has no estimates."""
    loadings = rival.loadings()
    if loadings is None or rival.fit is None:
        raise ValueError(rival.reason or "no estimates")
    if loadings["rhs"].duplicated().any():
        raise ValueError("an item or factor lies under several factors")
    parent = dict(zip(loadings["rhs"], loadings["lhs"], strict=True))
    loading = {str(r): float(s) for r, s in zip(loadings["rhs"], loadings["std"], strict=True)}
    factors = list(dict.fromkeys(loadings["lhs"]))
    items = tuple(str(r) for r in loadings["rhs"] if r not in factors)
    children = {f: [child for child, above in parent.items() if above == f] for f in factors}
    height = dict.fromkeys(items, 0)
    while len(height) < len(items) + len(factors):
        ready = [f for f in factors if f not in height and all(c in height for c in children[f])]
        if not ready:
            raise ValueError("factors lie under each other in a circle")
        height |= {f: 1 + max(height[c] for c in children[f]) for f in ready}
    levels = tuple(
        tuple(f for f in factors if height[f] == level) for level in range(1, max(height.values()) + 1)
    )
    table = rival.fit.parameters
    tops = {f for f in factors if f not in parent}
    pairs = table[(table["op"] == "~~") & (table["lhs"] != table["rhs"])]
    correlations = {
        (str(a), str(b)): float(r)
        for a, b, r in zip(pairs["lhs"], pairs["rhs"], pairs["std_all"], strict=True)
        if a in tops and b in tops
    }
    return Tree(items=items, parent=parent, loading=loading, levels=levels, correlations=correlations)


def draw_paths(rival: RivalFit, *, labels: Mapping[str, str]) -> Figure:
    """The diagram; labels: factor → its name. Raises ValueError where `tree_of` does."""
    tree = tree_of(rival)
    order = _item_order(tree)
    height = ROW * len(order) + 0.3
    places = _places(tree, order, height)
    with house_style():
        figure = new_figure(height, is_laid_out=False)
        axes = figure.add_axes((0.0, 0.0, 1.0, 1.0))
        axes.set_xlim(0, WIDTH)
        axes.set_ylim(height, 0)
        axes.set_axis_off()
        for child, above in tree.parent.items():
            _draw_arrow(axes, places[above], places[child], tree.loading[child], is_item=child in order)
        if len({f for pair in tree.correlations for f in pair}) <= MAX_CORRELATED:
            _draw_correlations(axes, tree, places)
        for item in order:
            _draw_box(axes, places[item], item)
        for level in tree.levels:
            for factor in level:
                _draw_oval(axes, places[factor], labels.get(factor, factor))
    return figure


def _item_order(tree: Tree) -> tuple[str, ...]:
    """Items under the same factors together, in the order the model names them."""
    names = list(tree.parent)

    def _lineage(node: str) -> tuple[int, ...]:
        above = []
        while node in tree.parent:
            above.append(names.index(node))
            node = tree.parent[node]
        tops = [f for level in tree.levels for f in level]
        return (tops.index(node), *reversed(above))

    return tuple(sorted(tree.items, key=_lineage))


Place = tuple[float, float]


def _places(tree: Tree, order: tuple[str, ...], height: float) -> dict[str, Place]:
    """Centre of every node in inches: items at the left, each factor beside the middle of its children."""
    places = {item: (0.42, 0.15 + ROW * (row + 0.5)) for row, item in enumerate(order)}
    right = WIDTH - (1.75 if tree.correlations else 0.75)
    first = 2.1
    step = (right - first) / max(len(tree.levels) - 1, 1)
    for depth, level in enumerate(tree.levels):
        for factor in level:
            children = [places[c][1] for c, above in tree.parent.items() if above == factor]
            x = first + depth * step if len(tree.levels) > 1 else 2.9
            places[factor] = (x, float(np.mean(children)))
    return places


def _draw_box(axes: Axes, place: Place, text: str) -> None:
    x, y = place
    axes.add_patch(
        Rectangle(
            (x - ITEM_WIDTH / 2, y - ITEM_HEIGHT / 2),
            ITEM_WIDTH,
            ITEM_HEIGHT,
            facecolor=PAPER,
            edgecolor=INK,
            linewidth=0.7,
            zorder=3,
        )
    )
    axes.text(x, y + 0.005, text, ha="center", va="center", fontsize=7, zorder=4)


def _draw_oval(axes: Axes, place: Place, text: str) -> None:
    is_latin = text.isascii()
    lines = textwrap.wrap(text, 17 if is_latin else 7, break_long_words=not is_latin) or [text]
    shown = "\n".join(lines[:2]) + ("…" if len(lines) > 2 else "")
    axes.add_patch(
        Ellipse(place, OVAL_WIDTH, OVAL_HEIGHT, facecolor=PAPER, edgecolor=INK, linewidth=0.9, zorder=3)
    )
    axes.text(
        *place, shown, ha="center", va="center", fontsize=6.2 if is_latin else 8, linespacing=1.1, zorder=4
    )


def written(value: float) -> str:
    """A standardised number without its leading zero, to two decimals, with a true minus."""
    return f"{value:.2f}".replace("0.", ".", 1).replace("-", "−")


def _draw_arrow(axes: Axes, above: Place, below: Place, loading: float, *, is_item: bool) -> None:
    """An arrow from the factor to what it explains, its loading written close to the lower end."""
    start = (above[0] - OVAL_WIDTH / 2, above[1])
    end = (below[0] + (ITEM_WIDTH if is_item else OVAL_WIDTH) / 2, below[1])
    axes.add_patch(
        FancyArrowPatch(
            start,
            end,
            arrowstyle="-|>",
            mutation_scale=5,
            color=SOFT,
            linewidth=0.7,
            shrinkA=0,
            shrinkB=0.5,
            zorder=1,
        )
    )
    share = 0.3 if is_item else 0.5
    at = (end[0] + share * (start[0] - end[0]), end[1] + share * (start[1] - end[1]))
    _write(axes, at, loading)


def _write(axes: Axes, at: Place, value: float) -> None:
    axes.text(
        *at,
        written(value),
        ha="center",
        va="center",
        fontsize=7,
        zorder=5,
        bbox={"facecolor": PAPER, "edgecolor": "none", "pad": 0.6},
    )


def _draw_correlations(axes: Axes, tree: Tree, places: dict[str, Place]) -> None:
    """Arcs at the right; the further apart two factors, the wider the arc, so that no two numbers meet."""
    tops = sorted({f for pair in tree.correlations for f in pair}, key=lambda f: places[f][1])
    if len(tops) < 2:
        return
    widest = len(tops) - 1
    edge = max(places[f][0] for f in tops) + OVAL_WIDTH / 2
    room = WIDTH - edge - 0.22
    for (one, other), value in tree.correlations.items():
        a, b = sorted((places[one], places[other]), key=lambda place: place[1])
        apart = abs(tops.index(one) - tops.index(other))
        reach = room * (0.3 + 0.7 * (apart - 1) / max(widest - 1, 1)) if widest > 1 else room * 0.5
        spread = 0.11 * (apart / widest)
        start, end = (
            (a[0] + OVAL_WIDTH / 2 - 0.02, a[1] + spread),
            (b[0] + OVAL_WIDTH / 2 - 0.02, b[1] - spread),
        )
        bulge = 4 / 3 * reach
        outline = Outline(
            [start, (start[0] + bulge, start[1]), (end[0] + bulge, end[1]), end],
            [Outline.MOVETO, Outline.CURVE4, Outline.CURVE4, Outline.CURVE4],
        )
        axes.add_patch(
            FancyArrowPatch(
                path=outline,
                arrowstyle="<|-|>",
                mutation_scale=5,
                color=SOFT,
                linewidth=0.7,
                zorder=1,
            )
        )
        _write(axes, (start[0] + reach, (start[1] + end[1]) / 2), value)
