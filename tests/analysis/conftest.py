"""Real answers (bfi), simulated ones (dandang-jsjb) and reference numbers that the report's tests share."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import instruments
from analysis.report import Report, ReportSource, build_report
from analysis.scoring import recode_matrix
from analysis.simulated import simulate_respondents
from instruments import Instrument

HERE = Path(__file__).parent
BFI = HERE.parent / "data" / "bfi" / "bfi.csv"


def source_of(*, simulated: bool, title: str = "bfi.csv") -> ReportSource:
    return ReportSource(
        kind="file",
        title=title,
        simulated=simulated,
        data_fingerprint="sha256:0123",
        engine_version="0.1.0",
        filter="文件中全部有效行 / all valid rows of the file",
        run_id="00112233aabbccdd",
    )


@pytest.fixture(scope="session")
def reference() -> dict[str, Any]:
    """Numbers of tests/analysis/golden/report/bfi_report.R."""
    found: dict[str, Any] = json.loads((HERE / "golden/report/bfi_report.json").read_text(encoding="utf-8"))
    return found


@pytest.fixture(scope="session")
def bfi_instrument() -> Instrument:
    return instruments.load("ipip-bfi-25/1.0.0")


@pytest.fixture(scope="session")
def jsjb() -> Instrument:
    return instruments.load("dandang-jsjb/0.1.0")


@pytest.fixture(scope="session")
def bfi_answers() -> pd.DataFrame:
    """2,800 real people as they answered, background as text."""
    raw = pd.read_csv(BFI, dtype={"gender": str, "education": str}).rename(columns=str.lower)
    return raw.drop(columns="age")


@pytest.fixture(scope="session")
def bfi_keyed(bfi_answers: pd.DataFrame, bfi_instrument: Instrument) -> pd.DataFrame:
    """The 25 items, reversed ones turned."""
    items = list(bfi_instrument.items)
    matrix = bfi_answers[items].to_numpy(dtype=float)
    return pd.DataFrame(recode_matrix(bfi_instrument, items, matrix), columns=items)


@pytest.fixture(scope="session")
def bfi_report(bfi_answers: pd.DataFrame, bfi_instrument: Instrument) -> Report:
    return build_report(bfi_answers, bfi_instrument, source=source_of(simulated=False), depth="quick")


@pytest.fixture(scope="session")
def jsjb_answers(jsjb: Instrument) -> pd.DataFrame:
    """800 simulated people, 不了解 left as its code."""
    sample = simulate_respondents(jsjb, units={f"u{k}": 40 for k in range(20)}, seed=11)
    frame = pd.DataFrame([{c: p.get(c, np.nan) for c in jsjb.items} for p in sample.answers])
    for question in jsjb.background:
        frame[question.id] = pd.Series([b.get(question.id) for b in sample.background], dtype=object)
    return frame


def with_models(instrument: Instrument, *kept: str) -> Instrument:
    """The instrument with some of its models only: each fit costs a test its seconds."""
    return instrument.model_copy(update={"models": tuple(m for m in instrument.models if m.id in kept)})


@pytest.fixture(scope="session")
def jsjb_short(jsjb: Instrument) -> Instrument:
    return with_models(jsjb, "a1", "a3", "a5", "a6")


@pytest.fixture(scope="session")
def jsjb_report(jsjb_answers: pd.DataFrame, jsjb_short: Instrument) -> Report:
    source = source_of(simulated=True, title="模拟测评")
    return build_report(jsjb_answers, jsjb_short, source=source, depth="quick")
