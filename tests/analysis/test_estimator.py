"""The estimator follows the answers, and every estimator's own indices are told."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.estimator import choose_estimator
from analysis.rivals import Rival, fit_rivals

TWO = Rival(id="two", syntax="f =~ a + b + c\ng =~ d + e + h", role="target")


def answers(categories: int, n: int = 400, seed: int = 3) -> pd.DataFrame:
    """Two correlated factors, three items each, cut into so many categories."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], size=n)
    values = 0.8 * factors[:, [0, 0, 0, 1, 1, 1]] + 0.6 * rng.standard_normal((n, 6))
    cuts = np.linspace(-1.4, 1.4, categories - 1)
    return pd.DataFrame(np.digitize(values, cuts).astype(float), columns=list("abcdeh"))


@pytest.mark.parametrize(
    ("categories", "missing", "estimator", "reason"),
    [
        (5, "listwise", "MLR", "enough categories"),
        (4, "listwise", "WLSMV", "few categories"),
        (4, "fiml", "MLR", "missing answers"),
    ],
)
def test_the_number_of_categories_in_use_decides(
    categories: int, missing: str, estimator: str, reason: str
) -> None:
    found = choose_estimator(answers(categories), missing=missing)
    assert (found.estimator, found.reason) == (estimator, reason)
    assert found.fewest == categories
    assert found.n_few == (6 if categories < 5 else 0)


def test_a_category_nobody_uses_does_not_count_and_half_of_the_items_decide() -> None:
    data = answers(5)
    data[["a", "b"]] = data[["a", "b"]].clip(upper=3)
    assert choose_estimator(data).estimator == "MLR"
    data["c"] = data["c"].clip(upper=3)
    assert choose_estimator(data).estimator == "WLSMV"


def test_skewness_is_told_and_a_constant_item_harms_nothing() -> None:
    data = answers(5).assign(a=[0.0] * 390 + [4.0] * 10, b=2.0)
    found = choose_estimator(data)
    assert found.skewness == pytest.approx(6.084, abs=0.01)  # (1 - 2p) / sqrt(p (1 - p)), p = 10 / 400
    assert found.n_skewed == 1
    assert choose_estimator(data[["b"]]).skewness != choose_estimator(data[["b"]]).skewness  # NaN


def test_each_estimator_tells_its_own_indices() -> None:
    data = answers(4)
    robust, ordinal = (fit_rivals([TWO], data, estimator=e) for e in ("MLR", "WLSMV"))
    for found, suffix in ((robust, ".robust"), (ordinal, ".scaled")):
        one = found.fits["two"]
        assert one.fit is not None
        assert one.measures()["cfi"] == one.fit.fit[f"cfi{suffix}"]
        assert one.measures()["chisq"] == one.fit.fit["chisq.scaled"] != one.fit.fit["chisq"]
        assert one.measures()["srmr"] == one.fit.fit["srmr"]
    assert ordinal.fits["two"].fit.fit.get("bic") is None  # type: ignore[union-attr]  # least squares
    assert ordinal.table.loc["two", "bic"] == robust.table.loc["two", "bic"]
    assert ordinal.best == "two"
