"""Monte Carlo of a design: intervals cover, tests keep their level, the seed decides everything."""

from typing import Any

import numpy as np
import pytest

from analysis.sem import DataError
from analysis.sem.monte_carlo import monte_carlo, values_in_model
from analysis.sem.simulation import Population, population_from_syntax

MODEL = "f =~ x1 + x2 + x3 + x4"
POPULATION = population_from_syntax("f =~ .8*x1 + .7*x2 + .6*x3 + .7*x4", standardized=True)
CUT = population_from_syntax(
    "f =~ .8*x1 + .7*x2 + .6*x3 + .7*x4\n" + "\n".join(f"x{k} | -.8*t1 + .5*t2" for k in range(1, 5)),
    standardized=True,
)


@pytest.mark.parametrize(
    ("population", "options"),
    [
        (POPULATION, {"estimator": "ML"}),
        (POPULATION, {"estimator": "MLR"}),
        (CUT, {"estimator": "WLSMV", "ordered": ["x1", "x2", "x3", "x4"]}),
    ],
    ids=["ML", "MLR", "WLSMV"],
)
def test_intervals_cover_the_truth(population: Population, options: dict[str, Any]) -> None:
    study = monte_carlo(population, MODEL, n=300, replications=60, seed=11, std_lv=True, **options)
    assert study.converged == 1.0
    assert study.admissible == 1.0
    # 60 replications × 8 or more parameters: standard error of the mean coverage is below 1.5 points
    assert study.parameters["coverage"].mean() == pytest.approx(0.95, abs=0.03)
    assert study.parameters["bias"].abs().max() < 0.05
    assert study.parameters["se_bias"].abs().max() < 0.35
    assert study.rejected is not None
    assert study.rejected < 0.15
    loadings = study.parameters[study.parameters["op"] == "=~"]
    assert (loadings["power"] == 1.0).all()
    assert "Monte Carlo, 60 replications" in study.to_text()


def test_truth_in_the_metric_of_another_identification() -> None:
    marker = values_in_model(CUT, MODEL)
    assert marker["f", "=~", "x1", 1] == 1.0
    assert marker["f", "=~", "x3", 1] == pytest.approx(0.6 / 0.8, abs=1e-6)
    assert marker["f", "~~", "f", 1] == pytest.approx(0.64, abs=1e-6)
    assert marker["x2", "|", "t2", 1] == pytest.approx(0.5)
    with pytest.raises(DataError, match="does not hold"):
        values_in_model(POPULATION, "f =~ x1 + x2\ng =~ x3 + x4\nf ~~ 0*g")


def test_pool_and_seed() -> None:
    runs = [
        monte_carlo(POPULATION, MODEL, n=100, replications=6, seed=s, processes=p, std_lv=True)
        for s, p in ((1, 1), (1, 2), (2, 1))
    ]
    np.testing.assert_array_equal(runs[0].parameters["mean"], runs[1].parameters["mean"])
    assert (runs[0].parameters["mean"] != runs[2].parameters["mean"]).all()


def test_designs_that_cannot_be_fitted_say_why() -> None:
    with pytest.raises(DataError, match="has 1 categories"):
        monte_carlo(CUT, MODEL, n=2, replications=4, estimator="WLSMV", ordered=["x1", "x2", "x3", "x4"])
    with pytest.raises(DataError, match="two replications"):
        monte_carlo(POPULATION, MODEL, n=50, replications=1)


def test_samples_without_a_rare_category_are_left_out_and_counted() -> None:
    rare = population_from_syntax(
        "f =~ .8*x1 + .7*x2 + .6*x3 + .7*x4\n" + "\n".join(f"x{k} | -2.2*t1 + 0*t2" for k in range(1, 5)),
        standardized=True,
    )
    items = ["x1", "x2", "x3", "x4"]
    study = monte_carlo(
        rare, MODEL, n=150, replications=30, seed=3, std_lv=True, estimator="WLSMV", ordered=items
    )
    assert "a category of an item was not drawn" in " ".join(study.warnings)
    assert 0 < study.converged < 1
    assert len(study.parameters[study.parameters["op"] == "|"]) == 8
