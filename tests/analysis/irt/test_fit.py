"""The graded response model equals mirt's, finds known parameters again, and names its troubles."""

from __future__ import annotations

import functools
import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from analysis.irt import GradedFit, curves, fit_graded, information_area, person_fit, score_reliability
from analysis.irt.graded import category_probabilities, derivatives, expected_hessian
from analysis.results import FloatArray

GOLDEN = Path(__file__).parents[1] / "golden" / "report"
ONE_FACTOR = ("irt_grm_sim12", "irt_grm_bfi_conscientiousness", "irt_grm_bfi_conscientiousness_missing")


def reference(name: str) -> tuple[dict[str, Any], pd.DataFrame]:
    found: dict[str, Any] = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    return found, pd.read_csv(GOLDEN / found["data"])[found["items"]]


@functools.cache
def fitted(name: str) -> tuple[dict[str, Any], pd.DataFrame, GradedFit]:
    """Reference, data and our fit, made once."""
    expected, data = reference(name)
    return expected, data, fit_graded(data)


@pytest.fixture(scope="module", params=ONE_FACTOR)
def one_factor(request: pytest.FixtureRequest) -> tuple[dict[str, Any], pd.DataFrame, GradedFit]:
    return fitted(request.param)


@pytest.fixture(scope="module")
def bifactor() -> tuple[dict[str, Any], GradedFit]:
    expected, data = reference("irt_bifactor_grm_sim12")
    numbers = expected["specific_of_item"]
    return expected, fit_graded(
        data, specific={i: f"S{k}" for i, k in zip(expected["items"], numbers, strict=True)}
    )


def simulated(
    n: int, slopes: FloatArray, thresholds: FloatArray, seed: int
) -> tuple[pd.DataFrame, FloatArray]:
    random = np.random.default_rng(seed)
    theta = random.standard_normal(n)
    table = {}
    for j, (a, b) in enumerate(zip(slopes, thresholds, strict=True)):
        above = expit(a * (theta[:, None] - b[None, :]))
        table[f"x{j + 1}"] = 1.0 + (random.random(n)[:, None] < above).sum(axis=1)
    return pd.DataFrame(table), theta


def test_equals_mirt(one_factor: tuple[dict[str, Any], pd.DataFrame, GradedFit]) -> None:
    expected, data, found = one_factor
    assert found.usable
    assert found.converged
    assert found.n == len(data)
    assert found.log_likelihood == pytest.approx(expected["summary"]["logLik"], abs=1e-5)
    assert found.npar == expected["summary"]["npar"]
    assert found.aic == pytest.approx(expected["summary"]["AIC"], abs=1e-4)
    assert found.bic == pytest.approx(expected["summary"]["BIC"], abs=1e-4)
    assert found.parameters is not None
    table = found.parameters.set_index(["item", "parameter"])
    for block, rename in (("coef_irt_ab", {}), ("coef_slope_intercept", {"a1": "a"})):
        for item in expected["items"]:
            ours = expected[block][item]
            for name, est, se in zip(ours["cols"], *ours["values"], strict=True):
                row = table.loc[(item, rename.get(name, name))]
                assert row["est"] == pytest.approx(est, abs=2e-5)
                assert row["se"] == pytest.approx(se, abs=2e-5)


def test_scores_curves_and_reliability_equal_mirt(
    one_factor: tuple[dict[str, Any], pd.DataFrame, GradedFit],
) -> None:
    expected, _, found = one_factor
    assert found.scores is not None
    eap = np.array(expected["scores_EAP_first200"]["values"])
    np.testing.assert_allclose(found.scores.to_numpy()[:200], eap, atol=1e-5)
    ours = expected["test_information"]
    drawn = curves(found, np.array(ours["theta"]))
    np.testing.assert_allclose(drawn.information["test"], ours["info"], atol=1e-4)
    np.testing.assert_allclose(drawn.information["se"], ours["se"], atol=1e-4)
    np.testing.assert_allclose(drawn.information[expected["items"]], ours["item_info"]["values"], atol=1e-4)
    np.testing.assert_allclose(drawn.expected["test"], ours["expected_test_score"], atol=1e-4)
    assert information_area(found, -4, 4) == pytest.approx(ours["area_minus4_4"], abs=1e-3)
    for item, table in expected["category_probabilities"].items():
        long = drawn.categories[drawn.categories["item"] == item]
        wide = long.pivot_table(index="theta", columns="value", values="probability")
        np.testing.assert_allclose(wide, table["values"], atol=1e-5)
    reliability = score_reliability(found)
    assert reliability.marginal == pytest.approx(expected["reliability"]["marginal_rxx"], abs=1e-5)
    assert reliability.empirical == pytest.approx(expected["reliability"]["empirical_rxx_EAP"], abs=1e-5)
    assert found.standardized is not None
    loadings = np.array(expected["standardized_loadings"]["F"]["values"]).ravel()
    sign = np.sign(loadings.sum())
    np.testing.assert_allclose(found.standardized["general"], sign * loadings, atol=1e-5)


@pytest.mark.parametrize("name", ONE_FACTOR[:2])
def test_person_fit_equals_mirt(name: str) -> None:
    expected, data, model = fitted(name)
    found = person_fit(model, data)
    ours = [person["Zh"] for person in expected["personfit_first200"]]
    np.testing.assert_allclose(found.people["zh"][:200], ours, atol=1e-4)
    assert found.n_flagged == int((found.people["zh"] < -1.96).sum()) > 0


def test_bifactor_equals_mirt(bifactor: tuple[dict[str, Any], GradedFit]) -> None:
    expected, found = bifactor
    assert found.usable
    assert found.log_likelihood == pytest.approx(expected["summary"]["logLik"], abs=1e-3)
    assert found.npar == expected["summary"]["npar"]
    assert found.parameters is not None
    table = found.parameters.set_index(["item", "parameter"])
    for item, specific in zip(expected["items"], expected["specific_of_item"], strict=True):
        ours = expected["coef_slope_intercept"][item]
        rename = {"a1": "a", f"a{specific + 1}": "a_specific"}
        for name, est, se in zip(ours["cols"], *ours["values"], strict=True):
            if se is not None:
                row = table.loc[(item, rename.get(name, name))]
                assert row["est"] == pytest.approx(est, abs=1e-3)
                assert row["se"] == pytest.approx(se, abs=1e-3)
    assert found.standardized is not None
    np.testing.assert_allclose(found.standardized, expected["standardized_loadings"]["values"], atol=1e-3)
    assert found.scores is not None
    ours = expected["fscores_EAP_first100"]
    columns = ["EAP", "EAP_S1", "EAP_S2", "EAP_S3"]
    np.testing.assert_allclose(found.scores[columns][:100], np.array(ours["values"])[:, :4], atol=0.02)


def test_known_parameters_are_found_again() -> None:
    slopes = np.array([1.0, 1.4, 1.8, 2.2, 1.2, 1.6])
    thresholds = np.array([[-1.5, -0.5, 0.5, 1.5]]) + np.linspace(-0.4, 0.4, 6)[:, None]
    data, theta = simulated(4000, slopes, thresholds, 3)
    found = fit_graded(data)
    assert found.usable
    assert found.parameters is not None
    assert found.scores is not None
    a = found.parameters[found.parameters["parameter"] == "a"]
    b = found.parameters[found.parameters["parameter"].str.startswith("b")]
    assert np.all(np.abs(a["est"].to_numpy() - slopes) < 4 * a["se"].to_numpy())
    assert np.all(np.abs(b["est"].to_numpy() - thresholds.ravel()) < 4 * b["se"].to_numpy())
    assert np.corrcoef(found.scores["EAP"], theta)[0, 1] > 0.9


def test_information_is_positive_additive_and_scores_rise_with_answers() -> None:
    _, data = reference("irt_grm_sim12")
    found = fit_graded(data)
    drawn = curves(found)
    assert (drawn.information[data.columns.tolist()] > 0).all().all()
    total = drawn.information[data.columns.tolist()].sum(axis=1)
    np.testing.assert_allclose(drawn.information["test"], total)
    assert (drawn.expected["test"].diff().dropna() > 0).all()
    assert found.scores is not None
    better = data.copy()
    better["g01"] = 4
    raised = fit_graded(pd.concat([data, better[:1].assign(g01=4), better[:1].assign(g01=1)]))
    assert raised.scores is not None
    assert raised.scores["EAP"].iloc[-2] > raised.scores["EAP"].iloc[-1]


def test_item_order_and_direction_change_nothing() -> None:
    _, data = reference("irt_grm_bfi_conscientiousness_missing")
    found, turned = fit_graded(data), fit_graded(7 - data[data.columns[::-1]])
    assert turned.log_likelihood == pytest.approx(found.log_likelihood, abs=1e-6)
    assert found.scores is not None
    assert turned.scores is not None
    np.testing.assert_allclose(turned.scores["EAP"], -found.scores["EAP"], atol=1e-5)


def test_derivatives_are_those_of_the_logarithm() -> None:
    slopes, intercepts, places = np.array([1.3, -0.6]), np.array([1.0, 0.1, -2.0]), np.array([[0.4, -1.1]])
    found = derivatives(slopes, intercepts, places)
    step = 1e-5
    for c in range(4):
        counts = np.zeros((4, 1))
        counts[c] = 1
        hessian = expected_hessian(found, counts, places)
        for p in range(5):
            move = np.zeros(5)
            move[p] = step
            up = derivatives(slopes + move[:2], intercepts + move[2:], places)
            down = derivatives(slopes - move[:2], intercepts - move[2:], places)
            slope = (np.log(up.probabilities[c, 0]) - np.log(down.probabilities[c, 0])) / (2 * step)
            assert found.scores[c, 0, p] == pytest.approx(slope, abs=1e-7)
            bend = (up.scores[c, 0] - down.scores[c, 0]) / (2 * step)
            np.testing.assert_allclose(hessian[p], bend, atol=1e-6)
    np.testing.assert_allclose(category_probabilities(slopes, intercepts, places).sum(axis=0), 1)


def test_trouble_has_a_name() -> None:
    _, data = reference("irt_grm_sim12")
    assert fit_graded(data[:50]).status == "too_few_people"
    assert fit_graded(data.assign(g01=3)).status == "constant_item"
    assert fit_graded(data[["g01", "g02"]]).status == "too_few_items"
    assert fit_graded(data, specific={"g01": "s"}).status == "too_few_items"
    hurried = fit_graded(data, max_cycles=1, tolerance=0)
    assert hurried.status == "not_converged"
    assert hurried.problems
    with pytest.raises(ValueError, match="not in the data"):
        fit_graded(data, specific={"nobody": "s"})
    with pytest.raises(ValueError, match="no estimates"):
        curves(fit_graded(data[:50]))


def test_empty_categories_and_people_are_reported() -> None:
    _, data = reference("irt_grm_sim12")
    data = data.astype(float)
    data.loc[3] = np.nan
    found = fit_graded(data, categories={"g12": (1, 2, 3)})
    assert found.usable
    assert found.empty_categories == {"g12": (3.0,)}
    assert found.people_empty == 1
    assert found.scores is not None
    assert np.flatnonzero(found.scores["EAP"].isna()).tolist() == [3]
    assert found.to_dict()["status"] == "ok"
