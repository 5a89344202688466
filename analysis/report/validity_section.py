"""Convergent and discriminant validity: AVE, composite reliability, Fornell–Larcker, HTMT and HTMT2.

Method bias is looked at by a marker or method factor where the instrument has one; Harman's single factor is
printed with its warning only (Podsakoff et al., 2003).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pandas as pd

from analysis.discriminant import ConstructValidity, construct_validity
from analysis.report.columns import bounded_column, count_column, interval_column, said, word_column
from analysis.report.companion_blocks import companion_blocks
from analysis.report.document import Block, Paragraph, Section, Table, Text, Value, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.names import construct_title
from analysis.report.sample import Sample
from analysis.results import Result
from instruments.instrument import Construct

TITLE = Text("聚合效度与区分效度", "Convergent and discriminant validity")
MAX_HTMT = 0.85
LEVELS = {
    "dimension": Text("维度", "Dimensions"),
    "indicator": Text("指标", "Indicators"),
}


def validity_section(sample: Sample) -> Section:
    """Dimensions, then indicators where the instrument has them."""
    levels = {"dimension": sample.instrument.dimensions(), "indicator": sample.instrument.indicators()}
    found = {name: _validity(sample, nodes) for name, nodes in levels.items() if len(nodes) > 1}
    found = {name: one for name, one in found.items() if len(one.pairs) or len(one.constructs)}
    if not found:
        reason = Text(
            "构念、人数或作答差异不足", "too few constructs, people, or differences between answers"
        )
        return Section(id="validity", title=TITLE, status="insufficient", reason=reason)
    blocks: list[Block] = []
    for level, one in found.items():
        if one.reason:
            blocks.append(
                Paragraph(
                    kind="caution",
                    text=Text("{level}的模型没有可用的估计：{why}。", "{level}: no usable estimates, {why}."),
                    values={"level": said(LEVELS[level]), "why": said(engine_words(one.reason))},
                )
            )
        if len(one.constructs):
            blocks.append(_constructs_table(sample, level, one))
        blocks += [
            _matrix_table(sample, level, one),
            _pairs_table(sample, level, one),
            _reading(sample, level, one),
        ]
    harman = _harman(sample)
    if harman is not None:
        blocks.append(harman)
    results: dict[str, Result] = {f"validity_{level}": one for level, one in found.items()}
    beside = companion_blocks(sample)
    blocks += beside.blocks
    return Section(id="validity", title=TITLE, blocks=tuple(blocks), results=results | beside.results)


def _validity(sample: Sample, nodes: Sequence[Construct]) -> ConstructValidity:
    return construct_validity(
        sample.keyed,
        {node.id: sample.instrument.items_of(node.id) for node in nodes},
        missing=sample.missing,
        seed=sample.seed,
    )


def _method(sample: Sample, one: ConstructValidity) -> dict[str, Value]:
    return {
        "n": count(one.n),
        "m": count(one.n_htmt),
        "times": count(one.resamples),
        "seed": said(str(one.seed)),
        "missing": said(Text("列删法", "listwise") if sample.missing == "listwise" else "FIML"),
    }


def _constructs_table(sample: Sample, level: str, one: ConstructValidity) -> Table:
    frame = one.constructs.reset_index()
    frame["title"] = words(construct_title(sample.instrument, str(c)) for c in frame["construct"])
    return Table(
        id=f"convergent-{level}",
        title=Text(f"聚合效度：{LEVELS[level].zh}", f"Convergent validity: {LEVELS[level].en.lower()}"),
        columns=(
            word_column("title", LEVELS[level].zh, "Construct"),
            count_column("k", "题数", "Items"),
            bounded_column("cr", "CR"),
            interval_column("cr_lower", "cr_upper"),
            bounded_column("ave", "AVE"),
            interval_column("ave_lower", "ave_upper"),
            bounded_column("root_ave", "√AVE"),
        ),
        frame=frame,
        method=Text(
            "相关因子模型，最大似然，{missing}，*N* = {n}；区间用 delta 法。参考：CR ≥ .70，AVE ≥ .50"
            "（Fornell & Larcker, 1981）。",
            "Correlated factors, maximum likelihood, {missing}, *N* = {n}; delta-method intervals. "
            "Guides: CR ≥ "
            ".70, AVE ≥ .50 (Fornell & Larcker, 1981).",
        ),
        method_values=_method(sample, one),
    )


def _matrix_table(sample: Sample, level: str, one: ConstructValidity) -> Table:
    """Correlations of the factors below the diagonal, √AVE on it, HTMT above."""
    names = list(dict.fromkeys([*one.pairs["one"], *one.pairs["other"]]))
    matrix = np.full((len(names), len(names)), math.nan)
    for pair in one.pairs.to_dict("records"):
        i, j = names.index(pair["one"]), names.index(pair["other"])
        matrix[i, j] = pair["htmt"]
        matrix[j, i] = pair.get("r", math.nan)
    for i, name in enumerate(names):
        if len(one.constructs):
            matrix[i, i] = float(one.constructs["root_ave"][name])
    frame = pd.DataFrame(matrix, columns=names)
    frame.insert(0, "title", words(construct_title(sample.instrument, str(n)) for n in names).to_numpy())
    titles = {n: construct_title(sample.instrument, str(n)) for n in names}
    return Table(
        id=f"discriminant-{level}",
        title=Text(
            f"{LEVELS[level].zh}之间的相关（下）、√AVE（对角）与 HTMT（上）",
            f"{LEVELS[level].en}: correlations (below), √AVE (diagonal), HTMT (above)",
        ),
        columns=(
            word_column("title", LEVELS[level].zh, "Construct"),
            *(bounded_column(str(n), titles[n].zh, titles[n].en) for n in names),
        ),
        frame=frame,
        method=Text(
            "相关为因子相关（*N* = {n}）；HTMT 用各题全答者的 Pearson 相关（*n* = {m}）。",
            "Correlations of factors (*N* = {n}); HTMT from Pearson correlations of complete cases (*n* = "
            "{m}).",
        ),
        method_values=_method(sample, one),
    )


def _pairs_table(sample: Sample, level: str, one: ConstructValidity) -> Table:
    frame = one.pairs.copy()
    for side in ("one", "other"):
        frame[f"{side}_title"] = words(construct_title(sample.instrument, str(c)) for c in frame[side])
    yes, no = Text("满足", "met"), Text("不满足", "not met")
    has_model = "fornell_larcker" in frame
    if has_model:
        frame["fl"] = words(yes if held else no for held in frame["fornell_larcker"])
    model_columns = (
        bounded_column("r", "*r*"),
        interval_column("r_lower", "r_upper"),
        word_column("fl", "Fornell–Larcker", "Fornell–Larcker"),
    )
    return Table(
        id=f"htmt-{level}",
        title=Text(
            f"区分效度：{LEVELS[level].zh}两两比较",
            f"Discriminant validity: pairs of {LEVELS[level].en.lower()}",
        ),
        columns=(
            word_column("one_title", "甲", "One"),
            word_column("other_title", "乙", "Other"),
            *(model_columns if has_model else ()),
            bounded_column("htmt", "HTMT"),
            interval_column("htmt_lower", "htmt_upper"),
            bounded_column("htmt2", "HTMT2"),
            interval_column("htmt2_lower", "htmt2_upper"),
        ),
        frame=frame,
        method=Text(
            "HTMT（Henseler et al., 2015）与 HTMT2（Roemer et al., 2021）的区间为百分位 "
            "bootstrap，{times} 次，种子 {seed}，"
            "*n* = {m}；因子相关：最大似然，{missing}，*N* = {n}。题间相关取绝对值。",
            "HTMT (Henseler et al., 2015) and HTMT2 (Roemer et al., 2021) with percentile bootstrap "
            "intervals, {times} "
            "resamples, seed {seed}, *n* = {m}; factor correlations: maximum likelihood, {missing}, *N* = "
            "{n}. Correlations of items count by their size.",
        ),
        method_values=_method(sample, one),
    )


def _reading(sample: Sample, level: str, one: ConstructValidity) -> Paragraph:
    close = one.pairs[one.pairs["htmt"] >= MAX_HTMT]
    named = [
        (construct_title(sample.instrument, str(a)), construct_title(sample.instrument, str(b)))
        for a, b in zip(close["one"], close["other"], strict=True)
    ]
    if not named:
        text = Text(
            "{level}两两之间的 HTMT 都低于 {limit}，最大为 {most}。",
            "Every HTMT of the {level} lies below {limit}; the largest is {most}.",
        )
    else:
        text = Text(
            "HTMT 不低于 {limit} 的有：{pairs}。这些{level}分不开，宜只报告上一级。",
            "HTMT of {limit} or more: {pairs}. These {level} cannot be told apart; report the level above "
            "only.",
        )
    pairs = Text(
        "；".join(f"{a.zh}与{b.zh}" for a, b in named), "; ".join(f"{a.en} with {b.en}" for a, b in named)
    )
    values: dict[str, Any] = {
        "level": said(Text(LEVELS[level].zh, LEVELS[level].en.lower())),
        "limit": bounded(MAX_HTMT),
        "most": bounded(float(one.pairs["htmt"].max())),
        "pairs": said(pairs),
    }
    return Paragraph(kind="caution" if named else "text", text=text, values=values)


def _harman(sample: Sample) -> Paragraph | None:
    """The share of the first unrotated component, with the line that it proves nothing."""
    complete = sample.keyed.dropna()
    if len(complete) <= complete.shape[1] or (complete.nunique() < 2).any():
        return None
    values = np.linalg.eigvalsh(complete.corr().to_numpy(dtype=float))
    return Paragraph(
        kind="note",
        text=Text(
            "Harman 单因子：第一个未旋转成分占总方差的 {share} %（*N* = {n}）。这个数字不是同源方法偏差存"
            "在或不存在的证据"
            "（Podsakoff et al., 2003），只因常被要求而列出。",
            "Harman’s single factor: the first unrotated component takes {share} % of all variance (*N* = "
            "{n}). This is "
            "no evidence for or against common-method bias (Podsakoff et al., 2003) and is printed only "
            "because it is "
            "often asked for.",
        ),
        values={
            "share": Value(number=100 * float(values[-1]) / len(values), style="percent", digits=1),
            "n": count(len(complete)),
        },
    )
