"""Rules on structure: enough people, an admissible target model, and its fit.

Dynamic cut-offs, simulated for this very model, decide on fit where the instrument prefers them and they
were computed; the fixed ones then stand beside them. The instrument names the level: how much misfit (how
many omitted cross-loadings, or residual correlations) a supported structure must be better than.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping

from analysis.evidence.reasons import Findings, Reason, Words, against, said
from analysis.sem.cutoffs import DynamicCutoffs
from instruments import Instrument

NO_ESTIMATE = ("目标结构没有可用的估计", "no usable estimate of the target structure")


def structure_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """Number of people, admissibility, then CFI, SRMR and RMSEA of the target model."""
    rules = instrument.evidence
    target = findings.rivals.fits.get(rules.target_model) if findings.rivals is not None else None
    admissible = None if target is None else target.is_admissible
    measures = target.told() if target is not None and admissible else {}
    dynamic = _dynamic_reasons(instrument, findings, measures) if admissible else []
    decided = {reason.rule.removesuffix("_dynamic") for reason in dynamic}
    return [
        _usable(instrument, findings),
        _admissible(instrument, admissible, findings.target_problem),
        *dynamic,
        *_fixed_reasons(instrument, measures, decided),
    ]


def _usable(instrument: Instrument, findings: Findings) -> Reason:
    """People who count, with how many answered and how many the screening rules leave out beside them."""
    name = ("可用人数", "usable people")
    found = against(
        "usable_n", name, findings.n, instrument.evidence.min_usable_n, at_least=True, part="structure"
    )
    answered, out = findings.answered, findings.screened_out
    return dataclasses.replace(
        found,
        text_zh=f"{found.text_zh}。共 {answered} 人作答，作答质量规则筛除 {out} 人，其余的须答全各题",
        text_en=f"{found.text_en}. {answered} answered, the screening rules leave out {out}, the others must "
        "be complete",
    )


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


def _admissible(instrument: Instrument, met: bool | None, problem: Words) -> Reason:
    model = instrument.evidence.target_model
    name = (
        f"目标结构 {model} 收敛且参数可接受",
        f"target structure {model} converges to admissible estimates",
    )
    outcome = said(met, ("未作拟合", "not fitted"))
    return Reason(
        rule="target_admissible",
        name_zh=name[0],
        name_en=name[1],
        value=None,
        limit=None,
        met=met,
        text_zh=f"{name[0]}：{outcome[0]}" + (f"（{problem[0]}）" if problem[0] else ""),
        text_en=f"{name[1]}: {outcome[1]}" + (f" ({problem[1]})" if problem[1] else ""),
        value_text="",
        limit_text="",
    )
