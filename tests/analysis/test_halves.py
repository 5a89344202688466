"""One half explores, the other confirms: what was planted is found, what was written elsewhere is named."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.halves import FOUND, half_against_half
from analysis.rivals import Rival

ITEMS = [f"{letter}{k}" for letter in "abc" for k in range(1, 5)]
OWNERS = {item: item[0] for item in ITEMS}
THREE = Rival(
    id="three",
    syntax="\n".join(f"{x.upper()} =~ " + " + ".join(f"{x}{k}" for k in range(1, 5)) for x in "abc"),
    role="target",
)


def answers(n: int = 800, seed: int = 4) -> pd.DataFrame:
    """Twelve items of five categories, four on each of three factors that correlate .30."""
    rng = np.random.default_rng(seed)
    factors = rng.multivariate_normal(np.zeros(3), np.full((3, 3), 0.3) + 0.7 * np.eye(3), size=n)
    values = 0.75 * np.repeat(factors, 4, axis=1) + np.sqrt(1 - 0.75**2) * rng.standard_normal((n, 12))
    return pd.DataFrame(np.digitize(values, [-1.5, -0.5, 0.5, 1.5]).astype(float), columns=ITEMS)


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    return answers()


def test_what_was_planted_is_found_and_confirmed(data: pd.DataFrame) -> None:
    found = half_against_half(data, [OWNERS], [THREE], seed=1, replications=10)
    assert (found.n_first, found.n_second, found.n_factors) == (400, 400, 3)
    assert not found.assigned["is_moved"].any()
    assert found.congruence.min() > 0.95
    assert found.ways["same"].tolist() == [1.0] * 8
    assert found.ways["r_least"].isna().tolist() == [False, False, True, False] * 2  # varimax: none
    assert found.fits is not None
    assert found.fits.n == 400
    # the same structure under another name fits the same
    assert found.fits.table.loc[FOUND, "chisq"] == pytest.approx(found.fits.table.loc["three", "chisq"])


def test_the_control_an_item_of_another_factor_is_named(data: pd.DataFrame) -> None:
    written = OWNERS | {"a1": "b"}  # the instrument says b, the answers say a
    found = half_against_half(data, [written], [THREE], seed=1, replications=10)
    assert found.assigned.index[found.assigned["is_moved"]].tolist() == ["a1"]


def test_the_level_with_as_many_constructs_as_factors_is_compared(data: pd.DataFrame) -> None:
    fine = {item: item for item in ITEMS}
    found = half_against_half(data, [fine, OWNERS], [THREE], seed=1, replications=10)
    assert not found.assigned["is_moved"].any()


def test_the_split_follows_the_seed(data: pd.DataFrame) -> None:
    one, again, other = (
        half_against_half(data, [OWNERS], [THREE], seed=s, replications=5) for s in (1, 1, 2)
    )
    pd.testing.assert_frame_equal(one.assigned, again.assigned)
    assert not np.allclose(one.assigned["loading"], other.assigned["loading"])


@pytest.mark.parametrize(("n", "why"), [(100, "不足题数的 5 倍"), (0, "不足题数的 5 倍")])
def test_too_few_people_have_a_reason(n: int, why: str, data: pd.DataFrame) -> None:
    found = half_against_half(data.head(n), [OWNERS], [THREE], seed=1)
    assert found.fits is None
    assert why in found.reason


def test_noise_has_no_factor_to_confirm() -> None:
    rng = np.random.default_rng(3)
    noise = pd.DataFrame(rng.integers(1, 6, size=(400, 12)).astype(float), columns=ITEMS)
    found = half_against_half(noise, [OWNERS], [THREE], seed=1, replications=20)
    assert found.reason or found.fits is not None
    if found.fits is not None:
        assert found.congruence.min() < 0.85
