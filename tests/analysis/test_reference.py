"""Validity, latent reliability, nested tests, invariance and polychoric factors against R, on real answers.

The numbers are `golden/report/validity_reference.json`, made by the R script beside it (lavaan, psych,
semTools); 2,563 people, fifteen items of three scales, gender.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.discriminant import ConstructValidity, construct_validity
from analysis.efa import explore_factors
from analysis.invariance import group_invariance
from analysis.latent_reliability import general_reliability, ordinal_reliability
from analysis.nesting import nested_tests
from analysis.polychoric import polychoric_matrix, polychoric_parallel_analysis
from analysis.rivals import Rival
from analysis.sem import fit
from analysis.sem.difference import compare

REFERENCE = Path(__file__).parent / "golden" / "report" / "validity_reference.json"
SCALES = {
    name: [f"{letter}{k}" for k in range(1, 6)]
    for name, letter in (("agree", "a"), ("consc", "c"), ("extra", "e"))
}
THREE = "\n".join(f"{name} =~ {' + '.join(items)}" for name, items in SCALES.items())
ITEMS = [item for items in SCALES.values() for item in items]
TARGET = Rival(id="m3", syntax=THREE, std_lv=True)
ONE = Rival(id="m1", syntax="G =~ " + " + ".join(ITEMS), std_lv=True)
FREER = Rival(id="m3x", syntax=f"{THREE}\na1 ~~ a2", std_lv=True)


@pytest.fixture(scope="module")
def reference() -> dict[str, Any]:
    found: dict[str, Any] = json.loads(REFERENCE.read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="module")
def people(bfi_keyed: pd.DataFrame, bfi_answers: pd.DataFrame) -> pd.DataFrame:
    """The same complete people as in R, gender beside the items."""
    return bfi_keyed[ITEMS].assign(gender=bfi_answers["gender"]).dropna()


@pytest.fixture(scope="module")
def answers(people: pd.DataFrame, reference: dict[str, Any]) -> pd.DataFrame:
    assert len(people) == reference["n"]
    return people[ITEMS]


@pytest.fixture(scope="module")
def validity(answers: pd.DataFrame) -> ConstructValidity:
    return construct_validity(answers, SCALES, resamples=100)


def test_reliability_and_variance_of_constructs(
    validity: ConstructValidity, reference: dict[str, Any]
) -> None:
    for row in reference["constructs"]:
        kind, _, name = row["lhs"].partition("_")
        ours = validity.constructs.loc[name]
        assert ours[kind] == pytest.approx(row["est"], abs=1e-4)
        assert ours[f"{kind}_upper"] == pytest.approx(row["est"] + 1.959964 * row["se"], abs=1e-3)
    for name, expected in reference["comp_rel_sem"].items():
        # semTools divides by the observed variance of the sum, cr by the implied one of the factor alone
        assert validity.constructs.loc[name, "cr"] == pytest.approx(expected, abs=0.01)


def test_correlations_of_factors_and_heterotrait_ratios(
    validity: ConstructValidity, reference: dict[str, Any]
) -> None:
    assert len(validity.pairs) == len(reference["correlations"]) == 3
    for pair, row in zip(validity.pairs.to_dict("records"), reference["correlations"], strict=True):
        assert {pair["one"], pair["other"]} == {row["lhs"], row["rhs"]}
        assert pair["r"] == pytest.approx(row["est.std"], abs=1e-4)
        assert pair["r_upper"] == pytest.approx(row["est.std"] + 1.959964 * row["se"], abs=1e-3)
        for kind in ("htmt", "htmt2"):
            table = reference[kind]
            at = [table["rows"].index(pair[side]) for side in ("one", "other")]
            assert pair[kind] == pytest.approx(table["values"][at[0]][at[1]], abs=1e-6)
            assert pair[f"{kind}_lower"] < pair[kind] < pair[f"{kind}_upper"]


@pytest.mark.parametrize("name", list(SCALES))
def test_ordinal_alpha_and_omega(name: str, answers: pd.DataFrame, reference: dict[str, Any]) -> None:
    found, expected = ordinal_reliability(answers[SCALES[name]]), reference["ordinal"][name]
    assert found.alpha == pytest.approx(expected["alpha"], abs=1e-4)
    assert found.alpha == pytest.approx(expected["alpha_psych_polychoric"], abs=1e-4)
    assert found.omega == pytest.approx(expected["omega"], abs=1e-3)


def test_the_general_factor_of_a_bifactor_model(answers: pd.DataFrame, reference: dict[str, Any]) -> None:
    found, expected = general_reliability(answers, SCALES), reference["bifactor"]
    assert expected["converged"]
    ours = found.table["est"]
    assert ours["omega_h"] == pytest.approx(expected["omega_h"], abs=1e-3)
    assert ours["omega_t"] == pytest.approx(expected["omega_t"], abs=1e-3)
    assert ours["ecv"] == pytest.approx(expected["ecv"], abs=1e-3)


def test_nested_tests_by_mlr(answers: pd.DataFrame, reference: dict[str, Any]) -> None:
    found = nested_tests(TARGET, [TARGET, ONE, FREER], answers, missing="listwise").table.set_index("rival")
    assert found["relation"].to_dict() == {"m1": "within", "m3x": "around"}
    for name, row in found.iterrows():
        expected = reference["nested"][str(name)]["sb2001"]
        assert row["chisq_diff"] == pytest.approx(expected["chisq_diff"], rel=1e-3)
        assert row["df_diff"] == expected["df_diff"]
        assert row["delta_bic"] == pytest.approx(reference["delta_bic"][str(name)], abs=0.01)


@pytest.mark.parametrize(
    ("short", "method"),
    [("sb2001", "satorra.bentler.2001"), ("sb2010", "satorra.bentler.2010"), ("s2000", "satorra.2000")],
)
def test_every_scaled_difference_test(
    short: str, method: str, answers: pd.DataFrame, reference: dict[str, Any]
) -> None:
    three, freer = (fit(r.syntax, answers, estimator="MLR", std_lv=True) for r in (TARGET, FREER))
    test = compare(three, freer, method=method).table.iloc[1]
    expected = reference["nested"]["m3x"][short]
    assert test["chisq_diff"] == pytest.approx(expected["chisq_diff"], rel=1e-3)


def test_the_steps_of_invariance_over_gender(people: pd.DataFrame, reference: dict[str, Any]) -> None:
    found = group_invariance(TARGET, people[ITEMS], people["gender"], grouping="gender")
    assert found.sizes == {name: int(n) for name, n in reference["groups"].items()}
    names = {
        "chisq": "chisq.scaled",
        "cfi": "cfi.robust",
        "rmsea": "rmsea.robust",
        "srmr": "srmr",
        "bic": "bic",
    }
    for row in found.table.to_dict("records"):
        for ours, theirs in names.items():
            expected = reference["invariance"][str(row["step"])][theirs]
            assert row[ours] == pytest.approx(expected, rel=1e-3, abs=1e-3), (row["step"], ours)


def test_polychoric_eigenvalues_and_factors(answers: pd.DataFrame, reference: dict[str, Any]) -> None:
    expected = reference["polychoric"]
    values = np.linalg.eigvalsh(polychoric_matrix(answers))[::-1]
    np.testing.assert_allclose(values, expected["eigenvalues"], atol=1e-6)
    np.testing.assert_allclose(values, expected["eigenvalues_psych"], atol=1e-3)  # psych's own optimiser
    parallel = polychoric_parallel_analysis(answers, seed=1, replications=10)
    assert parallel.table is not None
    np.testing.assert_allclose(parallel.table["reduced"], expected["reduced"], atol=1e-6)
    assert parallel.n_components == 3
    found = explore_factors(answers, 3, matrix="polychoric")
    theirs = expected["minres_oblimin"]
    assert found.loadings is not None
    assert found.uniquenesses is not None
    np.testing.assert_allclose(found.uniquenesses, list(theirs["uniquenesses"].values()), atol=1e-3)
    loadings = np.abs(np.array(theirs["loadings"]["values"]))
    order = [
        int(np.abs(loadings - np.abs(found.loadings[[f]].to_numpy())).sum(axis=0).argmin())
        for f in found.loadings
    ]
    assert sorted(order) == [0, 1, 2]
    np.testing.assert_allclose(found.loadings.abs(), loadings[:, order], atol=2e-3)
