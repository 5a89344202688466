"""Every section of the full report on one simulated survey: numbers are those of the pure functions."""

from __future__ import annotations

import dataclasses
import math
import warnings
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.agreement import group_icc
from analysis.dif import DifResult
from analysis.plots import figure_svg
from analysis.render import drawing
from analysis.render.page import section_view
from analysis.render.tables import to_records
from analysis.report import Section, bifactor_section, cutoffs_section, names
from analysis.report.aggregation_section import aggregation_section, unit_means
from analysis.report.dif_section import dif_section
from analysis.report.document import Figure, Paragraph, Table
from analysis.report.fit_section import fit_section
from analysis.report.groupings import groupings
from analysis.report.halves_section import halves_section
from analysis.report.irt_section import GradedItems, irt_section
from analysis.report.norms_section import norms_section
from analysis.report.power_section import power_section
from analysis.report.sample import Sample, prepare
from analysis.report.screening_section import screening_of, screening_section
from analysis.report.validity_section import validity_section
from analysis.screening import Screening
from analysis.simulated import simulate_respondents
from instruments import Instrument
from tests.analysis.conftest import source_of, with_models


@pytest.fixture(scope="module")
def data(jsjb: Instrument) -> pd.DataFrame:
    """480 simulated people in 24 units of 20, with attention items, diligence and page times."""
    sample = simulate_respondents(jsjb, units={f"u{k}": 20 for k in range(24)}, seed=17)
    codes = [*jsjb.items, *jsjb.quality.attention]
    frame = pd.DataFrame([{c: p.get(c, np.nan) for c in codes} for p in sample.answers])
    for question in (*jsjb.background, *jsjb.quality.diligence):
        frame[question.id] = pd.Series([b.get(question.id) for b in sample.background], dtype=object)
    return frame.assign(unit=sample.unit, page_ms=sample.page_ms)


@pytest.fixture(scope="module")
def sample(data: pd.DataFrame, jsjb: Instrument) -> Sample:
    short = with_models(jsjb, "a1", "a3", "a5", "a6")
    return prepare(data, short, source_of(simulated=True), 20240501)


def table_of(section: Section, name: str) -> pd.DataFrame:
    return next(t for t in section.tables() if t.id == name).frame


def both_languages(section: Section) -> None:
    """Everything in the section can be written in both languages, and every figure drawn without a box."""
    for language in ("zh-CN", "en"):
        numbers = {id(b): "1" for b in section.blocks if isinstance(b, Table | Figure)}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            view = section_view(section, language, numbers, None)
            for figure in section.figures():
                assert len(figure_svg(drawing.draw(figure, language))) < 400_000, figure.id
        for block in view["blocks"]:
            assert not block.get("reason"), block
            assert "nan" not in str(block.get("html", "")).split()
    for table in section.tables():
        to_records("1", table)


def test_people_are_flagged_and_nobody_leaves(sample: Sample) -> None:
    section = screening_section(sample)
    both_languages(section)
    found = screening_of(sample)
    frame = table_of(section, "screening").set_index("rule")
    assert frame.loc["directed", "flagged"] == len(found.flagged("directed")) > 0
    assert frame.loc["page_time", "n"] == 480
    ways = table_of(section, "screening-both-ways")
    assert len(ways) == 4 + 3
    assert (ways["n_rest"] < ways["n_all"]).all()
    assert ways["change"].iloc[0] == pytest.approx(ways["rest"].iloc[0] - ways["all"].iloc[0])


def test_a_report_holds_counts_of_the_flagged_and_no_person(sample: Sample) -> None:
    kept = screening_section(sample).results["screening"]
    assert isinstance(kept, Screening)
    assert kept.values.empty
    assert kept.flags.empty
    assert kept.excluded == ()
    assert kept.n_kept == screening_of(sample).n_kept < kept.n


def test_without_page_times_the_rule_says_so(data: pd.DataFrame, jsjb: Instrument) -> None:
    bare = prepare(data.drop(columns=["page_ms", "q_dil"]), jsjb, source_of(simulated=True), 1)
    frame = screening_of(bare).summary
    assert frame.loc["page_time", "reason"]
    assert frame.loc["use_me", "reason"]


def test_the_target_is_shown_by_three_estimators_and_against_its_rivals(sample: Sample) -> None:
    section = fit_section(sample)
    both_languages(section)
    assert list(table_of(section, "estimators")["estimator"]) == ["ML", "MLR", "WLSMV"]
    relation = table_of(section, "nested-tests").set_index("rival")["relation"]
    assert dict(relation) == {"a1": "within", "a3": "within", "a6": "within"}
    largest = table_of(section, "residuals")["r"].abs()
    assert list(largest) == sorted(largest, reverse=True)
    assert table_of(section, "modification-indices")["mi"].is_monotonic_decreasing


def test_validity_of_both_levels(sample: Sample) -> None:
    section = validity_section(sample)
    both_languages(section)
    matrix = table_of(section, "discriminant-dimension")
    convergent = table_of(section, "convergent-dimension").set_index("construct")
    assert matrix.loc[0, "zz"] == pytest.approx(convergent.loc["zz", "root_ave"])
    assert len(table_of(section, "htmt-indicator")) == 28


def test_units_are_judged_and_never_named(sample: Sample) -> None:
    section = aggregation_section(sample)
    both_languages(section)
    assert sample.unit is not None
    icc = group_icc(sample.scores["zz"], sample.unit)
    frame = table_of(section, "icc")
    assert frame["icc1"].iloc[0] == pytest.approx(icc.icc1)
    everything = str([r.to_dict() for r in section.results.values()]) + str(
        [to_records("1", t)["rows"] for t in section.tables()]
    )
    assert not any(f"'{unit}'" in everything for unit in sample.unit.unique())


def test_small_units_are_withheld(sample: Sample) -> None:
    assert sample.unit is not None
    unit = sample.unit.copy()
    unit[:] = [f"big{k % 3}" if k < 450 else f"small{k % 6}" for k in range(len(unit))]
    shown = unit_means(dataclasses.replace(sample, unit=unit), ["zz"])
    assert len(shown) == 3
    assert shown["n"].min() >= sample.instrument.scoring.min_group_n
    unit[:] = [f"big{k % 2}" if k < 450 else f"small{k % 6}" for k in range(len(unit))]
    assert unit_means(dataclasses.replace(sample, unit=unit), ["zz"]).empty
    section = aggregation_section(dataclasses.replace(sample, unit=unit))
    assert not section.figures()
    found: Any = section.results["aggregation_zz"]
    assert found.agreement.groups.empty


def test_without_units_it_says_so(sample: Sample) -> None:
    section = aggregation_section(dataclasses.replace(sample, unit=None))
    assert section.status == "insufficient"


def test_norms_are_given_only_where_the_group_is_large_enough(sample: Sample) -> None:
    section = norms_section(sample)
    both_languages(section)
    frame = table_of(section, "norms")
    assert (frame["n"] >= 200).all()
    limit = table_of(section, "reliable-change").iloc[0]
    assert limit["se"] == pytest.approx(limit["sd"] * math.sqrt(2 * (1 - limit["omega"])))
    few = dataclasses.replace(sample, scores=sample.scores.head(150))
    assert norms_section(few).status == "insufficient"


def test_power_names_the_people_needed(sample: Sample) -> None:
    section = power_section(sample)
    both_languages(section)
    assert list(table_of(section, "power")["needed"]) == [52, 77, 73]


def test_a_planted_difference_of_an_item_is_flagged(sample: Sample) -> None:
    """One item of women moved down by a point; the same data without it are the control."""
    of_sex = next(g for g in groupings(sample) if g.id == "bg_sex")
    only = sample.instrument.model_copy(
        update={"background": tuple(q for q in sample.instrument.background if q.id == "bg_sex")}
    )
    groups = pd.Series(["m" if k % 2 else "f" for k in range(len(sample.raw))], dtype=object)
    background = sample.background.assign(bg_sex=groups)
    control = dataclasses.replace(sample, instrument=only, background=background)
    keyed = sample.keyed.copy()
    keyed.loc[groups == "f", "j_wm1"] = (keyed.loc[groups == "f", "j_wm1"] - 1).clip(lower=1)
    planted = dataclasses.replace(control, keyed=keyed)
    flagged = {}
    for name, one in (("planted", planted), ("control", control)):
        section = dif_section(one)
        both_languages(section)
        found = section.results["dif_bg_sex_zz"]
        assert isinstance(found, DifResult)
        assert found.curves is None
        flagged[name] = found.flagged
    assert "j_wm1" in flagged["planted"]
    assert flagged["control"] == ()
    assert of_sex.names["f"].zh


def test_graded_models_keep_sensitive_items_to_themselves(sample: Sample) -> None:
    section = irt_section(sample)
    both_languages(section)
    frame = table_of(section, "irt-items").set_index("item")
    assert frame["a"].notna().all()
    assert math.isnan(frame.loc["j_zc4", "b1"])
    assert not math.isnan(frame.loc["j_zc1", "b1"])
    kept = section.results["graded_zz"]
    assert isinstance(kept, GradedItems)
    assert kept.parameters is not None
    hidden = kept.parameters[kept.parameters["item"] == "j_zc4"]
    assert list(hidden["parameter"]) == ["a"]


def test_dynamic_cutoffs_stand_beside_fixed_ones(sample: Sample, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cutoffs_section, "REPLICATIONS", 4)
    section = cutoffs_section.cutoffs_section(sample)
    both_languages(section)
    frame = table_of(section, "dynamic-cutoffs")
    assert frame["cfi"].iloc[1] == 0.95
    assert len(frame) > 3
    few = dataclasses.replace(sample, keyed=sample.keyed.head(200))
    assert cutoffs_section.cutoffs_section(few).status == "insufficient"


def test_a_bifactor_model_needs_people_and_takes_a_random_part_of_many(
    sample: Sample, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert bifactor_section.bifactor_section(sample).status == "insufficient"
    monkeypatch.setattr(bifactor_section, "BIFACTOR_LEAST", 100)
    monkeypatch.setattr(bifactor_section, "BIFACTOR_PEOPLE", 150)
    section = bifactor_section.bifactor_section(
        dataclasses.replace(sample, keyed=sample.keyed[[*sample.items[:3], *sample.items[8:11]]])
    )
    both_languages(section)
    kept = section.results["graded_bifactor"]
    assert isinstance(kept, GradedItems)
    assert kept.n == 150


def test_every_score_of_a_shipped_instrument_has_a_name_in_reports(jsjb: Instrument) -> None:
    for rule in jsjb.scoring.scores:
        title = names.construct_title(jsjb, rule.id)
        assert rule.id not in (title.zh, title.en)


def test_halves_tell_polychoric_and_confirmed_structure(sample: Sample) -> None:
    section = halves_section(sample)
    both_languages(section)
    assert [t.id for t in section.tables()] == ["half-loadings", "half-ways", "half-fits"]
    assert [f.id for f in section.figures()] == ["polychoric-scree"]
    few = halves_section(dataclasses.replace(sample, keyed=sample.keyed.head(100)))
    assert few.tables() == ()
    said = [block for block in few.blocks if isinstance(block, Paragraph)]
    assert any("没有作折半交叉验证" in block.text.zh for block in said)
