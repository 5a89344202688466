"""The codebook for people: one self-contained HTML page, every column with its words, values and counts."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from analysis.interchange.dataset import Dataset, Variable

TEMPLATES = Path(__file__).parent.parent / "templates"


@dataclass(frozen=True, slots=True)
class Count:
    """One value of a column: code, label, how many people, whether it counts as missing."""

    code: str
    label: str
    n: int
    is_missing: bool


def counts_of(dataset: Dataset, variable: Variable) -> tuple[Count, ...]:
    """Every labelled value with its number of people, then the blanks; none for names of rows."""
    cells = ["" if cell is None else str(cell) for cell in dataset.column(variable.name)]
    missing = {str(code) for code in variable.missing}
    told = [
        Count(code, label, cells.count(code), code in missing)
        for code, label in variable.values.items()
        if code != "*" or "*" in cells
    ]
    blank = cells.count("")
    return (*told, Count("", "", blank, True)) if variable.values and blank else tuple(told)


def codebook_page(dataset: Dataset) -> str:
    """The page. Values with how many chose them; no person is in it."""
    templates = Environment(
        loader=FileSystemLoader(TEMPLATES), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    return templates.get_template("codebook.html.j2").render(
        data=dataset, columns=[(v, counts_of(dataset, v)) for v in dataset.variables]
    )
