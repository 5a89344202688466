"""`build_report`: answers and an instrument in, a frozen report out, section by section.

A section that fails says why and the others stand; the same data, instrument and seed give the same numbers.
"""

from __future__ import annotations

import dataclasses
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.companions import Companion
from analysis.evidence import Evidence, judge
from analysis.report.document import Block, InstrumentFacts, ReportSource, Section, Table, Text
from analysis.report.evidence_section import evidence_section
from analysis.report.findings import gather
from analysis.report.frame_sections import (
    appendix_section,
    limits_section,
    software_versions,
    summary_section,
)
from analysis.report.names import instrument_title
from analysis.report.sample import Missing, Sample, prepare
from analysis.report.steps import ORDER, STEPS, Depth, left_out, not_yet
from analysis.results import Result, plain
from instruments import Instrument

Progress = Callable[[str, float], None]
logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Draft(Result):
    """What a report is bound to and the sections there are so far; the others stand as pending."""

    instrument: InstrumentFacts
    source: ReportSource
    language: str
    seed: int
    missing: Missing
    depth: Depth
    n: int
    software: dict[str, str]
    sections: tuple[Section, ...]

    @property
    def pending(self) -> int:
        """How many sections are still to be computed."""
        return sum(section.status == "pending" for section in self.sections)

    def section(self, name: str) -> Section:
        """The section of this id. Raises KeyError."""
        for section in self.sections:
            if section.id == name:
                return section
        raise KeyError(name)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Report(Draft):
    """A psychometric report: what it is bound to, its sections, and the evidence they add up to."""

    evidence: Evidence

    def to_dict(self) -> dict[str, Any]:
        """Everything but the blocks, which `analysis.render` writes, as JSON-ready data."""
        return {
            **{name: plain(getattr(self, name)) for name in ("instrument", "source", "software")},
            "language": self.language,
            "seed": self.seed,
            "missing": self.missing,
            "depth": self.depth,
            "n": self.n,
            "evidence": self.evidence.to_dict(),
            "sections": [section.to_dict() for section in self.sections],
        }


def build_report(
    data: pd.DataFrame,
    instrument: Instrument,
    *,
    source: ReportSource,
    language: str = "zh-CN",
    seed: int = 20240501,
    missing: Missing = "listwise",
    depth: Depth = "full",
    companions: Sequence[Companion] = (),
    retest: pd.DataFrame | None = None,
    progress: Progress | None = None,
    so_far: Callable[[Draft], None] | None = None,
) -> Report:
    """The report on `data`: one row a respondent, item codes as columns, values as answered, NaN = missing.

    Background columns and `unit` may stand beside the items. seed drives all simulation. missing: what
    confirmatory analyses do with missing answers, listwise or full-information maximum likelihood.
    depth: "full"; "standard" leaves out what takes minutes (dynamic cut-offs, the bifactor graded model);
    "quick" leaves out item response theory, differential item functioning and invariance too, and the
    report says so. companions: scales beside the instrument whose columns `data` hold as well.
    retest: a second wave laid out like `data`, linked by the column `person` in both; columns `rated` and
    `rater` make each row a rating.
    progress is called with a step in words and the share done (0..1), so_far after each section with all
    there are by then. Raises ValueError when `data` hold
    no item or not a companion's columns, or a person twice in a wave.
    """
    tell = progress or (lambda _step, _share: None)
    sample = prepare(data, instrument, source, seed, missing, companions, retest)
    made: dict[str, Section] = {}
    bound: dict[str, Any] = {
        "instrument": _facts(sample),
        "source": source,
        "language": language,
        "seed": seed,
        "missing": missing,
        "depth": depth,
        "n": len(sample.raw),
        "software": software_versions(),
    }
    total, done = sum(step.cost for step in STEPS), 0.0
    waiting = {step.id: not_yet(step) if step.belongs_to(depth) else left_out(step) for step in STEPS}
    for step in STEPS:
        tell(f"{step.title.zh} / {step.title.en}", 0.95 * done / total)
        made[step.id] = (
            attempt(step.id, step.title, step.make, sample) if step.belongs_to(depth) else left_out(step)
        )
        done += step.cost
        if so_far is not None:
            there = {**waiting, **made}
            so_far(Draft(**bound, sections=tuple(there[name] for name in ORDER)))
    sections = {name: made[name] for name in ORDER}
    tell("证据 / evidence", 0.95)
    evidence = judge(instrument, gather(sample, sections))
    sections["evidence"] = attempt(
        "evidence", Text("证据", "evidence"), lambda s: evidence_section(s, evidence), sample
    )
    sections["limits"] = attempt("limits", Text("局限与用途", "limits"), limits_section, sample)
    sections["appendix"] = attempt("appendix", Text("附录", "appendix"), appendix_section, sample)
    sections = gather_appendix(sections)
    summary = attempt("summary", Text("摘要", "abstract"), lambda s: summary_section(s, evidence), sample)
    tell("完成 / done", 1.0)
    return Report(**bound, sections=(summary, *sections.values()), evidence=evidence)


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
