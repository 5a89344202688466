"""Invariance of coarse answers: by WLSMV, by MLR where that cannot be, and the section says which."""

from __future__ import annotations

import dataclasses
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.invariance import GroupInvariance
from analysis.report import invariance_section as room
from analysis.report.document import Paragraph, Section
from analysis.report.groupings import groupings
from analysis.report.sample import Sample, prepare
from instruments import Instrument
from tests.analysis.conftest import source_of

STEPS = ["configural", "thresholds", "metric", "scalar", "strict"]
MEASURES = ["chisq", "df", "cfi", "rmsea", "srmr", "delta_cfi", "delta_rmsea", "delta_srmr"]


@pytest.fixture
def sample(jsjb_answers: pd.DataFrame, jsjb: Instrument) -> Sample:
    return prepare(jsjb_answers, jsjb, source_of(simulated=True), 1)


def ladder(estimator: str) -> GroupInvariance:
    steps = [s for s in STEPS if estimator == "WLSMV" or s != "thresholds"]
    measures = dict.fromkeys([*MEASURES, "delta_chisq", "delta_df", "delta_pvalue"], 0.9)
    return GroupInvariance(
        grouping="", sizes={"1": 300, "2": 300}, left_out={}, estimator=estimator, variant="", limits=None,
        table=pd.DataFrame({"step": steps, **measures, "holds": True}), level="strict", proposed_step="",
        released=(), released_share=None, proposal_holds=None,
    )  # fmt: skip


def told(
    sample: Sample, patch: pytest.MonkeyPatch, *, impossible: str = ""
) -> tuple[Section, list[tuple[str, bool]]]:
    """The section on coarse answers, and the calls (grouping, ordinal) it made."""
    calls: list[tuple[str, bool]] = []

    def _ladder(*_: Any, grouping: str, ordinal: bool, **__: Any) -> GroupInvariance:
        calls.append((grouping, ordinal))
        made = ladder("WLSMV" if ordinal else "MLR")
        fails = ordinal and grouping == impossible
        return dataclasses.replace(made, table=pd.DataFrame(), level=None, reason="x") if fails else made

    patch.setattr(room, "choose_estimator", lambda *_, **__: SimpleNamespace(estimator="WLSMV"))
    patch.setattr(room, "group_invariance", _ladder)
    return room.invariance_section(sample), calls


def test_a_grouping_that_cannot_be_ordinal_goes_by_mlr_and_is_named(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(room, "ORDINAL_ITEMS", 32)
    found = groupings(sample)
    section, calls = told(sample, monkeypatch, impossible=found[0].id)
    assert calls[:3] == [(found[0].id, True), (found[0].id, False), (found[1].id, True)]
    first = section.blocks[0]
    assert isinstance(first, Paragraph)
    assert first.values["which"].number == found[0].title
    table = section.tables()[0]
    assert table.method_values["estimator"].number == "MLR / WLSMV"
    assert "阈值" in {t.zh for t in table.frame["step_title"]}


def test_many_items_go_by_mlr_and_it_says_why(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    section, calls = told(sample, monkeypatch)
    assert not any(ordinal for _, ordinal in calls)
    first = section.blocks[0]
    assert isinstance(first, Paragraph)
    assert first.kind == "caution"
    assert np.isclose(float(str(first.values["limit"].number)), room.ORDINAL_ITEMS)
