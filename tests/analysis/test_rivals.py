"""Rival structures on real data equal lavaan; loadings agree with factor_analyzer; failures stay apart."""

from __future__ import annotations

import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from factor_analyzer import ConfirmatoryFactorAnalyzer, ModelSpecificationParser

from analysis.rivals import Rival, RivalFits, fit_rivals
from instruments import Instrument


def rivals_of(instrument: Instrument) -> list[Rival]:
    return [
        Rival(id=m.id, syntax=m.syntax, std_lv=m.std_lv, orthogonal=m.orthogonal, role=m.role)
        for m in instrument.models
    ]


@pytest.fixture(scope="module")
def found(bfi_keyed: pd.DataFrame, bfi_instrument: Instrument) -> RivalFits:
    return fit_rivals(rivals_of(bfi_instrument), bfi_keyed)


@pytest.mark.parametrize("model", ["m1", "m5"])
def test_fit_equals_lavaan(model: str, found: RivalFits, reference: dict[str, Any]) -> None:
    expected = reference["cfa"][model]["fit"]
    measures = found.fits[model].measures()
    for name, value in expected.items():
        ours = measures[{"rmsea.ci.lower": "rmsea_lower", "rmsea.ci.upper": "rmsea_upper"}.get(name, name)]
        assert ours == pytest.approx(value, rel=1e-5, abs=1e-4), name


@pytest.mark.parametrize("model", ["m1", "m5"])
def test_standardised_loadings_equal_lavaan(model: str, found: RivalFits, reference: dict[str, Any]) -> None:
    ours = found.fits[model].loadings()
    assert ours is not None
    for row, expected in zip(ours.itertuples(), reference["cfa"][model]["loadings"], strict=True):
        assert (row.lhs, row.rhs) == (expected["lhs"], expected["rhs"])
        assert row.std == pytest.approx(expected["std"], abs=1e-4)
        assert row.std_se == pytest.approx(expected["se"], abs=1e-4)


def test_listwise_n_is_said(found: RivalFits) -> None:
    assert (found.n, found.n_total, found.missing) == (2436, 2800, "listwise")


def test_the_better_structure_is_the_best(found: RivalFits) -> None:
    assert found.best == "m5"
    assert found.table.loc["m5", "delta_bic"] == 0
    assert found.table.loc["m1", "delta_bic"] > 1000


def factor_analyzer_loadings(data: pd.DataFrame, factors: dict[str, list[str]]) -> np.ndarray:
    """Non-zero loadings by factor_analyzer, signs positive, standardised by the items' SDs (divisor n)."""
    columns = [item for items in factors.values() for item in items]
    ordered = data[columns]
    specification = ModelSpecificationParser.parse_model_specification_from_dict(ordered, factors)
    analyzer = ConfirmatoryFactorAnalyzer(specification, disp=False)
    with warnings.catch_warnings():
        # factor_analyzer 0.5.1 uses scikit-learn's old name, which the pinned version still knows
        warnings.filterwarnings("ignore", message="'force_all_finite'", category=FutureWarning)
        # and an option of scipy's optimiser that the pinned scipy still takes
        warnings.filterwarnings("ignore", message=".*`disp` and `iprint`.*", category=DeprecationWarning)
        analyzer.fit(ordered.to_numpy(dtype=float))
    loadings = np.abs(analyzer.loadings_).sum(axis=1) / ordered.std(ddof=0).to_numpy()
    return np.asarray(loadings)


def test_four_factor_loadings_agree_with_factor_analyzer(
    jsjb_answers: pd.DataFrame, jsjb: Instrument
) -> None:
    items = list(jsjb.items)
    scored = jsjb_answers[items].where(jsjb_answers[items] <= 5).dropna()
    for code in items:
        if jsjb.items[code].reverse:
            scored[code] = 6 - scored[code]
    factors = {d.id.upper(): list(jsjb.items_of(d.id)) for d in jsjb.dimensions()}
    four = fit_rivals([Rival(id="a3", syntax=jsjb.model("a3").syntax)], scored).fits["a3"].loadings()
    assert four is not None
    order = [item for members in factors.values() for item in members]
    ours = four.set_index("rhs")["std"].reindex(order).abs().to_numpy()
    theirs = factor_analyzer_loadings(scored, factors)
    assert np.abs(ours - theirs).max() < 0.01  # its optimiser stops early; ours equals lavaan to 1e-4


def test_a_rival_that_cannot_be_fitted_keeps_its_reason(bfi_keyed: pd.DataFrame) -> None:
    fits = fit_rivals(
        [
            Rival(id="good", syntax="A =~ a1 + a2 + a3 + a4 + a5"),
            Rival(id="unknown", syntax="A =~ a1 + nowhere1 + a3"),
            Rival(id="garbled", syntax="A =~ =~ a1"),
        ],
        bfi_keyed,
    )
    assert fits.fits["good"].is_admissible
    assert "nowhere1" in fits.fits["unknown"].reason
    assert fits.fits["garbled"].reason
    assert list(fits.table["status"]) == ["ok", "not_estimated", "not_estimated"]
    assert fits.best == "good"


def test_factors_with_two_indicators_are_weak(jsjb_report: Any) -> None:
    fits = jsjb_report.section("structure").results["rivals"]
    assert fits.fits["a5"].weak_factors == ("ZZ", "GZ", "SY", "DY")
    assert fits.fits["a3"].weak_factors == ()


def test_syntax_files_are_those_of_the_instrument(jsjb: Instrument) -> None:
    folder = Path(__file__).parents[2] / "instruments" / "dandang-jsjb" / "0.1.0" / "models"
    for model in jsjb.models:
        assert (folder / model.file).name == model.file
        assert "=~" in model.syntax
