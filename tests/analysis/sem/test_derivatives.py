"""Exact derivatives against central differences: moments, likelihood, least squares, standardised values."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.results import FloatArray
from analysis.sem.covariance_structure import LeastSquaresMethod
from analysis.sem.estimation import Discrepancy
from analysis.sem.likelihood import NormalTheory
from analysis.sem.model import Model
from analysis.sem.moments import sample_moments
from analysis.sem.parameter_table import ParameterTable, TableOptions, build_table
from analysis.sem.standardize import standardize
from analysis.sem.start_values import start_values
from analysis.sem.syntax import parse
from tests.analysis.sem import reference

PATHS = """
f1 =~ x1 + x2 + x3
f2 =~ x4 + x5 + x6
f3 =~ x7 + x8 + f1
f2 ~ f1 + x9
ageyr ~ f2 + x9 + x1
x7 ~~ x8
ageyr ~~ x7
f3 ~~ x2
"""


def table_of(text: str, ordered: dict[str, int] | None = None, **options: object) -> ParameterTable:
    return build_table(parse(text), TableOptions(**options), ordered)  # type: ignore[arg-type]  # options vary


def slopes(function: Callable[[FloatArray], FloatArray], x: FloatArray, step: float = 1e-6) -> FloatArray:
    return np.array(
        [(function(x + step * e) - function(x - step * e)) / (2 * step) for e in np.eye(len(x))]
    ).T


@pytest.mark.parametrize(
    ("table", "groups"),
    [
        (table_of(PATHS, meanstructure=True, fixed_x=False), 1),
        (
            table_of(
                "f1 =~ a + b + c\nf2 =~ d + e + g\nf1 ~ 1",
                {"a": 2, "b": 3, "c": 1, "e": 2},
                ngroups=2,
                group_equal=("loadings", "thresholds"),
            ),
            2,
        ),
        (
            table_of(
                "f1 =~ a + b + c\nf2 =~ d + e + g",
                {"a": 2, "b": 3, "c": 1, "e": 2},
                parameterization="theta",
            ),
            1,
        ),
    ],
    ids=["paths", "delta", "theta"],
)
def test_jacobian_of_the_moments(table: ParameterTable, groups: int) -> None:
    model = Model(table)
    x = np.random.default_rng(1).normal(size=table.n_free) * 0.3 + (1.0 if table.variables.ordered else 0.0)
    for group in range(groups):

        def moments(point: FloatArray, group: int = group) -> FloatArray:
            implied = model.implied(point)[group]
            return model.moment_vector(implied.mean, implied.cov, implied.thresholds)

        np.testing.assert_allclose(model.jacobian(x)[group], slopes(moments, x), atol=1e-7)


def discrepancies() -> list[tuple[str, Discrepancy, FloatArray]]:
    found = []
    for name, file, options in (
        ("ML", "holzinger_swineford.csv", {}),
        ("ML with means", "holzinger_swineford.csv", {"meanstructure": True}),
        ("FIML", "holzinger_swineford_missing.csv", {"meanstructure": True}),
        ("GLS", "holzinger_swineford.csv", {"meanstructure": True}),
        ("ULS", "holzinger_swineford.csv", {}),
    ):
        table = table_of(PATHS, fixed_x=False, **options)
        data = pd.read_csv(reference.GOLDEN / file)
        sample = sample_moments(
            data, table.variables, missing="fiml" if name == "FIML" else "listwise", fixed_x=False
        )
        model = Model(table)
        start = start_values(table, [g.mean for g in sample.groups], [g.cov for g in sample.groups])
        x = start[list(table.free_rows)] + 0.02 * np.random.default_rng(2).normal(size=table.n_free)
        least = name in ("GLS", "ULS")
        function: Discrepancy = (
            LeastSquaresMethod(model, sample, name).discrepancy()
            if least
            else NormalTheory(model, sample, 0.0)
        )
        found.append((name, function, x))
    return found


@pytest.mark.parametrize(("name", "function", "x"), discrepancies())
def test_gradient_and_hessian(name: str, function: Discrepancy, x: FloatArray) -> None:
    value, gradient, approximate = function.slopes(x)
    assert value == pytest.approx(function.value(x))
    scale = np.abs(gradient).max()
    numeric = slopes(lambda point: np.array([function.value(point)]), x)[0]
    np.testing.assert_allclose(gradient, numeric, atol=1e-5 * scale)
    hessian = function.hessian(x)
    assert hessian is not None
    curvature = slopes(lambda point: function.slopes(point)[1], x)
    np.testing.assert_allclose(hessian, curvature, atol=1e-5 * np.abs(curvature).max())
    assert np.linalg.eigvalsh(approximate)[0] > -1e-8 * np.abs(approximate).max()


@pytest.mark.parametrize("observed", [False, True])
def test_jacobian_of_the_standardised_solution(observed: bool) -> None:
    table = table_of("f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\ng ~ f\nx9 ~ g\nx1 ~~ x4", meanstructure=True)
    model = Model(table)
    x = np.abs(np.random.default_rng(3).normal(size=table.n_free)) * 0.3 + 0.5

    def values(point: FloatArray) -> FloatArray:
        return standardize(model, point, model.row_values(point), observed=observed)[0]

    _, jacobian = standardize(model, x, model.row_values(x), observed=observed)
    np.testing.assert_allclose(jacobian, slopes(values, x), atol=1e-7)


def test_em_moments_equal_lavaan() -> None:
    case = reference.load("hs_cfa_fiml")
    found = reference.fit_case(case).solution.prepared
    wanted = case["sample_stats"]["cov"]
    np.testing.assert_allclose(found.covariances[0], wanted["values"], atol=1e-4)
    np.testing.assert_allclose(found.means[0], list(case["sample_stats"]["mean"].values()), atol=1e-4)
