"""How a value stands to a guide, in words: never alone, always behind the value."""

from __future__ import annotations

from analysis.cutoffs import Reading
from analysis.report.document import Text, Value

WORDS: dict[Reading, Text] = {
    "meets": Text("达到", "meets"),
    "does not meet": Text("未达到", "does not meet"),
    "depends": Text("视情况", "depends"),
    "cannot be judged": Text("无法判断", "cannot be judged"),
}


def reading_of(reading: Reading) -> Value:
    """A reading as a value for prose."""
    return Value(number=WORDS[reading], style="text")
