"""Rules on scores: reliable, told apart, and a total only where its structure carries it."""

from __future__ import annotations

import math

from analysis.evidence.reasons import PART_OF_LEVEL, Findings, Reason, against, both_ways, title
from instruments import Instrument


def reliability_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """Omega of every dimension, indicator and index; what an index is made of must hold as well (`gate`)."""
    levels = {rule.id: rule.level for rule in instrument.scoring.scores}
    reasons = []
    for one in findings.reliabilities:
        part = PART_OF_LEVEL.get(levels[one.score])
        if part in ("dimension", "indicator", "index"):
            names = title(instrument, one.score)
            reasons.append(
                against(
                    "omega",
                    (f"ω（{names[0]}）", f"omega ({names[1]})"),
                    one.omega.omega_total,
                    instrument.evidence.min_omega,
                    at_least=True,
                    part=part,
                    why=both_ways(one.omega.reason),
                    scores=(one.score,),
                )
            )
    return reasons


def distinctness_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """HTMT of the closest pair of dimensions, and of each pair of indicators that share a dimension."""
    limit = instrument.evidence.max_htmt
    if limit is None:
        return []
    reasons = []
    ratios = findings.dimension_ratios
    if len(instrument.dimensions()) > 1:
        reasons.append(
            against(
                "htmt",
                ("HTMT（各维度之间最大）", "HTMT (largest between dimensions)"),
                ratios.largest() if ratios is not None else None,
                limit,
                at_least=False,
                part="dimension",
                why=both_ways(ratios.reason if ratios is not None else "没有相关矩阵 / no correlations"),
            )
        )
    return reasons + _pair_reasons(instrument, findings, limit)


def _pair_reasons(instrument: Instrument, findings: Findings, limit: float) -> list[Reason]:
    """Two indicators of one dimension that cannot be told apart are reported as the dimension only."""
    if findings.indicator_ratios is None:
        return []
    table = findings.indicator_ratios.table
    reasons = []
    for dimension in instrument.dimensions():
        inside = {child.id for child in dimension.walk() if child.level == "indicator"}
        for one, other, ratio in zip(table["one"], table["other"], table["htmt"], strict=True):
            if one in inside and other in inside:
                pair = [title(instrument, str(c)) for c in (one, other)]
                reasons.append(
                    against(
                        "htmt",
                        (f"HTMT（{pair[0][0]}–{pair[1][0]}）", f"HTMT ({pair[0][1]} – {pair[1][1]})"),
                        None if math.isnan(ratio) else float(ratio),
                        limit,
                        at_least=False,
                        part="indicator",
                        scores=(str(one), str(other)),
                    )
                )
    return reasons


def total_reasons(instrument: Instrument, findings: Findings) -> list[Reason]:
    """A total score needs its structure to be no worse than the target, and a strong general factor."""
    rules = instrument.evidence
    if rules.total_model is None or findings.rivals is None:
        return []
    total = findings.rivals.fits.get(rules.total_model)
    target = findings.rivals.fits.get(rules.target_model)
    gap = None
    if total is not None and target is not None and total.is_admissible and target.is_admissible:
        gap = total.measures()["bic"] - target.measures()["bic"]
    name = f"BIC({rules.total_model}) − BIC({rules.target_model})"
    why = ("两个结构未都得到可用的估计", "not both structures have usable estimates")
    reasons = [against("total_no_worse", (name, name), gap, 0.0, at_least=False, part="total", why=why)]
    if rules.min_omega_hierarchical is not None:
        general = findings.general
        reasons.append(
            against(
                "omega_hierarchical",
                ("ω_h（总因子）", "omega hierarchical"),
                general.omega_hierarchical if general is not None else None,
                rules.min_omega_hierarchical,
                at_least=True,
                part="total",
                why=findings.general_problem if general is not None else why,
            )
        )
    return reasons
