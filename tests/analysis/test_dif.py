"""Ordinal logistic DIF equals polr and lordif, finds planted DIF, and names its troubles."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analysis.dif import MEASURES, Matching, holm, joined_categories, logistic_dif
from analysis.results import FloatArray

GOLDEN = Path(__file__).parent / "golden" / "report"
CASES = (
    "dif_bfi_conscientiousness_education5",
    "dif_bfi_conscientiousness_gender",
    "dif_bfi_agreeableness_gender",
)
TESTS = {"uniform": "uniform_M1_M2", "nonuniform": "nonuniform_M2_M3", "total": "total_M1_M3"}


def reference(name: str) -> tuple[dict[str, Any], pd.DataFrame, pd.Series]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    data = pd.read_csv(GOLDEN / found["data"]).dropna(subset=[*found["items"], found["group"]])
    return found, data[found["items"]], data[found["group"]].astype(int)


def planted(n: int, shift: float, seed: int, impact: float = 0.5) -> tuple[pd.DataFrame, pd.Series]:
    """Eight items, two groups that differ in the trait; the first item is harder by `shift` for group b."""
    random = np.random.default_rng(seed)
    group = np.repeat(["a", "b"], n)
    theta = random.standard_normal(2 * n) + np.where(group == "b", impact, 0)
    table: dict[str, FloatArray] = {}
    for j in range(8):
        b = np.array([-1.2, -0.2, 0.9]) + 0.1 * (j - 4)
        own = theta - np.where((group == "b") & (j == 0), shift, 0)
        table[f"x{j}"] = 1.0 + (random.random(2 * n)[:, None] < expit(1.6 * (own[:, None] - b))).sum(axis=1)
    return pd.DataFrame(table), pd.Series(group)


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("matching", ["total", "rest"])
def test_equals_polr(name: str, matching: Matching) -> None:
    expected, data, groups = reference(name)
    found = logistic_dif(data, groups, matching=matching, purify=False, min_cell=0, min_group=100)
    assert found.items is not None
    for item in data.columns:
        ours, row = expected["results"][matching][item], found.items.loc[item]
        for k in range(4):
            assert row[f"ll{k}"] == pytest.approx(ours["logLik"][f"M{k}"], abs=1e-7)
        for test, key in TESTS.items():
            assert row[f"chi2_{test}"] == pytest.approx(ours["lr"][key]["chisq"], abs=1e-6)
            assert row[f"df_{test}"] == ours["lr"][key]["df"]
            assert row[f"p_{test}"] == pytest.approx(ours["lr"][key]["p"], abs=1e-7)
            for measure in MEASURES:
                assert row[f"{measure}_{test}"] == pytest.approx(ours["deltaR2"][test][measure], abs=1e-9)
        assert row["beta_change"] == pytest.approx(ours["beta_change_uniform"], abs=1e-6)


def test_equals_lordif_with_purified_theta() -> None:
    expected, data, groups = reference("dif_bfi_conscientiousness_gender")
    lordif = expected["lordif_irt_matching"]
    found = logistic_dif(data, groups, criterion="any", alpha=0.01)
    assert found.status == "ok"
    assert found.rounds == lordif["iteration"]
    assert found.items is not None
    assert found.items["flagged"].tolist() == lordif["flag"]
    names = {"chi12": "p_uniform", "chi13": "p_total", "chi23": "p_nonuniform", "beta12": "beta_change"}
    names |= {"pseudo13.Nagelkerke": "Nagelkerke_total", "pseudo12.McFadden": "McFadden_uniform"}
    for row, ours in zip(found.items.to_dict("records"), lordif["stats"], strict=True):
        for theirs, mine in names.items():
            tolerance = 1e-2 if theirs.startswith("chi") else 2e-4  # lordif fits theta to 1e-4 only
            assert row[mine] == pytest.approx(ours[theirs], abs=tolerance)


@pytest.mark.parametrize("matching", ["theta", "rest"])
def test_planted_dif_is_found_and_impact_is_not_dif(matching: Matching) -> None:
    data, groups = planted(700, 1.2, 5)
    found = logistic_dif(data, groups, matching=matching)
    assert found.flagged == ("x0",)
    assert found.items is not None
    assert found.items.loc["x0", "size"] in {"moderate", "large"}
    assert found.curves is not None
    own = found.curves[found.curves["item"] == "x0"].pivot_table(
        index="match", columns="group", values="expected"
    )
    assert (own["a"] > own["b"]).mean() > 0.9
    clean = logistic_dif(*planted(700, 0.0, 6), matching=matching)
    assert clean.flagged == ()


def test_group_names_do_not_change_the_tests() -> None:
    data, groups = planted(300, 0.8, 7)
    one = logistic_dif(data, groups)
    other = logistic_dif(data, groups.map({"a": "z", "b": "y"}))
    assert one.items is not None
    assert other.items is not None
    np.testing.assert_allclose(one.items["chi2_total"], other.items["chi2_total"], atol=1e-4)


def test_small_groups_and_constant_items_have_names() -> None:
    data, groups = planted(250, 0.0, 8)
    groups.iloc[-120:] = "c"
    left = logistic_dif(data, groups)
    assert left.status == "group_too_small"
    assert left.groups_left_out == ("b", "c")
    assert left.items is None
    data["x3"] = 2.0
    both = planted(250, 0.0, 8)[1]
    for matching in ("rest", "theta"):
        constant = logistic_dif(data, both, matching=matching)
        assert constant.items is not None
        assert constant.items.loc["x3", "status"] == "constant_item"
        assert not constant.items.loc["x3", "flagged"]
    assert logistic_dif(data[["x0", "x1", "x3"]], both).status == "no_matching"
    with pytest.raises(ValueError, match="aligned"):
        logistic_dif(data, groups.iloc[:10])


def test_rare_categories_are_joined() -> None:
    values = np.array([1.0] * 2 + [2.0] * 20 + [3.0] * 20 + [1.0] * 8 + [2.0] * 20 + [3.0] * 30)
    groups = np.array([0] * 42 + [1] * 58)
    codes, bins = joined_categories(values, groups, 5)
    assert bins == [[1.0, 2.0], [3.0]]
    assert codes.tolist() == [0] * 22 + [1] * 20 + [0] * 28 + [1] * 30


def test_holm_steps_down() -> None:
    found = holm(pd.Series([0.01, 0.04, np.nan, 0.03]))
    np.testing.assert_allclose(found, [0.03, 0.06, np.nan, 0.06])
