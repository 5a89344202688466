"""C2 and M2* equal mirt's; what cannot be tested is named."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Literal

import pandas as pd
import pytest

from analysis.irt import fit_graded, limited_fit

GOLDEN = Path(__file__).parents[1] / "golden" / "report"


@pytest.mark.parametrize(
    ("name", "kind", "key"),
    [
        ("irt_grm_sim12", "C2", "fit_C2"),
        ("irt_grm_sim12", "M2*", "fit_M2star"),
        ("irt_grm_bfi_conscientiousness", "C2", "fit_C2"),
    ],
)
def test_equals_mirt(name: str, kind: Literal["C2", "M2*"], key: str) -> None:
    expected = json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))
    data = pd.read_csv(GOLDEN / expected["data"])[expected["items"]]
    found = limited_fit(fit_graded(data), data, kind=kind)
    assert found.status == "ok"
    assert found.df == expected[key]["df"]
    assert found.statistic == pytest.approx(expected[key]["M2"], abs=1e-2)
    assert found.p == pytest.approx(expected[key]["p"], abs=1e-4)
    assert found.rmsea == pytest.approx(expected[key]["RMSEA"], abs=1e-5)


def test_too_few_moments_is_named() -> None:
    data = pd.read_csv(GOLDEN / "bfi_ac_keyed_complete.csv")[["C1", "C2", "C3", "C4", "C5"]]
    assert limited_fit(fit_graded(data), data, kind="M2*").status == "no_df"
    assert limited_fit(fit_graded(data[:20]), data[:20]).status == "no_model"
