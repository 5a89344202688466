"""A result becomes a matplotlib figure, and a figure becomes clean SVG that prints in grey."""

from analysis.plots.distributions import draw_distributions
from analysis.plots.intervals import draw_intervals
from analysis.plots.paths import draw_paths
from analysis.plots.scree import draw_scree
from analysis.plots.svg import figure_svg, without_styles

__all__ = [
    "draw_distributions",
    "draw_intervals",
    "draw_paths",
    "draw_scree",
    "figure_svg",
    "without_styles",
]
