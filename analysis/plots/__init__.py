"""A result becomes a matplotlib figure, and a figure becomes clean SVG that prints in grey."""

from analysis.plots.caterpillar import draw_caterpillar
from analysis.plots.distributions import draw_distributions
from analysis.plots.expected import draw_expected
from analysis.plots.heatmap import draw_heatmap
from analysis.plots.histograms import draw_histograms
from analysis.plots.information import draw_information
from analysis.plots.intervals import draw_intervals
from analysis.plots.ladder import draw_ladder
from analysis.plots.paths import draw_paths
from analysis.plots.scree import draw_scree
from analysis.plots.svg import figure_svg, without_styles

__all__ = [
    "draw_caterpillar",
    "draw_distributions",
    "draw_expected",
    "draw_heatmap",
    "draw_histograms",
    "draw_information",
    "draw_intervals",
    "draw_ladder",
    "draw_paths",
    "draw_scree",
    "figure_svg",
    "without_styles",
]
