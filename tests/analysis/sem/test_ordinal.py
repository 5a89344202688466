"""Ordinal and mixed fits against lavaan's: estimates, standard errors, standardised, every fit measure."""

import json
import re
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.sem import DataError, ModelSyntaxError, fit
from analysis.sem.difference import compare

GOLDEN = Path(__file__).parents[1] / "golden" / "sem"
EQUALITIES = {"loadings": ("loadings",), "thresholds_loadings": ("thresholds", "loadings")}
# lavaan's delta parameterisation leaves out what an ordinal mediator passes on; its theta agrees with us
LAVAAN_IS_WRONG = {"ord_mediator", "ord_path"}
NOT_OFFERED = {"ord_mimic"}  # continuous responses beside ordinal ones, given covariates


def names_of(value: str | list[str] | None) -> tuple[str, ...]:
    return () if value is None else (value,) if isinstance(value, str) else tuple(value)


def options_of(case: dict[str, Any]) -> dict[str, Any]:
    """The arguments of `fit` for one reference file: as lavaan was called."""
    given = case.get("arguments")
    if given is not None:
        return {
            "estimator": given["estimator"],
            "ordered": names_of(given["ordered"]),
            "missing": given.get("missing", "listwise"),
            "parameterization": given.get("parameterization", "delta"),
            "std_lv": given.get("std.lv") == "TRUE",
            "group": given.get("group"),
            "group_equal": names_of(given.get("group.equal")),
            "group_partial": names_of(given.get("group.partial")),
        }
    call = case["call"]
    return {
        "estimator": case["estimator"].split()[0].strip(","),
        "ordered": tuple(sorted(set(re.findall(r"\b[ACx]\d\b", case["model"])))),
        "missing": "pairwise" if "pairwise" in call else "listwise",
        "parameterization": "theta" if "parameterization='theta'" in call else "delta",
        "std_lv": "std.lv=TRUE" in call,
        "orthogonal": "orthogonal=TRUE" in call,
        "group": "gender" if "group='gender'" in call else None,
        "group_equal": EQUALITIES.get(case["name"].removeprefix("bfi_invariance_gender_wlsmv_"), ()),
    }


def reference_cases() -> list[str]:
    found = []
    for path in sorted(GOLDEN.glob("*.json")):
        if not re.match(r"ord_|bfi_.*(wls|uls|dwls|wuestabrook)|hs_ordinal", path.stem):
            continue
        if '"parameters"' in path.read_text() and path.stem not in LAVAAN_IS_WRONG | NOT_OFFERED:
            found.append(path.stem)
    return found


@pytest.mark.parametrize("name", reference_cases())
def test_equals_lavaan(name: str) -> None:
    case = json.loads((GOLDEN / f"{name}.json").read_text())
    result = fit(case["model"], pd.read_csv(GOLDEN / case["data"]), **options_of(case))
    assert result.converged
    ours = {(r["lhs"], r["op"], r["rhs"], r["group"]): r for r in result.parameters.to_dict("records")}
    for expected in case["parameters"]:
        group = 1 if expected["op"] == ":=" else expected["group"]
        row = ours[expected["lhs"], expected["op"], expected["rhs"], group]
        for column in ("est", "se", "std_lv", "std_all", "std_all_se"):
            if expected.get(column) is not None:
                assert row[column] == pytest.approx(expected[column], abs=1e-4, rel=1e-4), (column, expected)
    for measure, value in case["fit"].items():
        if value is None:
            assert result.fit.get(measure) is None, measure
        else:
            relative = 1e-3 if "chisq" in measure else 1e-5
            assert result.fit[measure] == pytest.approx(value, abs=1e-4, rel=relative), measure


def test_standardised_solution_beyond_an_ordinal_mediator_does_not_depend_on_the_parameterisation() -> None:
    case = json.loads((GOLDEN / "ord_mediator.json").read_text())
    data = pd.read_csv(GOLDEN / case["data"])
    options = options_of(case)
    delta = fit(case["model"], data, **options)
    theta = fit(case["model"], data, **{**options, "parameterization": "theta"})
    for column in ("std_all", "std_all_se"):
        np.testing.assert_allclose(delta.parameters[column], theta.parameters[column], atol=1e-6)


def test_column_order_and_row_order_do_not_matter() -> None:
    case = json.loads((GOLDEN / "ord_small.json").read_text())
    data = pd.read_csv(GOLDEN / case["data"])
    options = options_of(case)
    first = fit(case["model"], data, **options)
    turned = fit(case["model"], data.iloc[::-1, ::-1], **options)
    np.testing.assert_allclose(turned.parameters["est"], first.parameters["est"], atol=1e-7)
    assert turned.fit["chisq.scaled"] == pytest.approx(first.fit["chisq.scaled"], abs=1e-6)


def test_bad_input_is_named() -> None:
    data = pd.read_csv(GOLDEN / "ord_small.csv")
    model = "f =~ A1 + A2 + A3 + A4"
    with pytest.raises(DataError, match="nobody"):
        fit(model, data, estimator="WLSMV", ordered=["A1", "nobody"])
    with pytest.raises(DataError, match="ML cannot take ordinal"):
        fit(model, data, ordered=["A1"])
    with pytest.raises(DataError, match="name them"):
        fit(model, data, estimator="WLSMV")
    with pytest.raises(DataError, match="A1"):
        fit(model, data.assign(A1=3), estimator="WLSMV", ordered=list(data.columns))
    with pytest.raises(DataError, match=r"A2.*too many"):
        fit(model, data.assign(A2=np.arange(len(data))), estimator="WLSMV", ordered=list(data.columns))
    grouped = data.assign(half=np.arange(len(data)) % 2)
    grouped.loc[(grouped["half"] == 1) & (grouped["A3"] == 2), "A3"] = 3
    with pytest.raises(DataError, match="A3: category 2 is empty in group 1"):
        fit(model, grouped, estimator="WLSMV", ordered=list(data.columns), group="half")


def test_an_item_with_a_perfect_twin_is_reported() -> None:
    data = pd.read_csv(GOLDEN / "ord_ability.csv").dropna().assign(twin=lambda d: d["r1"])
    result = fit("f =~ r1 + r2 + r3 + twin", data, estimator="WLSMV", ordered=["r1", "r2", "r3", "twin"])
    assert result.status == "inadmissible"
    assert any("perfectly associated items: r1 with twin" in sentence for sentence in result.problems)


def test_full_wls_says_that_it_needs_more_cases() -> None:
    data = pd.read_csv(GOLDEN / "ord_small.csv").head(20)
    with pytest.raises(DataError, match="WLS cannot invert"):
        fit("f =~ A1 + A2 + A3 + A4", data, estimator="WLS", ordered=list(data.columns))


def test_a_threshold_beyond_the_categories_is_named() -> None:
    data = pd.read_csv(GOLDEN / "ord_small.csv")
    with pytest.raises(ModelSyntaxError, match=r"line 2.*no threshold t4"):
        fit("f =~ A1 + A2 + A3\nA1 | t1 + t4", data, estimator="WLSMV", ordered=list(data.columns))


def test_covariates_beside_continuous_responses_are_refused_by_name() -> None:
    case = json.loads((GOLDEN / "ord_mimic.json").read_text())
    with pytest.raises(DataError, match="x1, x2, x3, x7, x9"):
        fit(case["model"], pd.read_csv(GOLDEN / case["data"]), **options_of(case))
    random_x = f"{case['model']}\nageyr ~~ ageyr"
    assert fit(random_x, pd.read_csv(GOLDEN / case["data"]), **options_of(case)).converged


def test_difference_test_with_covariates() -> None:
    case = json.loads((GOLDEN / "ord_covariates_theta.json").read_text())
    data, options = pd.read_csv(GOLDEN / case["data"]), options_of(case)
    less = fit(case["model"], data, **options)
    more = fit(case["model"].replace("neuro ~ age", "neuro ~ 0*age"), data, **options)
    table = compare(less, more).table
    z = less.parameters.query("op == '~' and rhs == 'age'")["z"].iloc[0]
    assert table["chisq_diff"].iloc[1] == pytest.approx(z**2, rel=0.15)  # the Wald test of the same slope


def test_all_items_can_be_ordinal_without_naming_them() -> None:
    data = pd.read_csv(GOLDEN / "ord_small.csv")
    model = "f =~ A1 + A2 + A3 + A4 + A5"
    named = fit(model, data, estimator="WLSMV", ordered=list(data.columns))
    assert fit(model, data, estimator="WLSMV", ordered=["all"]).fit == named.fit
