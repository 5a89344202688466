"""Every reference of lavaan for continuous variables: parameters, standard errors, fit measures."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, fit
from tests.analysis.sem import reference

# Bifactor of Holzinger-Swineford: an improper solution with a nearly flat likelihood. lavaan stops
# with a slope of 2e-6, and robust quantities there depend on it: at lavaan's estimates ours equal lavaan's.
FLAT = {"hs_bifactor_mlr": 4e-3}


# Latent means of both orders are free in the second group: lavaan warns and goes on, we do not.
NOT_IDENTIFIED = "sem2_so_group_ml"


def test_an_unidentified_default_is_named() -> None:
    found = reference.fit_case(reference.load(NOT_IDENTIFIED))
    assert found.status == "not_identified"
    assert "g ~1 in group 2" in found.problems[0]
    assert found.parameters.se[found.parameters.free].isna().all()


@pytest.mark.parametrize("name", sorted(set(reference.continuous_cases()) - {NOT_IDENTIFIED}))
def test_equals_lavaan(name: str) -> None:
    case = reference.load(name)
    found = reference.fit_case(case)
    tolerance = FLAT.get(name, reference.TOLERANCE)
    assert reference.parameter_differences(found, case, tolerance) == []
    assert reference.measure_differences(found, case, tolerance) == []
    assert found.converged
    assert found.usable == bool(case["post_check"])


@pytest.fixture
def hs() -> pd.DataFrame:
    return pd.read_csv(reference.GOLDEN / "holzinger_swineford.csv")


THREE = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"


def test_order_of_rows_and_items_does_not_matter(hs: pd.DataFrame) -> None:
    shuffled = hs.sample(frac=1, random_state=3)[hs.columns[::-1]]
    first, second = fit(THREE, hs, estimator="MLR"), fit(THREE, shuffled, estimator="MLR")
    np.testing.assert_allclose(first.parameters.est, second.parameters.est, atol=1e-8)
    assert first.fit["chisq.scaled"] == pytest.approx(second.fit["chisq.scaled"], rel=1e-9)


@pytest.mark.parametrize("factor", [1e-8, 1e-4, 1e4])
def test_units_of_an_item_do_not_matter(hs: pd.DataFrame, factor: float) -> None:
    scaled = hs.assign(x2=hs.x2 * factor, x7=hs.x7 / factor)
    first, second = fit(THREE, hs), fit(THREE, scaled)
    assert second.usable
    np.testing.assert_allclose(first.parameters.std_all, second.parameters.std_all, atol=1e-6)
    np.testing.assert_allclose(first.parameters.std_all_se, second.parameters.std_all_se, atol=1e-6)
    np.testing.assert_allclose(first.parameters.z, second.parameters.z, rtol=1e-5)
    assert first.fit["chisq"] == pytest.approx(second.fit["chisq"], rel=1e-8)


def test_fiml_without_missing_values_is_ml(hs: pd.DataFrame) -> None:
    complete = fit(THREE, hs, meanstructure=True)
    fiml = fit(THREE, hs, missing="fiml")
    np.testing.assert_allclose(complete.parameters.est, fiml.parameters.est, atol=1e-7)
    assert complete.fit["chisq"] == pytest.approx(fiml.fit["chisq"])


def test_marker_and_standardised_latents_fit_equally(hs: pd.DataFrame) -> None:
    marker, standardised = fit(THREE, hs), fit(THREE, hs, std_lv=True)
    assert marker.fit["chisq"] == pytest.approx(standardised.fit["chisq"], rel=1e-9)
    first = marker.parameters[marker.parameters.op == "=~"].std_all
    second = standardised.parameters[standardised.parameters.op == "=~"].std_all
    np.testing.assert_allclose(first, second, atol=1e-6)


def test_parameters_are_recovered() -> None:
    rng = np.random.default_rng(5)
    factor = rng.normal(size=20_000)
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    items = factor[:, None] * loadings + rng.normal(size=(20_000, 4)) * np.sqrt(1 - loadings**2)
    found = fit("f =~ a + b + c + d", pd.DataFrame(items, columns=list("abcd")), std_lv=True)
    estimates = found.parameters[found.parameters.op == "=~"]
    assert np.abs(estimates.est - loadings).max() < 4 * estimates.se.max()


def test_result_becomes_plain_data(hs: pd.DataFrame) -> None:
    plain = fit(THREE, hs, group="school").to_dict()
    assert plain["group_labels"] == ["Pasteur", "Grant-White"]
    assert plain["status"] == "ok"
    assert plain["usable"] is True
    assert "solution" not in plain
    assert plain["fit"]["df"] == 48


def test_what_was_left_out_or_is_odd_is_said() -> None:
    hsm = pd.read_csv(reference.GOLDEN / "holzinger_swineford_missing.csv")
    assert "161 of 301 rows were left out: missing values (listwise)" in fit(THREE, hsm).warnings
    bifactor = reference.fit_case(reference.load("hs_bifactor_ml"))
    assert not any("beyond 1" in warning for warning in fit(THREE, hsm, missing="fiml").warnings)
    assert bifactor.problems == ("negative variance: x1 ~~ x1 = -1.141 (Heywood case)",)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"estimator": "XYZ"}, "unknown estimator"),
        ({"missing": "drop"}, "missing values"),
        ({"estimator": "GLS", "missing": "fiml"}, "fiml needs"),
        ({"missing": "pairwise"}, "pairwise needs"),
        ({"group": "nowhere"}, "nowhere"),
        ({"group": "x1"}, "also a variable"),
        ({"parameterization": "gamma"}, "parameterization"),
    ],
)
def test_impossible_requests_are_refused(hs: pd.DataFrame, options: dict[str, str], message: str) -> None:
    with pytest.raises(DataError, match=message):
        fit(THREE, hs, **options)
