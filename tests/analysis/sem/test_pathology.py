"""Data and models that cannot work: each is refused or flagged by name, and nothing is ever silently NaN."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, Fit, fit

ESTIMATORS = ("ML", "MLM", "MLR", "GLS", "ULS", "FIML")
ONE = "f =~ a + b + c + d"


def factor_data(
    n: int = 200, seed: int = 1, loadings: tuple[float, ...] = (0.8, 0.7, 0.6, 0.7)
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    factor = rng.normal(size=n)
    weights = np.array(loadings)
    items = factor[:, None] * weights + rng.normal(size=(n, len(weights))) * np.sqrt(1 - weights**2)
    return pd.DataFrame(items, columns=list("abcdefgh")[: len(weights)])


def run(model: str, data: pd.DataFrame, estimator: str, **options: object) -> Fit:
    missing = "fiml" if estimator == "FIML" else "listwise"
    return fit(model, data, estimator="ML" if estimator == "FIML" else estimator, missing=missing, **options)  # type: ignore[arg-type]  # options vary by case


def noise(n: int = 60, seed: int = 3) -> pd.DataFrame:
    return pd.DataFrame(np.random.default_rng(seed).normal(size=(n, 6)), columns=list("abcdef"))


def with_groups(data: pd.DataFrame, labels: list[str]) -> pd.DataFrame:
    return data.assign(g=(labels * (len(data) // len(labels) + 1))[: len(data)])


def holes(data: pd.DataFrame, column: str, rows: slice) -> pd.DataFrame:
    data = data.copy()
    data.loc[data.index[rows], column] = np.nan
    return data


REFUSED: dict[str, tuple[str, Callable[[], pd.DataFrame], dict[str, object], str]] = {
    "unknown column": ("f =~ a + b + zz", factor_data, {}, "zz"),
    "constant item": (ONE, lambda: factor_data().assign(b=3.0), {}, "'b' is constant"),
    "constant in one group": (
        ONE,
        lambda: with_groups(factor_data(), ["u", "v"]).assign(b=lambda x: np.where(x.g == "u", 2.0, x.b)),
        {"group": "g"},
        "'b' is constant in group u",
    ),
    "item twice": (ONE, lambda: factor_data().assign(b=lambda x: x.a), {}, "perfectly collinear: a, b"),
    "sum of items": (
        ONE,
        lambda: factor_data().assign(d=lambda x: x.a + x.b),
        {},
        "perfectly collinear: a, b, d",
    ),
    "fewer rows than items": (ONE, lambda: factor_data(4), {}, "4 complete rows|singular|fewer"),
    "one row": (ONE, lambda: factor_data(1), {}, "constant"),
    "no row": (ONE, lambda: factor_data(0), {}, "no usable row"),
    "text": (ONE, lambda: factor_data().assign(c="often"), {}, "'c' is not numeric"),
    "infinite": (ONE, lambda: factor_data().assign(c=lambda x: x.c.where(x.c < 1, np.inf)), {}, "infinite"),
    "never answered": (ONE, lambda: factor_data().assign(c=np.nan), {}, "'c' has no value|no usable row"),
    "one group": (ONE, lambda: factor_data().assign(g="u"), {"group": "g"}, "1 group"),
    "a group of one": (
        ONE,
        lambda: factor_data().assign(g=["u"] + ["v"] * 199),
        {"group": "g"},
        "in group u",
    ),
    "no grouping column": (ONE, factor_data, {"group": "unit"}, "'unit' is not in the data"),
    "column twice": (
        ONE,
        lambda: pd.concat([factor_data(), factor_data()[["a"]]], axis=1),
        {},
        "more than one column",
    ),
}

FLAGGED: dict[str, tuple[str, Callable[[], pd.DataFrame], dict[str, object], str, str]] = {
    "two indicators alone": ("f =~ a + b", factor_data, {}, "not_identified", "df = -1"),
    "no scale": ("f =~ NA*a + b + c + d", factor_data, {}, "not_identified", "f =~ a"),
    "mean of item and factor": (
        "f =~ a + b + c + d\nf ~ 1",
        factor_data,
        {},
        "not_identified",
        "f ~1",
    ),
    "factor without cause": (
        "f =~ a + b + c + d\ng =~ 0*a + 0*b",
        factor_data,
        {},
        "not_identified",
        "g ~~ g",
    ),
    "cycle of covariances": (
        "f =~ a + b + c + d\na ~~ b + c + d\nb ~~ c + d\nc ~~ d",
        factor_data,
        {},
        "not_identified",
        "df = -4",
    ),
    "Heywood case": (
        "f =~ a + b + c",
        lambda: pd.DataFrame(
            np.random.default_rng(2).multivariate_normal(
                np.zeros(3), [[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]], size=500
            ),
            columns=list("abc"),
        ),
        {},
        "inadmissible",
        "a ~~ a",
    ),
    "correlation beyond one": (
        "f =~ a + b + c\ng =~ d + e + h",
        lambda: factor_data(80, 4, (0.6, 0.6, 0.6, 0.6, 0.6, 0.6)).rename(columns={"f": "h"}),
        {},
        "inadmissible",
        "f with g",
    ),
}


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", REFUSED)
def test_bad_data_are_refused_by_name(name: str, estimator: str) -> None:
    model, data, options, words = REFUSED[name]
    with pytest.raises(DataError, match=words):
        run(model, data(), estimator, **options)


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("name", FLAGGED)
def test_bad_models_are_flagged_by_name(name: str, estimator: str) -> None:
    model, data, options, status, words = FLAGGED[name]
    found = run(model, data(), estimator, **options)
    assert found.status == status
    assert not found.usable
    assert any(words in problem for problem in found.problems), found.problems


@pytest.mark.parametrize("estimator", ESTIMATORS)
@pytest.mark.parametrize("seed", range(6))
def test_noise_is_never_called_good_with_gaps(seed: int, estimator: str) -> None:
    found = run(
        "f =~ a + b + c\ng =~ d + e + f1\nf ~ g", noise(40, seed).rename(columns={"f": "f1"}), estimator
    )
    assert_no_silent_gap(found)


@pytest.mark.parametrize("estimator", ["ML", "MLR"])
@pytest.mark.parametrize("rows", [slice(0, 150), slice(0, 60)])
def test_much_missing(rows: slice, estimator: str) -> None:
    found = fit(ONE, holes(factor_data(), "c", rows), estimator=estimator, missing="fiml")
    assert found.usable
    assert_no_silent_gap(found)


def test_items_never_seen_together_are_named() -> None:
    data = holes(holes(factor_data(), "a", slice(0, 100)), "b", slice(100, 200))
    with pytest.raises(DataError, match="'a' and 'b'"):
        fit(ONE, data, missing="fiml")


def test_a_saturated_model_has_no_p_value_and_perfect_indices() -> None:
    found = fit("f =~ a + b + c", factor_data(), estimator="MLR")
    assert found.usable
    assert found.fit["df"] == 0
    assert found.fit["pvalue"] is None
    assert found.fit["cfi"] == 1
    assert found.fit["rmsea"] == 0


def test_a_division_by_zero_in_a_definition_is_not_a_number_and_said_so() -> None:
    found = fit("f =~ a + p*b + c + d\nbad := 1/(p - p)", factor_data())
    assert np.isnan(found.parameters.est.iloc[-1])
    assert any("bad" in problem for problem in found.problems)
    assert not found.usable


def assert_no_silent_gap(found: Fit) -> None:
    """An `ok` fit has every number; any other names its problem."""
    if not found.usable:
        assert found.problems
        return
    free = found.parameters[found.parameters.free]
    assert np.isfinite(free[["est", "se", "z", "pvalue", "std_all", "std_all_se"]].to_numpy()).all()
    for name in ("chisq", "df", "cfi", "tli", "rmsea", "srmr"):
        assert found.fit[name] is not None, name
