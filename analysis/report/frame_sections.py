"""What frames the numbers: key figures in front, the instrument, limits and permitted uses, the appendix."""

from __future__ import annotations

import importlib.metadata
import math
import platform

import pandas as pd

from analysis.cutoffs import guides
from analysis.evidence import Evidence
from analysis.report.columns import both
from analysis.report.document import (
    Block,
    Column,
    Listing,
    Paragraph,
    Section,
    Table,
    Text,
    Value,
    bounded,
    count,
    words,
)
from analysis.report.evidence_section import VERDICTS
from analysis.report.names import category_labels, construct_title, instrument_title, item_text, model_title
from analysis.report.sample import Sample
from instruments import Instrument
from instruments.instrument import ModelSpec

PACKAGES = ("numpy", "scipy", "pandas", "pingouin", "factor-analyzer", "scikit-learn", "matplotlib")
STATUS = {
    "draft": Text("草稿", "draft"),
    "pilot": Text("试测", "pilot"),
    "active": Text("正式", "active"),
    "retired": Text("停用", "retired"),
}


def software_versions() -> dict[str, str]:
    """Versions of Python and of every package whose numbers the report prints."""
    return {"python": platform.python_version()} | {
        name: importlib.metadata.version(name) for name in PACKAGES
    }


def summary_section(sample: Sample, evidence: Evidence) -> Section:
    """The abstract and the key figures: N, reliability, fit, verdict."""
    dimensions = [s for s in evidence.scores if s.level in ("dimension", "factor")]
    omegas = [s.omega for s in dimensions if s.omega is not None]
    alphas = [s.alpha for s in dimensions if s.alpha is not None]
    cfa = evidence.cfa
    text = Paragraph(
        text=Text(
            "本报告用 {n} 人对《{title}》（{ref}，{status}）的作答，检验其题目、维度结构和得分的信度。"
            "结构分析可用 {usable} 人。{dimensions} 个维度得分的 α 为 {alow}–{ahigh}，ω 为 {olow}–{ohigh}。"
            "目标结构的验证性因素分析：χ²({df}) = {chisq}，*p* {p}，CFI = {cfi}，TLI = {tli}，RMSEA = "
            "{rmsea} {interval}，"
            "SRMR = {srmr}。按问卷事先写定的规则，维度得分{verdict}。",
            "{n} people answered {title} ({ref}, {status}); {usable} are usable for the structure. α of "
            "the {dimensions} "
            "dimension scores is {alow}–{ahigh}, ω {olow}–{ohigh}. Confirmatory factor analysis of the "
            "target structure: "
            "χ²({df}) = {chisq}, *p* {p}, CFI = {cfi}, TLI = {tli}, RMSEA = {rmsea} {interval}, SRMR = "
            "{srmr}. By the rules "
            "that the instrument declared beforehand, its dimension scores are: {verdict}.",
        ),
        values={
            "n": count(len(sample.raw)),
            "title": Value(number=instrument_title(sample.instrument), style="text"),
            "ref": Value(number=sample.instrument.ref, style="text"),
            "status": Value(number=STATUS[sample.instrument.status], style="text"),
            "usable": count(evidence.n),
            "dimensions": count(len(dimensions)),
            "alow": bounded(min(alphas, default=None)),
            "ahigh": bounded(max(alphas, default=None)),
            "olow": bounded(min(omegas, default=None)),
            "ohigh": bounded(max(omegas, default=None)),
            "df": count(None if cfa is None or cfa.df is None else int(cfa.df)),
            "chisq": Value(number=None if cfa is None else cfa.chisq),
            "p": Value(number=None if cfa is None else cfa.pvalue, style="p"),
            "cfi": bounded(None if cfa is None else cfa.cfi, 3),
            "tli": bounded(None if cfa is None else cfa.tli, 3),
            "rmsea": bounded(None if cfa is None else cfa.rmsea, 3),
            "interval": Value(
                number=(None, None) if cfa is None else (cfa.rmsea_lower, cfa.rmsea_upper),
                style="bounded_interval",
                digits=3,
            ),
            "srmr": bounded(None if cfa is None else cfa.srmr, 3),
            "verdict": Value(number=VERDICTS[evidence.verdict], style="text"),
        },
    )
    return Section(
        id="summary", title=Text("摘要", "Abstract"), blocks=(text, _key_figures(sample, evidence))
    )


def _key_figures(sample: Sample, evidence: Evidence) -> Table:
    """One line with what a reader looks for first."""
    dimensions = [s for s in evidence.scores if s.level in ("dimension", "factor")]
    alphas = [s.alpha for s in dimensions if s.alpha is not None]
    omegas = [s.omega for s in dimensions if s.omega is not None]
    cfa = evidence.cfa
    row = {
        "n": len(sample.raw),
        "usable": evidence.n,
        "alpha_least": min(alphas, default=math.nan),
        "alpha_most": max(alphas, default=math.nan),
        "omega_least": min(omegas, default=math.nan),
        "omega_most": max(omegas, default=math.nan),
        "cfi": math.nan if cfa is None else cfa.cfi,
        "rmsea": math.nan if cfa is None else cfa.rmsea,
        "rmsea_lower": math.nan if cfa is None else cfa.rmsea_lower,
        "rmsea_upper": math.nan if cfa is None else cfa.rmsea_upper,
        "srmr": math.nan if cfa is None else cfa.srmr,
    }
    frame = pd.DataFrame([row], dtype=float)
    frame["verdict"] = words([VERDICTS[evidence.verdict]])
    return Table(
        id="key-figures",
        title=Text("主要结果", "Key figures"),
        columns=(
            Column(key="n", title=Text("*N*", "*N*"), style="count"),
            Column(key="usable", title=Text("可用", "Usable"), style="count"),
            Column(
                key="alpha_least", upper_key="alpha_most", title=Text("维度 α", "α"), style="bounded_interval"
            ),
            Column(
                key="omega_least", upper_key="omega_most", title=Text("维度 ω", "ω"), style="bounded_interval"
            ),
            Column(key="cfi", title=Text("CFI", "CFI"), style="bounded", digits=3),
            Column(key="rmsea", title=Text("RMSEA", "RMSEA"), style="bounded", digits=3),
            Column(
                key="rmsea_lower",
                upper_key="rmsea_upper",
                title=Text("90 % 区间", "90 % CI"),
                style="bounded_interval",
                digits=3,
            ),
            Column(key="srmr", title=Text("SRMR", "SRMR"), style="bounded", digits=3),
            Column(key="verdict", title=Text("维度得分", "Dimension scores")),
        ),
        frame=frame,
        method=Text(
            "α、ω 为各维度得分的最小值与最大值；拟合指标为目标结构（估计方法和缺失处理见结构部分）。",
            "α, ω: least and greatest of the dimension scores; fit: target structure, estimator as "
            "stated under structure.",
        ),
    )


def instrument_section(sample: Sample) -> Section:
    """Version, form, scales, scores: what was asked."""
    instrument = sample.instrument
    form = instrument.forms[sample.form]
    scales = list(dict.fromkeys(instrument.items[code].scale for code in sample.items))
    blocks: list[Block] = [
        Paragraph(
            text=Text(
                "《{title}》{ref}（{status}），卷型 {form}，{k} 题，其中反向题 {reversed} 题；计分规则版"
                "本 {scoring}。",
                "{title}, {ref} ({status}), form {form}, {k} items, {reversed} reversed; scoring rules "
                "version {scoring}.",
            ),
            values={
                "title": Value(number=instrument_title(instrument), style="text"),
                "ref": Value(number=instrument.ref, style="text"),
                "status": Value(number=STATUS[instrument.status], style="text"),
                "form": Value(number=sample.form, style="text"),
                "k": count(len(form.items)),
                "reversed": count(sum(instrument.items[code].reverse for code in form.items)),
                "scoring": Value(number=instrument.scoring.version, style="text"),
            },
        )
    ]
    for scale in scales:
        labels = category_labels(instrument, scale)
        blocks.append(
            Paragraph(
                text=Text("作答选项（{scale}）：{labels}。", "Response scale ({scale}): {labels}."),
                values={
                    "scale": Value(number=scale, style="text"),
                    "labels": Value(
                        number=Text(
                            "，".join(f"{v} {t.zh}" for v, t in labels.items()),
                            ", ".join(f"{v} {t.en}" for v, t in labels.items()),
                        ),
                        style="text",
                    ),
                },
            )
        )
    if instrument.status in ("draft", "pilot"):
        blocks.append(
            Paragraph(
                kind="caution",
                text=Text(
                    "本版问卷尚在试测，未经专家评定，结果只用于改进问卷。",
                    "This version is in a pilot and has not been rated by experts: results serve to "
                    "improve it.",
                ),
            )
        )
    return Section(id="instrument", title=Text("问卷", "Instrument"), blocks=tuple(blocks))


LIMITS = (
    Text(
        "选项越少、分布越偏，把题目当作连续变量的结果越不可靠。结构部分写明所用的估计方法及理由，三种方法的对照见"
        "拟合细节；ω、聚合与区分效度用最大似然，题目按连续变量处理。",
        "The fewer and the more skewed the categories, the less results for items as continuous variables "
        "can be trusted. The estimator and its reason stand under structure, three estimators side by side "
        "under the target structure in detail; ω and convergent and discriminant validity treat items as "
        "continuous (maximum likelihood).",
    ),
    Text(
        "列删法丢弃有缺失的人；缺失若与内容有关，结果会有偏差。",
        "Listwise deletion drops people with missing answers; where missingness depends on content, "
        "results are biased.",
    ),
    Text(
        "数据来自一次自我报告，同源方法偏差未被排除；除“交叉验证”一节外，探索与验证用了同一批人。",
        "One self-report at one time: common-method variance is not ruled out, and outside the section on "
        "cross-validation the same people serve exploration and confirmation.",
    ),
    Text(
        "均值只可在“测量等值”一节判为达到的分组之间比较；没有检验或没有达到的分组，不支持比较。",
        "Compare means only over groupings that the section on invariance found to hold; where it was not "
        "tested or did not hold, comparing is not supported.",
    ),
)
USES = (
    Text(
        "可用于：改进题目，研究维度结构，判断得分能否连同误差范围提供。",
        "Permitted: improving items, studying structure, deciding whether scores may be given with their "
        "band.",
    ),
    Text(
        "不可用于：个人的考核、评优、任免，个人排名，逐题查看个人作答。",
        "Not permitted: appraisal, awards or appointment of persons, ranking persons, reading single "
        "answers.",
    ),
)


def limits_section(sample: Sample) -> Section:
    """Limits of the analyses and permitted uses."""
    blocks: list[Block] = [Paragraph(text=text) for text in (*USES, *LIMITS)]
    if sample.source.simulated:
        blocks.insert(
            0,
            Paragraph(
                kind="caution",
                text=Text(
                    "模拟数据，非真实作答：数字只说明报告如何工作，与任何真实的人无关。",
                    "Simulated data, not real respondents: the numbers show how the report works and "
                    "nothing about people.",
                ),
            ),
        )
    return Section(id="limits", title=Text("局限与用途", "Limits and permitted uses"), blocks=tuple(blocks))


def appendix_section(sample: Sample) -> Section:
    """Data dictionary, guides with sources, syntax of every model."""
    instrument = sample.instrument
    dictionary = pd.DataFrame(
        {
            "item": sample.items,
            "construct": [construct_title(instrument, instrument.items[c].construct) for c in sample.items],
            "key": [
                Text("反", "rev.") if instrument.items[c].reverse else Text("", "") for c in sample.items
            ],
            "text": [item_text(instrument, code) for code in sample.items],
        }
    )
    owners = [instrument.items[c].construct for c in sample.items]
    tables: list[Block] = [
        Table(
            id="dictionary",
            title=Text("题目", "Items"),
            columns=(
                Column(key="item", title=Text("题目", "Item")),
                Column(key="construct", title=Text("所属", "Construct")),
                Column(key="key", title=Text("计分", "Keying")),
                Column(key="text", title=Text("题干", "Statement")),
            ),
            frame=dictionary,
            method=Text("题目措辞以 {ref} 为准。", "Wording as in {ref}."),
            method_values={"ref": Value(number=instrument.ref, style="text")},
            rules=tuple(i for i in range(1, len(owners)) if owners[i] != owners[i - 1]),
            is_appendix=True,
        ),
        _guides_table(),
    ]
    tables += [
        Listing(id=f"model-{model.id}", title=_model_words(instrument, model), text=model.syntax.strip())
        for model in instrument.models
    ]
    return Section(id="appendix", title=Text("附录", "Appendix"), blocks=tuple(tables))


def _model_words(instrument: Instrument, model: ModelSpec) -> Text:
    """What a model says, with the options it is fitted with."""
    switches = (("std.lv = TRUE", model.std_lv), ("orthogonal = TRUE", model.orthogonal))
    chosen = ", ".join(name for name, is_on in switches if is_on)
    title = model_title(instrument, model.id)
    return Text(
        f"模型 {model.id}：{title.zh}" + (f"（{chosen}）" if chosen else ""),
        f"Model {model.id}: {title.en}" + (f" ({chosen})" if chosen else ""),
    )


def _guide(limit: float) -> str:
    """A limit as it is written: no zero before the point."""
    short = f"{limit:g}"
    return (short if limit >= 1 or len(short) > 3 else f"{limit:.2f}").removeprefix("0")


def _guides_table() -> Table:
    rows = [
        {
            "title": Text(guide.title_zh, guide.title_en),
            "good": _guide(guide.good),
            "fair": _guide(guide.fair),
            "direction": "≥" if guide.direction == "high" else "≤",
            "source": both(guide.source),
            "checked": Text("是", "yes") if guide.checked else Text("否", "no"),
            "note": Text(guide.note_zh, guide.note_en),
        }
        for guide in guides().values()
    ]
    return Table(
        id="guides",
        title=Text("参考界值与出处", "Guides and their sources"),
        columns=(
            Column(key="title", title=Text("指标", "Measure")),
            Column(key="direction", title=Text("方向", "Dir.")),
            Column(key="good", title=Text("良好", "good")),
            Column(key="fair", title=Text("最低", "least")),
            Column(key="source", title=Text("出处", "Source")),
            Column(key="checked", title=Text("已核对原文", "Checked")),
            Column(key="note", title=Text("说明", "Note")),
        ),
        frame=pd.DataFrame(rows),
        method=Text(
            "界值只是参考，印在数值旁边；未核对原文的按通行引用。",
            "Guides stand beside the values and decide nothing; those not checked are quoted as commonly "
            "cited.",
        ),
        is_appendix=True,
    )
