"""How every figure looks: our own font for Chinese, grey ink, sizes for a column of print."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path
from typing import Any

import matplotlib as mpl
from matplotlib import font_manager
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

FONT_FILE = Path(__file__).parent.parent / "fonts" / "NotoSansSC-Regular.ttf"
WIDTH = 6.6  # inches: the width of a column of 75 characters
INK = "#1c1b1a"
SOFT = "#6b6966"
LINE = "#c9c6c2"
PAPER = "#ffffff"
SALT = "dandang"


@lru_cache
def register_font() -> str:
    """Make the shipped font known to matplotlib, once; its family name."""
    font_manager.fontManager.addfont(str(FONT_FILE))
    return str(font_manager.FontProperties(fname=str(FONT_FILE)).get_name())


def settings() -> dict[str, Any]:
    """matplotlib settings of every figure."""
    return {
        "font.family": [register_font()],
        "font.size": 8.5,
        "axes.unicode_minus": True,
        "axes.edgecolor": INK,
        "axes.linewidth": 0.7,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "text.color": INK,
        "axes.labelcolor": INK,
        "xtick.color": INK,
        "ytick.color": INK,
        "xtick.major.width": 0.7,
        "ytick.major.width": 0.7,
        "legend.frameon": False,
        "figure.facecolor": PAPER,
        "savefig.facecolor": PAPER,
        "svg.hashsalt": SALT,
        "svg.fonttype": "path",  # a reader without Chinese fonts still sees every character
        "path.simplify": True,
    }


@contextmanager
def house_style() -> Iterator[None]:
    """Draw inside this context, whatever the caller's settings are."""
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(settings())
        yield


def new_figure(height: float, width: float = WIDTH, *, is_laid_out: bool = True) -> Figure:
    """An empty figure in inches, without any global state; `is_laid_out`: axes find their own room."""
    figure = Figure(figsize=(width, height), layout="constrained" if is_laid_out else None)
    FigureCanvasAgg(figure)
    return figure


def greys(n: int) -> list[str]:
    """n greys from light to dark that can be told apart in print."""
    if n == 1:
        return ["#9a9a9a"]
    shades = [round(240 - i * (240 - 70) / (n - 1)) for i in range(n)]
    return [f"#{s:02x}{s:02x}{s:02x}" for s in shades]
