"""Omega hierarchical of a second-order model equals semTools' share of the second-order factor."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

from analysis.hierarchy import general_factor
from analysis.sem import fit
from instruments import Instrument


def test_second_order_equals_semtools(
    bfi_keyed: pd.DataFrame, bfi_instrument: Instrument, reference: dict[str, Any]
) -> None:
    syntax = bfi_instrument.model("m5").syntax + "\nG =~ AGREE + CONSC + EXTRA + NEURO + OPEN"
    found = general_factor(fit(syntax, bfi_keyed))
    assert found.factor == "G"
    assert found.omega_hierarchical == pytest.approx(reference["second_order"]["omegaL1"], abs=1e-4)


def test_correlated_factors_have_no_general_factor(
    bfi_keyed: pd.DataFrame, bfi_instrument: Instrument
) -> None:
    found = general_factor(fit(bfi_instrument.model("m5").syntax, bfi_keyed))
    assert found.omega_hierarchical is None
    assert found.reason
