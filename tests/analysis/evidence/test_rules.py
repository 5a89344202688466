"""Every rule of the gate on answers made so that just this rule fails, and on answers made to pass.

The statistics are the real ones. Each spoiled data set differs from the passing one in one respect.
"""

from __future__ import annotations

import re
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from analysis.evidence import Evidence
from instruments import Instrument
from tests.analysis.evidence.made import Maker, evidence_on, unmet

Spoil = Callable[[Maker], None]
PEOPLE = 400


@pytest.fixture(scope="module")
def passing(jsjb: Instrument) -> Evidence:
    return evidence_on(Maker(jsjb).draw(PEOPLE), jsjb)


def test_answers_made_to_pass_are_supported(passing: Evidence) -> None:
    assert passing.verdict == "supported"
    assert [r.text_zh for r in passing.reasons if r.met is not True] == []
    assert {s.verdict for s in passing.scores} == {"supported"}
    assert {"tier_basic", "tier_advanced"} <= {s.id for s in passing.scores}


@pytest.mark.parametrize(("people", "verdict"), [(300, "supported"), (299, "insufficient data")])
def test_one_person_too_few_is_insufficient(people: int, verdict: str, jsjb: Instrument) -> None:
    evidence = evidence_on(Maker(jsjb).draw(people), jsjb)
    assert evidence.verdict == verdict
    assert [rule for rule, _ in unmet(evidence)] == ([] if people == 300 else ["usable_n"])
    assert {s.verdict for s in evidence.scores} == {verdict}


def with_care(jsjb: Instrument, data: pd.DataFrame, careless: int) -> pd.DataFrame:
    """Attention items and the question on diligence beside the answers; the last `careless` fail all."""
    fails = np.arange(len(data)) >= len(data) - careless
    found = data.copy()
    for code, item in jsjb.quality.attention.items():
        found[code] = np.where(fails, 6.0 - item.expected, float(item.expected))
    for question in jsjb.quality.diligence:
        found[question.id] = np.where(fails, question.options[-1], question.options[0])
    return found


def test_people_whom_the_screening_rules_leave_out_do_not_count(jsjb: Instrument) -> None:
    data = Maker(jsjb).draw(303)
    attentive, careless = (evidence_on(with_care(jsjb, data, k), jsjb) for k in (0, 4))
    assert (attentive.n, attentive.answered, attentive.screened_out) == (303, 303, 0)
    assert attentive.verdict == "supported"
    assert (careless.n, careless.answered, careless.screened_out) == (299, 303, 4)
    assert careless.verdict == "insufficient data"
    reason = next(r for r in careless.reasons if r.rule == "usable_n")
    assert "共 303 人作答，作答质量规则筛除 4 人" in reason.text_zh
    assert "303 answered, the screening rules leave out 4" in reason.text_en


def test_people_with_missing_answers_do_not_count(jsjb: Instrument) -> None:
    data = Maker(jsjb).draw(300)
    data.iloc[0, 3] = np.nan
    assert evidence_on(data, jsjb).n == 299


def _weak_dimension(maker: Maker) -> None:
    maker.items = dict.fromkeys(maker.instrument.items_of("sy"), 0.42)


def _weak_indicator(maker: Maker) -> None:
    maker.items = dict.fromkeys(maker.instrument.items_of("rs"), 0.5)


def _close_indicators(maker: Maker) -> None:
    maker.items = {"rs": 0.97, "xt": 0.97}


def _close_dimensions(maker: Maker) -> None:
    maker.dimension = maker.indicator = 0.96


def _wording(maker: Maker) -> None:
    maker.wording = 0.35


def _unrelated_dimensions(maker: Maker) -> None:
    maker.items = {"zz": 0.05}


def _weak_general(maker: Maker) -> None:
    maker.dimension = 0.6


def _two_generals(maker: Maker) -> None:
    maker.dimension, maker.halves = 0.9, True


PAIRS = [("zc", "wm"), ("fz", "cx"), ("rs", "xt"), ("xj", "qj")]


@pytest.mark.parametrize(
    ("spoil", "failed", "verdict", "lost"),
    [
        (_wording, {"cfi"}, "not supported", "all"),
        (_unrelated_dimensions, {"target_admissible"}, "not supported", "all"),
        (_weak_dimension, {"omega:sy", "omega:rs", "omega:xt"}, "not supported", "sy rs xt tiers"),
        (_weak_indicator, {"omega:rs"}, "supported", "rs tier_basic"),
        (_close_indicators, {"htmt:rs,xt"}, "supported", "rs xt tiers"),
        (_close_dimensions, {"htmt", *(f"htmt:{a},{b}" for a, b in PAIRS)}, "not supported", "parts"),
        (_weak_general, {"omega_hierarchical"}, "supported", "dandang"),
        (_two_generals, {"total_no_worse", "omega_hierarchical"}, "supported", "dandang"),
    ],
)
def test_each_rule_fails_alone_and_costs_what_it_decides_on(
    spoil: Spoil, failed: set[str], verdict: str, lost: str, jsjb: Instrument
) -> None:
    maker = Maker(jsjb)
    spoil(maker)
    evidence = evidence_on(maker.draw(500), jsjb)
    assert {rule + (f":{','.join(scores)}" if scores else "") for rule, scores in unmet(evidence)} == failed
    assert evidence.verdict == verdict
    wanted = {
        "all": {s.id for s in evidence.scores},
        "parts": {s.id for s in evidence.scores if s.level != "general"},
    }.get(lost, set(lost.replace("tiers", "tier_basic tier_advanced").split()))
    assert {s.id for s in evidence.scores if s.verdict != "supported"} == wanted
    assert all("未达到" in r.text_zh and "not met" in r.text_en for r in evidence.reasons if r.met is False)


def test_what_is_wrong_with_a_structure_is_said_in_both_languages(jsjb: Instrument) -> None:
    maker = Maker(jsjb)
    _unrelated_dimensions(maker)
    evidence = evidence_on(maker.draw(200), jsjb)
    reason = next(r for r in evidence.reasons if r.rule == "target_admissible")
    assert reason.met is False
    assert evidence.cfa is not None
    assert evidence.cfa.problems_zh in reason.text_zh
    assert "; ".join(evidence.cfa.problems) in reason.text_en
    assert not re.search("[a-z]{4,} [a-z]{4,}", reason.text_zh)  # two English words in a row
    assert re.search("[a-z]{4,} [a-z]{4,}", reason.text_en)
    for rule in ("cfi", "srmr", "rmsea", "total_no_worse"):
        judged = next(r for r in evidence.reasons if r.rule == rule)
        assert judged.met is None
        assert "无法判断" in judged.text_zh


@pytest.mark.parametrize(("rule", "limit"), [("max_rmsea", 0.001), ("max_srmr", 0.03)])
def test_rmsea_and_srmr_decide_each_for_itself(rule: str, limit: float, jsjb: Instrument) -> None:
    """The same answers against a version that asks for more of this one index."""
    strict = jsjb.model_copy(update={"evidence": jsjb.evidence.model_copy(update={rule: limit})})
    evidence = evidence_on(Maker(jsjb).draw(PEOPLE), strict)
    assert unmet(evidence) == [(rule.removeprefix("max_"), ())]
    assert evidence.verdict == "not supported"


def in_units(maker: Maker, share: float, *, units: int = 24, size: int = 18) -> pd.DataFrame:
    """People of units that share this part of the general factor's variance, half of them women."""
    rng = np.random.default_rng(3)
    unit = np.repeat(np.arange(units), size)
    general = np.sqrt(share) * rng.standard_normal(units)[unit]
    general += np.sqrt(1 - share) * rng.standard_normal(len(unit))
    data = maker.draw(len(unit), unit=general)
    data["unit"] = [f"u{number}" for number in unit]
    data["bg_sex"] = np.where(np.arange(len(unit)) % 2 == 0, "m", "f")
    return data


DIMENSIONS = ("zz", "gz", "sy", "dy")


@pytest.fixture(scope="module")
def agreeing(jsjb: Instrument) -> Evidence:
    return evidence_on(in_units(Maker(jsjb), 0.35), jsjb, "comparisons")


def test_units_that_agree_may_be_compared_in_their_dimensions(agreeing: Evidence) -> None:
    assert agreeing.verdict == "supported"
    assert agreeing.may_compare()
    assert agreeing.may_compare("bg_sex", "zc")
    assert all(agreeing.may_compare(score=name) for name in DIMENSIONS)
    assert not agreeing.may_compare(score="zc")  # agreement on indicators was not examined
    assert not agreeing.may_compare("bg_rank")


@pytest.mark.parametrize(
    ("share", "size", "cuts", "failed"),
    [
        (0.35, 7, None, {"icc2"}),
        (0.0, 18, None, {"icc1_test", "icc2", "r_wg:slight skew"}),
        (0.35, 18, (-0.3, -0.1, 0.1, 0.3), {"r_wg:uniform", "r_wg:slight skew"}),
    ],
)
def test_units_that_do_not_agree_are_not_compared(
    share: float,
    size: int,
    cuts: tuple[float, float, float, float] | None,
    failed: set[str],
    agreeing: Evidence,
    jsjb: Instrument,
) -> None:
    maker = Maker(jsjb)
    maker.cuts = cuts or maker.cuts
    own = evidence_on(in_units(maker, share, units=432 // size, size=size), jsjb)
    assert {rule for rule, scores in unmet(own) if scores == ("dy",)} == failed
    found = agreeing.with_units_of(own)
    assert found.verdict == "supported"
    assert not found.may_compare(score="dy")
    assert found.may_compare("bg_sex", "dy")  # over persons nothing has changed
    right = next(r for r in found.comparisons if r.grouping == "unit")
    assert [o.text_zh for o in right.obstacles if o.score == "dy"]
