"""Verdicts held against one real fit whose numbers are then moved, and against real answers (bfi)."""

from __future__ import annotations

import dataclasses
import json

import numpy as np
import pandas as pd
import pytest

from analysis.evidence import Comparison, Evidence, Findings, Reason, judge
from analysis.evidence.reasons import InvarianceLevel
from analysis.report import gate
from analysis.report.sample import prepare
from analysis.rivals import RivalFit, RivalFits
from analysis.sem import Fit
from analysis.sem.cutoffs import DynamicCutoffs, dynamic_cutoffs
from instruments import Instrument
from tests.analysis.conftest import source_of
from tests.analysis.evidence.made import Maker, evidence_on


@pytest.fixture(scope="module")
def passing(jsjb: Instrument) -> tuple[Evidence, Findings]:
    """The verdict on clean answers, and what it rests on."""
    seen: list[Findings] = []

    def _judge(instrument: Instrument, findings: Findings) -> Evidence:
        seen.append(findings)
        return judge(instrument, findings)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gate, "judge", _judge)
        evidence = evidence_on(Maker(jsjb).draw(600), jsjb)
    return evidence, seen[0]


def reason_of(evidence: Evidence, rule: str, score: str | None = None) -> Reason:
    return next(
        r for r in evidence.reasons if r.rule == rule and (score is None or not r.scores or score in r.scores)
    )


def with_target(findings: Findings, **measures: float) -> Findings:
    """The same findings with other fit measures of the target model, the robust ones among them."""
    assert findings.rivals is not None
    target = findings.rivals.fits["a5"]
    assert target.fit is not None
    robust = {f"{name}.robust": value for name, value in measures.items() if name != "srmr"}
    changed = dataclasses.replace(
        target, fit=dataclasses.replace(target.fit, fit={**target.fit.fit, **measures, **robust})
    )
    return with_rival(findings, "a5", changed)


def with_rival(findings: Findings, name: str, rival: RivalFit) -> Findings:
    assert findings.rivals is not None
    rivals: RivalFits = dataclasses.replace(findings.rivals, fits={**findings.rivals.fits, name: rival})
    return dataclasses.replace(findings, rivals=rivals)


@pytest.mark.parametrize(("rule", "bad"), [("cfi", 0.949), ("srmr", 0.081), ("rmsea", 0.061)])
def test_each_fit_rule_can_fail_alone(
    rule: str, bad: float, passing: tuple[Evidence, Findings], jsjb: Instrument
) -> None:
    evidence = judge(jsjb, with_target(passing[1], **{rule: bad}))
    assert evidence.verdict == "not supported"
    assert [r.rule for r in evidence.reasons if r.met is False] == [rule]
    assert "未达到" in reason_of(evidence, rule).text_zh
    assert "not met" in reason_of(evidence, rule).text_en


def test_what_cannot_be_judged_is_insufficient(passing: tuple[Evidence, Findings], jsjb: Instrument) -> None:
    evidence = judge(jsjb, dataclasses.replace(passing[1], rivals=None, general=None))
    assert evidence.verdict == "insufficient data"
    assert evidence.cfa is None
    assert reason_of(evidence, "target_admissible").met is None
    assert "无法判断" in reason_of(evidence, "cfi").text_zh


def test_real_answers_to_bfi_are_not_supported(bfi_answers: pd.DataFrame, bfi_instrument: Instrument) -> None:
    evidence = evidence_on(bfi_answers, bfi_instrument)
    assert evidence.verdict == "not supported"
    assert reason_of(evidence, "cfi").met is False
    assert reason_of(evidence, "cfi").value == pytest.approx(0.7839, abs=1e-4)  # robust
    assert evidence.simulated is False


def test_simulated_answers_say_so(passing: tuple[Evidence, Findings], jsjb: Instrument) -> None:
    evidence = judge(jsjb, dataclasses.replace(passing[1], simulated=True))
    assert evidence.simulated
    assert "只用于演示" in evidence.scope_zh
    assert "demonstration only" in evidence.scope_en
    assert not passing[0].simulated


def test_where_nobody_counts_the_data_are_insufficient(jsjb: Instrument) -> None:
    evidence = gate.evidence_of_nobody(jsjb)
    assert evidence.verdict == "insufficient data"
    assert reason_of(evidence, "usable_n").met is False
    assert not evidence.may_compare()


def test_the_plain_form_keeps_the_agreed_names(passing: tuple[Evidence, Findings]) -> None:
    found = passing[0].to_dict()
    json.dumps(found, allow_nan=False)
    assert {"verdict", "reasons", "simulated", "n", "cfa", "scores"} <= set(found)
    assert {"rule", "value", "limit", "met", "text_zh", "text_en"} <= set(found["reasons"][0])
    cfa = (
        "model estimator missing n chisq df pvalue cfi tli rmsea rmsea_lower rmsea_upper srmr status problems"
    )
    assert set(cfa.split()) <= set(found["cfa"])
    score = "id n alpha alpha_lower alpha_upper omega omega_lower omega_upper sem sd note"
    assert set(score.split()) <= set(found["scores"][0])


def cutoffs_of(fitted: Fit, *, cfi: float, srmr: float) -> DynamicCutoffs:
    """Cut-offs as the simulation would give them, with the values a test needs."""
    rows = [
        {"level": level, "cfi": cfi if level else 0.99, "srmr": srmr if level else 0.02, "rmsea": np.nan}
        for level in range(4)
    ]
    return DynamicCutoffs(
        kind="several factors",
        cut=True,
        smoothed=False,
        n=500,
        replications=10,
        seed=1,
        observed={name: float(fitted.fit[name] or np.nan) for name in ("cfi", "srmr", "rmsea")},
        table=pd.DataFrame(rows),
    )


def target_of(findings: Findings) -> Fit:
    assert findings.rivals is not None
    target = findings.rivals.fits["a5"].fit
    assert target is not None
    return target


def test_dynamic_cutoffs_decide_and_fixed_ones_stand_beside(
    passing: tuple[Evidence, Findings], jsjb: Instrument
) -> None:
    target = target_of(passing[1])
    value = target.fit["cfi"] or 0.0
    strict = cutoffs_of(target, cfi=value + 0.001, srmr=0.5)
    refused = judge(jsjb, dataclasses.replace(passing[1], cutoffs=strict))
    assert refused.verdict == "not supported"
    assert [r.rule for r in refused.reasons if r.met is False] == ["cfi_dynamic"]
    assert "第 3 级" in reason_of(refused, "cfi_dynamic").text_zh
    mild = cutoffs_of(target, cfi=value - 0.05, srmr=0.5)
    lenient = judge(jsjb, dataclasses.replace(with_target(passing[1], cfi=value - 0.01), cutoffs=mild))
    # below the fixed .95 or not: where a dynamic cut-off is defined it decides, RMSEA keeps the fixed one
    assert lenient.verdict == "supported"
    assert not reason_of(lenient, "cfi").decides
    assert reason_of(lenient, "rmsea").decides
    assert "rmsea_dynamic" not in {r.rule for r in lenient.reasons}


def test_real_dynamic_cutoffs_reach_the_gate(passing: tuple[Evidence, Findings], jsjb: Instrument) -> None:
    data = prepare(Maker(jsjb).draw(600), jsjb, source_of(simulated=False), 1).keyed
    found = dynamic_cutoffs(target_of(passing[1]), replications=12, seed=3, likert=data)
    evidence = judge(jsjb, dataclasses.replace(passing[1], cutoffs=found))
    assert evidence.verdict == "supported"
    assert {"cfi_dynamic", "srmr_dynamic", "rmsea_dynamic"} <= {r.rule for r in evidence.reasons}


@pytest.mark.parametrize(
    ("level", "met"),
    [("none", False), ("metric", False), ("partial scalar", True), ("scalar", True), (None, None)],
)
def test_groups_are_compared_only_after_partial_scalar_invariance(
    level: InvarianceLevel | None, met: bool | None, passing: tuple[Evidence, Findings], jsjb: Instrument
) -> None:
    def over(grouping: str, found: InvarianceLevel | None) -> Comparison:
        return Comparison(
            grouping=grouping, title=("性别", "sex"), groups=("1", "2"), n=900, level=found, reason=""
        )

    evidence = judge(jsjb, dataclasses.replace(passing[1], comparisons=(over("sex", level),)))
    assert reason_of(evidence, "invariance:sex").met is met
    assert evidence.verdict == "supported"  # a comparison decides on comparisons, not on scores
    assert evidence.may_compare("sex") is (met is True)
    both = judge(jsjb, dataclasses.replace(passing[1], comparisons=(over("a", "scalar"), over("b", level))))
    assert both.may_compare("a")
    assert both.may_compare("b") is (met is True)
    assert not both.may_compare()  # nothing is known of agreement within units
    units = next(right for right in both.comparisons if right.grouping == "unit")
    general = [obstacle for obstacle in units.obstacles if not obstacle.score]
    assert bool(general) is (met is False)  # one grouping that fails stops units too, one untested does not
