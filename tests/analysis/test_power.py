"""RMSEA power equals the formulas in R and the printed tables; the Monte Carlo names the N a model needs."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.power import SampleSizeGuides, rmsea_power, rmsea_test_power, sample_sizes
from analysis.sem import fit
from analysis.sem.simulation import population_from_fit, population_from_syntax, simulate

GOLDEN = json.loads((Path(__file__).parent / "golden" / "report" / "rmsea_power.json").read_text())
TWO = "f =~ x1 + x2 + x3\ng =~ y1 + y2 + y3"
TRUTH = population_from_syntax(
    "f =~ .7*x1 + .7*x2 + .7*x3\ng =~ .6*y1 + .6*y2 + .6*y3\nf ~~ .3*g", standardized=True
)


@pytest.mark.parametrize("row", GOLDEN["power"], ids=lambda r: f"{r['test']}-{r['df']}-{r['n']}")
def test_power_equals_r(row: dict[str, Any]) -> None:
    ours = rmsea_test_power(row["n"], row["df"], row["e0"], row["ea"])
    assert ours == pytest.approx(row["power"], rel=1e-7, abs=1e-9)


@pytest.mark.parametrize("row", GOLDEN["needed"], ids=lambda r: f"{r['test']}-{r['df']}")
def test_the_n_needed_equals_r(row: dict[str, Any]) -> None:
    found = rmsea_power(row["df"], null=row["e0"], alternative=row["ea"])
    assert (found.needed, found.test) == (row["n80"], row["test"])


def test_the_table_printed_by_maccallum_browne_and_sugawara() -> None:
    """Their table 4, df 100: 132 for close fit, 178 for not-close fit."""
    assert rmsea_power(100).needed == 132
    assert rmsea_power(100, alternative=0.01).needed == 178


@given(st.integers(1, 300), st.integers(10, 2000))
@settings(max_examples=40, deadline=None)
def test_power_grows_with_people(df: int, n: int) -> None:
    assert (
        0
        <= rmsea_test_power(n, df, 0.05, 0.08)
        <= rmsea_test_power(n + 50, df, 0.05, 0.08) + 1e-9
        <= 1 + 1e-8
    )


def test_a_small_n_and_few_degrees_of_freedom_carry_their_cautions() -> None:
    many, few = rmsea_power(430, n=79, alternative=0.01), rmsea_power(5)
    assert many.power == pytest.approx(0.80, abs=0.01)
    assert "not for the estimates" in many.warnings[0]
    assert "degrees of freedom" in few.warnings[0]


def test_an_n_beyond_reach_has_a_reason() -> None:
    found = rmsea_power(1, null=0.05, alternative=0.0501)
    assert found.needed is None
    assert found.reason


@pytest.mark.parametrize(
    "asked",
    [{"df": 0}, {"df": 5, "null": 0.08}, {"df": 5, "null": -0.1}, {"df": 5, "alpha": 1.5}, {"df": 5, "n": 1}],
)
def test_impossible_questions_are_refused(asked: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"RMSEA|alpha"):
        rmsea_power(**asked)


def test_the_people_a_correlation_needs() -> None:
    sizes = [60, 400]
    found = sample_sizes(TRUTH, TWO, sizes, judged=["f~~g"], replications=20, std_lv=True)
    assert found.table.index.tolist() == sizes
    assert found.table["power"].is_monotonic_increasing
    assert found.table["sufficient"].tolist() == [False, True]
    assert found.needed == 400
    assert found.table["weakest"].tolist() == ["f~~g", "f~~g"]
    assert "20" in found.warnings[0]  # replications
    again = sample_sizes(TRUTH, TWO, [60], judged=["f~~g"], replications=20, std_lv=True)
    assert again.table["power"][60] == found.table["power"][60]


def test_after_collecting_the_own_fit_is_the_population() -> None:
    pilot = fit(TWO, simulate(TRUTH, 300, seed=3), std_lv=True)
    found = sample_sizes(population_from_fit(pilot), TWO, [300], replications=20, std_lv=True)
    assert found.table["power"][300] > 0.9  # loadings are judged when nothing else is asked
    assert found.table["relative_bias"][300] < 0.1


def test_what_no_n_reaches_is_said() -> None:
    hard = SampleSizeGuides(power=1.01)
    found = sample_sizes(TRUTH, TWO, [200], guides=hard, replications=8, std_lv=True)
    assert found.needed is None
    assert found.reason


def test_a_size_that_cannot_be_analysed_has_a_reason_in_its_row() -> None:
    found = sample_sizes(TRUTH, TWO, [3, 200], replications=10, std_lv=True)
    assert found.table["reason"][3]
    assert not found.table["sufficient"][3]
    assert found.table["reason"][200] == ""


def test_for_a_parameter_that_is_zero_in_the_population_no_size_is_sufficient() -> None:
    found = sample_sizes(TRUTH, f"{TWO}\nx1 ~~ y1", [300], judged=["x1~~y1"], replications=20, std_lv=True)
    assert found.table["power"][300] < 0.3
    assert not found.table["sufficient"][300]
    assert not found.table["relative_bias"][300] > 0  # there is no value for a bias to be relative to
    assert found.needed is None


def test_unknown_parameters_and_no_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match="f=~zz"):
        sample_sizes(TRUTH, TWO, [100], judged=["f=~zz"], replications=5, std_lv=True)
    with pytest.raises(ValueError, match="sizes"):
        sample_sizes(TRUTH, TWO, [])
