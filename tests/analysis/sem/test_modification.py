"""Modification indices and score tests against lavaan's modindices() and lavTestScore()."""

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from analysis.sem import fit
from analysis.sem.modification import modification_indices, score_tests

GOLDEN = Path(__file__).parents[1] / "golden" / "sem"
BFI = [*(f"A{k}" for k in range(1, 6)), *(f"C{k}" for k in range(1, 6))]
NE = [*(f"N{k}" for k in range(1, 6)), *(f"E{k}" for k in range(1, 6))]


@pytest.mark.parametrize(
    ("name", "key", "options"),
    [
        ("hs_cfa_ml_modindices", "all", {}),
        ("bfi_2f_wlsmv_modindices", "top20", {"estimator": "WLSMV", "ordered": BFI}),
        ("ord_mixed_modindices", "modindices", {"estimator": "WLSMV", "ordered": ["x4", "x5", "x6", "x8"]}),
        (
            "ord_three_scalar_modindices",
            "modindices",
            {
                "estimator": "WLSMV",
                "ordered": NE,
                "group": "education",
                "group_equal": ("thresholds", "loadings"),
            },
        ),
    ],
)
def test_indices_equal_lavaan(name: str, key: str, options: dict[str, Any]) -> None:
    reference = json.loads((GOLDEN / f"{name}.json").read_text())
    data = pd.read_csv(GOLDEN / reference["data"])
    table = modification_indices(fit(reference["model"], data, **options)).table
    assert table["mi"].is_monotonic_decreasing
    ours = {(r.lhs, r.op, r.rhs, r.group): r for r in table.itertuples()}
    if key != "top20":
        assert len(ours) == len(reference[key])
    for expected in reference[key]:
        row = ours[expected["lhs"], expected["op"], expected["rhs"], expected.get("group", 1)]
        assert row.mi == pytest.approx(expected["mi"], rel=1e-3, abs=1e-4)
        assert row.epc == pytest.approx(expected["epc"], abs=1e-4)
        assert row.sepc_lv == pytest.approx(expected["sepc.lv"], abs=1e-4)
        assert row.sepc_all == pytest.approx(expected["sepc.all"], abs=1e-4)


def test_freeing_the_largest_index_lowers_chi_square_by_about_that_much() -> None:
    data = pd.read_csv(GOLDEN / "ord_mixed.csv")
    model = "visual =~ x1 + x2 + x3\nspeed =~ x7 + x9 + x2"
    before = fit(model, data)
    top = modification_indices(before, minimum=1.0).table.iloc[0]
    after = fit(f"{model}\n{top.lhs} {top.op} {top.rhs}", data)
    drop = before.fit["chisq"] - after.fit["chisq"]
    assert drop == pytest.approx(top.mi, rel=0.35)


def test_score_tests_name_the_row_that_is_held() -> None:
    data = pd.read_csv(GOLDEN / "ord_mixed.csv")
    grouped = fit(
        "visual =~ x1 + x2 + x3\nspeed =~ x7 + x9 + x2", data, group="school", group_equal=("loadings",)
    )
    tests = score_tests(grouped)
    assert tests.df == len(tests.table) == 4
    assert set(tests.table["op"]) == {"=~"}
    assert (tests.table["statistic"] <= tests.total + 1e-9).all()
    with pytest.raises(ValueError, match="no equality constraint"):
        score_tests(fit("visual =~ x1 + x2 + x3", data))


def test_tables_as_text() -> None:
    data = pd.read_csv(GOLDEN / "ord_mixed.csv")
    grouped = fit("visual =~ x1 + x2 + x3", data, group="school", group_equal=("loadings",))
    assert "Score tests of 2 equalities together" in score_tests(grouped).to_text()
    assert "Modification indices (ML)" in modification_indices(grouped).to_text(rows=3)
