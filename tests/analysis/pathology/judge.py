"""Was it said? A statistic on bad data must give every number, or say what is wrong, or refuse by name."""

from __future__ import annotations

import dataclasses
import math
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
import pandas as pd

from analysis.results import Interval, Result
from analysis.sem import Fit

FLAGS = ("reason", "problems", "warnings", "note", "flags", "empty_categories", "heywood_items")
GOOD_WORDS = {"", "ok", "good"}
BARE = (KeyError, IndexError, ZeroDivisionError, np.linalg.LinAlgError, UnicodeError)
NOT_SAID = (
    "array",
    "operand",
    "cannot convert",
    "could not convert",
    "ndim",
    "dtype",
    "unsupported",
    "shape",
)


def outcome(statistic: Callable[[pd.DataFrame], object], frame: pd.DataFrame) -> str:
    """ "value", "flagged", "refused", or "BROKEN: why"."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            found = statistic(frame)
        except AssertionError as error:
            return f"BROKEN: {error}"
        except Warning as warning:
            return f"BROKEN: a bare {type(warning).__name__}: {str(warning)[:80]}"
        except Exception as error:
            return _refusal(error)
    gaps = list(silent(found))
    if gaps:
        return f"BROKEN: silent {', '.join(gaps[:3])}"
    return "flagged" if _is_flagged(found) else "value"


def _refusal(error: Exception) -> str:
    said = str(error)
    if not isinstance(error, ValueError) or isinstance(error, BARE):
        return f"BROKEN: a bare {type(error).__name__}: {said[:80]}"
    if len(said) < 10 or any(word in said for word in NOT_SAID):
        return f"BROKEN: a {type(error).__name__} that says nothing: {said[:80]}"
    return "refused"


def _is_flagged(found: object) -> bool:
    """Whether the result itself says that something is wrong."""
    status = getattr(found, "status", "ok")
    if isinstance(status, str) and status not in GOOD_WORDS:
        return True
    return any(bool(getattr(found, name, None)) for name in FLAGS)


def silent(value: Any, path: str = "", *, excused: bool = False) -> Iterator[str]:
    """Paths of numbers that are missing or infinite where nothing near them says why."""
    if isinstance(value, Fit):
        yield from _of_fit(value, path)
    elif isinstance(value, Result):
        within = excused or _is_flagged(value)
        for field in dataclasses.fields(value):
            if field.name not in {"warnings", "solution", "model", "rules", "guides"}:
                yield from silent(getattr(value, field.name), f"{path}.{field.name}", excused=within)
    elif isinstance(value, Interval):
        yield from silent(value.lower, f"{path}.lower", excused=excused)
        yield from silent(value.upper, f"{path}.upper", excused=excused)
    elif isinstance(value, float | np.floating):
        if math.isinf(value) or (math.isnan(value) and not excused):
            yield f"{path}={value}"
    elif isinstance(value, pd.DataFrame):
        yield from _of_table(value, path, excused=excused)
    elif isinstance(value, pd.Series | dict):
        for name, one in value.items():
            yield from silent(one, f"{path}[{name}]", excused=excused)
    elif isinstance(value, list | tuple):
        for k, one in enumerate(value):
            yield from silent(one, f"{path}[{k}]", excused=excused)
    elif isinstance(value, np.ndarray) and value.dtype.kind == "f" and _has_gap(value, excused):
        yield path


def _has_gap(values: np.ndarray, excused: bool) -> bool:
    return bool(np.isinf(values).any() or (np.isnan(values).any() and not excused))


def _of_table(table: pd.DataFrame, path: str, *, excused: bool) -> Iterator[str]:
    said = [name for name in ("reason", "status", "note", "problem") if name in table]
    for _, row in table.iterrows():
        told = excused or any(str(row[name]) not in GOOD_WORDS for name in said)
        for name, one in row.items():
            if isinstance(one, float | np.floating):
                yield from silent(float(one), f"{path}.{name}", excused=told)


def _of_fit(found: Fit, path: str) -> Iterator[str]:
    if not found.usable:
        if not found.problems:
            yield f"{path} unusable without a problem"
        return
    free = found.parameters[found.parameters.free]
    for name in ("est", "se", "z", "pvalue"):
        if not np.isfinite(free[name].to_numpy(dtype=float)).all():
            yield f"{path}.parameters.{name}"
    for name in ("chisq", "df", "cfi", "tli", "rmsea", "srmr"):
        value = found.fit.get(name)
        if (value is None or not math.isfinite(value)) and not found.warnings:
            yield f"{path}.fit.{name}={value}"
