"""An SPSS system file with labels, measure and user-missing codes. jamovi and R read it too."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pandas as pd
import pyreadstat

from analysis.interchange.dataset import Dataset, Variable

LABEL_BYTES = 252  # a variable label holds 255 bytes; some readers want a multiple of four
VALUE_LABEL_BYTES = 120


def clipped(text: str, limit: int) -> str:
    """The text within `limit` bytes of UTF-8, cut between characters, with … where it was cut."""
    if len(text.encode()) <= limit:
        return text
    return text.encode()[: limit - 3].decode(errors="ignore") + "…"


def _frame(dataset: Dataset) -> pd.DataFrame:
    columns = {}
    for variable in dataset.variables:
        cells = dataset.column(variable.name)
        columns[variable.name] = (
            pd.Series(cells, dtype="float64")
            if variable.is_number
            else pd.Series(["" if cell is None else str(cell) for cell in cells], dtype=object)
        )
    return pd.DataFrame(columns)


def _labels(variable: Variable) -> dict[int | str, str]:
    return {
        int(code) if variable.is_number else code: clipped(label, VALUE_LABEL_BYTES)
        for code, label in variable.values.items()
    }


def spss_file(dataset: Dataset) -> bytes:
    """The rows as a .sav file: answers as given, 不了解 a user-missing code, a skipped answer sysmis."""
    variables = dataset.variables
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "rows.sav"
        pyreadstat.write_sav(
            _frame(dataset),
            path,
            file_label=clipped(dataset.title, 60),
            column_labels={v.name: clipped(v.label, LABEL_BYTES) for v in variables},
            note=[clipped(f"{key}: {value}", 80) for key, value in dataset.facts.items()] or None,
            variable_value_labels={v.name: _labels(v) for v in variables if v.values},
            missing_ranges={v.name: list(v.missing) for v in variables if v.missing},
            variable_measure={v.name: v.measure for v in variables},
            variable_format={v.name: "F2.0" for v in variables if v.is_number},
        )
        return path.read_bytes()
