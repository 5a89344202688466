"""The short form of `make monte-carlo`: 95 % intervals cover on the product's own 8 → 4 model at n = 500."""

from __future__ import annotations

import pytest

from tests.analysis.sem.coverage_study import ESTIMATORS, study

REPLICATIONS = {"ML": 40, "MLR": 40, "WLSMV": 12}


@pytest.mark.slow
@pytest.mark.parametrize("estimator", ESTIMATORS)
def test_intervals_cover_on_the_product_model(estimator: str) -> None:
    found = study(estimator, REPLICATIONS[estimator])
    assert found.converged == 1.0
    # parameters of one sample are correlated, so the mean moves by more than its binomial error
    assert found.parameters["coverage"].mean() == pytest.approx(0.95, abs=0.03)
