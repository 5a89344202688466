"""The PDF: several pages, the same bytes each time, in both languages, words never taken for markup."""

from __future__ import annotations

import re
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import instruments
from analysis.render.pdf import to_pdf
from analysis.report import Report, ReportSource, build_report
from analysis.simulated import simulate_respondents

BFI = instruments.load("ipip-bfi-25")
SOURCE = ReportSource(
    kind="file",
    title="#panic(1) *粗体* $x$ 〔试〕",
    simulated=True,
    data_fingerprint="sha256:0",
    engine_version="0",
    filter="全部",
    run_id="run-1",
)


@pytest.fixture(scope="module")
def report() -> Report:
    sample = simulate_respondents(BFI, units={"a": 150}, seed=2)
    rows = [{code: float(person.get(code, np.nan)) for code in BFI.items} for person in sample.answers]
    return build_report(pd.DataFrame(rows), BFI, source=SOURCE)


@pytest.mark.parametrize("language", ["zh-CN", "en"])
def test_a_document_of_several_pages_with_its_font(report: Report, language: str) -> None:
    made = to_pdf(report, language=language)
    assert made.startswith(b"%PDF-")
    assert len(re.findall(rb"/Type\s*/Page\b", made)) >= 5
    assert b"NotoSansSC" in made.replace(b" ", b"")


def test_the_same_report_gives_the_same_bytes_and_another_title_others(report: Report) -> None:
    first = to_pdf(report)
    assert first == to_pdf(report)
    other = replace(report, source=replace(report.source, title="另一份"))
    assert to_pdf(other) != first
