"""What the gate looks at, picked out of the sections of a report."""

from __future__ import annotations

from analysis.agreement import Aggregation
from analysis.evidence import Comparison, Findings
from analysis.hierarchy import GeneralFactor, general_factor
from analysis.invariance import GATE_GROUP, GroupInvariance
from analysis.reliability import ScoreReliability
from analysis.report.document import Section
from analysis.report.engine_words import engine_words
from analysis.report.groupings import groupings
from analysis.report.sample import Sample
from analysis.report.screening_section import screening_of
from analysis.rivals import RivalFits
from analysis.sem.cutoffs import DynamicCutoffs
from analysis.validity import heterotrait_ratios
from instruments import Instrument

LEFT_OUT = "本次未计算 / not computed in this run"


def gather(sample: Sample, sections: dict[str, Section]) -> Findings:
    """Rivals, reliabilities, HTMT, general factor, dynamic cut-offs and invariance, as far as made."""
    rivals = sections["structure"].results.get("rivals")
    fits = rivals if isinstance(rivals, RivalFits) else None
    instrument = sample.instrument
    has_parts = bool(instrument.indicators())
    cutoffs = _result(sections, "cutoffs", "cutoffs")
    target = fits.fits.get(instrument.evidence.target_model) if fits is not None else None
    general = _general(instrument, fits)
    out = screening_of(sample).excluded if len(sample.keyed) else ()
    complete = sample.keyed.dropna(how="any" if sample.missing == "listwise" else "all")
    return Findings(
        n=int((~complete.index.isin(list(out))).sum()),
        answered=len(sample.keyed),
        screened_out=len(out),
        target_problem=_words(target.reason if target is not None else ""),
        general_problem=_words(general.reason if general is not None else ""),
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
        general=general,
        simulated=sample.source.simulated,
        cutoffs=cutoffs if isinstance(cutoffs, DynamicCutoffs) else None,
        cutoffs_reason="" if isinstance(cutoffs, DynamicCutoffs) else _why(sections, "cutoffs"),
        comparisons=_comparisons(sample, sections),
        aggregations=_aggregations(sections),
    )


def _words(problem: str) -> tuple[str, str]:
    """What the engine says, in both languages; nothing where it has nothing to say."""
    found = engine_words(problem)
    return (found.zh, found.en) if problem else ("", "")


def _aggregations(sections: dict[str, Section]) -> tuple[Aggregation, ...]:
    """Agreement within units, one a dimension score; none where the data have no units."""
    made = sections["aggregation"].results.values() if "aggregation" in sections else ()
    return tuple(found for found in made if isinstance(found, Aggregation))


def _result(sections: dict[str, Section], section: str, name: str) -> object:
    return sections[section].results.get(name) if section in sections else None


def _why(sections: dict[str, Section], name: str) -> str:
    reason = sections[name].reason if name in sections else None
    return LEFT_OUT if reason is None else f"{reason.zh} / {reason.en}"


def _comparisons(sample: Sample, sections: dict[str, Section]) -> tuple[Comparison, ...]:
    """One a declared grouping; a level reached in small groups is no ground for comparing them."""
    found = []
    for grouping in groupings(sample):
        one = _result(sections, "invariance", f"invariance_{grouping.id}")
        if not isinstance(one, GroupInvariance):
            found.append(
                Comparison(
                    grouping=grouping.id, title=(grouping.title.zh, grouping.title.en),
                    groups=tuple(grouping.names), n=int(grouping.groups.notna().sum()), level=None,
                    reason=_why(sections, "invariance"),
                )
            )  # fmt: skip
            continue
        is_small = bool(one.sizes) and min(one.sizes.values()) < GATE_GROUP
        words = engine_words(one.reason)
        reason = f"{words.zh} / {words.en}" if one.reason else ""
        if is_small and one.level is not None:
            reason = f"有的组不足 {GATE_GROUP} 人 / some groups have fewer than {GATE_GROUP} people"
        found.append(
            Comparison(
                grouping=grouping.id,
                title=(grouping.title.zh, grouping.title.en),
                groups=tuple(one.sizes),
                n=sum(one.sizes.values()),
                level=None if is_small else one.level,
                reason=reason,
            )
        )
    return tuple(found)


def _general(instrument: Instrument, fits: RivalFits | None) -> GeneralFactor | None:
    total = fits.fits.get(instrument.evidence.total_model or "") if fits is not None else None
    return general_factor(total.fit) if total is not None and total.fit is not None else None
