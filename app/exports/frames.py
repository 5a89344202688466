"""Answers read from a file, as what the analyses take: a frame for the report, a described data set.

(Not for the web process.)
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from analysis.interchange import Dataset, dataset_of
from app.exports.imports import AnswerTable
from instruments import Instrument


def frame_of(table: AnswerTable, instrument: Instrument) -> pd.DataFrame:
    """The accepted rows of a file as respondents × items; 不了解-type answers count as missing."""
    frame = pd.DataFrame(table.rows, columns=list(table.items)).astype(float)
    for code in table.items:
        na_code = instrument.scale_of(code).na_code
        if na_code is not None:
            frame[code] = frame[code].replace(na_code, np.nan)
    for question in (*instrument.background, *instrument.quality.diligence):
        frame[question.id] = pd.Series([row.get(question.id) for row in table.background], dtype=object)
    if any(table.units):
        frame["unit"] = pd.Series([unit or None for unit in table.units], dtype=object)
    return frame


def dataset_from(
    table: AnswerTable, instrument: Instrument, *, title: str, form: str, simulated: bool, fingerprint: str
) -> Dataset:
    """The accepted rows of a file, described by the instrument."""
    asked = [
        question.id
        for question in (*instrument.background, *instrument.quality.diligence)
        if any(question.id in told for told in table.background)
    ]
    has_units = any(table.units)
    rows = [
        [
            *([unit or None] if has_units else []),
            *(told.get(question) for question in asked),
            *(given.get(item) for item in table.items),
        ]
        for given, told, unit in zip(table.rows, table.background, table.units, strict=True)
    ]
    return dataset_of(
        instrument,
        [*(["unit"] if has_units else []), *asked, *table.items],
        rows,
        title=title,
        form=form,
        simulated=simulated,
        facts={"来源 / source": title, "数据指纹 / fingerprint": f"sha256:{fingerprint}"},
    )
