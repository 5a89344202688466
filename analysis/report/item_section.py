"""Item analysis: Table 3 and the stacked distributions. Sensitive items are never shown singly."""

from __future__ import annotations

import dataclasses
import math

from analysis.items import ItemAnalysis, analyse_items
from analysis.report.document import (
    Block,
    Column,
    Figure,
    Paragraph,
    Section,
    Table,
    Text,
    Value,
    bounded,
    count,
    words,
)
from analysis.report.names import category_labels
from analysis.report.sample import Sample

TITLE = Text("项目分析", "Item analysis")
FLAG_WORDS = {
    "empty": Text("无人作答", "nobody answered"),
    "constant": Text("没有差异", "constant"),
    "ceiling_mean": Text("均值过高", "mean near the ceiling"),
    "top_category": Text("最高类别过多", "top category crowded"),
    "small_sd": Text("离散过小", "small SD"),
    "skew": Text("偏度过大", "skewed"),
    "negative_item_rest": Text("题总相关为负", "negative item–rest"),
    "low_item_rest": Text("题总相关低", "low item–rest"),
    "missing": Text("缺失多", "many missing"),
}
SINGLE_VALUES = ["mean", "sd", "skew", "kurtosis"]  # what a sensitive item does not show
SINGLE_FLAGS = {"ceiling_mean", "top_category", "small_sd", "skew", "constant"}


def item_section(sample: Sample) -> Section:
    """Distribution, item–rest correlation and alpha without the item, for every item of the form."""
    found = analyse_items(sample.keyed, ranges=sample.item_ranges(), scales=sample.score_items())
    sensitive = [code for code in sample.items if sample.instrument.items[code].sensitive]
    result = _withhold(found, sensitive)
    blocks: list[Block] = [_reading(result)]
    blocks.append(_item_table(sample, result, sensitive))
    blocks.append(_distribution_figure(sample, result))
    blocks.append(_histograms(result))
    return Section(id="items", title=TITLE, blocks=tuple(blocks), results={"items": result})


def _withhold(found: ItemAnalysis, sensitive: list[str]) -> ItemAnalysis:
    """Take the single-item figures of sensitive items out of the result, so that no format shows them."""
    if not sensitive:
        return found
    table, percents = found.table.copy(), found.percents.copy()
    table.loc[sensitive, SINGLE_VALUES] = math.nan
    percents.loc[sensitive] = math.nan
    flags = {
        item: tuple(f for f in names if item not in sensitive or f not in SINGLE_FLAGS)
        for item, names in found.flags.items()
    }
    return dataclasses.replace(
        found,
        table=table,
        percents=percents,
        flags=flags,
        warnings=(*found.warnings, f"敏感题不单独显示 / sensitive, not shown singly: {', '.join(sensitive)}"),
    )


def _reading(result: ItemAnalysis) -> Paragraph:
    rests = result.table["item_rest"].dropna()
    flagged = [item for item, names in result.flags.items() if names]
    limit = result.guides.item_rest
    if rests.empty:
        return Paragraph(
            kind="caution",
            text=Text(
                "人数或差异不足，题总相关无从计算。",
                "Too few people or no differences: no item–rest correlations.",
            ),
        )
    return Paragraph(
        text=Text(
            "校正题总相关在 {low} 与 {high} 之间，低于 {limit} 的 {below} 题；有标记的 {flagged} 题，见表"
            "中末列。"
            "标记提示复核，不是删题的依据。",
            "Corrected item–rest correlations lie between {low} and {high}; {below} below {limit}. "
            "Flagged "
            "items (last column): {flagged}. A flag asks for a second look and is no ground for "
            "dropping an item.",
        ),
        values={
            "low": bounded(float(rests.min())),
            "high": bounded(float(rests.max())),
            "limit": bounded(limit),
            "below": count(int((rests < limit).sum())),
            "flagged": count(len(flagged)),
        },
    )


def _item_table(sample: Sample, result: ItemAnalysis, sensitive: list[str]) -> Table:
    frame = result.to_frame().reset_index()
    categories = [str(c) for c in result.percents.columns]
    frame.columns = [str(c) for c in frame.columns]
    frame["key"] = words(
        Text("−", "−") if sample.instrument.items[c].reverse else Text("", "") for c in frame["item"]
    )
    frame["flags"] = words(_flag_text(result.flags[item], item in sensitive) for item in frame["item"])
    constructs = [sample.instrument.items[code].construct for code in frame["item"]]
    rules = tuple(i for i in range(1, len(constructs)) if constructs[i] != constructs[i - 1])
    columns = [
        Column(key="item", title=Text("题目", "Item")),
        Column(key="key", title=Text("反", "Rev.")),
        Column(key="n", title=Text("*n*", "*n*"), style="count"),
        Column(key="mean", title=Text("*M*", "*M*"), digits=2, style="real"),
        Column(key="sd", title=Text("*SD*", "*SD*"), digits=2, style="real"),
        Column(key="skew", title=Text("偏度", "Skew"), digits=2, style="real"),
        Column(key="kurtosis", title=Text("峰度", "Kurt."), digits=2, style="real"),
        *(Column(key=c, title=Text(f"{c} %", f"{c} %"), style="percent", digits=0) for c in categories),
        Column(key="item_rest", title=Text("题总 *r*", "*r*"), style="bounded", digits=2),
        Column(key="alpha_if_dropped", title=Text("删后 α", "α w/o"), style="bounded", digits=2),
        Column(key="flags", title=Text("标记", "Flags")),
    ]
    return Table(
        id="items",
        title=Text("项目分析", "Item analysis"),
        columns=tuple(columns),
        frame=frame,
        method=Text(
            "*N* = {n}。反：反向题，已反转。*M*、*SD*（*n* − 1）、偏度、峰度用答了该题的人；偏度为 *G*₁、"
            "峰度为超额峰度 *G*₂"
            "（SPSS 定义）。题总 *r*、删后 α：与所属最小得分（不少于三题）其余题目，用该得分各题全答的人。",
            "*N* = {n}. Rev.: reversed, already turned. *M*, *SD* (*n* − 1), skewness *G*₁ and excess "
            "kurtosis *G*₂ (as "
            "in SPSS) use whoever answered the item. *r*, α w/o: against the other items of the "
            "smallest score of at "
            "least three items, in people complete on it.",
        ),
        method_values={"n": count(len(sample.raw))},
        notes=_guide_notes(result, sensitive),
        rules=rules,
    )


def _flag_text(names: tuple[str, ...], is_sensitive: bool) -> Text:
    said = [FLAG_WORDS[name] for name in names]
    if is_sensitive:
        said = [Text("敏感题，不单独显示", "sensitive: not shown singly"), *said]
    return Text("；".join(w.zh for w in said), "; ".join(w.en for w in said))


def _guide_notes(result: ItemAnalysis, sensitive: list[str]) -> tuple[Paragraph, ...]:
    limits = result.guides
    note = Paragraph(
        kind="note",
        text=Text(
            "标记的界限：均值高于量程的 {mean} %（五点为 4.5），最高类别超过 {top} %，*SD* 小于量程的 "
            "{sd} %（五点为 0.60），"
            "偏度小于 {skew}，题总相关低于 {rest}，缺失超过 {missing} %。",
            "Flags: mean above {mean} % of the range (4.5 of five), top category above {top} %, *SD* "
            "below {sd} % of the "
            "range (0.60 of five), skewness below {skew}, item–rest below {rest}, missing above {missing} %.",
        ),
        values={
            "mean": Value(number=100 * limits.ceiling_mean_share, style="real", digits=1),
            "top": Value(number=limits.top_percent, style="real", digits=0),
            "sd": Value(number=100 * limits.sd_share, style="real", digits=0),
            "skew": Value(number=limits.skew, style="real", digits=0),
            "rest": bounded(limits.item_rest),
            "missing": Value(number=limits.missing_percent, style="real", digits=0),
        },
    )
    if not sensitive:
        return (note,)
    return (
        note,
        Paragraph(
            kind="note",
            text=Text(
                "{items} 为敏感题，其分布不单独显示；题总相关、载荷与信度照算。",
                "{items}: sensitive, distribution not shown singly; item–rest, loadings and reliability "
                "include them.",
            ),
            values={"items": Value(number="、".join(sensitive), style="text")},
        ),
    )


def _distribution_figure(sample: Sample, result: ItemAnalysis) -> Figure:
    widest = max(
        {sample.instrument.items[code].scale for code in sample.items},
        key=lambda scale: len(sample.instrument.scales[scale].values),
    )
    labels = {str(v): text for v, text in category_labels(sample.instrument, widest).items()}
    tops = result.percents.iloc[:, -1].dropna()
    return Figure(
        id="distributions",
        title=Text("各题作答分布", "Distribution of answers by item"),
        kind="distributions",
        result=result,
        labels=labels
        | {
            "share": Text("作答人数百分比（%）", "Share of those who answered (%)"),
            "none": Text("不显示或无人作答", "not shown, or nobody answered"),
        },
        alt=Text(
            "每题一条，从左到右为最低到最高类别的百分比；最高类别在 {low} % 与 {high} % 之间。",
            "A bar an item, from the lowest to the highest category; the top category takes {low} % to "
            "{high} %.",
        ),
        alt_values={
            "low": Value(number=float(tops.min()) if len(tops) else None, style="percent", digits=0),
            "high": Value(number=float(tops.max()) if len(tops) else None, style="percent", digits=0),
        },
        method=Text(
            "反向题已反转，类别按同一方向排列；数字为百分比，不足 6 % 的不标。",
            "Reversed items are turned; numbers are percentages, those under 6 % are not written.",
        ),
    )


def _histograms(result: ItemAnalysis) -> Figure:
    skewness = result.table["skew"].dropna()
    return Figure(
        id="histograms",
        title=Text("各题直方图", "Histograms of items"),
        kind="histograms",
        result=result,
        labels={"n": Text("n", "n"), "skew": Text("偏度", "skew"), "none": Text("不显示", "not shown")},
        alt=Text(
            "每题一幅直方图，从左到右为最低到最高类别；偏度在 {low} 与 {high} 之间，数值见项目分析表。",
            "A histogram an item, from the lowest to the highest category; skewness lies between {low} and "
            "{high}, see the table of items.",
        ),
        alt_values={
            "low": Value(number=float(skewness.min()) if len(skewness) else None, style="real"),
            "high": Value(number=float(skewness.max()) if len(skewness) else None, style="real"),
        },
        method=Text(
            "反向题已反转；纵轴为作答人数百分比，各题同一尺度，最高的柱为 {top} %。敏感题不单独显示。",
            "Reversed items are turned; height is the share of those who answered, on one scale for all "
            "items, "
            "the tallest bar {top} %. Sensitive items are not shown singly.",
        ),
        method_values={"top": Value(number=float(result.percents.max().max()), style="percent", digits=0)},
    )
