"""The guides that values are read against: one editable file, each guide with its source.

A guide says meets, does not meet or depends; it never stands in the place of the value.
"""

from __future__ import annotations

import math
import tomllib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Literal

FILE = Path(__file__).parent / "cutoffs.toml"
Reading = Literal["meets", "does not meet", "depends", "cannot be judged"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Guide:
    """One guide. direction "high": good at or above `good`, not met below `fair`; "low": the reverse."""

    id: str
    title_zh: str
    title_en: str
    direction: Literal["high", "low"]
    good: float
    fair: float
    source: str
    checked: bool  # compared with the source itself
    note_zh: str
    note_en: str

    def read(self, value: float | None) -> Reading:
        """How `value` stands to this guide."""
        if value is None or math.isnan(value):
            return "cannot be judged"
        sign = 1.0 if self.direction == "high" else -1.0
        if sign * value >= sign * self.good:
            return "meets"
        return "depends" if sign * value >= sign * self.fair else "does not meet"


@lru_cache
def guides() -> dict[str, Guide]:
    """All guides by id, in file order."""
    raw = tomllib.loads(FILE.read_text(encoding="utf-8"))
    return {name: Guide(id=name, **values) for name, values in raw.items()}
