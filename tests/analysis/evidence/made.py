"""Answers made for the gate: they follow the instrument's structure, but for one thing that a test spoils."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from analysis.evidence import Evidence
from analysis.report.gate import Reach, gate_evidence
from analysis.results import FloatArray
from instruments import Instrument
from tests.analysis.conftest import source_of

CUTS = (-1.6, -0.7, 0.3, 1.2)


class Maker:
    """Draws people from 8 → 4 → general; the weights are those of the factors, loadings those of items.

    apart: correlation of the two indicators of a dimension is `indicator`²; of dimensions `dimension`².
    """

    def __init__(
        self, instrument: Instrument, *, dimension: float = 0.80, indicator: float = 0.85, item: float = 0.78
    ) -> None:
        self.instrument, self.dimension, self.indicator, self.item = instrument, dimension, indicator, item
        self.items: dict[str, float] = {}  # items, indicators or dimensions with a weight of their own
        self.wording = 0.0  # weight of a factor of reversed items
        self.cuts = CUTS
        self.halves = False  # two general factors, of the first two dimensions and of the others

    def draw(self, n: int, seed: int = 5, unit: FloatArray | None = None) -> pd.DataFrame:
        """n people × items as answered. unit: for each, what the unit adds to the general factor."""
        rng = np.random.default_rng(seed)
        general = rng.standard_normal(n) if unit is None else unit
        wording = rng.standard_normal(n)
        columns: dict[str, Any] = {}
        for place, dimension in enumerate(self.instrument.dimensions()):
            if self.halves and place == 2:
                general = self._below(rng, general, 0.3)
            top = self._below(rng, general, self.items.get(dimension.id, self.dimension))
            for indicator in dimension.children:
                middle = self._below(rng, top, self.items.get(indicator.id, self.indicator))
                for code in self.instrument.items_of(indicator.id):
                    item, weight = self.instrument.items[code], self.items.get(code, self.item)
                    method = self.wording if item.reverse else 0.0
                    latent = weight * middle + method * wording
                    latent += np.sqrt(1 - weight**2 - method**2) * rng.standard_normal(n)
                    answer = np.digitize(latent, self.cuts) + 1.0
                    columns[code] = 6 - answer if item.reverse else answer
        return pd.DataFrame(columns)

    @staticmethod
    def _below(rng: np.random.Generator, above: FloatArray, weight: float) -> FloatArray:
        return np.asarray(weight * above + np.sqrt(1 - weight**2) * rng.standard_normal(len(above)))


def evidence_on(data: pd.DataFrame, instrument: Instrument, reach: Reach = "estimates") -> Evidence:
    """The gate on these answers, as the worker computes it."""
    return gate_evidence(data, instrument, source=source_of(simulated=False), reach=reach)


def unmet(evidence: Evidence) -> list[tuple[str, tuple[str, ...]]]:
    """Rules that decide on a score and are not met, with the scores they name."""
    return [(r.rule, r.scores) for r in evidence.reasons if r.met is False and r.decides]
