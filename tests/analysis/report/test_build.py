"""A report is complete, repeatable and bound to its data; pathological data never take it down."""

from __future__ import annotations

import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest

from analysis.render import to_html, to_json
from analysis.report import Draft, Report, Section, Text, build_report
from analysis.report.build import attempt
from analysis.report.sample import choose_form, prepare
from analysis.report.steps import ORDER, Depth
from instruments import Instrument
from tests.analysis.conftest import source_of

SECTIONS = ("summary", *ORDER, "evidence", "limits", "appendix")
HEAVY = {"halves", "invariance", "dif", "irt", "bifactor", "cutoffs"}  # not in a quick report


def test_every_section_stands(bfi_report: Report, jsjb_report: Report) -> None:
    for report in (bfi_report, jsjb_report):
        assert tuple(s.id for s in report.sections) == SECTIONS
        states = {s.id: s.status for s in report.sections}
        assert {name for name, state in states.items() if state == "omitted"} == HEAVY
        assert {state for name, state in states.items() if name not in HEAVY | {"aggregation"}} == {"done"}


def test_it_is_bound_to_what_it_was_made_from(bfi_report: Report, bfi_instrument: Instrument) -> None:
    assert bfi_report.instrument.fingerprint == bfi_instrument.fingerprint
    assert bfi_report.source.run_id == "00112233aabbccdd"
    assert bfi_report.n == 2800
    assert bfi_report.software["factor-analyzer"] == "0.5.1"


def test_a_rerun_gives_the_same_numbers(bfi_answers: pd.DataFrame, bfi_instrument: Instrument) -> None:
    """Bootstraps, random halves and simulated cut-offs included; another seed is the control."""
    data, short = bfi_answers[list(bfi_instrument.items)[:15]].head(160), three_scales(bfi_instrument)
    source = source_of(simulated=False)
    one, again, other = (
        build_report(data, short, source=source, seed=seed, depth="quick") for seed in (7, 7, 8)
    )
    assert to_json(again) == to_json(one)
    assert to_html(again) == to_html(one)
    assert to_json(other)["sections"] != to_json(one)["sections"]


def test_the_order_of_columns_does_not_matter(bfi_answers: pd.DataFrame, bfi_instrument: Instrument) -> None:
    shuffled = bfi_answers[list(bfi_answers.columns)[::-1]]
    source = source_of(simulated=False)
    one, other = (prepare(d, bfi_instrument, source, 1) for d in (bfi_answers, shuffled))
    pd.testing.assert_frame_equal(one.keyed, other.keyed)
    pd.testing.assert_frame_equal(one.scores, other.scores)


def test_drafts_grow_and_hold_the_reports_own_numbers(
    bfi_answers: pd.DataFrame, bfi_instrument: Instrument
) -> None:
    drafts: list[Draft] = []
    data = bfi_answers[list(bfi_instrument.items)[:15]].head(150)
    report = build_report(
        data, three_scales(bfi_instrument), source=source_of(simulated=False), depth="quick",
        so_far=drafts.append,
    )  # fmt: skip
    left = [draft.pending for draft in drafts]
    assert left == sorted(left, reverse=True)
    assert (left[0], left[-1], report.pending) == (len(ORDER) - len(HEAVY) - 1, 0, 0)
    early = drafts[4]
    assert early.section("reliability").to_dict() == report.section("reliability").to_dict()
    for language, said in (("zh-CN", "报告还没有算完"), ("en", "This report is not finished")):
        page = to_html(early, language=language)
        assert said in page
        assert page.count('class="state"') >= early.pending
        assert said not in to_html(report, language=language)
    assert "not_yet" not in str(to_json(report))


def test_progress_rises_to_one(bfi_answers: pd.DataFrame, bfi_instrument: Instrument) -> None:
    told: list[tuple[str, float]] = []
    data = bfi_answers[list(bfi_instrument.items)[:15]].head(150)
    build_report(
        data, three_scales(bfi_instrument), source=source_of(simulated=False), depth="quick",
        progress=lambda step, share: told.append((step, share)),
    )  # fmt: skip
    shares = [share for _step, share in told]
    assert shares == sorted(shares)
    assert shares[-1] == 1.0
    assert all(len(step) < 64 for step, _share in told)


def test_not_known_and_foreign_values_are_missing(jsjb: Instrument) -> None:
    code = "j_xj1"
    assert jsjb.scale_of(code).na_code == 8
    data = pd.DataFrame({c: [3.0] * 4 for c in jsjb.items}).assign(**{code: [8.0, 1.0, 7.5, np.nan]})
    sample = prepare(data, jsjb, source_of(simulated=False), 1)
    assert list(sample.raw[code].isna()) == [True, False, True, True]


def test_the_form_is_the_one_that_was_served(jsjb: Instrument) -> None:
    for name, form in jsjb.forms.items():
        data = pd.DataFrame(columns=list(form.items))
        assert choose_form(jsjb, data) == name


def test_sensitive_items_are_never_shown_singly(jsjb_report: Report) -> None:
    found = to_json(jsjb_report)
    items = next(s for s in found["sections"] if s["id"] == "items")
    row = next(r for r in items["tables"][0]["rows"] if r["item"] == "j_zc4")
    assert row["item_rest"] is not None
    assert all(row[key] is None for key in ("mean", "sd", "skew", "kurtosis", "1", "2", "3", "4", "5"))
    raw = next(r for r in items["results"]["items"]["percents"] if r["item"] == "j_zc4")
    assert all(value is None for key, value in raw.items() if key != "item")
    other = next(r for r in items["tables"][0]["rows"] if r["item"] == "j_zc1")
    assert other["mean"] is not None


def test_small_categories_of_background_are_not_printed(
    bfi_answers: pd.DataFrame, bfi_instrument: Instrument
) -> None:
    data = bfi_answers[list(bfi_instrument.items)[:15]].head(150).copy()
    question = bfi_instrument.background[0].id
    options = bfi_instrument.background[0].options
    data[question] = [options[0]] * 146 + [options[1]] * 4
    report = build_report(
        data, three_scales(bfi_instrument), source=source_of(simulated=False), depth="quick"
    )
    table = next(t for t in report.section("sample").tables() if t.id == "background")
    of_question = table.frame[table.frame["question"] == table.frame["question"].iloc[0]]
    assert list(of_question["n"]) == [146, "< 5"]


def test_a_failed_section_says_why_and_the_others_stand(
    bfi_answers: pd.DataFrame, bfi_instrument: Instrument, caplog: pytest.LogCaptureFixture
) -> None:
    def _broken(_sample: Any) -> Section:
        raise ZeroDivisionError("planted")

    sample = prepare(bfi_answers.head(50), bfi_instrument, source_of(simulated=False), 1)
    section = attempt("items", Text("项目分析", "Items"), _broken, sample)
    assert section.status == "failed"
    assert section.reason is not None
    assert "ZeroDivisionError: planted" in section.reason.zh
    assert "planted" in caplog.text


def three_scales(instrument: Instrument) -> Instrument:
    """The target structure of its first three scales only: fifteen items, a third of the time."""
    target = next(m for m in instrument.models if m.id == "m5")
    syntax = "\n".join(line for line in target.syntax.splitlines() if not re.match(r"\s*(NEURO|OPEN)", line))
    return instrument.model_copy(update={"models": (target.model_copy(update={"syntax": syntax}),)})


def pathological(answers: pd.DataFrame, items: list[str]) -> dict[str, pd.DataFrame]:
    """Real answers of 120 people to fifteen items (1 to 6), each time spoilt in another way."""
    rng = np.random.default_rng(0)
    good = answers[items[:15]].dropna().head(120).reset_index(drop=True).astype(float)
    noise = pd.DataFrame(rng.integers(1, 7, size=(120, 10)).astype(float), columns=items[:10])
    return {
        "noise": noise,
        "nobody": good.head(0),
        "one person": good.head(1),
        "fewer people than items": good.head(12),
        "all missing": good * np.nan,
        "constant item": good.assign(a1=3.0),
        "all constant": good * 0 + 4,
        "an item nobody answered": good.assign(c3=np.nan),
        "two categories": (good > 3).astype(float) + 1,
        "the same item twice": good.assign(a2=good["a3"]),
        "sum of others": good[items[:10]].assign(a1=(good["a2"] + good["a3"]) / 2),
        "everybody the same item": pd.DataFrame(dict.fromkeys(items[:15], good["a1"])),
        "half missing": good.mask(rng.random(good.shape) < 0.5),
        "one item only": good[["a1"]],
        "two scales only": good[items[:10]],
        "infinite": good.assign(a1=np.inf),
        "text": good.astype(object).assign(a1="x"),
        "off the scale": good * 100,
    }


NAMES = (
    "noise",
    "nobody",
    "one person",
    "fewer people than items",
    "all missing",
    "constant item",
    "all constant",
    "an item nobody answered",
    "two categories",
    "the same item twice",
    "sum of others",
    "everybody the same item",
    "half missing",
    "one item only",
    "two scales only",
    "infinite",
    "text",
    "off the scale",
)


DEEP = ("nobody", "constant item", "two categories")  # with the heavy sections too


def nan_free(value: Any) -> bool:
    if isinstance(value, dict):
        return all(nan_free(v) for v in value.values())
    if isinstance(value, list):
        return all(nan_free(v) for v in value)
    return not (isinstance(value, float) and not math.isfinite(value))


@pytest.mark.parametrize("name", NAMES)
def test_pathological_data_never_crash_and_are_never_supported(
    name: str, bfi_answers: pd.DataFrame, bfi_instrument: Instrument
) -> None:
    data = pathological(bfi_answers, list(bfi_instrument.items))[name]
    short = three_scales(bfi_instrument)
    depth: Depth = "standard" if name in DEEP else "quick"
    report = build_report(data, short, source=source_of(simulated=False), depth=depth)
    assert [s.id for s in report.sections if s.status == "failed"] == []
    assert report.evidence.verdict != "supported"
    found = to_json(report)
    assert nan_free(found)
    for score in found["evidence"]["scores"]:
        assert score["alpha"] is not None or score["note"], score
    page = to_html(report)
    assert ">nan<" not in page
    assert ">None<" not in page
    for section in report.sections:
        if section.status == "insufficient":
            assert section.reason is not None
            assert section.reason.zh


def test_told_otherwise_nobody_with_an_answer_is_dropped(
    bfi_answers: pd.DataFrame, bfi_instrument: Instrument
) -> None:
    data = bfi_answers[list(bfi_instrument.items)[:15]].head(200)
    assert data.isna().any(axis=1).any()
    short = three_scales(bfi_instrument)
    report = build_report(data, short, source=source_of(simulated=False), missing="fiml", depth="quick")
    fits = report.section("structure").results["rivals"]
    assert fits.n == 200  # type: ignore[attr-defined]  # RivalFits
    assert report.evidence.cfa is not None
    assert report.evidence.cfa.missing == "fiml"
    assert report.evidence.n == 200
    assert "FIML" in to_html(report, language="zh-CN")
    assert "列删法：" not in to_html(report, language="zh-CN")


def test_data_without_an_item_are_refused(bfi_instrument: Instrument) -> None:
    with pytest.raises(ValueError, match="ipip-bfi-25"):
        build_report(pd.DataFrame({"q1": [1, 2]}), bfi_instrument, source=source_of(simulated=False))
