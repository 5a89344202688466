"""The evidence alone, without the report around it: what the worker computes for scores that leave the house.

The same sections as the report's, as far as the gate reads them, so that the two cannot differ.
"""

from __future__ import annotations

from typing import Literal

import pandas as pd

from analysis.evidence import Evidence, Findings, judge
from analysis.report.aggregation_section import aggregation_section
from analysis.report.build import Progress, attempt
from analysis.report.cutoffs_section import cutoffs_section
from analysis.report.document import ReportSource, Section, Text
from analysis.report.findings import gather
from analysis.report.invariance_section import invariance_section
from analysis.report.reliability_section import reliabilities
from analysis.report.sample import Missing, Sample, prepare
from analysis.report.structure_section import structure_section
from instruments import Instrument

Reach = Literal["estimates", "comparisons", "everything"]
REACHES: tuple[Reach, ...] = ("estimates", "comparisons", "everything")


def gate_evidence(
    data: pd.DataFrame,
    instrument: Instrument,
    *,
    source: ReportSource,
    seed: int = 20240501,
    missing: Missing = "listwise",
    reach: Reach = "everything",
    progress: Progress | None = None,
) -> Evidence:
    """The instrument's evidence rules held against `data` (as `build_report` takes them).

    reach: "estimates": coefficients, fit, agreement within units; "comparisons": invariance as well;
    "everything": dynamic cut-offs as well. Raises ValueError when `data` hold no item.
    """
    sample = prepare(data, _narrowed(instrument), source, seed, missing)
    return judge(sample.instrument, gather(sample, _sections(sample, reach, progress)))


def evidence_of_nobody(instrument: Instrument) -> Evidence:
    """The verdict where no answers count: insufficient data, by the rule on the number of people."""
    nothing = Findings(
        n=0, rivals=None, reliabilities=(), dimension_ratios=None, indicator_ratios=None, general=None,
        simulated=False,
    )  # fmt: skip
    return judge(instrument, nothing)


def _narrowed(instrument: Instrument) -> Instrument:
    """With the models that the rules name only."""
    rules = instrument.evidence
    named = {rules.target_model, rules.total_model}
    return instrument.model_copy(update={"models": tuple(m for m in instrument.models if m.id in named)})


def _sections(sample: Sample, reach: Reach, progress: Progress | None) -> dict[str, Section]:
    tell = progress or (lambda _step, _share: None)
    steps = (
        ("reliability", Text("信度", "reliability"), _reliability, "estimates", 0.0),
        ("structure", Text("结构", "structure"), structure_section, "estimates", 0.05),
        ("aggregation", Text("单位", "units"), aggregation_section, "estimates", 0.1),
        ("invariance", Text("测量等值", "invariance"), invariance_section, "comparisons", 0.15),
        ("cutoffs", Text("动态界值", "dynamic cut-offs"), cutoffs_section, "everything", 0.4),
    )
    made: dict[str, Section] = {}
    for name, title, make, needed, share in steps:
        if REACHES.index(needed) <= REACHES.index(reach):
            tell(f"{title.zh} / {title.en}", share)
            made[name] = attempt(name, title, make, sample)
    return made


def _reliability(sample: Sample) -> Section:
    return Section(
        id="reliability",
        title=Text("信度", "reliability"),
        results={one.score: one for one in reliabilities(sample)},
    )
