"""Companion scales: R's correlations, observed and between factors; records over units; and their words."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.companions import (
    Companion,
    companion_correlations,
    companion_from,
    companion_items,
    scale_score,
    unit_records,
)
from analysis.report.companion_blocks import companion_blocks
from analysis.report.document import Paragraph, Table
from analysis.report.sample import prepare
from instruments import Instrument
from tests.analysis.conftest import source_of

GOLDEN = Path(__file__).parent / "golden/report/marker_reference.json"
SCALE = [f"a{i}" for i in range(1, 6)]
MARKER = Companion(name="openness", columns=("o1", "o3", "o4"), role="marker")


def test_observed_and_factor_correlations_are_those_of_r(bfi_keyed: pd.DataFrame) -> None:
    used = [*SCALE, *(f"c{i}" for i in range(1, 6)), *MARKER.columns]
    rows = bfi_keyed[used].dropna().head(900)
    scores = pd.DataFrame({"agree": rows[SCALE].mean(axis=1)})
    items = companion_items(MARKER, rows)
    row = companion_correlations(scores, {"agree": rows[SCALE]}, [(MARKER, items)]).table.iloc[0]
    theirs = json.loads(GOLDEN.read_text(encoding="utf-8"))["companion"]
    assert (row["n"], row["n_latent"], row["reason"]) == (900, 900, "")
    for name in ("r", "lower", "upper", "pvalue"):
        assert row[name] == pytest.approx(theirs[name], rel=1e-6), name
    assert row["latent"] == pytest.approx(theirs["latent"], abs=1e-4)
    assert row["latent_upper"] - row["latent"] == pytest.approx(1.959964 * theirs["se"], abs=1e-4)


def test_a_scale_is_turned_and_scored_as_it_says() -> None:
    scale = companion_from("赞许 = sd1, -sd2 ,sd3,sd4:desirability")
    assert (scale.name, scale.role, scale.reversed_columns) == ("赞许", "desirability", frozenset({"sd2"}))
    data = pd.DataFrame(
        {"sd1": [1, 5, 2], "sd2": [1, 5, 2], "sd3": [3, 3, np.nan], "sd4": [2, np.nan, np.nan]}
    )
    items = companion_items(scale, data)
    assert list(items["sd2"]) == [5, 1, 4]
    assert scale_score(items).tolist()[:2] == [11 / 4, 3.0]  # three of four answered are enough
    assert np.isnan(scale_score(items)[2])  # two are not


@pytest.mark.parametrize("wrong", ["x", "=a", "x=", "x=a,,b", "x=a,a", "x=a:friend"])
def test_what_is_no_companion_is_refused(wrong: str) -> None:
    with pytest.raises(ValueError, match=" / "):
        companion_from(wrong)


def test_columns_that_are_not_there_or_no_numbers_are_named() -> None:
    scale = companion_from("x=a,b")
    with pytest.raises(ValueError, match="'b'"):
        companion_items(scale, pd.DataFrame({"a": [1.0]}))
    with pytest.raises(ValueError, match="'b'"):
        companion_items(scale, pd.DataFrame({"a": [1.0], "b": ["yes"]}))


def test_a_record_belongs_to_a_unit() -> None:
    unit = pd.Series(np.repeat([f"u{k}" for k in range(12)], 5))
    scores = pd.DataFrame({"s": np.tile([0.0, 1, 2, 3, 4], 12) + np.repeat(np.arange(12), 5)})
    records = pd.DataFrame({"rate": np.repeat(np.arange(12) ** 2, 5)})
    row = unit_records(scores, records, unit).table.iloc[0]
    assert row["n_units"] == 12
    assert row["r"] == pytest.approx(np.corrcoef(np.arange(12), np.arange(12) ** 2)[0, 1])
    records.iloc[0] = -1
    with pytest.raises(ValueError, match="differs within"):
        unit_records(scores, records, unit)


def test_the_report_tells_each_role_and_says_when_there_is_none(
    bfi_answers: pd.DataFrame, bfi_instrument: Instrument
) -> None:
    rng = np.random.default_rng(5)
    people = bfi_answers.head(700).copy()
    tea = rng.standard_normal(700)
    for k in range(3):
        people[f"tea{k}"] = tea + 0.7 * rng.standard_normal(700)
    people["liked"] = people["a1"] + rng.standard_normal(700)
    people["unit"] = [f"u{k % 20}" for k in range(700)]
    people["rate"] = rng.standard_normal(20)[np.arange(700) % 20]
    named = ("茶=tea0,tea1,tea2:marker", "好感=liked:desirability", "率=rate:record")
    companions = [companion_from(text) for text in named]
    source = source_of(simulated=False)
    found = companion_blocks(prepare(people, bfi_instrument, source, 1, "listwise", companions))
    ids = [b.id for b in found.blocks if isinstance(b, Table)]
    assert ids == ["companions", "marker-1", "marker-correlations-1", "unit-records"]
    assert set(found.results) == {"companions", "marker_茶", "unit_records"}
    flagged = [b for b in found.blocks if isinstance(b, Paragraph) and "赞许" in b.text.zh]
    assert flagged[0].kind == "caution"
    assert flagged[0].values["high"].number == 1
    alone = companion_blocks(prepare(people, bfi_instrument, source, 1))
    assert not alone.results
    assert any("--companion" in b.text.en for b in alone.blocks if isinstance(b, Paragraph))
