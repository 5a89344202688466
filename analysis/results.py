"""The base of every result: a frozen, keyword-only dataclass that can become plain data.

A result carries what was asked (its options), what came out (floats and labelled frames) and what is
wrong with it (`warnings` and named fields); nothing is rounded before `render`.
"""

from __future__ import annotations

import dataclasses
import math
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

FloatArray = npt.NDArray[np.float64]
IntArray = npt.NDArray[np.int64]


def plain(value: Any) -> Any:
    """Turn a value into JSON-ready data: NaN and infinities become None, frames a record per row.

    Records of a frame carry the index under its name (or "index"); arrays become nested lists.
    Raises TypeError for a type that has no agreed form.
    """
    if value is None or isinstance(value, str | bool):
        return value
    if isinstance(value, np.generic):
        return plain(value.item())
    if isinstance(value, int):
        return value
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, np.ndarray):
        return [plain(v) for v in value.tolist()]
    if isinstance(value, pd.DataFrame):
        named = value.copy()
        named.index.name = value.index.name or "index"
        return [{str(k): plain(v) for k, v in row.items()} for row in named.reset_index().to_dict("records")]
    if isinstance(value, pd.Series):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, dict):
        return {str(k): plain(v) for k, v in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(v) for v in value]
    if isinstance(value, Result):
        return value.to_dict()
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {f.name: plain(getattr(value, f.name)) for f in dataclasses.fields(value)}
    raise TypeError(f"no plain form for {type(value).__name__}")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Interval:
    """A confidence interval: bounds, level (0..1) and the method that made it."""

    lower: float
    upper: float
    level: float = 0.95
    method: str = ""


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Result:
    """Base of results. Subclasses add fields and, where a table is natural, override `to_frame`."""

    warnings: tuple[str, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """All fields as JSON-ready data, nested results included."""
        return {f.name: plain(getattr(self, f.name)) for f in dataclasses.fields(self)}

    def to_frame(self) -> pd.DataFrame:
        """One row a scalar field, unless the subclass has a more natural table."""
        scalars = {k: v for k, v in self.to_dict().items() if not isinstance(v, dict | list)}
        return pd.DataFrame({"value": scalars}).rename_axis("field")
