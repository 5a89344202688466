"""Two data sets: real people (bfi) and simulated ones with 不了解 among their answers."""

from __future__ import annotations

from pathlib import Path

import pytest

import instruments
from analysis.interchange import Dataset, dataset_of
from analysis.simulated import simulate_respondents
from instruments import Instrument

BFI = Path(__file__).parents[2] / "data" / "bfi" / "bfi.csv"
PEOPLE = 340


@pytest.fixture(scope="session")
def bfi() -> Instrument:
    return instruments.load("ipip-bfi-25/1.0.0")


@pytest.fixture(scope="session")
def bfi_data(bfi: Instrument) -> Dataset:
    header, *lines = BFI.read_text().splitlines()
    names = [name.lower() for name in header.split(",")]
    columns = [name for name in names if name in bfi.items or name == "gender"]
    rows = []
    for line in lines[:PEOPLE]:
        cells = dict(zip(names, line.split(","), strict=True))
        told = [cells[name] or None for name in columns]
        rows.append([int(c) if c and n != "gender" else c for n, c in zip(columns, told, strict=True)])
    return dataset_of(bfi, columns, rows, title="bfi", form=bfi.default_form)


@pytest.fixture(scope="session")
def duty() -> Instrument:
    return instruments.load("dandang-jsjb/0.1.0")


@pytest.fixture(scope="session")
def duty_data(duty: Instrument) -> Dataset:
    sample = simulate_respondents(duty, units={"R1": 60}, seed=5)
    asked = [question.id for question in duty.background]
    rated = [*duty.items, *duty.quality.attention]
    rows = [
        [sample.unit[k], *(sample.background[k].get(q) for q in asked), *(answers.get(i) for i in rated)]
        for k, answers in enumerate(sample.answers)
    ]
    return dataset_of(
        duty,
        ["unit", *asked, *rated],
        rows,
        title="模拟 <b>测评</b> & 报告",
        form="full",
        simulated=True,
        facts={"来源 / source": "一行\n两行"},
    )
