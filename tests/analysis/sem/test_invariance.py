"""Invariance in one call against lavaan and semTools (Wu & Estabrook); the search for partial invariance."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, fit
from analysis.sem.invariance import fit_difference, invariance
from analysis.sem.partial_invariance import not_significant, propose_partial

GOLDEN = Path(__file__).parents[1] / "golden" / "sem"
BFI = [*(f"A{k}" for k in range(1, 6)), *(f"C{k}" for k in range(1, 6))]
HS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9"
TWO = "agree =~ A1 + A2 + A3 + A4 + A5\nconsc =~ C1 + C2 + C3 + C4 + C5"
REFERENCE = {
    "configural": "configural",
    "thresholds": "thresholds",
    "metric": "thresholds_loadings",
    "scalar": "thresholds_loadings_intercepts",
}


def test_ordinal_steps_equal_the_wu_estabrook_models() -> None:
    data = pd.read_csv(GOLDEN / "bfi_agree_consc.csv")
    result = invariance(TWO, data, group="gender", ordered=BFI, steps=list(REFERENCE))
    for step in result.steps:
        path = GOLDEN / f"bfi_invariance_gender_wuestabrook_{REFERENCE[step.name]}.json"
        expected = json.loads(path.read_text())
        for measure in ("chisq", "df", "chisq.scaled", "cfi.scaled", "rmsea.scaled", "srmr", "npar"):
            value = step.fit.npar if measure == "npar" else step.fit.fit[measure]
            assert value == pytest.approx(expected["fit"][measure], abs=1e-4, rel=1e-6), measure
        ours = {(r["lhs"], r["op"], r["rhs"], r["group"]): r for r in step.fit.parameters.to_dict("records")}
        for row in expected["parameters"]:
            found = ours[row["lhs"], row["op"], row["rhs"], row["group"]]
            assert found["est"] == pytest.approx(row["est"], abs=1e-4)
            assert found["se"] == pytest.approx(row["se"], abs=1e-4)
    chain = json.loads((GOLDEN / "bfi_invariance_gender_wuestabrook_tests.json").read_text())["lrt_chain"]
    for step, row in zip(result.steps[1:], chain["table"][1:], strict=True):
        assert step.difference is not None
        assert step.difference.statistic == pytest.approx(row["Chisq.diff"], rel=1e-4)
        assert step.difference.df == row["Df.diff"]
        assert step.difference.pvalue == pytest.approx(row["Pr..Chisq."], abs=1e-5)
    assert result.variant == "scaled"
    assert result.table["delta_cfi"].iloc[1] == pytest.approx(result.table["cfi"].diff().iloc[1])


def test_difference_tests_of_group_equal_models_equal_lavaan() -> None:
    data = pd.read_csv(GOLDEN / "bfi_agree_consc.csv")
    from_file = json.loads((GOLDEN / "bfi_nested_difference_wlsmv.json").read_text())["WLSMV_1f_vs_2f"][
        "table"
    ]
    one = "g =~ " + " + ".join(BFI)
    less, more = (fit(m, data, estimator="WLSMV", ordered=BFI) for m in (TWO, one))
    test = fit_difference(less, more)
    assert test is not None
    assert test.statistic == pytest.approx(from_file[1]["Chisq.diff"], rel=1e-4)
    assert fit_difference(more, less) is None


def test_continuous_steps_and_the_search_for_partial_invariance() -> None:
    """Holzinger & Swineford: intercepts of x3 and x7 differ between the schools (Beaujean, 2014)."""
    data = pd.read_csv(GOLDEN / "holzinger_swineford.csv")
    result = invariance(HS, data, group="school", estimator="ML")
    assert [s.name for s in result.steps] == ["configural", "metric", "scalar", "strict"]
    assert result.table["df"].tolist() == [48, 54, 60, 69]
    np.testing.assert_allclose(result.table["chisq"], [115.851, 124.044, 164.103, 181.511], atol=1e-3)
    np.testing.assert_allclose(result.table["delta_chisq"].iloc[1:], [8.192, 40.059, 17.409], atol=2e-3)
    before = result.step("scalar").fit.fit["chisq"]
    proposal = propose_partial(result, "scalar", largest_share=0.3)
    assert proposal.released == ("x3~1", "x7~1")
    assert proposal.succeeded
    assert result.step("scalar").fit.fit["chisq"] == before  # nothing was freed in the result itself
    again = invariance(HS, data, group="school", estimator="ML", partial=proposal.released)
    assert again.step("scalar").fit.fit["df"] == 58
    narrow = propose_partial(result, "scalar", acceptable=not_significant(0.05), largest_share=0.12)
    assert narrow.released == ("x3~1",)
    assert not narrow.succeeded


def test_binary_items_and_continuous_items_in_one_model() -> None:
    data = pd.read_csv(GOLDEN / "ord_mixed.csv")
    result = invariance(HS, data, group="school", ordered=["x4", "x5", "x6", "x8"])
    assert all(s.fit.converged for s in result.steps)
    assert result.table["df"].is_monotonic_increasing
    # three-category and binary items: equal thresholds alone restrict nothing
    assert result.table["df"].iloc[0] == result.table["df"].iloc[1]
    assert result.table["chisq"].iloc[0] == pytest.approx(result.table["chisq"].iloc[1], rel=1e-3)


def test_second_order_models_keep_their_higher_means_at_zero() -> None:
    data = pd.read_csv(GOLDEN / "holzinger_swineford.csv")
    result = invariance(f"{HS}\ng =~ visual + textual + speed", data, group="school", estimator="ML")
    assert all(s.fit.usable for s in result.steps)
    assert result.table["df"].tolist() == [48, 56, 62, 71]


def test_bad_requests_are_named() -> None:
    data = pd.read_csv(GOLDEN / "holzinger_swineford.csv")
    with pytest.raises(DataError, match="thresholds"):
        invariance(HS, data, group="school", steps=["configural", "thresholds"])
    with pytest.raises(DataError, match="nowhere"):
        invariance(HS, data, group="nowhere")
    result = invariance(HS, data, group="school", steps=["configural", "metric"])
    with pytest.raises(ValueError, match="first step"):
        propose_partial(result, "configural")
    assert "Measurement invariance over school" in result.to_text()
    assert result.to_dict()["steps"][1]["name"] == "metric"
