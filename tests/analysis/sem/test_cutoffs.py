"""Dynamic cut-offs: population misfit exactly as R's dynamic, simulated cut-offs within Monte Carlo error."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, fit
from analysis.sem.cutoffs import dynamic_cutoffs, population_misfit
from analysis.sem.misspecification import Misspecification, misspecifications, standardised_model

GOLDEN = Path(__file__).parents[1] / "golden" / "sem"


@pytest.mark.parametrize("name", ["dynamic_cfaHB_hs", "dynamic_cfaOne_hs"])
def test_misspecified_models_and_their_population_misfit_equal_dynamic(name: str) -> None:
    reference = json.loads((GOLDEN / f"{name}.json").read_text())
    fitted = fit(reference["model"], pd.read_csv(GOLDEN / reference["data"]))
    standard = standardised_model(fitted)
    _, levels = misspecifications(standard)
    assert len(levels) == len(reference["misspecified_models"])
    for level, expected in zip([[], *levels], reference["population"], strict=True):
        matrix = expected["implied_correlation"]
        place = [standard.items.index(item) for item in matrix["rows"]]
        found = standard.correlation(level)[np.ix_(place, place)]
        np.testing.assert_allclose(found, np.array(matrix["values"], float), atol=1e-4)
    misfit = population_misfit(fitted)
    for row, expected in zip(misfit.to_dict("records"), reference["population"], strict=True):
        for index, value in expected["population_fit_n1e6"].items():
            assert row[index] == pytest.approx(value, abs=1e-3)


@pytest.mark.parametrize("name", ["dynamic_cfaHB_hs", "dynamic_cfaOne_hs"])
def test_simulated_cutoffs_equal_dynamic_within_monte_carlo_error(name: str) -> None:
    reference = json.loads((GOLDEN / f"{name}.json").read_text())
    fitted = fit(reference["model"], pd.read_csv(GOLDEN / reference["data"]))
    found = dynamic_cutoffs(fitted, replications=80, seed=7)
    assert (found.table["converged"] == 1.0).all()
    given = [row for row in reference["cutoffs_table"]["values"] if row[0] and not row[0].endswith("%")]
    for row, expected in zip(found.table.to_dict("records"), given, strict=True):
        assert row["srmr"] == pytest.approx(float(expected[0]), abs=0.008)
        assert row["rmsea"] == pytest.approx(float(expected[1]), abs=0.020)
        assert row["cfi"] == pytest.approx(float(expected[2]), abs=0.020)
    assert not found.table["srmr_met"].any()  # the observed .065 and .114 are worse than every cut-off
    assert "observed: srmr" in found.to_text()


def test_own_levels_and_factors_of_factors() -> None:
    data = pd.read_csv(GOLDEN / "holzinger_swineford.csv")
    model = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
    first = population_misfit(fit(model, data))
    second = population_misfit(fit(f"{model}\ng =~ visual + textual + speed", data))
    np.testing.assert_allclose(first, second, atol=1e-4)  # three factors: the second order restricts nothing
    own = [[Misspecification(lhs="x1", op="~~", rhs="x9", value=0.3)]]
    assert population_misfit(fit(model, data), own)["srmr"].iloc[1] > 0.01


def test_what_has_no_cutoffs_says_so() -> None:
    data = pd.read_csv(GOLDEN / "holzinger_swineford.csv")
    model = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6"
    with pytest.raises(DataError, match="single group"):
        dynamic_cutoffs(fit(model, data, group="school"))
    with pytest.raises(DataError, match="four items"):
        dynamic_cutoffs(fit("visual =~ x1 + a*x2 + a*x3", data))
    with pytest.raises(DataError, match="only as indicators"):
        dynamic_cutoffs(fit(f"{model}\nvisual ~ ageyr", data))
