"""Alpha and omega equal psych, lavaan and semTools; trouble is a reason, never a silent NaN."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pingouin
import pytest

from analysis.reliability import cronbach_alpha, feldt_interval, omega_total, score_reliability

SCALES = {"agree": "a", "consc": "c", "extra": "e", "neuro": "n", "open": "o"}


def items_of(scale: str) -> list[str]:
    return [f"{SCALES[scale]}{i}" for i in range(1, 6)]


@pytest.mark.parametrize("scale", SCALES)
def test_alpha_equals_psych(scale: str, bfi_keyed: pd.DataFrame, reference: dict[str, Any]) -> None:
    expected = reference["scales"][scale]
    found = cronbach_alpha(bfi_keyed[items_of(scale)])
    assert found.n == expected["n"]
    assert found.alpha == pytest.approx(expected["alpha"], abs=1e-10)
    assert found.mean_r == pytest.approx(expected["mean_r"], abs=1e-10)
    assert found.interval is not None
    assert [found.interval.lower, found.interval.upper] == pytest.approx(expected["feldt"], abs=1e-10)
    assert found.interval.method == "Feldt"


def test_the_interval_is_pingouins_before_it_rounds(bfi_keyed: pd.DataFrame) -> None:
    complete = bfi_keyed[items_of("agree")].dropna()
    alpha, rounded = pingouin.cronbach_alpha(complete)
    interval = feldt_interval(float(alpha), *complete.shape)
    assert [round(interval.lower, 3), round(interval.upper, 3)] == list(rounded)


@pytest.mark.parametrize("scale", SCALES)
def test_omega_equals_lavaan_and_semtools(
    scale: str, bfi_keyed: pd.DataFrame, reference: dict[str, Any]
) -> None:
    expected = reference["scales"][scale]
    found = omega_total(bfi_keyed[items_of(scale)])
    assert found.omega_total == pytest.approx(expected["omega"], abs=1e-5)
    assert found.omega_total == pytest.approx(expected["semtools_omega"], abs=1e-5)
    assert found.se == pytest.approx(expected["omega_se"], abs=1e-5)
    assert found.interval is not None
    assert found.interval.lower == pytest.approx(expected["omega_lower"], abs=2e-5)
    assert found.interval.upper == pytest.approx(expected["omega_upper"], abs=2e-5)


def test_omega_recovers_the_reliability_of_a_congeneric_scale() -> None:
    rng = np.random.default_rng(3)
    loadings = np.array([0.8, 0.7, 0.6, 0.5])
    factor = rng.standard_normal((40_000, 1))
    noise = rng.standard_normal((40_000, 4)) * np.sqrt(1 - loadings**2)
    data = pd.DataFrame(factor * loadings + noise, columns=list("wxyz"))
    truth = loadings.sum() ** 2 / (loadings.sum() ** 2 + (1 - loadings**2).sum())
    found = omega_total(data)
    assert found.omega_total == pytest.approx(truth, abs=0.01)
    assert cronbach_alpha(data).alpha < found.omega_total  # type: ignore[operator]  # both exist here


def test_alpha_does_not_depend_on_the_order_of_items(bfi_keyed: pd.DataFrame) -> None:
    items = items_of("neuro")
    forwards, backwards = cronbach_alpha(bfi_keyed[items]), cronbach_alpha(bfi_keyed[items[::-1]])
    assert forwards.alpha == pytest.approx(backwards.alpha, abs=1e-12)


def test_the_standard_error_is_on_the_metric_of_the_score(bfi_keyed: pd.DataFrame) -> None:
    data = bfi_keyed[items_of("neuro")]
    means = data.mean(axis=1).to_numpy()
    found = score_reliability("neuro", data, means)
    assert found.omega.omega_total is not None
    assert found.sem == pytest.approx(np.nanstd(means, ddof=1) * math.sqrt(1 - found.omega.omega_total))
    assert found.sem_from == "omega"


def test_two_items_have_alpha_but_no_omega(bfi_keyed: pd.DataFrame) -> None:
    data = bfi_keyed[["a1", "a2"]]
    found = score_reliability("pair", data, data.mean(axis=1).to_numpy())
    assert found.alpha.alpha is not None
    assert found.omega.omega_total is None
    assert "两题" in found.omega.reason
    assert found.sem_from == "alpha"


TROUBLE = {
    "constant item": pd.DataFrame({"a": [1.0, 2, 3, 4, 5] * 9, "b": [2.0, 1, 4, 3, 5] * 9, "c": [3.0] * 45}),
    "all missing": pd.DataFrame(np.full((50, 3), np.nan), columns=list("abc")),
    "too few people": pd.DataFrame(np.arange(12.0).reshape(4, 3), columns=list("abc")),
    "no rows": pd.DataFrame(columns=list("abc"), dtype=float),
    "the same item thrice": pd.DataFrame({c: [1.0, 2, 3, 4, 5] * 20 for c in "abc"}),
}


@pytest.mark.parametrize("case", TROUBLE)
def test_trouble_is_a_reason(case: str) -> None:
    data = TROUBLE[case]
    alpha, omega = cronbach_alpha(data), omega_total(data)
    for value, reason in ((alpha.alpha, alpha.reason), (omega.omega_total, omega.reason)):
        assert reason if value is None else math.isfinite(value)
    if case != "the same item thrice":
        assert alpha.alpha is None
        assert omega.omega_total is None
