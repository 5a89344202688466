"""Differential item functioning: does a group answer an item otherwise than others of the same standing?

Ordinal logistic regression within each dimension, matched on the latent score; each test with an effect size
(Zumbo, 1999; Jodoin & Gierl, 2001; Choi, Gibbons & Crane, 2011).
"""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from analysis.dif import LARGE, MIN_GROUP, NEGLIGIBLE, DifResult, logistic_dif
from analysis.report.columns import (
    both,
    bounded_column,
    count_column,
    listed,
    p_column,
    real_column,
    said,
    word_column,
)
from analysis.report.document import Block, Figure, Paragraph, Section, Table, Text, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.groupings import Grouping, groupings
from analysis.report.names import construct_title
from analysis.report.sample import Sample
from analysis.results import Result

TITLE = Text("题目功能差异", "Differential item functioning")
MIN_ITEMS = 4  # fewer leave no anchor to match on
SHOWN = 9  # items drawn
SIZE = {
    "": Text("–", "–"),
    "negligible": Text("可忽略", "negligible"),
    "moderate": Text("中等", "moderate"),
    "large": Text("较大", "large"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class ExpectedAnswers(Result):
    """Expected answer by group along the matching variable; item, grouping, group, match, expected."""

    curves: pd.DataFrame


def dif_section(sample: Sample) -> Section:
    """Every declared grouping, every dimension of enough items."""
    found = groupings(sample)
    scales = {
        node.id: [i for i in sample.instrument.items_of(node.id) if i in sample.keyed]
        for node in sample.instrument.dimensions()
    }
    scales = {name: items for name, items in scales.items() if len(items) >= MIN_ITEMS}
    if not found or not scales:
        return Section(
            id="dif",
            title=TITLE,
            status="insufficient",
            reason=Text(
                "数据中没有问卷声明要比较的分组，或没有四题以上的维度",
                "the data have none of the declared groupings, or no dimension of four items",
            ),
        )
    tested = [
        (grouping, name, logistic_dif(sample.keyed[items], grouping.groups))
        for grouping in found
        for name, items in scales.items()
    ]
    results: dict[str, Result] = {f"dif_{g.id}_{name}": _without_curves(one) for g, name, one in tested}
    done = [(g, name, one) for g, name, one in tested if one.items is not None]
    refused = _refusals(tested)
    if not done:
        return Section(
            id="dif",
            title=TITLE,
            status="insufficient",
            results=results,
            reason=Text("；".join(t.zh for t in refused), "; ".join(t.en for t in refused)),
        )
    blocks: list[Block] = [_reading(done)]
    if refused:
        blocks.append(
            Paragraph(
                kind="note",
                text=Text("没有检验：{why}。", "Not tested: {why}."),
                values={
                    "why": said(Text("；".join(t.zh for t in refused), "; ".join(t.en for t in refused)))
                },
            )
        )
    blocks += [_table(sample, done), *_figure(sample, done)]
    return Section(id="dif", title=TITLE, blocks=tuple(blocks), results=results)


def _without_curves(one: DifResult) -> DifResult:
    """The result without 61 points a curve, which only the figure needs."""
    fields = {name: getattr(one, name) for name in DifResult.__dataclass_fields__}
    return DifResult(**(fields | {"curves": None}))


def _refusals(tested: list[tuple[Grouping, str, DifResult]]) -> list[Text]:
    """Why a grouping was not tested, said once a grouping."""
    why = {}
    for grouping, _name, one in tested:
        if one.items is None:
            words_of = [engine_words(p) for p in one.problems] or [both(one.status)]
            sizes = "，".join(
                f"{grouping.names.get(k, Text(k, k)).zh} {n}" for k, n in one.group_sizes.items()
            )
            sizes_en = ", ".join(
                f"{grouping.names.get(k, Text(k, k)).en} {n}" for k, n in one.group_sizes.items()
            )
            why[grouping.id] = Text(
                f"{grouping.title.zh}（{sizes}）：{words_of[0].zh}",
                f"{grouping.title.en} ({sizes_en}): {words_of[0].en}",
            )
    return list(why.values())


def _reading(done: list[tuple[Grouping, str, DifResult]]) -> Paragraph:
    flagged = [
        Text(f"{item}（{g.title.zh}）", f"{item} ({g.title.en})")
        for g, _n, one in done
        for item in one.flagged
    ]
    tests = sum(len(one.items) for _g, _n, one in done if one.items is not None)
    first = done[0][2]
    return Paragraph(
        text=Text(
            "共检验 {tests} 次。*p* < {alpha} 且 Nagelkerke Δ*R*² ≥ {limit} 的记为有功能差异"
            "：{flagged}。Δ*R*² 小于 {limit} "
            "为可忽略，{large} 以上为较大（Jodoin & Gierl, 2001）。有功能差异的题目先请内容专家看，不自动"
            "删除。",
            "{tests} tests. An item is flagged when *p* < {alpha} and Nagelkerke’s Δ*R*² ≥ {limit}: "
            "{flagged}. Below "
            "{limit} negligible, from {large} large (Jodoin & Gierl, 2001). A flagged item goes to "
            "content experts; "
            "none is dropped.",
        ),
        values={
            "tests": count(tests),
            "alpha": bounded(first.alpha),
            "limit": bounded(NEGLIGIBLE, 3),
            "large": bounded(LARGE, 3),
            "flagged": said(listed(flagged) if flagged else Text("没有", "none")),
        },
    )


def _table(sample: Sample, done: list[tuple[Grouping, str, DifResult]]) -> Table:
    parts = []
    for grouping, name, one in done:
        if one.items is None:
            continue
        part = one.items.reset_index()
        part.insert(0, "grouping", words([grouping.title] * len(part)).to_numpy())
        part.insert(1, "dimension", words([construct_title(sample.instrument, name)] * len(part)).to_numpy())
        part["grouping_id"] = grouping.id
        parts.append(part)
    frame = pd.concat(parts, ignore_index=True)
    frame = frame[~frame["size"].isin(["negligible"]) | (frame["p_total_holm"] < 0.05)].reset_index(drop=True)
    if frame.empty:
        frame = pd.concat(parts, ignore_index=True).nlargest(5, "Nagelkerke_total").reset_index(drop=True)
    frame["size_text"] = words(SIZE[str(s)] for s in frame["size"])
    ids = list(frame["grouping_id"])
    return Table(
        id="dif",
        title=Text("题目功能差异", "Differential item functioning"),
        columns=(
            word_column("grouping", "分组", "Grouping", is_merged=True),
            word_column("dimension", "维度", "Dimension", is_merged=True),
            word_column("item", "题目", "Item"),
            count_column("n", "*n*"),
            real_column("chi2_total", "χ²（总）", "χ² (total)"),
            count_column("df_total", "*df*"),
            p_column("p_total"),
            p_column("p_total_holm", "*p*（Holm）", "*p* (Holm)"),
            p_column("p_uniform", "*p*（一致性）", "*p* (uniform)"),
            p_column("p_nonuniform", "*p*（非一致性）", "*p* (nonuniform)"),
            bounded_column("Nagelkerke_total", "Δ*R*²", digits=3),
            word_column("size_text", "大小", "Size"),
        ),
        frame=frame,
        method=Text(
            "有序 logistic 回归，逐维度进行，以等级反应模型的能力估计为匹配变量，标记的题目参数分组另估（"
            "净化）；每组不少于 "
            "{least} 人，缺失题跳过。表中只列 Holm 校正后 *p* < .05 或效应不可忽略的题目（没有时列 Δ*R*² "
            "最大的五题）。",
            "Ordinal logistic regression within a dimension, matched on scores of a graded response model "
            "in which "
            "flagged items have parameters of their own (purified); at least {least} people a group, "
            "missing answers "
            "skipped. Shown: items with *p* < .05 after Holm or a size that is not negligible (else the "
            "five largest).",
        ),
        method_values={"least": count(MIN_GROUP)},
        notes=(
            Paragraph(
                kind="note",
                text=Text(
                    "标记用未校正的 *p* 加效应大小；*p*（Holm）按每个分组、维度内的题数校正（Holm, 1979）。",
                    "Flags use the uncorrected *p* with the effect size; *p* (Holm) corrects for the "
                    "items of a "
                    "dimension and grouping (Holm, 1979).",
                ),
            ),
        ),
        rules=tuple(i for i in range(1, len(ids)) if ids[i] != ids[i - 1]),
    )


def _figure(sample: Sample, done: list[tuple[Grouping, str, DifResult]]) -> list[Figure]:
    """Expected answers of the items of largest effect, flagged ones first."""
    ranked = sorted(
        (
            (item in one.flagged, float(one.items.loc[item, "Nagelkerke_total"]), g, one, str(item))
            for g, _n, one in done
            if one.items is not None and one.curves is not None
            for item in one.items.index
            if one.items.loc[item, "status"] == "ok" and not sample.instrument.items[str(item)].sensitive
        ),
        key=lambda entry: (entry[0], entry[1]),
        reverse=True,
    )
    chosen = [entry for entry in ranked if entry[0]][:SHOWN] or ranked[:3]
    if not chosen:
        return []
    parts = []
    labels: dict[str, Text] = {
        "x": Text("匹配变量 θ", "matching variable θ"),
        "y": Text("预期作答", "expected answer"),
    }
    for _flag, _size, grouping, one, item in chosen:
        if one.curves is None:
            continue
        part = one.curves[one.curves["item"] == item].copy()
        part.insert(0, "panel", f"{item}|{grouping.id}")
        part["group"] = [f"{grouping.id}.{g}" for g in part["group"]]
        labels |= {f"{grouping.id}.{g}": grouping.names.get(g, Text(g, g)) for g in one.group_sizes}
        labels[f"{item}|{grouping.id}"] = Text(f"{item}：{grouping.title.zh}", f"{item}: {grouping.title.en}")
        parts.append(part)
    return [
        Figure(
            id="dif-curves",
            title=Text(
                "各组的预期作答（功能差异最大的题目）", "Expected answers by group (items of largest DIF)"
            ),
            kind="expected",
            result=ExpectedAnswers(curves=pd.concat(parts, ignore_index=True)),
            labels=labels,
            alt=Text(
                "{k} 格，每格一题一个分组，各组一条线；线分得越开，功能差异越大。",
                "{k} panels, an item and a grouping each, a line a group; the further apart, the larger "
                "the DIF.",
            ),
            alt_values={"k": count(len(parts))},
            method=Text(
                "有序 logistic 回归（含交互）的预期作答；θ 为标准化的能力估计，取中间 98 % 的人。",
                "Expected answers under the ordinal logistic model with interaction, over the middle 98 % "
                "of θ.",
            ),
        )
    ]
