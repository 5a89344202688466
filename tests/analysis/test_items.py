"""Item statistics equal psych's; flags come from the limits and stand beside the values."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.items import ItemAnalysis, analyse_items

SCALES = {
    name: [f"{name[0]}{i}" for i in range(1, 6)] for name in ("agree", "consc", "extra", "neuro", "open")
}


@pytest.fixture(scope="module")
def found(bfi_keyed: pd.DataFrame) -> ItemAnalysis:
    return analyse_items(bfi_keyed, ranges=dict.fromkeys(bfi_keyed.columns, (1, 6)), scales=SCALES)


def test_moments_equal_psych(found: ItemAnalysis, reference: dict[str, Any]) -> None:
    for row in reference["items"]:
        ours = found.table.loc[row["item"]]
        assert ours["n"] == row["n"]
        for name in ("mean", "sd", "skew", "kurtosis"):
            assert ours[name] == pytest.approx(row[name], abs=1e-9), (row["item"], name)


def test_item_rest_and_alpha_if_dropped_equal_psych(found: ItemAnalysis, reference: dict[str, Any]) -> None:
    for scale, items in SCALES.items():
        expected = reference["scales"][scale]
        assert list(found.table.loc[items, "item_rest"]) == pytest.approx(expected["item_rest"], abs=1e-9)
        dropped = list(found.table.loc[items, "alpha_if_dropped"])
        assert dropped == pytest.approx(expected["alpha_if_dropped"], abs=1e-9)


def test_percentages_add_up(found: ItemAnalysis) -> None:
    assert np.allclose(found.percents.sum(axis=1), 100)


def test_the_weak_item_of_openness_is_flagged(found: ItemAnalysis) -> None:
    assert found.flags["o4"] == ("low_item_rest",)
    assert found.flags["a2"] == ()


def test_each_limit_raises_its_flag() -> None:
    spread = np.array([1.0, 2, 3, 4, 5] * 40)
    ceiling = np.array([5.0] * 195 + [1.0] * 5)
    missing = spread.copy()
    missing[:30] = np.nan
    data = pd.DataFrame(
        {
            "fine": spread,
            "ceiling": ceiling,
            "against": 6 - spread,
            "constant": np.full(200, 3.0),
            "missing": missing,
            "empty": np.full(200, np.nan),
        }
    )
    flags = analyse_items(
        data,
        ranges=dict.fromkeys(data.columns, (1, 5)),
        scales={"s": ["fine", "against", "ceiling"]},
    ).flags
    assert {"ceiling_mean", "top_category", "skew"} <= set(flags["ceiling"])
    assert "negative_item_rest" in flags["against"]
    assert "constant" in flags["constant"]
    assert "missing" in flags["missing"]
    assert "empty" in flags["empty"]


def test_an_item_is_held_against_its_smallest_score(bfi_keyed: pd.DataFrame) -> None:
    scales = {"all": list(bfi_keyed.columns), "agree": SCALES["agree"], "pair": ["a1", "a2"]}
    table = analyse_items(bfi_keyed, ranges=dict.fromkeys(bfi_keyed.columns, (1, 6)), scales=scales).table
    assert table.loc["a1", "scale"] == "agree"
    assert table.loc["o1", "scale"] == "all"
