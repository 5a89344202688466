"""Difference and Wald tests against lavaan's, by every method."""

from __future__ import annotations

import pandas as pd
import pytest

from analysis.sem import DataError, Fit, ModelSyntaxError, fit
from analysis.sem.difference import compare
from analysis.sem.wald import wald_test
from tests.analysis.sem import reference

STEPS = {
    "configural": (),
    "metric": ("loadings",),
    "scalar": ("loadings", "intercepts"),
    "strict": ("loadings", "intercepts", "residuals"),
}


@pytest.fixture(scope="module")
def hs() -> pd.DataFrame:
    return pd.read_csv(reference.GOLDEN / "holzinger_swineford.csv")


@pytest.fixture(scope="module")
def three() -> str:
    return str(reference.load("hs_cfa_ml")["model"])


def chain(model: str, data: pd.DataFrame, estimator: str) -> list[Fit]:
    return [fit(model, data, estimator=estimator, group="school", group_equal=e) for e in STEPS.values()]


@pytest.mark.parametrize(
    ("estimator", "method", "key"),
    [
        ("ML", "default", "lrt_chain"),
        ("MLR", "default", "lrt_chain"),
        ("MLR", "satorra.2000", "lrt_chain_satorra2000"),
    ],
)
def test_invariance_chain(three: str, hs: pd.DataFrame, estimator: str, method: str, key: str) -> None:
    wanted = reference.load(f"hs_invariance_school_{estimator.lower()}_tests")[key]["table"]
    found = compare(*chain(three, hs, estimator), method=method, names=list(STEPS)).table
    assert list(found.name) == list(STEPS)
    for ours, theirs in zip(found.itertuples(), wanted, strict=True):
        assert ours.df == theirs["Df"]
        assert ours.bic == pytest.approx(theirs["BIC"], rel=1e-6)
        if theirs["Chisq.diff"] is not None:
            assert ours.chisq_diff == pytest.approx(theirs["Chisq.diff"], rel=1e-4)
            assert ours.pvalue == pytest.approx(theirs["Pr..Chisq."], abs=1e-4)
            if "RMSEA" in theirs:
                assert ours.rmsea_diff == pytest.approx(theirs["RMSEA"], abs=1e-4)


@pytest.mark.parametrize("estimator", ["ML", "MLR", "MLM"])
def test_one_factor_against_three(three: str, hs: pd.DataFrame, estimator: str) -> None:
    wanted = reference.load("hs_nested_difference_tests")[estimator]["table"][1]
    one = str(reference.load("hs_onefactor_ml")["model"])
    found = compare(fit(one, hs, estimator=estimator), fit(three, hs, estimator=estimator)).table.iloc[1]
    assert found["name"] == "model 1"
    assert found.chisq_diff == pytest.approx(wanted["Chisq.diff"], rel=1e-4)


@pytest.mark.parametrize(
    ("estimator", "method", "key"),
    [
        ("MLR", "satorra.bentler.2010", "MLR_sb2010"),
        ("MLM", "satorra.bentler.2010", "MLM_sb2010"),
        ("MLM", "satorra.2000", "MLM_satorra2000"),
    ],
)
def test_other_methods(three: str, hs: pd.DataFrame, estimator: str, method: str, key: str) -> None:
    wanted = reference.load("sem_difference_wald")[key]["table"][1]
    found = compare(*chain(three, hs, estimator)[:2], method=method).table.iloc[1]
    assert found.chisq_diff == pytest.approx(wanted["Chisq.diff"], rel=1e-4)


def test_wald(hs: pd.DataFrame) -> None:
    case = reference.load("sem_difference_wald")
    found = wald_test(fit(case["wald_model"], hs, estimator="MLR"), "a == b\nc == 1")
    assert found.statistic == pytest.approx(case["wald"]["stat"], rel=1e-4)
    assert (found.df, found.hypotheses) == (2, ("a == b", "c == 1"))


def test_wald_of_one_parameter_is_its_z_squared(hs: pd.DataFrame) -> None:
    found = fit("f =~ x1 + a*x2 + b*x3\nd := a - b", hs)
    z = found.parameters.iloc[-1].z
    assert wald_test(found, "d == 0").statistic == pytest.approx(z**2)


@pytest.mark.parametrize(
    ("text", "words"),
    [("a == zz", "'zz'"), ("a := b", "=="), ("", "no hypothesis"), ("a == b\nb == a", "repeat")],
)
def test_bad_hypotheses(hs: pd.DataFrame, text: str, words: str) -> None:
    found = fit("f =~ x1 + a*x2 + b*x3", hs)
    with pytest.raises(ModelSyntaxError, match=words):
        wald_test(found, text)


def test_what_cannot_be_compared_is_refused(three: str, hs: pd.DataFrame) -> None:
    first = fit(three, hs)
    with pytest.raises(DataError, match="at least two"):
        compare(first)
    with pytest.raises(DataError, match="different data"):
        compare(first, fit(three, hs.iloc[:200]))
    with pytest.raises(DataError, match="different observed"):
        compare(first, fit("f =~ x1 + x2 + x3 + x4", hs))
    with pytest.raises(DataError, match="unknown difference test"):
        compare(first, first, method="likelihood")
