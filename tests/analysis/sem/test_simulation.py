"""Data from a model: moments, thresholds, seeds; pools give the same numbers."""

import functools

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, ModelSyntaxError, fit
from analysis.sem.simulation import (
    free_pattern,
    population_from_fit,
    population_from_syntax,
    run_seeded,
    simulate,
)

TWO = """
f1 =~ .7*x1 + .6*x2 + .8*x3
f2 =~ .7*y1 + .5*y2 + .6*y3
f1 ~~ .4*f2
"""
CUTS = "x1 | -1*t1 + 0.3*t2\nx2 | 0.2*t1"


def _mean_of_normals(size: int, seed: np.random.SeedSequence) -> float:
    return float(np.random.default_rng(seed).standard_normal(size).mean())


def test_standardised_population_has_unit_variances_at_every_level() -> None:
    population = population_from_syntax(
        f"{TWO}\nf3 =~ .8*z1 + .7*z2 + .6*z3\ng =~ .8*f1 + .7*f3".replace("f1 ~~ .4*f2", "g ~~ .5*f2"),
        standardized=True,
    )
    np.testing.assert_allclose(np.diag(population.covariances[0]), 1.0)
    x1, y1, z1 = (population.names.index(v) for v in ("x1", "y1", "z1"))
    assert population.covariances[0][x1, y1] == pytest.approx(0.7 * 0.8 * 0.5 * 0.7)
    assert population.covariances[0][x1, z1] == pytest.approx(0.7 * 0.8 * 0.7 * 0.8)
    assert population.values["f1", "~~", "f1", 1] == pytest.approx(1 - 0.8**2)


def test_samples_follow_the_population() -> None:
    population = population_from_syntax(TWO + CUTS, standardized=True)
    data = simulate(population, 20_000, seed=4)
    assert sorted(data["x1"].unique()) == [1, 2, 3]
    assert (data["x1"] == 1).mean() == pytest.approx(0.1587, abs=0.01)
    assert (data["x2"] == 2).mean() == pytest.approx(0.4207, abs=0.01)
    assert data["x3"].corr(data["y1"]) == pytest.approx(0.8 * 0.4 * 0.7, abs=0.02)
    pd.testing.assert_frame_equal(data, simulate(population, 20_000, seed=4))
    assert not data.equals(simulate(population, 20_000, seed=5))


def test_a_fitted_model_is_recovered_from_its_own_data() -> None:
    population = population_from_syntax(TWO + CUTS, standardized=True)
    model = "f1 =~ x1 + x2 + x3\nf2 =~ y1 + y2 + y3"
    options = {"estimator": "WLSMV", "ordered": ["x1", "x2"]}
    first = fit(model, simulate(population, 5_000, seed=1), **options)
    again = fit(model, simulate(population_from_fit(first), 50_000, seed=2), **options)
    free = first.parameters["free"]
    difference = (again.parameters["est"] - first.parameters["est"])[free]
    assert (difference.abs() < 4 * again.parameters["se"][free]).all()


def test_the_pattern_of_a_population_can_be_fitted() -> None:
    text = "f1 =~ .7*x1 + lb*x2 + .8*x3\nf2 =~ .7*y1 + .5*y2 + 0*x1\nf1 ~~ .4*f2\nx1 ~~ .5*x1\nx1 | 0.1*t1"
    assert free_pattern(text).splitlines() == [
        "f1 =~ x1",
        "f1 =~ lb*x2",
        "f1 =~ x3",
        "f2 =~ y1",
        "f2 =~ y2",
        "f2 =~ 0*x1",
        "f1 ~~ f2",
    ]


def test_groups_are_labelled() -> None:
    population = population_from_syntax(TWO, groups=2)
    data = simulate(population, [30, 20], seed=1)
    assert data["group"].value_counts().to_dict() == {"1": 30, "2": 20}
    with pytest.raises(DataError, match=r"2 group\(s\)"):
        simulate(population, [30], seed=1)


def test_a_pool_gives_the_same_numbers() -> None:
    task = functools.partial(_mean_of_normals, 10)
    assert run_seeded(task, 7, seed=3) == run_seeded(task, 7, seed=3, processes=2)


def test_missing_values_and_impossible_ones_are_named() -> None:
    with pytest.raises(ModelSyntaxError, match="f =~ b has no value"):
        population_from_syntax("f =~ .7*a + b + .6*c")
    with pytest.raises(ModelSyntaxError, match="a ~~ a would be"):
        population_from_syntax("f =~ 1.2*a + .5*b + .6*c", standardized=True)
