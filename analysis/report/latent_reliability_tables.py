"""Reliability beyond alpha and omega as tables: ordinal coefficients, best split half, general factor."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from analysis.latent_reliability import (
    GeneralReliability,
    best_split_half,
    general_reliability,
    ordinal_reliability,
)
from analysis.report.columns import both, bounded_column, count_column, interval_column, said, word_column
from analysis.report.document import Block, Paragraph, Section, Table, Text, Value, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.names import construct_title
from analysis.report.sample import Sample
from analysis.results import Interval, Result

COEFFICIENTS = {
    "omega_h": Text("ω 层次（总分）", "ω hierarchical (total)"),
    "omega_t": Text("ω 总（总分）", "ω total (total)"),
    "ecv": Text("ECV（总体占共同方差）", "ECV (general share)"),
}


def with_latent_tables(sample: Sample, section: Section) -> tuple[tuple[Block, ...], dict[str, Result]]:
    """Blocks and results to be added to the section on reliability."""
    scores = {
        node.id: items
        for node in (*sample.instrument.dimensions(), *sample.instrument.indicators())
        if len(items := sample.score_items().get(node.id, [])) > 1
    }
    results: dict[str, Result] = dict(section.results)
    blocks: list[Block] = []
    if scores:
        table, found = _other_coefficients(sample, scores)
        blocks.append(table)
        results |= found
    general = general_reliability(
        sample.keyed,
        {node.id: sample.instrument.items_of(node.id) for node in sample.instrument.dimensions()},
        missing=sample.missing,
    )
    results["general_factor"] = general
    blocks += _general(sample, general)
    return tuple(blocks), results


def _ends(interval: Interval | None, name: str) -> dict[str, float]:
    return {
        f"{name}_lower": interval.lower if interval else math.nan,
        f"{name}_upper": interval.upper if interval else math.nan,
    }


def _other_coefficients(sample: Sample, scores: dict[str, list[str]]) -> tuple[Table, dict[str, Result]]:
    rows: list[dict[str, Any]] = []
    results: dict[str, Result] = {}
    for score, items in scores.items():
        ordinal = ordinal_reliability(sample.keyed[items])
        half = best_split_half(sample.keyed[items], seed=sample.seed)
        results |= {f"ordinal_{score}": ordinal, f"split_half_{score}": half}
        rows.append(
            {
                "title": construct_title(sample.instrument, score),
                "k": len(items),
                "n": ordinal.n,
                "alpha": math.nan if ordinal.alpha is None else ordinal.alpha,
                **_ends(ordinal.alpha_interval, "alpha"),
                "omega": math.nan if ordinal.omega is None else ordinal.omega,
                **_ends(ordinal.omega_interval, "omega"),
                "half": math.nan if half.value is None else half.value,
                **_ends(half.interval, "half"),
                "why": engine_words(ordinal.reason) if ordinal.reason else both(half.reason),
            }
        )
    frame = pd.DataFrame(rows)
    frame["why"] = words(frame["why"])
    table = Table(
        id="other-reliability",
        title=Text("有序系数与最佳分半", "Ordinal coefficients and the best split half"),
        columns=(
            word_column("title", "得分", "Score"),
            count_column("k", "题数", "Items"),
            count_column("n", "*n*"),
            bounded_column("alpha", "有序 α", "Ordinal α"),
            interval_column("alpha_lower", "alpha_upper"),
            bounded_column("omega", "有序 ω", "Ordinal ω"),
            interval_column("omega_lower", "omega_upper"),
            bounded_column("half", "最佳分半 λ₄", "Best split half λ₄"),
            interval_column("half_lower", "half_upper"),
            word_column("why", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "各题全答者。有序系数：多分格相关，单因素 WLSMV，区间用 delta 法；它们说的是潜在反应的信度，不"
            "是所报得分的信度"
            "（Chalmers, 2018）。λ₄：各种对半分法中最大者，区间用 bootstrap，取最大值会偏高。",
            "Complete cases. Ordinal: polychoric correlations, one factor by WLSMV, delta-method "
            "intervals; they speak of "
            "latent responses, not of the score that is reported (Chalmers, 2018). λ₄: the largest over "
            "splits, bootstrap "
            "interval; a maximum errs upwards.",
        ),
    )
    return table, results


def _general(sample: Sample, general: GeneralReliability) -> list[Block]:
    if general.reason:
        return [
            Paragraph(
                kind="note",
                text=Text(
                    "总体因子的份额（ω 层次、ECV、PUC）没有计算：{why}。",
                    "The general factor’s share (ω hierarchical, ECV, PUC) was not computed: {why}.",
                ),
                values={"why": said(engine_words(general.reason))},
            )
        ]
    frame = general.table.reset_index()
    frame["title"] = words(_name(sample, str(c)) for c in frame["coefficient"])
    omega_h, ecv = (float(general.table["est"][name]) for name in ("omega_h", "ecv"))
    return [
        Table(
            id="general-factor",
            title=Text("总体因子的份额（双因子模型）", "The general factor’s share (bifactor model)"),
            columns=(
                word_column("title", "系数", "Coefficient"),
                bounded_column("est", "估计", "Estimate"),
                interval_column("lower", "upper"),
            ),
            frame=frame,
            method=Text(
                "总体因子加每个维度一个特殊因子，最大似然，{missing}，*N* = {n}，区间用 delta 法。PUC = "
                "{puc}（不同维度的题对"
                "所占比例）。参考：ω 层次 ≥ .70，ECV ≥ .60，与 PUC 一起看（Rodriguez, Reise & Haviland, "
                "2016）。",
                "A general and one specific factor a dimension, maximum likelihood, {missing}, *N* = {n}, "
                "delta-method "
                "intervals. PUC = {puc} (pairs of items of different dimensions). Guides: ω hierarchical "
                "≥ .70, ECV ≥ .60, "
                "read with PUC (Rodriguez, Reise & Haviland, 2016).",
            ),
            method_values={
                "missing": said(Text("列删法", "listwise") if sample.missing == "listwise" else "FIML"),
                "n": count(general.n),
                "puc": bounded(general.puc),
            },
        ),
        Paragraph(
            text=Text(
                "ω 层次为 {omega}，ECV 为 {ecv}：总分中由总体因子解释的部分{reading}。",
                "ω hierarchical is {omega} and ECV {ecv}: what the general factor explains of the total "
                "{reading}.",
            ),
            values={"omega": bounded(omega_h), "ecv": bounded(ecv), "reading": _reading(omega_h)},
        ),
    ]


def _name(sample: Sample, coefficient: str) -> Text:
    if coefficient in COEFFICIENTS:
        return COEFFICIENTS[coefficient]
    title = construct_title(sample.instrument, coefficient.removeprefix("omega_hs_"))
    return Text(f"ω 层次（{title.zh}，扣除总体）", f"ω hierarchical ({title.en}, without the general factor)")


def _reading(omega_h: float) -> Value:
    enough = omega_h >= 0.70
    return said(
        Text("足以把总分看作一个量", "is enough to read a total score as one quantity")
        if enough
        else Text(
            "不足以把总分看作一个量，总分不宜单独报告",
            "is too little: a total score should not stand alone",
        )
    )
