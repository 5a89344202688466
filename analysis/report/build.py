"""`build_report`: answers and an instrument in, a frozen report out, section by section.

A section that fails says why and the others stand; the same data, instrument and seed give the same numbers.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.evidence import Evidence, Findings, judge
from analysis.hierarchy import GeneralFactor, general_factor
from analysis.reliability import ScoreReliability
from analysis.report.dimensionality_section import dimensionality_section
from analysis.report.document import Block, InstrumentFacts, ReportSource, Section, Table, Text
from analysis.report.evidence_section import evidence_section
from analysis.report.frame_sections import (
    appendix_section,
    instrument_section,
    limits_section,
    software_versions,
    summary_section,
)
from analysis.report.item_section import item_section
from analysis.report.names import instrument_title
from analysis.report.reliability_section import reliability_section
from analysis.report.sample import Missing, Sample, prepare
from analysis.report.sample_section import sample_section
from analysis.report.structure_section import structure_section
from analysis.results import Result, plain
from analysis.rivals import RivalFits
from analysis.validity import heterotrait_ratios
from instruments import Instrument

Progress = Callable[[str, float], None]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report(Result):
    """A psychometric report: what it is bound to, its sections, and the evidence they add up to."""

    instrument: InstrumentFacts
    source: ReportSource
    language: str
    seed: int
    missing: Missing
    n: int
    software: dict[str, str]
    sections: tuple[Section, ...]
    evidence: Evidence

    def section(self, name: str) -> Section:
        """The section of this id. Raises KeyError."""
        for section in self.sections:
            if section.id == name:
                return section
        raise KeyError(name)

    def to_dict(self) -> dict[str, Any]:
        """Everything but the blocks, which `analysis.render` writes, as JSON-ready data."""
        return {
            **{name: plain(getattr(self, name)) for name in ("instrument", "source", "software")},
            "language": self.language,
            "seed": self.seed,
            "missing": self.missing,
            "n": self.n,
            "evidence": self.evidence.to_dict(),
            "sections": [section.to_dict() for section in self.sections],
        }


STEPS: tuple[tuple[str, Text, Callable[[Sample], Section], float], ...] = (
    ("instrument", Text("问卷", "instrument"), instrument_section, 0.03),
    ("sample", Text("样本与缺失", "sample and missing answers"), sample_section, 0.08),
    ("items", Text("项目分析", "items"), item_section, 0.12),
    ("dimensionality", Text("维度", "dimensionality"), dimensionality_section, 0.30),
    ("structure", Text("结构", "structure"), structure_section, 0.70),
    ("reliability", Text("信度", "reliability"), reliability_section, 0.90),
)


def build_report(
    data: pd.DataFrame,
    instrument: Instrument,
    *,
    source: ReportSource,
    language: str = "zh-CN",
    seed: int = 20240501,
    missing: Missing = "listwise",
    progress: Progress | None = None,
) -> Report:
    """The report on `data`: one row a respondent, item codes as columns, values as answered, NaN = missing.

    Background columns and `unit` may stand beside the items. seed drives all simulation. missing: what
    confirmatory analyses do with missing answers, listwise or full-information maximum likelihood.
    progress is called with a step in words and the share done (0..1). Raises ValueError when `data` hold
    no item.
    """
    tell = progress or (lambda _step, _share: None)
    sample = prepare(data, instrument, source, seed, missing)
    sections: dict[str, Section] = {}
    done = 0.0
    for name, title, make, share in STEPS:
        tell(f"{title.zh} / {title.en}", done)
        sections[name] = attempt(name, title, make, sample)
        done = share
    tell("证据 / evidence", 0.92)
    evidence = judge(instrument, gather(sample, sections))
    sections["evidence"] = attempt(
        "evidence", Text("证据", "evidence"), lambda s: evidence_section(s, evidence), sample
    )
    sections["limits"] = attempt("limits", Text("局限与用途", "limits"), limits_section, sample)
    sections["appendix"] = attempt("appendix", Text("附录", "appendix"), appendix_section, sample)
    sections = gather_appendix(sections)
    summary = attempt("summary", Text("摘要", "abstract"), lambda s: summary_section(s, evidence), sample)
    tell("完成 / done", 1.0)
    return Report(
        instrument=_facts(sample),
        source=source,
        language=language,
        seed=seed,
        missing=missing,
        n=len(sample.raw),
        software=software_versions(),
        sections=(summary, *sections.values()),
        evidence=evidence,
    )


def attempt(name: str, title: Text, make: Callable[[Sample], Section], sample: Sample) -> Section:
    """The section, or one in its place that says why it failed: the other sections stand."""
    try:
        return make(sample)
    except Exception as error:  # whatever goes wrong in one section must not take the others with it
        logger.exception("section %s failed", name)
        why = f"{type(error).__name__}: {error}"
        return Section(
            id=name,
            title=title,
            status="failed",
            reason=Text(
                f"这一部分没有算成，其余部分不受影响。原因：{why}",
                f"This part failed, the others stand: {why}",
            ),
        )


def gather_appendix(sections: dict[str, Section]) -> dict[str, Section]:
    """Move every table marked for the appendix there, in order, before what the appendix holds of its own."""
    moved: list[Block] = []
    kept: dict[str, Section] = {}
    for name, section in sections.items():
        if name == "appendix":
            kept[name] = dataclasses.replace(section, blocks=(*moved, *section.blocks))
            continue
        stays = tuple(b for b in section.blocks if not (isinstance(b, Table) and b.is_appendix))
        moved += [b for b in section.blocks if isinstance(b, Table) and b.is_appendix]
        kept[name] = dataclasses.replace(section, blocks=stays)
    return kept


def gather(sample: Sample, sections: dict[str, Section]) -> Findings:
    """Pick out of the sections what the gate looks at."""
    rivals = sections["structure"].results.get("rivals")
    fits = rivals if isinstance(rivals, RivalFits) else None
    instrument = sample.instrument
    has_parts = bool(instrument.indicators())
    return Findings(
        n=fits.n if fits is not None else len(sample.keyed.dropna()),
        rivals=fits,
        reliabilities=[
            r for r in sections["reliability"].results.values() if isinstance(r, ScoreReliability)
        ],
        dimension_ratios=heterotrait_ratios(
            sample.keyed, {c.id: instrument.items_of(c.id) for c in instrument.dimensions()}
        ),
        indicator_ratios=heterotrait_ratios(
            sample.keyed, {c.id: instrument.items_of(c.id) for c in instrument.indicators()}
        )
        if has_parts
        else None,
        general=_general(instrument, fits),
        simulated=sample.source.simulated,
    )


def _general(instrument: Instrument, fits: RivalFits | None) -> GeneralFactor | None:
    total = fits.fits.get(instrument.evidence.total_model or "") if fits is not None else None
    return general_factor(total.fit) if total is not None and total.fit is not None else None


def _facts(sample: Sample) -> InstrumentFacts:
    instrument = sample.instrument
    return InstrumentFacts(
        id=instrument.id,
        version=instrument.version,
        ref=instrument.ref,
        fingerprint=instrument.fingerprint,
        status=instrument.status,
        form=sample.form,
        scoring_version=instrument.scoring.version,
        title=instrument_title(instrument),
    )
