"""Nesting found by fitting (Bentler & Satorra, 2010), against what is known of the models."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.nesting import implied_rows, lies_within, nested_tests, with_moments
from analysis.rivals import Rival
from analysis.sem import fit
from analysis.sem.difference import compare

ONE = Rival(id="one", syntax="f =~ x1 + x2 + x3 + x4 + x5 + x6")
TWO = Rival(id="two", syntax="f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6")
OTHER = Rival(id="other", syntax="f =~ x1 + x2 + x3 + x4\ng =~ x5 + x6")
LINK = Rival(id="link", syntax="f =~ x1 + x2 + x3\ng =~ x4 + x5 + x6\nx1 ~~ x4")


@pytest.fixture(scope="module")
def data() -> pd.DataFrame:
    rng = np.random.default_rng(8)
    common = rng.multivariate_normal([0, 0], [[1, 0.4], [0.4, 1]], 500)
    return pd.DataFrame(
        {f"x{i + 1}": 0.7 * common[:, i // 3] + 0.7 * rng.standard_normal(500) for i in range(6)}
    )


def test_rows_carry_the_moments_exactly() -> None:
    wanted = np.array([[2.0, 0.5, 0.1], [0.5, 1.0, 0.3], [0.1, 0.3, 1.5]])
    rows = with_moments(wanted, ["a", "b", "c"]).to_numpy()
    assert np.allclose(rows.mean(axis=0), 0)
    assert np.allclose(rows.T @ rows / len(rows), wanted)


def test_a_restriction_lies_within_and_the_reverse_does_not(data: pd.DataFrame) -> None:
    one, two = (fit(r.syntax, data) for r in (ONE, TWO))
    assert lies_within(one, TWO) is True
    assert lies_within(two, ONE) is False
    assert np.allclose(np.cov(implied_rows(two), rowvar=False, ddof=0), two.solution.implied[0].cov)


def test_the_table_says_how_each_rival_stands(data: pd.DataFrame) -> None:
    found = nested_tests(TWO, [ONE, TWO, OTHER, LINK], data, missing="listwise")
    relation = dict(zip(found.table["rival"], found.table["relation"], strict=True))
    assert relation == {"one": "within", "other": "not nested", "link": "around"}
    row = found.table.set_index("rival").loc["one"]
    fits = [fit(r.syntax, data, estimator="MLR") for r in (TWO, ONE)]
    lost, gained = (fits[1].fit[m] - fits[0].fit[m] for m in ("cfi.robust", "bic"))  # type: ignore[operator]
    assert (row["delta_cfi"], row["delta_bic"]) == (pytest.approx(lost), pytest.approx(gained))
    assert lost < -0.1
    assert gained > 100
    assert np.isnan(compare(*fits).table["chisq_diff"].iloc[1])  # the test of 2001 turns negative here
    expected = compare(*fits, method="satorra.2000").table.iloc[1]
    assert row["chisq_diff"] == pytest.approx(expected["chisq_diff"])
    assert row["df_diff"] == 1
    assert "Satorra (2000)" in row["reason"]
    assert found.table.set_index("rival")["chisq_diff"].isna()["other"]


def test_rivals_stand_against_their_nearest_neighbours(data: pd.DataFrame) -> None:
    """one < two < link is a chain: its ends are not compared; the target's own pairs stand in its table."""
    found = nested_tests(OTHER, [ONE, TWO, LINK, OTHER], data, missing="listwise")
    assert sorted(zip(found.chain["inner"], found.chain["outer"], strict=True)) == [
        ("one", "two"),
        ("two", "link"),
    ]
    row = found.chain.set_index("inner").loc["two"]
    outer, inner = (fit(r.syntax, data, estimator="MLR") for r in (LINK, TWO))
    expected = compare(outer, inner).table.iloc[1]
    assert row["df_diff"] == 1
    assert row["pvalue"] == pytest.approx(expected["pvalue"])
    assert row["delta_bic"] == pytest.approx(inner.fit["bic"] - outer.fit["bic"])  # type: ignore[operator]


def test_the_target_stands_between_and_breaks_a_chain(data: pd.DataFrame) -> None:
    assert nested_tests(TWO, [ONE, TWO, LINK], data, missing="listwise").chain.empty
