"""Item response theory: the graded response model of every dimension.

Samejima (1969); items with standard errors, information, the conditional error of measurement, person fit.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.irt import GradedFit, curves, fit_graded, limited_fit, person_fit, score_reliability
from analysis.report.columns import (
    bounded_column,
    count_column,
    p_column,
    percent_column,
    real_column,
    word_column,
)
from analysis.report.document import (
    Block,
    Figure,
    Paragraph,
    Section,
    Table,
    Text,
    Value,
)
from analysis.report.engine_words import engine_words
from analysis.report.names import construct_title
from analysis.report.sample import Sample
from analysis.results import Result

TITLE = Text("项目反应理论", "Item response theory")
MIN_ITEMS = 3
STATUS = {
    "ok": Text("可用", "usable"),
    "not_converged": Text("未收敛", "not converged"),
    "not_identified": Text("不可识别", "not identified"),
    "too_few_people": Text("人数不足", "too few people"),
    "too_few_items": Text("题数不足", "too few items"),
    "constant_item": Text("有题目没有差异", "a constant item"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InformationCurves(Result):
    """Test information and conditional standard error by dimension; scale, theta, information, se."""

    table: pd.DataFrame


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GradedItems(Result):
    """Item parameters of one model and how it fits; what of a `GradedFit` a report keeps."""

    name: str
    status: str
    problems: tuple[str, ...]
    n: int
    log_likelihood: float | None
    npar: int | None
    aic: float | None
    bic: float | None
    parameters: pd.DataFrame | None
    standardized: pd.DataFrame | None


def kept(sample: Sample, name: str, found: GradedFit) -> GradedItems:
    """The fit without a line a person, and of sensitive items nothing that tells how they were answered."""
    parameters = found.parameters
    if parameters is not None:
        is_open = ~parameters["item"].map(lambda i: sample.instrument.items[str(i)].sensitive).astype(bool)
        parameters = parameters[is_open | parameters["parameter"].isin(["a", "a_specific"])]
    return GradedItems(
        name=name, status=found.status, problems=found.problems, n=found.n,
        log_likelihood=found.log_likelihood, npar=found.npar, aic=found.aic, bic=found.bic,
        parameters=parameters, standardized=found.standardized,
    )  # fmt: skip


def irt_section(sample: Sample) -> Section:
    """One graded response model a dimension."""
    scales = {
        node.id: [i for i in sample.instrument.items_of(node.id) if i in sample.keyed]
        for node in sample.instrument.dimensions()
    }
    fits = {
        name: fit_graded(sample.keyed[items], categories=offered_categories(sample, items))
        for name, items in scales.items()
        if len(items) >= MIN_ITEMS
    }
    results: dict[str, Result] = {f"graded_{name}": kept(sample, name, found) for name, found in fits.items()}
    usable = {name: found for name, found in fits.items() if found.model}
    if not usable:
        why = [engine_words(found.problems) for found in fits.values()] or [Text("没有维度", "no dimension")]
        return Section(
            id="irt",
            title=TITLE,
            status="insufficient",
            results=results,
            reason=Text(f"没有可用的估计：{why[0].zh}", f"no usable estimates: {why[0].en}"),
        )
    blocks: list[Block] = [_reading(usable), _scales_table(sample, fits), _items_table(sample, usable)]
    blocks += [_information(sample, usable)]
    return Section(id="irt", title=TITLE, blocks=tuple(blocks), results=results)


def offered_categories(sample: Sample, items: list[str]) -> dict[str, tuple[float, ...]]:
    """Item → the values it offers, so that those nobody chose are named."""
    return {i: tuple(float(v) for v in sample.instrument.scale_of(i).values) for i in items}


def _reading(usable: dict[str, GradedFit]) -> Paragraph:
    slopes = [_slopes(found) for found in usable.values()]
    low, high = min(float(s.min()) for s in slopes), max(float(s.max()) for s in slopes)
    return Paragraph(
        text=Text(
            "各维度分别用等级反应模型估计。区分度 *a* 在 {low} 与 {high} 之间；难度 *b* 是选该类别及以上的"
            "概率为一半时的位置"
            "（均值 0、标准差 1 的量尺）。测量标准误随位置而变：*b* 大多为负时，水平高的人测得不准，见图。",
            "A graded response model for each dimension. Slopes *a* lie between {low} and {high}; *b* is "
            "where a category "
            "or a higher one is chosen with probability one half (scale of mean 0 and *SD* 1). The error "
            "of measurement "
            "depends on the place: where most *b* are negative, people of high standing are measured less "
            "exactly.",
        ),
        values={"low": Value(number=low), "high": Value(number=high)},
    )


def _slopes(found: GradedFit) -> pd.Series:
    table = found.parameters
    if table is None:
        return pd.Series(dtype=float)
    return table.loc[table["parameter"] == "a", "est"]


def _scales_table(sample: Sample, fits: dict[str, GradedFit]) -> Table:
    rows: list[dict[str, Any]] = []
    for name, found in fits.items():
        row: dict[str, Any] = {
            "title": construct_title(sample.instrument, name),
            "k": len(found.items),
            "n": found.n,
            "state": STATUS[found.status],
            **dict.fromkeys(("c2", "df", "pvalue", "rmsea", "marginal", "empirical", "misfit"), math.nan),
        }
        if found.model:
            data = sample.keyed[list(found.items)]
            overall, reliability = limited_fit(found, data), score_reliability(found)
            people = person_fit(found, data)
            answered = int((people.people["answered"] > 0).sum()) if len(people.people) else 0
            row |= {
                "c2": _number(overall.statistic),
                "df": _number(overall.df),
                "pvalue": _number(overall.p),
                "rmsea": _number(overall.rmsea),
                "marginal": _number(reliability.marginal),
                "empirical": _number(reliability.empirical),
                "misfit": 100 * people.n_flagged / answered if answered else math.nan,
            }
        rows.append(row)
    return Table(
        id="irt-scales",
        title=Text("等级反应模型：各维度", "Graded response models by dimension"),
        columns=(
            word_column("title", "维度", "Dimension"),
            count_column("k", "题数", "Items"),
            count_column("n", "*n*"),
            real_column("c2", "C₂", "C₂"),
            count_column("df", "*df*"),
            p_column(),
            bounded_column("rmsea", "RMSEA", digits=3),
            bounded_column("marginal", "边际信度", "Marginal rel."),
            bounded_column("empirical", "经验信度", "Empirical rel."),
            percent_column("misfit", "个人拟合差 %", "Person misfit %"),
            word_column("state", "估计", "Estimates"),
        ),
        frame=pd.DataFrame(rows),
        method=Text(
            "边际最大似然，缺失题在似然中跳过；C₂（Cai & Monroe, 2014）用该维度各题全答者。个人拟合差：Zh "
            "< −1.96 的人"
            "（Drasgow, Levine & Williams, 1985），提示作答方式异常，不说明原因。",
            "Marginal maximum likelihood, missing answers skipped; C₂ (Cai & Monroe, 2014) in people "
            "complete on the "
            "dimension. Person misfit: Zh < −1.96 (Drasgow, Levine & Williams, 1985), a sign of unusual "
            "answers and "
            "no more.",
        ),
    )


def _number(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _items_table(sample: Sample, usable: dict[str, GradedFit]) -> Table:
    rows: list[dict[str, Any]] = []
    for name, found in usable.items():
        if found.parameters is None:
            continue
        for item, own in found.parameters.groupby("item", sort=False):
            row: dict[str, Any] = {
                "dimension": construct_title(sample.instrument, name),
                "item": str(item),
                "id": name,
            }
            for parameter, est, se in zip(own["parameter"], own["est"], own["se"], strict=True):
                is_hidden = sample.instrument.items[str(item)].sensitive and parameter != "a"
                if parameter == "a" or (str(parameter).startswith("b") and not is_hidden):
                    row |= {str(parameter): est, f"{parameter}_se": se}
            if found.standardized is not None:
                row["loading"] = float(found.standardized["general"][str(item)])
            rows.append(row)
    frame = pd.DataFrame(rows)
    steps = sorted(c for c in frame.columns if c.startswith("b") and not c.endswith("_se"))
    owners = list(frame["id"])
    return Table(
        id="irt-items",
        title=Text("等级反应模型：题目参数", "Graded response models: item parameters"),
        columns=(
            word_column("dimension", "维度", "Dimension", is_merged=True),
            word_column("item", "题目", "Item"),
            real_column("a", "*a*"),
            real_column("a_se", "*SE*"),
            bounded_column("loading", "λ"),
            *(c for s in steps for c in (real_column(s, f"*b*{s[1:]}"), real_column(f"{s}_se", "*SE*"))),
        ),
        frame=frame,
        method=Text(
            "logistic 量尺（不乘 1.702）；*SE* 由观测信息矩阵（Louis, 1982），*b* 的 *SE* 用 delta 法；λ "
            "为换算的标准化载荷。"
            "无人选的类别不估计，其 *b* 从缺；敏感题的 *b* 不显示。",
            "Logistic metric (no 1.702); *SE* from the observed information (Louis, 1982), delta method "
            "for *b*; λ: "
            "standardised loading. A category nobody chose has no *b*; those of sensitive items are not "
            "shown.",
        ),
        rules=tuple(i for i in range(1, len(owners)) if owners[i] != owners[i - 1]),
    )


def _information(sample: Sample, usable: dict[str, GradedFit]) -> Figure:
    parts = []
    for name, found in usable.items():
        drawn = curves(found).information
        parts.append(
            pd.DataFrame(
                {"scale": name, "theta": drawn["theta"], "information": drawn["test"], "se": drawn["se"]}
            )
        )
    table = pd.concat(parts, ignore_index=True)
    best = table.loc[table["information"].idxmax()]
    return Figure(
        id="information",
        title=Text("测验信息与条件标准误", "Test information and conditional standard error"),
        kind="information",
        result=InformationCurves(table=table),
        labels={name: construct_title(sample.instrument, name) for name in usable}
        | {
            "x": Text("潜在水平 θ", "latent standing θ"),
            "information": Text("信息", "information"),
            "se": Text("标准误", "standard error"),
        },
        alt=Text(
            "每个维度一条线，左为信息，右为标准误；信息最大处 θ = {at}，信息 {most}。",
            "A line a dimension, information at the left and standard error at the right; information is "
            "largest at "
            "θ = {at}, {most}.",
        ),
        alt_values={
            "at": Value(number=float(best["theta"])),
            "most": Value(number=float(best["information"])),
        },
        method=Text(
            "等级反应模型；标准误 = 1／√信息。θ 的均值为 0，标准差为 1。",
            "Graded response models; standard error = 1/√information. θ has mean 0 and *SD* 1.",
        ),
    )
