"""Scores beside companion scales, the marker technique, method factors: the end of the validity part."""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

from analysis.companions import (
    Companion,
    CompanionCorrelations,
    Role,
    companion_correlations,
    scale_score,
    unit_records,
)
from analysis.criteria import UnitCriteria
from analysis.marker import MarkerTests, marker_tests
from analysis.report.columns import (
    both,
    bounded_column,
    count_column,
    interval_column,
    listed,
    p_column,
    real_column,
    said,
    word_column,
)
from analysis.report.document import Block, Paragraph, Table, Text, Value, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.names import construct_title, model_title
from analysis.report.sample import Sample
from analysis.results import Result

ROLE_WORDS: dict[Role, Text] = {
    "related": Text("相关构念", "related construct"),
    "convergent": Text("聚合", "convergent"),
    "discriminant": Text("区分", "discriminant"),
    "desirability": Text("社会赞许", "social desirability"),
    "marker": Text("标记变量", "marker"),
    "outcome": Text("结果", "outcome"),
    "record": Text("单位记录", "record of the unit"),
}
DESIRABLE = 0.40  # an item that goes this far with social desirability is named
TOO_FEW = Text(
    "在共同作答的人中人数不足或没有差异", "too few people with both, or no differences between them"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Companions:
    """Blocks and results of everything beside the instrument's own items."""

    blocks: list[Block] = field(default_factory=list)
    results: dict[str, Result] = field(default_factory=dict)


def companion_blocks(sample: Sample) -> Companions:
    """Correlations with companions, the marker technique, unit records; or plainly that there are none."""
    made = Companions()
    personal = [(c, items) for c, items in sample.companions if c.role != "record"]
    if not sample.companions:
        made.blocks.append(_none())
    if personal:
        found = companion_correlations(sample.scores, _items(sample), personal, missing=sample.missing)
        made.results["companions"] = found
        made.blocks.append(_correlations_table(sample, found))
    for companion, items in personal:
        if companion.role == "desirability":
            made.blocks.append(_desirable(sample, companion, items))
        if companion.role == "marker":
            tests = _marker(sample, companion, items)
            made.results[f"marker_{companion.name}"] = tests
            place = sum(name.startswith("marker_") for name in made.results)
            made.blocks.extend(_marker_blocks(sample, tests, place))
    _add_records(sample, made)
    made.blocks.extend(_method_models(sample))
    return made


def _none() -> Paragraph:
    return Paragraph(
        kind="note",
        text=Text(
            "数据中没有指明任何伴随量表或效标（社会赞许、标记变量、相近构念、结果），所以没有与它们的相关，"
            "也没有做标记变量检验；外部效度尚无证据。由文件生成报告时用 --companion 指明。",
            "The data name no companion scale or criterion (social desirability, marker, related construct, "
            "outcome): no correlations with them and no marker test are given, and there is no evidence of "
            "external validity. Reports from a file take them by --companion.",
        ),
    )


def _items(sample: Sample) -> dict[str, pd.DataFrame]:
    """Items of dimensions and indicators, whose factors are correlated with the companions'."""
    nodes = (*sample.instrument.dimensions(), *sample.instrument.indicators())
    kept = {node.id: [i for i in sample.instrument.items_of(node.id) if i in sample.keyed] for node in nodes}
    return {name: sample.keyed[items] for name, items in kept.items()}


def _correlations_table(sample: Sample, found: CompanionCorrelations) -> Table:
    frame = found.table.copy()
    named = {
        c.name: Text(f"{c.name}（{ROLE_WORDS[c.role].zh}）", f"{c.name} ({ROLE_WORDS[c.role].en})")
        for c, _ in sample.companions
    }
    frame["name"] = words(named[str(name)] for name in frame["companion"])
    frame["title"] = words(construct_title(sample.instrument, str(s)) for s in frame["score"])
    frame["why"] = words(
        TOO_FEW if pd.isna(r) else engine_words(str(why)) if why else Text("", "")
        for r, why in zip(frame["r"], frame["reason"], strict=True)
    )
    names = list(frame["companion"])
    return Table(
        id="companions",
        title=Text("得分与伴随量表的相关", "Scores and companion scales: correlations"),
        columns=(
            word_column("name", "伴随量表", "Companion", is_merged=True),
            word_column("title", "得分", "Score"),
            count_column("n", "*n*"),
            bounded_column("r", "*r*"),
            interval_column("lower", "upper"),
            p_column(),
            count_column("n_latent", "因子 *n*", "*n* (factors)"),
            bounded_column("latent", "因子 *r*", "*r* (factors)"),
            interval_column("latent_lower", "latent_upper"),
            word_column("why", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "*r*：Pearson 相关，两者都有的人，区间用 Fisher 变换；伴随量表得分为至少答了四分之三题"
            "目者的均分。"
            "因子 *r*：两因子模型（MLR，{missing}），已去除测量误差，区间用 delta 法；只对维度和指标、"
            "伴随量表有两题以上时计算。*p* 未作多重比较校正。",
            "*r*: Pearson, people with both, Fisher's interval; a companion's score is the mean of those "
            "who answered three quarters of it. *r* (factors): a model of two factors (MLR, {missing}), free "
            "of measurement error, delta-method interval; for dimensions and indicators, companions of two "
            "items or more. *p* is not corrected for the number of tests.",
        ),
        method_values={"missing": said(_missing(sample))},
        rules=tuple(i for i in range(1, len(names)) if names[i] != names[i - 1]),
    )


def _missing(sample: Sample) -> Text:
    return Text("列删法", "listwise") if sample.missing == "listwise" else Text("FIML", "FIML")


def _desirable(sample: Sample, companion: Companion, items: pd.DataFrame) -> Paragraph:
    """Items that go with social desirability; nobody's score is corrected by it."""
    correlations = sample.keyed.corrwith(scale_score(items)).dropna()
    high = [str(code) for code in correlations.index[correlations.abs() >= DESIRABLE]]
    return Paragraph(
        kind="caution" if high else "text",
        text=Text(
            "与{name}（社会赞许）的相关：{k} 道题中 {high} 道的 |*r*| 不低于 {limit}（{which}），最"
            "大 {most}。"
            "不用它校正任何人的得分。",
            "With {name} (social desirability) {high} of {k} items correlate {limit} or more in size "
            "({which}); the largest is {most}. Nobody's score is corrected by it.",
        ),
        values={
            "name": said(companion.name),
            "k": count(len(correlations)),
            "high": count(len(high)),
            "limit": bounded(DESIRABLE),
            "which": said(Text("、".join(high) or "无", ", ".join(high) or "none")),
            "most": bounded(float(correlations.abs().max()) if len(correlations) else None),
        },
    )


def _marker(sample: Sample, companion: Companion, items: pd.DataFrame) -> MarkerTests:
    renamed = {column: f"mk_{k}" for k, column in enumerate(items.columns)}
    dimensions = sample.instrument.dimensions()
    return marker_tests(
        sample.keyed.join(items.rename(columns=renamed)),
        {node.id: sample.instrument.items_of(node.id) for node in dimensions},
        list(renamed.values()),
        name=companion.name,
        missing=sample.missing,
    )


def _marker_blocks(sample: Sample, found: MarkerTests, place: int) -> list[Block]:
    if found.reason:
        return [
            Paragraph(
                kind="caution",
                text=Text("标记变量{name}：没有做检验，{why}。", "Marker {name}: no test was made, {why}."),
                values={"name": said(found.marker), "why": said(engine_words(found.reason))},
            )
        ]
    return [
        _marker_reading(found),
        _marker_table(sample, found, place),
        _marker_correlations(sample, found, place),
    ]


def _marker_reading(found: MarkerTests) -> Paragraph:
    method = found.tests.iloc[0]
    biased = found.tests.iloc[2]
    yes = Text("有", "is there")
    no = Text("未发现", "was not found")
    return Paragraph(
        text=Text(
            "标记变量{name}：方法方差{there}（Method-C 对 Baseline，*p* {p}），采用 {kept}；题目在"
            "标记因子上的标准化载荷平均 {loading}，占题目方差平均 {share}。"
            "维度之间的相关因此{changed}改变（*p* {q}）。"
            "这一检验只说明与该标记变量共有的方法方差。",
            "Marker {name}: method variance {there} (Method-C against Baseline, *p* {p}); {kept} "
            "is kept; the items' standardised loadings on the marker average {loading}, {share} of "
            "their variance. The correlations of the dimensions {changed} (*p* {q}). The test speaks of "
            "method variance shared with this marker only.",
        ),
        values={
            "name": said(found.marker),
            "there": said(yes if float(method["pvalue"]) < 0.05 else no),
            "p": Value(number=float(method["pvalue"]), style="p"),
            "kept": said(found.retained),
            "loading": bounded(found.loading),
            "share": bounded(found.share, 3),
            "changed": said(
                Text("有", "change with it")
                if float(biased["pvalue"]) < 0.05
                else Text("未见", "are not seen to change with it")
            ),
            "q": Value(number=float(biased["pvalue"]), style="p"),
        },
    )


def _marker_table(sample: Sample, found: MarkerTests, place: int) -> Table:
    tests = found.tests.assign(
        model=["Method-C", "Method-U", "Method-R"], versus=["Baseline", "Method-C", found.retained]
    ).drop(columns="against")
    frame = found.models.merge(tests, on="model", how="left", suffixes=("", "_diff"))
    frame["versus"] = words(Text(v, v) if isinstance(v, str) else Text("", "") for v in frame["versus"])
    frame["remark"] = words(both(v) if isinstance(v, str) else Text("", "") for v in frame["note"])
    return Table(
        id=f"marker-{place}",
        title=Text(f"标记变量检验：{found.marker}", f"Marker technique: {found.marker}"),
        columns=(
            word_column("model", "模型", "Model"),
            real_column("chisq", "χ²"),
            count_column("df", "*df*"),
            bounded_column("cfi", "CFI", digits=3),
            bounded_column("rmsea", "RMSEA", digits=3),
            bounded_column("srmr", "SRMR", digits=3),
            word_column("versus", "与之比较", "Against"),
            real_column("chisq_diff", "Δχ²"),
            count_column("df_diff", "Δ*df*"),
            p_column("pvalue_diff"),
            word_column("remark", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "Williams、Hartman 与 Cavazotte（2010）；各维度为相关因子，MLR，{missing}，*N* = {n}；"
            "CFI、RMSEA 为"
            "稳健值，Δχ² 经 Satorra–Bentler（2001）校正。Baseline：标记因子与各维度不相关，载荷与误"
            "差取自 CFA；"
            "Method-C：各题在标记因子上的载荷相等；Method-U：自由；Method-R：维度间相关固定为 "
            "Baseline 的值。",
            "Williams, Hartman & Cavazotte (2010); dimensions as correlated factors, MLR, {missing}, *N* = "
            "{n}; robust CFI and RMSEA, Δχ² scaled by Satorra & Bentler (2001). Baseline: marker "
            "apart from the "
            "dimensions, its loadings and errors as in the CFA; Method-C: equal loadings of the items on the "
            "marker; Method-U: free; Method-R: correlations of the dimensions held at those of Baseline.",
        ),
        method_values={"missing": said(_missing(sample)), "n": count(found.n)},
    )


def _marker_correlations(sample: Sample, found: MarkerTests, place: int) -> Table:
    frame = found.correlations.copy()
    for side in ("one", "other"):
        frame[f"{side}_title"] = words(construct_title(sample.instrument, str(c)) for c in frame[side])
    return Table(
        id=f"marker-correlations-{place}",
        title=Text(
            f"维度之间的相关：不含与含标记变量 {found.marker} 的方法载荷",
            f"Correlations of the dimensions without and with method loadings on {found.marker}",
        ),
        columns=(
            word_column("one_title", "甲", "One"),
            word_column("other_title", "乙", "Other"),
            bounded_column("baseline", "Baseline", digits=3),
            bounded_column("retained", found.retained, digits=3),
            interval_column("lower", "upper"),
        ),
        frame=frame,
        method=Text("因子相关，*N* = {n}，区间用 delta 法。", "Factors, *N* = {n}, delta-method interval."),
        method_values={"n": count(found.n)},
    )


def _add_records(sample: Sample, made: Companions) -> None:
    """Unit means with recorded figures, over units."""
    records = [(c, items) for c, items in sample.companions if c.role == "record"]
    if not records:
        return
    try:
        if sample.unit is None:
            raise ValueError("数据中没有单位 / the data have no units")
        figures = pd.DataFrame({c.name: items.mean(axis=1) for c, items in records})
        found = unit_records(sample.scores, figures, sample.unit)
    except ValueError as error:
        made.blocks.append(
            Paragraph(
                kind="caution",
                text=Text("单位记录没有用上：{why}。", "Records of units were not used: {why}."),
                values={"why": said(both(str(error)))},
            )
        )
        return
    made.results["unit_records"] = found
    made.blocks.append(_records_table(sample, found))


def _records_table(sample: Sample, found: UnitCriteria) -> Table:
    frame = found.table.copy()
    frame["title"] = words(construct_title(sample.instrument, str(s)) for s in frame["score"])
    frame["why"] = words(both(str(r)) if r else Text("", "") for r in frame["reason"])
    return Table(
        id="unit-records",
        title=Text("单位均分与单位记录的相关", "Unit means and records of the units"),
        columns=(
            word_column("record", "记录", "Record", is_merged=True),
            word_column("title", "得分", "Score"),
            count_column("n_units", "单位数", "Units"),
            bounded_column("r", "*r*"),
            interval_column("lower", "upper"),
            p_column(),
            bounded_column("rho", "ρ", "ρ"),
            word_column("why", "说明", "Note"),
        ),
        frame=frame.sort_values("record", kind="stable", ignore_index=True),
        method=Text(
            "以单位为个案；Fisher 区间；不足 {least} 个单位不计算。单位之间的相关不说明个人（"
            "Robinson, 1950）。",
            "Units are the cases; Fisher's interval; none below {least} units. A correlation of units says "
            "nothing of persons (Robinson, 1950).",
        ),
        method_values={"least": count(found.min_units)},
    )


def _method_models(sample: Sample) -> list[Block]:
    """Where to find the unmeasured method factor that the instrument declares."""
    titles = [model_title(sample.instrument, m.id) for m in sample.instrument.models if m.role == "method"]
    if not titles:
        return []
    return [
        Paragraph(
            kind="note",
            text=Text(
                "未测量的方法因子：{models}，与目标结构的比较见各结构的拟合与嵌套比较两表。它不区分方法与"
                "内容，只作次要证据。",
                "Unmeasured method factor: {models}; set against the target in the tables of "
                "rival structures "
                "and of nested comparisons. It cannot tell method from content: secondary evidence only.",
            ),
            values={"models": said(listed(titles))},
        )
    ]
