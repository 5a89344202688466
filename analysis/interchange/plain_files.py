"""Rows as text: CSV for R, jamovi and Excel; fixed numbers without a header for Mplus."""

from __future__ import annotations

import csv
import io

from analysis.interchange.dataset import Dataset
from analysis.spreadsheets import harmless

BLANK = -99  # a skipped answer in the file for Mplus


def comma_separated(dataset: Dataset) -> bytes:
    """A header and one line a person, UTF-8; an empty cell is a skipped answer."""
    buffer = io.StringIO(newline="")
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([harmless(variable.name) for variable in dataset.variables])
    for row in dataset.rows:
        writer.writerow(
            ["" if cell is None else harmless(cell) if isinstance(cell, str) else cell for cell in row]
        )
    return buffer.getvalue().encode()


def numbers_only(dataset: Dataset) -> bytes:
    """The items alone, separated by blanks, -99 for a skipped answer: what Mplus reads."""
    items = {variable.name for variable in dataset.items()}
    places = [k for k, variable in enumerate(dataset.variables) if variable.name in items]
    lines = (" ".join(str(BLANK if row[k] is None else row[k]) for k in places) for row in dataset.rows)
    return ("\n".join(lines) + "\n").encode()
