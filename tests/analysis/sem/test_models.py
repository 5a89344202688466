"""The hypotheses of the product: df, CFI, RMSEA and BIC of every model on the simulated fixture."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from analysis.sem import fit
from analysis.sem.parameter_table import TableOptions, build_table
from analysis.sem.syntax import parse

MODELS = Path(__file__).parents[1] / "golden" / "models"
EXPECTED = pd.read_csv(MODELS / "expected.csv").set_index("model").drop("d1_indicator_scores_2level")
FITTED = [name for name, row in EXPECTED.iterrows() if row.dataset.startswith("fixture_g")]


def options(text: str) -> dict[str, bool]:
    return {"std_lv": "std.lv = TRUE" in text, "orthogonal": "orthogonal = TRUE" in text}


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.read_csv(MODELS / "fixture_g.csv")


@pytest.mark.parametrize("name", FITTED)
def test_fits_as_expected(name: str, answers: pd.DataFrame) -> None:
    text = (MODELS / f"{name}.lav").read_text(encoding="utf-8")
    found, expected = fit(text, answers, **options(text)), EXPECTED.loc[name]
    assert found.fit["df"] == expected.df
    assert found.npar == expected.npar
    assert round(found.fit["cfi"] or 0, 3) == expected.cfi_sim
    assert round(found.fit["rmsea"] or 0, 3) == expected.rmsea_sim
    assert round(found.fit["bic"] or 0) == expected.bic_sim
    assert found.usable == expected.admissible_sim


@pytest.mark.parametrize("name", sorted(set(EXPECTED.index) - set(FITTED)))
def test_has_the_expected_degrees_of_freedom(name: str) -> None:
    text = (MODELS / f"{name}.lav").read_text(encoding="utf-8")
    table = build_table(parse(text), TableOptions(**options(text)))
    p = len(table.variables.observed)
    assert table.n_theta == EXPECTED.loc[name].npar
    assert p * (p + 1) // 2 - table.n_theta == EXPECTED.loc[name].df
