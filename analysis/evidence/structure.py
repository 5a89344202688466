"""Rules on structure: enough people, an admissible target model, and its fit.

Dynamic cut-offs, simulated for this very model, decide on fit where the instrument prefers them and they
were computed; the fixed ones then stand beside them. The instrument names the level: how much misfit (how
many omitted cross-loadings, or residual correlations) a supported structure must be better than.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from analysis.evidence.reasons import Findings, Reason, against, both_ways, said
from analysis.rivals import RivalFit
from analysis.sem.cutoffs import DynamicCutoffs
from instruments import Instrument

NO_ESTIMATE = ("目标结构没有可用的估计", "no usable estimate of the target structure")


def structure_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """Number of people, admissibility, then CFI, SRMR and RMSEA of the target model."""
    rules = instrument.evidence
    target = findings.rivals.fits.get(rules.target_model) if findings.rivals is not None else None
    admissible = None if target is None else target.is_admissible
    measures = target.fit.fit if target is not None and target.fit is not None and admissible else {}
    people = ("结构分析可用人数", "people usable for the structure")
    dynamic = _dynamic_reasons(instrument, findings, measures) if admissible else []
    decided = {reason.rule.removesuffix("_dynamic") for reason in dynamic}
    return [
        against("usable_n", people, findings.n, rules.min_usable_n, at_least=True, part="structure"),
        _admissible(instrument, target, admissible),
        *dynamic,
        *_fixed_reasons(instrument, measures, decided),
    ]


def _fixed_reasons(
    instrument: Instrument, measures: Mapping[str, float | None], decided: set[str]
) -> list[Reason]:
    """Fixed cut-offs; those of an index that a dynamic cut-off decides on are shown only."""
    rules = instrument.evidence
    checks = (
        ("cfi", rules.min_cfi, True),
        ("srmr", rules.max_srmr, False),
        ("rmsea", rules.max_rmsea, False),
    )
    return [
        against(
            key,
            (key.upper(), key.upper()),
            measures.get(key),
            limit,
            at_least=high,
            part="structure",
            why=NO_ESTIMATE,
            decides=key not in decided,
            limit_words=("固定界值，仅供对照", "fixed cut-off, for comparison") if key in decided else None,
        )
        for key, limit, high in checks
    ]


def _dynamic_reasons(
    instrument: Instrument, findings: Findings, measures: Mapping[str, float | None]
) -> list[Reason]:
    """CFI, SRMR and RMSEA against the cut-offs of the instrument's level, where these are defined."""
    rules = instrument.evidence
    if not rules.prefer_dynamic_cutoffs or findings.cutoffs is None:
        return []
    limits = level_cutoffs(findings.cutoffs, rules.dynamic_level)
    words = (f"动态界值，第 {rules.dynamic_level} 级", f"dynamic cut-off, level {rules.dynamic_level}")
    return [
        against(
            f"{key}_dynamic",
            (key.upper(), key.upper()),
            measures.get(key),
            limits[key],
            at_least=key == "cfi",
            part="structure",
            why=NO_ESTIMATE,
            limit_words=words,
        )
        for key in ("cfi", "srmr", "rmsea")
        if key in limits
    ]


def level_cutoffs(cutoffs: DynamicCutoffs, level: int) -> dict[str, float]:
    """The cut-offs of a level, of the highest there is where the model has fewer; undefined ones left out."""
    table = cutoffs.table[cutoffs.table["level"] > 0]
    if table.empty:
        return {}
    row = table[table["level"] <= level].iloc[-1]
    return {key: float(row[key]) for key in ("cfi", "srmr", "rmsea") if not math.isnan(row[key])}


def _admissible(instrument: Instrument, target: RivalFit | None, met: bool | None) -> Reason:
    model = instrument.evidence.target_model
    name = (
        f"目标结构 {model} 收敛且参数可接受",
        f"target structure {model} converges to admissible estimates",
    )
    why = target.reason if target is not None else ""
    outcome = said(met, ("未作拟合", "not fitted"))
    tail = both_ways(why) if why else ("", "")
    return Reason(
        rule="target_admissible",
        name_zh=name[0],
        name_en=name[1],
        value=None,
        limit=None,
        met=met,
        text_zh=f"{name[0]}：{outcome[0]}" + (f"（{tail[0]}）" if why else ""),
        text_en=f"{name[1]}: {outcome[1]}" + (f" ({tail[1]})" if why else ""),
        value_text="",
        limit_text="",
    )
