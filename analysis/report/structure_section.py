"""Structure: the instrument's own models by confirmatory factor analysis, side by side, then in detail."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from analysis.estimator import choose_estimator
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
from analysis.report.engine_words import engine_words
from analysis.report.estimator_words import choice_paragraph, method_text, method_values
from analysis.report.names import factor_title, model_title
from analysis.report.sample import Sample
from analysis.rivals import Rival, RivalFit, RivalFits, fit_rivals

TITLE = Text("结构：验证性因素分析", "Structure: confirmatory factor analysis")
MIN_PER_ITEM = 3  # fewer complete cases an item than this: no model is fitted
STATUS = {
    "ok": Text("可接受", "yes"),
    "not_converged": Text("未收敛", "not converged"),
    "not_identified": Text("不可识别", "not identified"),
    "inadmissible": Text("不可接受", "no"),
    "not_estimated": Text("未估计", "not estimated"),
}


def structure_section(sample: Sample) -> Section:
    """Fit the instrument's models; the table of rivals, loadings and path diagram of the target."""
    needed = MIN_PER_ITEM * len(sample.items)
    kept = sample.keyed.dropna(how="any" if sample.missing == "listwise" else "all")
    complete = len(kept)
    if complete < needed:
        reason = Text(
            f"可用的只有 {complete} 人，少于题数的 {MIN_PER_ITEM} 倍（{needed} 人），不做验证性因素分析",
            f"{complete} usable people, fewer than {MIN_PER_ITEM} per item ({needed}): no model is fitted",
        )
        return Section(id="structure", title=TITLE, status="insufficient", reason=reason)
    rivals = [
        Rival(id=m.id, syntax=m.syntax, std_lv=m.std_lv, orthogonal=m.orthogonal, role=m.role)
        for m in sample.instrument.models
    ]
    choice = choose_estimator(kept, missing=sample.missing)
    fits = fit_rivals(rivals, sample.keyed, estimator=choice.estimator, missing=sample.missing)
    blocks: list[Block] = [choice_paragraph(choice), _reading(sample, fits), rivals_table(sample, fits)]
    target = fits.fits.get(sample.instrument.evidence.target_model)
    if target is not None:
        blocks += target_blocks(sample, fits, target)
    return Section(id="structure", title=TITLE, blocks=tuple(blocks), results={"rivals": fits})


def _reading(sample: Sample, fits: RivalFits) -> Paragraph:
    usable = sum(one.is_admissible for one in fits.fits.values())
    best = model_title(sample.instrument, fits.best) if fits.best else Text("无", "none")
    return Paragraph(
        text=Text(
            "共拟合 {all} 个结构，其中 {usable} 个收敛且参数可接受。按 BIC 最优的是：{best}。固定界值（"
            "CFI、RMSEA、SRMR）"
            "只作参考：几个结构可以同时达到界值，须靠结构之间的比较来区分。",
            "{all} structures were fitted; {usable} converged to admissible estimates. Least BIC: {best}."
            " Fixed cut-offs "
            "(CFI, RMSEA, SRMR) are guides only: several structures may pass them, and only comparison "
            "tells them apart.",
        ),
        values={
            "all": count(len(fits.fits)),
            "usable": count(usable),
            "best": Value(number=best, style="text"),
        },
    )


def rivals_table(sample: Sample, fits: RivalFits) -> Table:
    """Table of rivals: fit, Δ against the best admissible one, admissible or why not."""
    frame = fits.table.reset_index()
    titles = {str(model): model_title(sample.instrument, str(model)) for model in frame["model"]}
    frame["title"] = words(titles.values())
    frame["state"] = words(STATUS[str(status)] for status in frame["status"])
    letters = [(name, one.reason) for name, one in fits.fits.items() if one.reason]
    return Table(
        id="rivals",
        title=Text("各结构的拟合", "Fit of the rival structures"),
        columns=(
            Column(key="model", title=Text("模型", "Model")),
            Column(key="chisq", title=Text("χ²", "χ²"), style="real", digits=2),
            Column(key="df", title=Text("*df*", "*df*"), style="count"),
            Column(key="pvalue", title=Text("*p*", "*p*"), style="p"),
            Column(key="cfi", title=Text("CFI", "CFI"), style="bounded", digits=3),
            Column(key="tli", title=Text("TLI", "TLI"), style="bounded", digits=3),
            Column(key="rmsea", title=Text("RMSEA", "RMSEA"), style="bounded", digits=3),
            Column(
                key="rmsea_lower",
                upper_key="rmsea_upper",
                title=Text("90 % 区间", "90 % CI"),
                style="bounded_interval",
                digits=3,
            ),
            Column(key="srmr", title=Text("SRMR", "SRMR"), style="bounded", digits=3),
            Column(key="aic", title=Text("AIC", "AIC"), style="real", digits=1),
            Column(key="bic", title=Text("BIC", "BIC"), style="real", digits=1),
            Column(key="delta_bic", title=Text("ΔBIC", "ΔBIC"), style="real", digits=1),
            Column(key="state", title=Text("可接受", "Admissible")),
        ),
        frame=frame,
        method=method_text(fits),
        method_values=method_values(fits),
        notes=(
            Paragraph(
                kind="note",
                text=Text(
                    "ΔBIC：与 BIC 最小的可接受结构之差；6–10 为强，10 以上为很强（Raftery, 1995）。",
                    "ΔBIC: against the admissible structure of least BIC; 6–10 strong, above 10 very "
                    "strong (Raftery, 1995).",
                ),
            ),
            Paragraph(
                kind="note",
                text=Text("模型：{models}。", "Models: {models}."),
                values={
                    "models": Value(
                        number=Text(
                            "；".join(f"{model} {title.zh}" for model, title in titles.items()),
                            "; ".join(f"{model} {title.en}" for model, title in titles.items()),
                        ),
                        style="text",
                    )
                },
            ),
            *(
                Paragraph(
                    kind="caution",
                    text=Text("{model} 不可用：{why}", "{model} is not usable: {why}"),
                    values={
                        "model": Value(number=name, style="text"),
                        "why": Value(number=engine_words(why), style="text"),
                    },
                )
                for name, why in letters
            ),
        ),
    )


def target_blocks(sample: Sample, fits: RivalFits, target: RivalFit) -> list[Block]:
    """Loadings, factor correlations, weak identification and path diagram of the target structure."""
    loadings = target.loadings()
    title = model_title(sample.instrument, target.rival.id)
    if loadings is None or target.fit is None:
        return [
            Paragraph(
                kind="caution",
                text=Text(
                    "目标结构（{title}）没有估计值：{why}",
                    "No estimates of the target structure ({title}): {why}",
                ),
                values={
                    "title": Value(number=title, style="text"),
                    "why": Value(number=engine_words(target.reason), style="text"),
                },
            )
        ]
    blocks: list[Block] = [_loadings_table(sample, fits, target, loadings)]
    correlations = _correlations_table(sample, fits, target)
    if correlations is not None:
        blocks.append(correlations)
    if target.weak_factors:
        blocks.append(_weakness(sample, target))
    if loadings["rhs"].is_unique:
        blocks.append(_diagram(sample, fits, target, loadings))
    blocks.append(_heatmap(sample, fits, target, loadings))
    return blocks


def _heatmap(sample: Sample, fits: RivalFits, target: RivalFit, loadings: pd.DataFrame) -> Figure:
    """What every factor, those of factors included, contributes to every item."""
    factors = list(dict.fromkeys(str(f) for f in loadings["lhs"]))
    return Figure(
        id="heatmap",
        title=Text("目标结构的载荷热图", "Heat map of the target structure’s loadings"),
        kind="heatmap",
        result=target,
        labels={factor: factor_title(sample.instrument, factor) for factor in factors},
        alt=Text(
            "行为题目，列为因子，颜色越深载荷越大；数值见载荷表。",
            "Rows are items, columns factors, darker is a larger loading; see the table of loadings.",
        ),
        method=Text(
            "标准化载荷（{estimator}，*N* = {n}）；上级因子一列为经下级因子的间接载荷（两级载荷之积）。",
            "Standardised loadings ({estimator}, *N* = {n}); for a factor of factors the product "
            "along the path.",
        ),
        method_values={"n": count(fits.n), "estimator": Value(number=fits.estimator, style="text")},
    )


def _loadings_table(sample: Sample, fits: RivalFits, target: RivalFit, loadings: pd.DataFrame) -> Table:
    frame = loadings.copy()
    names = [factor_title(sample.instrument, str(f)) for f in frame["lhs"]]
    factors = set(frame["lhs"])
    frame["indicator"] = words(
        factor_title(sample.instrument, str(r)) if r in factors else str(r) for r in frame["rhs"]
    )
    counts = frame["rhs"].value_counts()
    frame["r2"] = [
        std**2 if counts[rhs] == 1 else math.nan for rhs, std in zip(frame["rhs"], frame["std"], strict=True)
    ]
    frame["se"] = frame["se"].where(frame["pvalue"].notna())  # a fixed loading has no standard error
    first = ~frame["lhs"].duplicated()
    frame["factor"] = words(names)
    rules = tuple(i for i in range(1, len(frame)) if first.iloc[i])
    return Table(
        id="loadings",
        title=Text("目标结构的标准化载荷", "Standardised loadings of the target structure"),
        columns=(
            Column(key="factor", title=Text("因子", "Factor"), is_merged=True),
            Column(key="indicator", title=Text("题目或下级因子", "Item or factor")),
            Column(key="std", title=Text("λ", "λ"), style="bounded", digits=3),
            Column(key="std_se", title=Text("*SE*", "*SE*"), style="bounded", digits=3),
            Column(key="r2", title=Text("*R*²", "*R*²"), style="bounded", digits=2),
            Column(key="est", title=Text("非标准化", "Unstd."), style="real", digits=3),
            Column(key="se", title=Text("*SE*", "*SE*"), style="real", digits=3),
            Column(key="pvalue", title=Text("*p*", "*p*"), style="p"),
        ),
        frame=frame,
        method=method_text(fits),
        method_values=method_values(fits),
        notes=(
            Paragraph(
                kind="note",
                text=Text(
                    "模型：{title}（{id}）。无 *SE* 与 *p* 的非标准化载荷是固定的；*R*² 仅给只属一个因子的"
                    "题目或因子。",
                    "Model: {title} ({id}). An unstandardised loading without *SE* and *p* is fixed; *R*² "
                    "only where an item "
                    "or factor lies under one factor.",
                ),
                values={
                    "title": Value(number=model_title(sample.instrument, target.rival.id), style="text"),
                    "id": Value(number=target.rival.id, style="text"),
                },
            ),
        ),
        rules=rules,
    )


def _correlations_table(sample: Sample, fits: RivalFits, target: RivalFit) -> Table | None:
    """Correlations among the factors that covary, with standard errors."""
    if target.fit is None:
        return None
    table = target.fit.parameters
    factors = set(table[table["op"] == "=~"]["lhs"])
    rows = table[(table["op"] == "~~") & (table["lhs"] != table["rhs"]) & table["lhs"].isin(factors)]
    rows = rows[rows["free"].astype(bool)]
    if rows.empty:
        return None
    frame = pd.DataFrame(
        {
            "one": words(factor_title(sample.instrument, str(f)) for f in rows["lhs"]).to_numpy(),
            "other": words(factor_title(sample.instrument, str(f)) for f in rows["rhs"]).to_numpy(),
            "r": rows["std_all"].to_numpy(),
            "se": rows["std_all_se"].to_numpy(),
            "pvalue": rows["pvalue"].to_numpy(),
        }
    )
    frame["lower"] = frame["r"] - 1.959964 * frame["se"]
    frame["upper"] = frame["r"] + 1.959964 * frame["se"]
    return Table(
        id="factor-correlations",
        title=Text("目标结构的因子相关", "Factor correlations of the target structure"),
        columns=(
            Column(key="one", title=Text("因子", "Factor")),
            Column(key="other", title=Text("因子", "Factor")),
            Column(key="r", title=Text("*r*", "*r*"), style="bounded", digits=3),
            Column(key="se", title=Text("*SE*", "*SE*"), style="bounded", digits=3),
            Column(
                key="lower",
                upper_key="upper",
                title=Text("95 % 区间", "95 % CI"),
                style="bounded_interval",
                digits=2,
            ),
            Column(key="pvalue", title=Text("*p*", "*p*"), style="p"),
        ),
        frame=frame,
        method=method_text(fits),
        method_values=method_values(fits),
    )


def _weakness(sample: Sample, target: RivalFit) -> Paragraph:
    names = [factor_title(sample.instrument, factor) for factor in target.weak_factors]
    return Paragraph(
        kind="caution",
        text=Text(
            "{factors}各只有两个指标，单独不可识别，只能借助与其他因子的相关识别；这些载荷的信息较弱，不"
            "宜单独解释。",
            "{factors}: two indicators each, not identified on their own but only through their "
            "correlations with other "
            "factors; these loadings carry little information and should not be read alone.",
        ),
        values={
            "factors": Value(
                number=Text("、".join(n.zh for n in names), ", ".join(n.en for n in names)), style="text"
            )
        },
    )


def _diagram(sample: Sample, fits: RivalFits, target: RivalFit, loadings: pd.DataFrame) -> Figure:
    factors = list(dict.fromkeys(str(f) for f in loadings["lhs"]))
    labels: dict[str, Any] = {factor: factor_title(sample.instrument, factor) for factor in factors}
    return Figure(
        id="paths",
        title=Text("目标结构的路径图", "Path diagram of the target structure"),
        kind="paths",
        result=target,
        labels=labels,
        alt=Text(
            "{factors} 个因子、{items} 道题；标准化载荷在 {low} 与 {high} 之间，数值见载荷表。",
            "{factors} factors, {items} items; standardised loadings between {low} and {high}, see the "
            "table of loadings.",
        ),
        alt_values={
            "factors": count(len(factors)),
            "items": count(len(set(loadings["rhs"]) - set(factors))),
            "low": bounded(float(loadings["std"].min())),
            "high": bounded(float(loadings["std"].max())),
        },
        method=Text(
            "方框为题目，椭圆为因子；数字为标准化估计值（{estimator}，*N* = {n}）。",
            "Boxes: items; ovals: factors; numbers: standardised estimates ({estimator}, *N* = {n}).",
        ),
        method_values={"n": count(fits.n), "estimator": Value(number=fits.estimator, style="text")},
    )
