"""Every guide has a source; a guide reads a value and never replaces it."""

from __future__ import annotations

import pytest

from analysis.cutoffs import guides


def test_every_guide_names_its_source() -> None:
    for guide in guides().values():
        assert guide.source
        assert guide.good >= guide.fair if guide.direction == "high" else guide.good <= guide.fair


@pytest.mark.parametrize(
    ("name", "value", "reading"),
    [
        ("cfi", 0.96, "meets"),
        ("cfi", 0.92, "depends"),
        ("cfi", 0.89, "does not meet"),
        ("rmsea", 0.05, "meets"),
        ("rmsea", 0.07, "depends"),
        ("rmsea", 0.09, "does not meet"),
        ("omega", None, "cannot be judged"),
        ("omega", float("nan"), "cannot be judged"),
    ],
)
def test_reading(name: str, value: float | None, reading: str) -> None:
    assert guides()[name].read(value) == reading
