"""Four correlated factors on 32 items, 600 simulated people: our engine and factor_analyzer's CFA.

The peer gives loadings and standard errors; ours gives these, every fit index and the standardised solution.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from factor_analyzer import ConfirmatoryFactorAnalyzer, ModelSpecificationParser

import instruments
from analysis.scoring import recode_matrix
from analysis.sem import fit
from analysis.simulated import simulate_respondents
from benchmarks.ratio import Ratio, median_seconds


def _data(n: int) -> pd.DataFrame:
    instrument = instruments.load("dandang-jsjb/0.1.0")
    sample = simulate_respondents(instrument, units={"a": n}, seed=11, careless_share=0.0, missing_share=0.0)
    items = tuple(instrument.items)
    matrix = np.array([[p.get(c, np.nan) for c in items] for p in sample.answers], dtype=float)
    recoded = recode_matrix(instrument, items, matrix)
    return pd.DataFrame(recoded, columns=list(items)).fillna(3.0)


def measure() -> Iterator[Ratio]:
    """Seconds a fit."""
    instrument = instruments.load("dandang-jsjb/0.1.0")
    data = _data(600)
    four = {dim.id: list(instrument.items_of(dim.id)) for dim in instrument.dimensions()}

    def _peer() -> None:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            specification = ModelSpecificationParser.parse_model_specification_from_dict(data, four)
            ConfirmatoryFactorAnalyzer(specification, disp=False).fit(data.to_numpy())

    ours = median_seconds(lambda: fit(instrument.model("a3").syntax, data), 5)
    yield Ratio(
        "CFA, 4 factors × 8 items, n = 600", "s", ours, median_seconds(_peer, 1), "factor_analyzer CFA"
    )
    higher = median_seconds(lambda: fit(instrument.model("a5").syntax, data), 5)
    yield Ratio("CFA, 8 → 4 against 4 factors, n = 600", "s", higher, ours, "our own 4 factors")
