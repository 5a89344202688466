"""Sample and missing answers: who answered what, how many complete cases the later sections stand on."""

from __future__ import annotations

from typing import Any

import pandas as pd

from analysis.missing import Missingness, describe_missing
from analysis.report.columns import both, said
from analysis.report.document import Block, Column, Paragraph, Section, Table, Text, Value, count, words
from analysis.report.names import background_option, background_text
from analysis.report.sample import Sample

TITLE = Text("样本与缺失", "Sample and missing answers")
SHOWN_CELL = 5  # background a category with fewer people is not printed on its own


def sample_section(sample: Sample) -> Section:
    """Numbers of people, background, missing answers per item, per person and by pattern."""
    result = describe_missing(sample.raw)
    blocks: list[Block] = [_who_answered(sample, result)]
    if sample.absent_items:
        blocks.append(
            Paragraph(
                kind="caution",
                text=Text(
                    "数据缺少本问卷的题目：{items}。以下分析不含这些题目。",
                    "The data lack items of this form: {items}. They are left out of what follows.",
                ),
                values={"items": Value(number="、".join(sample.absent_items), style="text")},
            )
        )
    background = _background_table(sample)
    if background is not None:
        blocks.append(background)
    blocks += [
        _missing_items(sample, result),
        _missing_people(result),
        _patterns(result),
        _randomness(result),
    ]
    return Section(id="sample", title=TITLE, blocks=tuple(blocks), results={"missingness": result})


def _who_answered(sample: Sample, result: Missingness) -> Paragraph:
    return Paragraph(
        text=Text(
            "共 {n} 人，其中至少答一题的 {any} 人，{k} 题全部作答的 {listwise} 人。"
            "缺失（含“不了解”）占全部应答的 {percent} %。各题统计用答了该题的人；信度、维度分析和验证性因"
            "素分析用"
            "有关题目全部作答的人，人数分别注明。",
            "{n} people; {any} answered at least one item, {listwise} all {k}. Missing answers (“do not "
            "know” "
            "included) are {percent} % of all cells. Item statistics use whoever answered the item; "
            "reliability, "
            "dimensionality and confirmatory analyses use people complete on the items concerned, each "
            "with its N.",
        ),
        values={
            "n": count(result.n),
            "any": count(result.n_any),
            "k": count(result.k),
            "listwise": count(result.n_listwise),
            "percent": Value(number=result.percent, style="real", digits=2),
        },
    )


def _background_table(sample: Sample) -> Table | None:
    """Background questions, n and percent; categories under the threshold are merged."""
    rows: list[dict[str, Any]] = []
    rules = []
    for question in sample.instrument.background:
        if question.id not in sample.background:
            continue
        answers = sample.background[question.id]
        counts = answers.value_counts()
        if counts.empty:
            continue
        rules.append(len(rows))
        name = background_text(sample.instrument, question.id)
        rest = len(answers) - int(counts.sum())
        is_merged = False
        for option in [*question.options, *(o for o in counts.index if o not in question.options)]:
            n = int(counts.get(option, 0))
            if n >= SHOWN_CELL:
                label = background_option(sample.instrument, question.id, option)
                rows.append(_background_row(name, label, n))
            elif n:
                rest, is_merged = rest + n, True
        if rest:
            label = (
                Text("未填及过少的类别", "not given, or too few") if is_merged else Text("未填", "not given")
            )
            rows.append(_background_row(name, label, rest))
    if not rows:
        return None
    frame = pd.DataFrame(rows)
    frame["percent"] = 100.0 * frame["n"] / len(sample.raw)
    too_few = frame["n"] < SHOWN_CELL
    frame["n"] = frame["n"].astype(object).mask(too_few, f"< {SHOWN_CELL}")
    frame["percent"] = frame["percent"].mask(too_few)
    return Table(
        id="background",
        title=Text("样本构成", "Sample"),
        columns=(
            Column(key="question", title=Text("背景", "Background"), is_merged=True),
            Column(key="option", title=Text("类别", "Category")),
            Column(key="n", title=Text("*n*", "*n*"), style="count"),
            Column(key="percent", title=Text("%", "%"), style="percent", digits=1),
        ),
        frame=frame,
        method=Text(
            "*N* = {n}；不足 {cell} 人的类别并入“未填”。",
            "*N* = {n}; categories of fewer than {cell} people are counted with “not given”.",
        ),
        method_values={"n": count(len(sample.raw)), "cell": count(SHOWN_CELL)},
        rules=tuple(rules[1:]),
    )


def _background_row(question: Text, option: Text, n: int) -> dict[str, Any]:
    return {"question": question, "option": option, "n": n}


def _missing_items(sample: Sample, result: Missingness) -> Table:
    frame = result.items.reset_index()
    return Table(
        id="missing-items",
        title=Text("各题缺失", "Missing answers per item"),
        columns=(
            Column(key="item", title=Text("题目", "Item")),
            Column(key="n", title=Text("*n*", "*n*"), style="count"),
            Column(key="missing", title=Text("缺失", "Missing"), style="count"),
            Column(key="percent", title=Text("缺失 %", "Missing %"), style="percent", digits=1),
        ),
        frame=frame,
        method=Text(
            "*N* = {n}；缺失包括跳过、“不了解”和超出选项的值。",
            "*N* = {n}; missing: skipped, “do not know”, or no category of the scale.",
        ),
        method_values={"n": count(len(sample.raw))},
        is_appendix=True,
    )


def _missing_people(result: Missingness) -> Table:
    return Table(
        id="missing-people",
        title=Text("每人缺失题数", "Missing answers per person"),
        columns=(
            Column(key="missing", title=Text("缺失题数", "Items missing"), style="count"),
            Column(key="persons", title=Text("人数", "People"), style="count"),
            Column(key="percent", title=Text("%", "%"), style="percent", digits=1),
        ),
        frame=result.persons.reset_index(),
        method=Text("*N* = {n}。", "*N* = {n}."),
        method_values={"n": count(result.n)},
    )


def _patterns(result: Missingness) -> Table:
    frame = result.patterns.copy()
    frame["items"] = words(
        Text("（无缺失）", "(nothing missing)") if items == "" else items for items in frame["items"]
    )
    return Table(
        id="missing-patterns",
        title=Text("最常见的缺失模式", "Most frequent patterns of missing answers"),
        columns=(
            Column(key="items", title=Text("缺失的题目", "Items missing")),
            Column(key="persons", title=Text("人数", "People"), style="count"),
            Column(key="percent", title=Text("%", "%"), style="percent", digits=1),
        ),
        frame=frame,
        method=Text(
            "共 {patterns} 种模式，列出最多的 {shown} 种。",
            "{patterns} patterns in all; the {shown} most frequent.",
        ),
        method_values={"patterns": count(result.n_patterns), "shown": count(len(frame))},
        is_appendix=True,
    )


def _randomness(result: Missingness) -> Paragraph:
    little = result.little
    if little.pvalue is None:
        return Paragraph(
            kind="note",
            text=Text("未做 Little 完全随机缺失检验：{reason}。", "No Little test of MCAR: {reason}."),
            values={"reason": said(both(little.reason))},
        )
    return Paragraph(
        text=Text(
            "Little 检验（EM 估计）：χ²({df}) = {chisq}，*p* {p}。*p* 小说明缺失不是完全随机（MCAR）；"
            "*p* 大也不能证明随机，且该检验假定多元正态，五、六点量表只近似满足。",
            "Little’s test (EM): χ²({df}) = {chisq}, *p* {p}. A small *p* speaks against missing "
            "completely at "
            "random; a large one proves nothing, and the test assumes normality, which rating scales "
            "only approach.",
        ),
        values={
            "df": Value(number=str(little.df), style="text"),
            "chisq": Value(number=little.chisq, style="real", digits=2),
            "p": Value(number=little.pvalue, style="p"),
        },
    )
