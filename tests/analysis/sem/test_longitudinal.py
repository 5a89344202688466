"""Longitudinal invariance: steps equal the models with labels written by hand; known change is found."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, fit
from analysis.sem.longitudinal import longitudinal_invariance
from analysis.sem.simulation import population_from_syntax, simulate

OCCASIONS = "f1 =~ a1 + b1 + c1 + d1\nf2 =~ a2 + b2 + c2 + d2\n" + "\n".join(f"{v}1 ~~ {v}2" for v in "abcd")
TRUTH = """
f1 =~ .8*a1 + .7*b1 + .6*c1 + .7*d1
f2 =~ .8*a2 + .7*b2 + .6*c2 + .7*d2
f1 ~~ .6*f2
a1 ~~ .1*a2
"""
GOLDEN = Path(__file__).parents[1] / "golden" / "sem"


def test_continuous_steps_equal_labels_written_by_hand() -> None:
    data = simulate(population_from_syntax(TRUTH, standardized=True), 400, seed=8)
    data[["a2", "b2", "c2", "d2"]] += np.array([0.32, 0.28, 0.24, 0.28])  # the factor rises by 0.4
    result = longitudinal_invariance(OCCASIONS, data, factors=[["f1", "f2"]], estimator="ML")
    assert result.table["df"].tolist() == [15, 18, 21, 25]
    by_hand = OCCASIONS.replace("b1 + c1 + d1", "lb*b1 + lc*c1 + ld*d1")
    by_hand = by_hand.replace("b2 + c2 + d2", "lb*b2 + lc*c2 + ld*d2")
    by_hand += "".join(f"\n{v}1 ~ i{v}*1\n{v}2 ~ i{v}*1" for v in "abcd") + "\nf2 ~ NA*1"
    scalar = fit(by_hand, data, estimator="ML", meanstructure=True)
    assert result.step("scalar").fit.fit["chisq"] == pytest.approx(scalar.fit["chisq"], abs=1e-5)
    assert (result.table["delta_pvalue"].iloc[1:] > 0.01).all()
    rows = result.step("scalar").fit.parameters
    rise = rows[(rows["lhs"] == "f2") & (rows["op"] == "~1")]["est"].iloc[0]
    assert rise == pytest.approx(0.32, abs=0.15)  # 0.4 standard deviations of f, in the metric of a


def test_a_shifted_intercept_is_found_and_can_be_let_go() -> None:
    data = simulate(population_from_syntax(TRUTH, standardized=True), 600, seed=9)
    data["c2"] += 0.5
    result = longitudinal_invariance(OCCASIONS, data, factors=[["f1", "f2"]], estimator="ML")
    assert result.table["delta_pvalue"].iloc[2] < 0.001
    freed = longitudinal_invariance(
        OCCASIONS, data, factors=[["f1", "f2"]], estimator="ML", partial=["c1~1"], steps=["metric", "scalar"]
    )
    assert freed.table["df"].tolist() == [18, 20]
    assert freed.table["delta_pvalue"].iloc[1] > 0.01


def test_ordinal_steps_hold_thresholds_first() -> None:
    cuts = "\n".join(f"{v}{k} | -1*t1 + 0*t2 + .9*t3" for v in "abcd" for k in (1, 2))
    data = simulate(population_from_syntax(TRUTH + cuts, standardized=True), 800, seed=10)
    items = [f"{v}{k}" for v in "abcd" for k in (1, 2)]
    result = longitudinal_invariance(OCCASIONS, data, factors=[["f1", "f2"]], ordered=items)
    assert [s.name for s in result.steps] == ["configural", "thresholds", "metric", "scalar", "strict"]
    # 4 items × 3 thresholds held, 4 intercepts and 4 residual variances freed
    assert np.diff(result.table["df"]).tolist() == [4, 3, 3, 4]
    assert (result.table["delta_pvalue"].iloc[1:] > 0.005).all()
    assert all(s.fit.usable for s in result.steps)


def test_occasions_that_do_not_correspond_are_named() -> None:
    data = pd.read_csv(GOLDEN / "holzinger_swineford.csv")
    with pytest.raises(DataError, match="visual, textual"):
        longitudinal_invariance(
            "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6 + x7", data, factors=[["visual", "textual"]]
        )
    with pytest.raises(DataError, match="two or more occasions"):
        longitudinal_invariance("visual =~ x1 + x2 + x3", data, factors=[["visual"]])
