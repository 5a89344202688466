"""Reliability from a fitted model against semTools: omega, alpha, AVE; higher order, bifactor, ordinal."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd
import pytest

from analysis.sem import DataError, fit
from analysis.sem.reliability import model_reliability
from tests.analysis.sem.reference import GOLDEN

HS = pd.read_csv(GOLDEN / "holzinger_swineford.csv")
THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"


def reference(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}_reliability_validity.json").read_text())


def by_factor(table: pd.DataFrame, column: str) -> dict[str, float]:
    return dict(zip(table["factor"], table[column], strict=True))


def test_first_order_factors() -> None:
    expected = reference("hs")
    table = model_reliability(fit(THREE, HS)).table
    for column, name in (
        ("omega", "semTools_compRelSEM_omega"),
        ("omega_implied", "semTools_compRelSEM_obsvar_false"),
        ("alpha", "semTools_compRelSEM_tau_eq_alpha"),
        ("ave", "semTools_AVE"),
    ):
        assert by_factor(table, column) == pytest.approx(expected[name], abs=1e-4), column


def test_a_factor_of_factors_is_read_over_all_items() -> None:
    expected = reference("hs")["second_order"]["compRelSEM_higher"]
    table = model_reliability(fit(THREE + "g =~ visual + textual + speed\n", HS)).table
    assert by_factor(table, "omega") == pytest.approx(expected, abs=1e-4)


def test_bifactor() -> None:
    expected = reference("hs")["bifactor"]["compRelSEM"]
    model = "g =~ " + " + ".join(f"x{k}" for k in range(1, 10)) + "\n" + THREE
    table = model_reliability(fit(model, HS, orthogonal=True, std_lv=True)).table
    assert by_factor(table, "omega") == pytest.approx(expected, abs=1e-4)


def test_ordinal_items_are_read_on_the_latent_response_scale() -> None:
    expected = reference("bfi")["compRelSEM_wlsmv_latentscale"]
    case = json.loads((GOLDEN / "bfi_2f_wlsmv.json").read_text())
    data = pd.read_csv(GOLDEN / case["data"])
    keyed = data.assign(A1=7 - data["A1"], C4=7 - data["C4"], C5=7 - data["C5"])
    found = model_reliability(fit(case["model"], keyed, estimator="WLSMV", ordered=("all",)))
    assert found.scale == "latent response"
    assert by_factor(found.table, "omega") == pytest.approx(expected, abs=1e-4)


def test_without_estimates_there_is_none() -> None:
    with pytest.raises(DataError, match="no reliability"):
        model_reliability(fit("f =~ x1 + x2", HS))
