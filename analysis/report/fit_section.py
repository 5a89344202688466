"""The target structure looked at closely: other estimators, tests against its rivals, where it misfits.

Nothing is respecified: residuals and modification indices are shown with their expected change, and a change
needs a meaning before it needs an index (MacCallum, Roznowski & Necowitz, 1992).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from analysis.nesting import NestedTests, nested_tests
from analysis.report.columns import (
    bounded_column,
    count_column,
    interval_column,
    p_column,
    real_column,
    said,
    word_column,
)
from analysis.report.document import Block, Paragraph, Section, Table, Text, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.names import factor_title, model_title
from analysis.report.sample import Sample
from analysis.results import Result
from analysis.rivals import Rival
from analysis.sem import Fit, fit
from analysis.sem.modification import modification_indices
from analysis.sem.residuals import residuals

TITLE = Text("目标结构的拟合细节", "The target structure in detail")
MIN_PER_ITEM = 3
SHOWN = 10  # largest residuals and modification indices printed
LARGE_RESIDUAL = 0.10
RELATION = {
    "within": Text("是目标结构的限制", "a restriction of the target"),
    "around": Text("目标结构是它的限制", "the target is a restriction of it"),
    "same": Text("与目标结构等价", "equivalent to the target"),
    "not nested": Text("不嵌套，只比 BIC", "not nested: BIC only"),
    "unknown": Text("无法判断", "cannot be told"),
}


def target_rival(sample: Sample) -> Rival | None:
    """The target model of the instrument, None where it has no such model."""
    wanted = sample.instrument.evidence.target_model
    for m in sample.instrument.models:
        if m.id == wanted:
            return Rival(id=m.id, syntax=m.syntax, std_lv=m.std_lv, orthogonal=m.orthogonal, role=m.role)
    return None


def enough_people(sample: Sample) -> Text | None:
    """Why there are too few people for a model of all items; None when there are enough."""
    kept = sample.keyed.dropna(how="any" if sample.missing == "listwise" else "all")
    needed = MIN_PER_ITEM * len(sample.items)
    if len(kept) >= needed:
        return None
    return Text(
        f"可用的只有 {len(kept)} 人，少于题数的 {MIN_PER_ITEM} 倍（{needed} 人），不拟合模型",
        f"{len(kept)} usable people, fewer than {MIN_PER_ITEM} per item ({needed}): no model is fitted",
    )


def fit_section(sample: Sample) -> Section:
    """Target by three estimators, tests against rivals, residual correlations, modification indices."""
    target = target_rival(sample)
    reason = enough_people(sample) or (
        None if target else Text("问卷没有目标结构", "the instrument has no target structure")
    )
    if target is None or reason is not None:
        return Section(id="fit", title=TITLE, status="insufficient", reason=reason)
    kept = sample.keyed.dropna(how="any" if sample.missing == "listwise" else "all")
    try:
        main = _fit(target, kept, "ML", sample.missing)
    except ValueError as error:
        return Section(id="fit", title=TITLE, status="insufficient", reason=engine_words(str(error)))
    blocks: list[Block] = [_estimators(sample, target, main, kept)]
    results: dict[str, Result] = {}
    rivals = [
        Rival(id=m.id, syntax=m.syntax, std_lv=m.std_lv, orthogonal=m.orthogonal, role=m.role)
        for m in sample.instrument.models
    ]
    if len(rivals) > 1:
        tests = nested_tests(target, rivals, kept, missing=sample.missing)
        results["nested_tests"] = tests
        blocks.append(_nested(sample, tests))
        if len(tests.chain):
            blocks.append(_chain(sample, tests))
    if main.status in ("ok", "inadmissible"):
        blocks += _local(sample, main)
    return Section(id="fit", title=TITLE, blocks=tuple(blocks), results=results)


def _fit(target: Rival, data: pd.DataFrame, estimator: str, missing: str) -> Fit:
    ordered = tuple(str(c) for c in data.columns) if estimator == "WLSMV" else ()
    return fit(
        target.syntax, data, estimator=estimator, ordered=ordered, missing=missing,
        std_lv=target.std_lv, orthogonal=target.orthogonal,
    )  # fmt: skip


def _estimators(sample: Sample, target: Rival, main: Fit, kept: pd.DataFrame) -> Table:
    """ML, MLR and WLSMV side by side, each with the indices that go with it."""
    rows = [_measures("ML", main, "")]
    notes = []
    complete = kept.dropna()
    for estimator, variant, data, missing in (
        ("MLR", ".robust", kept, sample.missing),
        ("WLSMV", ".scaled", complete, "listwise"),
    ):
        try:
            rows.append(_measures(estimator, _fit(target, data, estimator, missing), variant))
        except ValueError as error:
            notes.append(
                Paragraph(
                    kind="caution",
                    text=Text("{estimator} 没有结果：{why}。", "No result by {estimator}: {why}."),
                    values={"estimator": said(estimator), "why": said(engine_words(str(error)))},
                )
            )
    return Table(
        id="estimators",
        title=Text("目标结构：三种估计方法", "Target structure by three estimators"),
        columns=(
            word_column("estimator", "估计方法", "Estimator"),
            count_column("n", "*N*"),
            real_column("chisq", "χ²"),
            count_column("df", "*df*"),
            p_column(),
            bounded_column("cfi", "CFI", digits=3),
            bounded_column("tli", "TLI", digits=3),
            bounded_column("rmsea", "RMSEA", digits=3),
            interval_column("rmsea_lower", "rmsea_upper", "90 % 区间", "90 % CI", 3),
            bounded_column("srmr", "SRMR", digits=3),
            word_column("state", "问题", "Problems"),
        ),
        frame=pd.DataFrame(rows),
        method=Text(
            "模型 {model}。ML：题目按连续变量处理。MLR：同上，χ² 为 Yuan–Bentler 校正值，CFI、TLI、RMSEA "
            "为稳健值。"
            "WLSMV：题目按有序类别处理（多分格相关），指标为 scaled，列删法。其余缺失处理：{missing}。",
            "Model {model}. ML: items as continuous. MLR: likewise, Yuan–Bentler χ², robust CFI, TLI and "
            "RMSEA. "
            "WLSMV: items as ordered categories (polychoric), scaled indices, listwise. Missing "
            "otherwise: {missing}.",
        ),
        method_values={
            "model": said(model_title(sample.instrument, target.id)),
            "missing": said(
                Text("列删法", "listwise")
                if sample.missing == "listwise"
                else Text("完全信息最大似然", "full-information maximum likelihood")
            ),
        },
        notes=tuple(notes),
    )


def _measures(estimator: str, found: Fit, variant: str) -> dict[str, Any]:
    def _value(name: str, suffix: str) -> float:
        value = found.fit.get(f"{name}{suffix}")
        value = found.fit.get(name) if value is None and suffix in ("", ".none") else value
        return math.nan if value is None else value

    test = ".scaled" if variant else ""
    return {
        "estimator": estimator,
        "n": sum(found.nobs),
        "chisq": _value("chisq", test),
        "df": _value("df", test),
        "pvalue": _value("pvalue", test),
        **{name: _value(name, variant) for name in ("cfi", "tli", "rmsea")},
        "rmsea_lower": _value("rmsea.ci.lower", variant),
        "rmsea_upper": _value("rmsea.ci.upper", variant),
        "srmr": _value("srmr", ""),
        "state": engine_words(found.problems) if found.problems else Text("无", "none"),
    }


def _nested(sample: Sample, tests: NestedTests) -> Table:
    frame = tests.table.copy()
    frame["title"] = words(model_title(sample.instrument, str(r)) for r in frame["rival"])
    frame["relation_text"] = words(RELATION[str(r)] for r in frame["relation"])
    frame["why"] = words(engine_words(str(r)) if r else Text("", "") for r in frame["reason"])
    return Table(
        id="nested-tests",
        title=Text("目标结构与各结构的比较", "The target structure against its rivals"),
        columns=(
            word_column("rival", "模型", "Model"),
            word_column("title", "结构", "Structure"),
            word_column("relation_text", "与目标结构", "Relation"),
            real_column("chisq_diff", "Δχ²"),
            count_column("df_diff", "Δ*df*"),
            p_column(),
            bounded_column("delta_cfi", "ΔCFI", digits=3),
            real_column("delta_bic", "ΔBIC", digits=1),
            word_column("why", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "MLR，*N* = {n}。Δχ² 经 Satorra–Bentler（2001）校正；ΔCFI（稳健）与 ΔBIC 为该结构减"
            "目标结构，ΔBIC 为负、ΔCFI 为正有利于该结构。"
            "嵌套关系由拟合判断（Bentler & Satorra, 2010）。",
            "MLR, *N* = {n}. Δχ² scaled by Satorra & Bentler (2001); ΔCFI (robust) and ΔBIC: that structure "
            "minus the target; a negative ΔBIC or a positive ΔCFI speaks for it. Nesting found by "
            "fitting (Bentler & Satorra, 2010).",
        ),
        method_values={"n": count(tests.n)},
    )


def _chain(sample: Sample, tests: NestedTests) -> Table:
    frame = tests.chain.copy()
    for side in ("inner", "outer"):
        frame[f"{side}_title"] = words(model_title(sample.instrument, str(r)) for r in frame[side])
    frame["why"] = words(engine_words(str(r)) if r else Text("", "") for r in frame["reason"])
    return Table(
        id="nested-chain",
        title=Text("其他结构之间的嵌套比较", "Nested rivals against one another"),
        columns=(
            word_column("inner_title", "较严的结构", "Stricter"),
            word_column("outer_title", "较宽的结构", "Less strict"),
            real_column("chisq_diff", "Δχ²"),
            count_column("df_diff", "Δ*df*"),
            p_column(),
            bounded_column("delta_cfi", "ΔCFI", digits=3),
            real_column("delta_bic", "ΔBIC", digits=1),
            word_column("why", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "MLR，*N* = {n}。每对结构中，较严的是较宽的加上约束而成，两者之间没有别的结构；"
            "Δχ² 经 Satorra–Bentler（2001）校正；ΔCFI（稳健）与 ΔBIC 为较严的减较宽的，"
            "*p* 小、ΔCFI 为负说明约束不成立。",
            "MLR, *N* = {n}. In each pair the stricter structure is the other with constraints, and no other "
            "structure lies between them. Δχ² scaled by Satorra & Bentler (2001); ΔCFI (robust) and ΔBIC: "
            "stricter minus less strict; a small *p* and a negative ΔCFI speak against the constraints.",
        ),
        method_values={"n": count(tests.n)},
    )


def _local(sample: Sample, main: Fit) -> list[Block]:
    group = residuals(main).groups[0]
    matrix = group.correlation
    names = [str(c) for c in matrix.columns]
    first, second = np.tril_indices(len(names), -1)
    values = matrix.to_numpy(dtype=float)[first, second]
    order = np.argsort(-np.abs(values))[:SHOWN]
    z = group.standardized
    frame = pd.DataFrame(
        {
            "one": [names[second[k]] for k in order],
            "other": [names[first[k]] for k in order],
            "r": values[order],
            "z": [math.nan if z is None else float(z.iloc[first[k], second[k]]) for k in order],
        }
    )
    large = int((np.abs(values) > LARGE_RESIDUAL).sum())
    found = modification_indices(main).table.head(SHOWN)
    return [
        Paragraph(
            text=Text(
                "{k} 个残差相关中，绝对值大于 {limit} 的 {large} 个。下面两张表列出最大的残差和修正指数，只供"
                "查看哪里拟合不好；没有内容上的理由，不据此改模型，本报告也没有改。",
                "Of {k} residual correlations {large} exceed {limit} in absolute value. The two tables "
                "list the "
                "largest residuals and modification indices to show where the model misfits; without a "
                "reason in "
                "content no change follows, and none was made here.",
            ),
            values={"k": count(len(values)), "limit": bounded(LARGE_RESIDUAL), "large": count(large)},
        ),
        Table(
            id="residuals",
            title=Text("最大的残差相关", "Largest residual correlations"),
            columns=(
                word_column("one", "题目", "Item"),
                word_column("other", "题目", "Item"),
                bounded_column("r", "残差 *r*", "Residual *r*", 3),
                real_column("z", "*z*"),
            ),
            frame=frame,
            method=_method(main),
            method_values={"n": count(sum(main.nobs))},
        ),
        _modification_table(sample, main, found),
    ]


def _method(main: Fit) -> Text:
    how = Text("列删法", "listwise") if main.missing == "listwise" else Text("FIML", "FIML")
    return Text(
        f"目标结构，最大似然（ML），{how.zh}，*N* = {{n}}；*z* 为标准化残差。",
        f"Target structure, maximum likelihood (ML), {how.en}, *N* = {{n}}; *z*: standardised residual.",
    )


def _modification_table(sample: Sample, main: Fit, found: pd.DataFrame) -> Table:
    frame = found.copy()
    for side in ("lhs", "rhs"):
        frame[f"{side}_title"] = words(factor_title(sample.instrument, str(v)) for v in found[side])
    kinds = {"=~": Text("载荷", "loading"), "~~": Text("协方差", "covariance"), "~": Text("路径", "path")}
    frame["kind"] = words(kinds.get(str(op), Text(str(op), str(op))) for op in found["op"])
    return Table(
        id="modification-indices",
        title=Text("最大的修正指数", "Largest modification indices"),
        columns=(
            word_column("kind", "参数", "Parameter"),
            word_column("lhs_title", "甲", "One"),
            word_column("rhs_title", "乙", "Other"),
            real_column("mi", "MI"),
            real_column("epc", "预期变化", "EPC", 3),
            bounded_column("sepc_all", "标准化预期变化", "Std. EPC", 3),
        ),
        frame=frame,
        method=Text(
            "目标结构，ML，*N* = {n}；MI：放开该参数后 χ² 的预期下降；预期变化：放开后的预期值。",
            "Target structure, ML, *N* = {n}; MI: expected drop of χ² once free; EPC: expected value once "
            "free.",
        ),
        method_values={"n": count(sum(main.nobs))},
    )
