"""HTMT equals semTools; one item or no correlation leaves a reason or a gap, not a number."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.validity import heterotrait_ratios
from instruments import Instrument

LATENT = {"agree": "AGREE", "consc": "CONSC", "extra": "EXTRA", "neuro": "NEURO", "open": "OPEN"}


def test_htmt_equals_semtools(
    bfi_keyed: pd.DataFrame, bfi_instrument: Instrument, reference: dict[str, Any]
) -> None:
    constructs = {c.id: bfi_instrument.items_of(c.id) for c in bfi_instrument.dimensions()}
    found = heterotrait_ratios(bfi_keyed, constructs)
    table = pd.DataFrame(
        reference["htmt"]["values"], index=reference["htmt"]["rows"], columns=reference["htmt"]["cols"]
    )
    assert len(found.table) == 10
    for row in found.table.itertuples():
        one, other = LATENT[str(row.one)], LATENT[str(row.other)]
        expected = table.loc[one, other] if table.loc[one, other] not in (None, 0) else table.loc[other, one]
        assert row.htmt == pytest.approx(float(expected), abs=1e-6)


def test_two_halves_of_one_scale_cannot_be_told_apart() -> None:
    rng = np.random.default_rng(2)
    factor = rng.standard_normal((2000, 1))
    data = pd.DataFrame(0.8 * factor + 0.6 * rng.standard_normal((2000, 6)), columns=list("abcdef"))
    found = heterotrait_ratios(data, {"one": list("abc"), "other": list("def")})
    assert found.largest() == pytest.approx(1.0, abs=0.03)
    assert found.table["htmt2"].iloc[0] == pytest.approx(1.0, abs=0.03)


def test_negative_correlations_count_by_their_size_and_are_told() -> None:
    rng = np.random.default_rng(2)
    data = pd.DataFrame(rng.standard_normal((300, 4)), columns=list("abcd"))
    found = heterotrait_ratios(data, {"one": ["a", "b"], "other": ["c", "d"]})
    matrix = data.corr().abs()
    between = matrix.loc[["a", "b"], ["c", "d"]].to_numpy()
    expected = np.prod(between) ** 0.25 / np.sqrt(matrix.loc["a", "b"] * matrix.loc["c", "d"])
    assert found.table["htmt2"].iloc[0] == pytest.approx(expected)
    assert found.table["n_negative"].iloc[0] == int((data.corr().to_numpy() < 0).sum() / 2)
    assert "为负" in found.warnings[0]


@pytest.mark.parametrize(
    ("data", "constructs"),
    [
        (pd.DataFrame({"a": [1.0, 2, 3], "b": [2.0, 1, 3]}), {"one": ["a", "b"]}),
        (pd.DataFrame({c: [1.0] * 9 for c in "abcd"}), {"one": ["a", "b"], "other": ["c", "d"]}),
        (pd.DataFrame({c: [np.nan] * 9 for c in "abcd"}), {"one": ["a", "b"], "other": ["c", "d"]}),
    ],
)
def test_trouble_is_a_reason(data: pd.DataFrame, constructs: dict[str, list[str]]) -> None:
    found = heterotrait_ratios(data, constructs)
    assert found.reason
    assert found.largest() is None
