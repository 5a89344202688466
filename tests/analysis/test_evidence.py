"""The gate on data made to pass, too small, and failing each rule in turn; values come before the verdict."""

from __future__ import annotations

import dataclasses
import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.evidence import Comparison, Evidence, Findings, Reason, evidence_of, judge
from analysis.evidence.reasons import InvarianceLevel
from analysis.report import Report, build_report
from analysis.report.findings import gather
from analysis.report.sample import prepare
from analysis.rivals import RivalFit, RivalFits
from analysis.sem import Fit
from analysis.sem.cutoffs import DynamicCutoffs, dynamic_cutoffs
from instruments import Instrument
from tests.analysis.conftest import source_of, with_models


def clean_answers(instrument: Instrument, n: int, seed: int = 5) -> pd.DataFrame:
    """Answers that follow 8 → 4 → general without carelessness, wording factor or missing answers."""
    rng = np.random.default_rng(seed)
    general = rng.standard_normal(n)
    columns: dict[str, Any] = {}
    for dimension in instrument.dimensions():
        top = 0.80 * general + 0.60 * rng.standard_normal(n)
        for indicator in dimension.children:
            middle = 0.85 * top + np.sqrt(1 - 0.85**2) * rng.standard_normal(n)
            for code in instrument.items_of(indicator.id):
                latent = 0.78 * middle + np.sqrt(1 - 0.78**2) * rng.standard_normal(n)
                answer = np.digitize(latent, [-1.6, -0.7, 0.3, 1.2]) + 1.0
                columns[code] = 6 - answer if instrument.items[code].reverse else answer
    return pd.DataFrame(columns)


@pytest.fixture(scope="module")
def passing(jsjb: Instrument) -> tuple[Report, Findings]:
    jsjb = with_models(jsjb, "a5", "a6")
    data = clean_answers(jsjb, 900)
    source = source_of(simulated=False)
    report = build_report(data, jsjb, source=source, depth="quick")
    sample = prepare(data, jsjb, source, report.seed)
    return report, gather(sample, {section.id: section for section in report.sections})


def reason_of(evidence: Evidence, rule: str, score: str | None = None) -> Reason:
    return next(
        r for r in evidence.reasons if r.rule == rule and (score is None or not r.scores or score in r.scores)
    )


def test_data_made_to_pass_are_supported(passing: tuple[Report, Findings]) -> None:
    evidence = evidence_of(passing[0])
    assert evidence.verdict == "supported"
    assert [r.text_zh for r in evidence.reasons if r.met is not True] == []
    assert {s.verdict for s in evidence.scores if s.level != "index"} == {"supported"}


def test_too_few_people_are_insufficient_whatever_the_values(
    passing: tuple[Report, Findings], jsjb: Instrument
) -> None:
    evidence = judge(jsjb, dataclasses.replace(passing[1], n=299))
    assert evidence.verdict == "insufficient data"
    assert reason_of(evidence, "usable_n").met is False
    assert reason_of(evidence, "usable_n").value == 299
    assert {s.verdict for s in evidence.scores} == {"insufficient data"}
    assert judge(jsjb, dataclasses.replace(passing[1], n=300)).verdict == "supported"


def with_target(findings: Findings, **measures: float) -> Findings:
    """The same findings with other fit measures of the target model."""
    assert findings.rivals is not None
    target = findings.rivals.fits["a5"]
    assert target.fit is not None
    changed = dataclasses.replace(
        target, fit=dataclasses.replace(target.fit, fit={**target.fit.fit, **measures})
    )
    return with_rival(findings, "a5", changed)


def with_rival(findings: Findings, name: str, rival: RivalFit) -> Findings:
    assert findings.rivals is not None
    rivals: RivalFits = dataclasses.replace(findings.rivals, fits={**findings.rivals.fits, name: rival})
    return dataclasses.replace(findings, rivals=rivals)


@pytest.mark.parametrize(("rule", "bad"), [("cfi", 0.949), ("srmr", 0.081), ("rmsea", 0.061)])
def test_each_fit_rule_can_fail_alone(
    rule: str, bad: float, passing: tuple[Report, Findings], jsjb: Instrument
) -> None:
    evidence = judge(jsjb, with_target(passing[1], **{rule: bad}))
    assert evidence.verdict == "not supported"
    assert [r.rule for r in evidence.reasons if r.met is False] == [rule]
    assert "未达到" in reason_of(evidence, rule).text_zh
    assert "not met" in reason_of(evidence, rule).text_en


def test_an_inadmissible_target_is_not_supported(passing: tuple[Report, Findings], jsjb: Instrument) -> None:
    assert passing[1].rivals is not None
    target = passing[1].rivals.fits["a5"]
    assert target.fit is not None
    broken = dataclasses.replace(
        target,
        fit=dataclasses.replace(target.fit, status="inadmissible", problems=("j_zc1 ~~ j_zc1 is negative",)),
        reason="j_zc1 ~~ j_zc1 is negative",
    )
    evidence = judge(jsjb, with_rival(passing[1], "a5", broken))
    assert evidence.verdict == "not supported"
    assert "j_zc1" in reason_of(evidence, "target_admissible").text_zh
    assert reason_of(evidence, "cfi").met is None


def test_an_unreliable_dimension_fails_alone(passing: tuple[Report, Findings], jsjb: Instrument) -> None:
    weak = [
        dataclasses.replace(one, omega=dataclasses.replace(one.omega, omega_total=0.69))
        if one.score == "gz"
        else one
        for one in passing[1].reliabilities
    ]
    evidence = judge(jsjb, dataclasses.replace(passing[1], reliabilities=weak))
    verdicts = {s.id: s.verdict for s in evidence.scores}
    assert evidence.verdict == "not supported"
    assert verdicts["gz"] == "not supported"
    assert verdicts["zz"] == "supported"


def test_dimensions_that_cannot_be_told_apart_fail(
    passing: tuple[Report, Findings], jsjb: Instrument
) -> None:
    ratios = passing[1].dimension_ratios
    assert ratios is not None
    close = dataclasses.replace(ratios, table=ratios.table.assign(htmt=0.86))
    evidence = judge(jsjb, dataclasses.replace(passing[1], dimension_ratios=close))
    assert evidence.verdict == "not supported"


def test_indicators_that_cannot_be_told_apart_cost_the_indicators_only(
    passing: tuple[Report, Findings], jsjb: Instrument
) -> None:
    ratios = passing[1].indicator_ratios
    assert ratios is not None
    pair = (ratios.table["one"] == "rs") & (ratios.table["other"] == "xt")
    close = dataclasses.replace(ratios, table=ratios.table.assign(htmt=ratios.table["htmt"].mask(pair, 0.9)))
    evidence = judge(jsjb, dataclasses.replace(passing[1], indicator_ratios=close))
    verdicts = {s.id: s.verdict for s in evidence.scores}
    assert evidence.verdict == "supported"
    assert {verdicts["rs"], verdicts["xt"]} == {"not supported"}
    assert verdicts["zc"] == "supported"


def test_a_weak_general_factor_costs_the_total_only(
    passing: tuple[Report, Findings], jsjb: Instrument
) -> None:
    general = passing[1].general
    assert general is not None
    evidence = judge(
        jsjb,
        dataclasses.replace(passing[1], general=dataclasses.replace(general, omega_hierarchical=0.6)),
    )
    total = next(s for s in evidence.scores if s.level == "general")
    assert total.verdict == "not supported"
    assert evidence.verdict == "supported"


def test_what_cannot_be_judged_is_insufficient(passing: tuple[Report, Findings], jsjb: Instrument) -> None:
    evidence = judge(jsjb, dataclasses.replace(passing[1], rivals=None, general=None))
    assert evidence.verdict == "insufficient data"
    assert evidence.cfa is None
    assert reason_of(evidence, "target_admissible").met is None
    assert "无法判断" in reason_of(evidence, "cfi").text_zh


def test_real_answers_to_bfi_are_not_supported(bfi_report: Report) -> None:
    evidence = evidence_of(bfi_report)
    assert evidence.verdict == "not supported"
    assert reason_of(evidence, "cfi").met is False
    assert reason_of(evidence, "cfi").value == pytest.approx(0.7824, abs=1e-4)
    assert evidence.simulated is False


def test_simulated_answers_say_so(jsjb_report: Report) -> None:
    evidence = evidence_of(jsjb_report)
    assert evidence.simulated
    assert "只用于演示" in evidence.scope_zh
    assert "demonstration only" in evidence.scope_en


def test_the_plain_form_keeps_the_agreed_names(passing: tuple[Report, Findings]) -> None:
    found = evidence_of(passing[0]).to_dict()
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
    passing: tuple[Report, Findings], jsjb: Instrument
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


def test_real_dynamic_cutoffs_reach_the_gate(passing: tuple[Report, Findings], jsjb: Instrument) -> None:
    data = prepare(clean_answers(jsjb, 900), jsjb, source_of(simulated=False), 1).keyed
    found = dynamic_cutoffs(target_of(passing[1]), replications=12, seed=3, likert=data)
    evidence = judge(jsjb, dataclasses.replace(passing[1], cutoffs=found))
    assert evidence.verdict == "supported"
    assert {"cfi_dynamic", "srmr_dynamic", "rmsea_dynamic"} <= {r.rule for r in evidence.reasons}


@pytest.mark.parametrize(
    ("level", "met"),
    [("none", False), ("metric", False), ("partial scalar", True), ("scalar", True), (None, None)],
)
def test_groups_are_compared_only_after_partial_scalar_invariance(
    level: InvarianceLevel | None, met: bool | None, passing: tuple[Report, Findings], jsjb: Instrument
) -> None:
    def over(grouping: str, found: InvarianceLevel | None) -> Comparison:
        return Comparison(
            grouping=grouping, title=("性别", "sex"), groups=("1", "2"), n=900, level=found, reason=""
        )

    evidence = judge(jsjb, dataclasses.replace(passing[1], comparisons=(over("sex", level),)))
    assert reason_of(evidence, "invariance:sex").met is met
    assert evidence.verdict == "supported"  # a comparison decides on comparisons, not on scores
    assert evidence.may_compare("sex") is (met is True)
    assert evidence.may_compare() is (met is True)
    both = judge(jsjb, dataclasses.replace(passing[1], comparisons=(over("a", "scalar"), over("b", level))))
    assert both.may_compare("a")
    assert both.may_compare() is (met is not False)
    assert not judge(jsjb, passing[1]).may_compare()
