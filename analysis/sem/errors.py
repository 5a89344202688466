"""Errors of the structural-equation engine that a caller can act on: bad syntax, bad data."""

from __future__ import annotations


class ModelSyntaxError(ValueError):
    """The model text cannot be read. `line` and `column` count from 1 (0 = the whole model)."""

    def __init__(self, message: str, line: int = 0, column: int = 0) -> None:
        self.line = line
        self.column = column
        super().__init__(f"line {line}, column {column}: {message}" if line else message)


class DataError(ValueError):
    """The data cannot carry the model: unknown column, constant item, too few rows. Names the culprit."""
