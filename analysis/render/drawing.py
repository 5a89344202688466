"""A figure of the document becomes SVG in one language; one that fails leaves its reason, not a hole."""

from __future__ import annotations

import io
import logging
from dataclasses import dataclass
from functools import lru_cache

from matplotlib.figure import Figure as Drawing

from analysis.dimensionality import ParallelAnalysis
from analysis.items import ItemAnalysis
from analysis.plots import (
    draw_caterpillar,
    draw_distributions,
    draw_expected,
    draw_heatmap,
    draw_histograms,
    draw_information,
    draw_intervals,
    draw_ladder,
    draw_paths,
    draw_scree,
    figure_svg,
)
from analysis.plots.style import house_style
from analysis.render.prose import say_plainly
from analysis.report.aggregation_section import UnitMeans
from analysis.report.dif_section import ExpectedAnswers
from analysis.report.document import Figure
from analysis.report.invariance_section import Ladder
from analysis.report.irt_section import InformationCurves
from analysis.report.reliability_section import Coefficients
from analysis.rivals import RivalFit

logger = logging.getLogger(__name__)


def svg_of(figure: Figure, language: str) -> str:
    """The drawing as an svg element, its alternative text inside. Raises ValueError."""
    alt = say_plainly(figure.alt, language, figure.alt_values)
    return figure_svg(draw(figure, language), prefix=f"{figure.id}-", title=alt)


@dataclass(frozen=True, slots=True)
class Drawn:
    """A drawing, or the reason why there is none."""

    svg: str
    reason: str = ""


@lru_cache(maxsize=16)  # figures compare by identity: the page and the folder of figures draw each once
def try_svg(figure: Figure, language: str) -> Drawn:
    """The drawing in this language, or why it failed."""
    try:
        return Drawn(svg_of(figure, language))
    except Exception as error:  # a figure that cannot be drawn must not take the page with it
        logger.exception("figure %s failed", figure.id)
        return Drawn("", f"{type(error).__name__}: {error}")


def try_png(figure: Figure, language: str, dots_per_inch: int) -> bytes:
    """The drawing as PNG without a date; empty where `try_svg` gives a reason."""
    if try_svg(figure, language).reason:
        return b""
    buffer = io.BytesIO()
    with house_style():
        draw(figure, language).savefig(buffer, format="png", dpi=dots_per_inch, metadata={"Software": None})
    return buffer.getvalue()


def draw(figure: Figure, language: str) -> Drawing:
    """The matplotlib figure. Raises ValueError for a result that is not of the figure's kind."""
    labels = {name: text.say(language) for name, text in figure.labels.items()}
    result = figure.result
    if figure.kind == "distributions" and isinstance(result, ItemAnalysis):
        return draw_distributions(
            result,
            categories={int(name): label for name, label in labels.items() if name.lstrip("-").isdigit()},
            share_label=labels["share"],
            missing_label=labels["none"],
        )
    if figure.kind == "histograms" and isinstance(result, ItemAnalysis):
        return draw_histograms(result, words=labels)
    if figure.kind == "scree" and isinstance(result, ParallelAnalysis):
        return draw_scree(result, words=labels)
    if figure.kind == "paths" and isinstance(result, RivalFit):
        return draw_paths(result, labels=labels)
    if figure.kind == "intervals" and isinstance(result, Coefficients):
        return draw_intervals(
            result.table,
            labels=labels,
            words={"omega": labels["omega_"], "alpha": labels["alpha_"], "x": labels["x_"]},
        )
    if figure.kind == "heatmap" and isinstance(result, RivalFit):
        return draw_heatmap(result, labels=labels)
    if figure.kind == "ladder" and isinstance(result, Ladder):
        return draw_ladder(result.table, labels=labels)
    if figure.kind == "expected" and isinstance(result, ExpectedAnswers):
        return draw_expected(result.curves, labels=labels)
    if figure.kind == "information" and isinstance(result, InformationCurves):
        return draw_information(result.table, labels=labels)
    if figure.kind == "caterpillar" and isinstance(result, UnitMeans):
        return draw_caterpillar(result.table, labels=labels)
    raise ValueError(f"no drawing of kind {figure.kind!r} for {type(result).__name__}")
