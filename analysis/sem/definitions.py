"""Defined parameters (`:=`) and labels as functions of the free rows, with exact slopes for the delta
method.
"""

from __future__ import annotations

import math

import numpy as np

from analysis.results import FloatArray
from analysis.sem.parameter_table import ParameterTable


def label_values(
    table: ParameterTable, fixed: FloatArray, x: FloatArray
) -> tuple[dict[str, float], dict[str, FloatArray]]:
    """Value and slope (n_free,) of every label and definition. fixed: value of every row, (n_rows,).

    A definition that cannot be computed (a division by zero, the log of a negative number) is NaN.
    """
    labels = table.label_rows()
    row_values = np.asarray(fixed, dtype=np.float64).copy()
    row_values[list(table.free_rows)] = x
    place = {row: position for position, row in enumerate(table.free_rows)}
    values: dict[str, float] = {name: float(row_values[row]) for name, row in labels.items()}
    slopes: dict[str, FloatArray] = {}
    for name, row in labels.items():
        slope = np.zeros(len(x))
        if row in place:
            slope[place[row]] = 1.0
        slopes[name] = slope
    for definition in table.definitions:
        names = definition.rhs.labels
        try:
            number = complex(definition.rhs.evaluate(dict(values)))
            value = number.real if number.imag == 0 else math.nan
            partial = definition.rhs.gradient(values, names)
        except (ValueError, ZeroDivisionError, OverflowError):
            value, partial = math.nan, np.full(len(names), np.nan)
        slope = np.zeros(len(x))
        for name, factor in zip(names, partial, strict=True):
            slope = slope + factor * slopes[name]
        values[definition.name], slopes[definition.name] = value, slope
    return values, slopes


def evaluate_definitions(
    table: ParameterTable, fixed: FloatArray, x: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Values (k,) and Jacobian (k, n_free) of the `:=` definitions; later ones may use earlier ones (chain
    rule).
    """
    values, slopes = label_values(table, fixed, x)
    names = [definition.name for definition in table.definitions]
    jacobian = np.array([slopes[name] for name in names]).reshape(len(names), len(x))
    return np.array([values[name] for name in names]), jacobian
