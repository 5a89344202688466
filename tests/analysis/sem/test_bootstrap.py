"""The bootstrap: reproducible, close to the sandwich, with a Bollen-Stine p near the scaled test's."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, fit
from analysis.sem.bootstrap import bca_interval, bootstrap
from tests.analysis.sem import reference

MODEL = "f =~ x1 + x2 + x3 + x4\nx9 ~ b*f\ntwice := 2*b"


@pytest.fixture(scope="module")
def hs() -> pd.DataFrame:
    return pd.read_csv(reference.GOLDEN / "holzinger_swineford.csv")


def test_standard_errors_are_near_the_sandwich(hs: pd.DataFrame) -> None:
    found = fit(MODEL, hs, estimator="MLR")
    result = bootstrap(found, replicates=300, seed=4)
    free = found.parameters.free.to_numpy()
    ratio = result.parameters.se[free] / found.parameters.se[free]
    assert result.failed == 0
    assert ratio.median() == pytest.approx(1.0, abs=0.12)
    inside = result.parameters[free]
    assert (inside.percentile_lower < inside.est).all()
    assert (inside.est < inside.percentile_upper).all()
    assert (inside.bca_lower < inside.bca_upper).all()
    twice, b = result.parameters.iloc[-1], result.parameters[result.parameters.lhs == "x9"].iloc[0]
    assert twice.percentile_upper == pytest.approx(2 * b.percentile_upper)
    assert twice.bca_lower == pytest.approx(2 * b.bca_lower, abs=1e-8)


def test_same_seed_same_numbers(hs: pd.DataFrame) -> None:
    found = fit(MODEL, hs)
    first, second = (bootstrap(found, replicates=10, seed=9) for _ in range(2))
    np.testing.assert_array_equal(first.draws, second.draws)
    assert not np.array_equal(first.draws, bootstrap(found, replicates=10, seed=10).draws)


def test_bollen_stine_tells_fit_from_misfit(hs: pd.DataFrame) -> None:
    rng = np.random.default_rng(1)
    factor = rng.normal(size=300)
    data = pd.DataFrame(factor[:, None] * 0.7 + rng.normal(size=(300, 4)) * 0.7, columns=list("abcd"))
    good = bootstrap(fit("f =~ a + b + c + d", data), replicates=120, kind="bollen.stine")
    bad = bootstrap(fit("f =~ x1 + x2 + x4 + x7", hs), replicates=120, kind="bollen.stine")
    assert good.pvalue is not None
    assert good.pvalue > 0.05
    assert bad.pvalue is not None
    assert bad.pvalue < 0.05


def test_missing_values_and_groups_are_kept(hs: pd.DataFrame) -> None:
    data = hs.copy()
    data.loc[::5, "x2"] = np.nan
    found = fit("f =~ x1 + x2 + x3", data, missing="fiml", group="school")
    assert bootstrap(found, replicates=5).failed == 0
    with pytest.raises(DataError, match="complete"):
        bootstrap(found, replicates=5, kind="bollen.stine")


def test_bca_of_a_symmetric_statistic_is_the_percentile_interval() -> None:
    draws = np.linspace(-1, 1, 2001)
    lower, upper = bca_interval(draws, 0.0, np.array([-1.0, 1.0]))
    assert (lower, upper) == pytest.approx((-0.95, 0.95), abs=1e-3)


def test_least_squares_is_refused(hs: pd.DataFrame) -> None:
    with pytest.raises(DataError, match="offered for ML"):
        bootstrap(fit(MODEL, hs, estimator="ULS"))
