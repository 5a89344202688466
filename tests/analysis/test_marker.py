"""The CFA marker technique gives lavaan's numbers on real answers, and says what it cannot do."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.marker import MODELS, MarkerTests, marker_tests

GOLDEN = Path(__file__).parent / "golden/report/marker_reference.json"
CONSTRUCTS = {letter: [f"{letter}{i}" for i in range(1, 6)] for letter in "ac"}
MARKER = ["o1", "o3", "o4"]


@pytest.fixture(scope="module")
def rows(bfi_keyed: pd.DataFrame) -> pd.DataFrame:
    return bfi_keyed[[*CONSTRUCTS["a"], *CONSTRUCTS["c"], *MARKER]].dropna().head(900)


@pytest.fixture(scope="module")
def found(rows: pd.DataFrame) -> MarkerTests:
    return marker_tests(rows, CONSTRUCTS, MARKER, name="openness")


@pytest.fixture(scope="module")
def theirs() -> dict[str, Any]:
    made: dict[str, Any] = json.loads(GOLDEN.read_text(encoding="utf-8"))
    return made


def test_the_five_models_are_those_of_lavaan(found: MarkerTests, theirs: dict[str, Any]) -> None:
    assert (found.reason, found.n, tuple(found.models["model"])) == ("", theirs["n"], MODELS)
    for row in found.models.set_index("model").itertuples():
        for measure, value in theirs["models"][row.Index].items():
            assert getattr(row, measure) == pytest.approx(value, rel=1e-4, abs=1e-4), (row.Index, measure)


def test_the_scaled_differences_are_those_of_lavaan(found: MarkerTests, theirs: dict[str, Any]) -> None:
    for row in found.tests.itertuples():
        key = "Method-R" if row.against == "Method-R" else str(row.model)
        for measure, value in theirs["tests"][key].items():
            assert getattr(row, measure) == pytest.approx(value, rel=2e-3, abs=1e-4), (key, measure)


def test_what_the_marker_takes_away_is_told_with_its_interval(
    found: MarkerTests, theirs: dict[str, Any]
) -> None:
    pair, said = found.correlations.iloc[0], theirs["correlation"]
    assert found.retained == "Method-U"
    assert (found.loading, found.share) == pytest.approx((theirs["loading"], theirs["share"]), abs=1e-4)
    assert pair["baseline"] == pytest.approx(said["baseline"], abs=1e-4)
    assert pair["retained"] == pytest.approx(said["retained"], abs=1e-4)
    assert pair["upper"] - pair["retained"] == pytest.approx(1.96 * said["se"], abs=1e-3)


@pytest.mark.parametrize(
    ("constructs", "marker", "people", "why"),
    [
        (CONSTRUCTS, ["o1"], 900, "two items"),
        ({"a": CONSTRUCTS["a"]}, MARKER, 900, "two constructs"),
        (CONSTRUCTS, MARKER, 30, "three people an item"),
    ],
)
def test_what_cannot_be_had_has_a_reason(
    rows: pd.DataFrame, constructs: dict[str, list[str]], marker: list[str], people: int, why: str
) -> None:
    none = marker_tests(rows.head(people), constructs, marker)
    assert why in none.reason
    assert none.tests.empty
