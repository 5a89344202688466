"""A bifactor graded response model of all items: a general factor and one specific factor a dimension.

Gibbons & Hedeker (1992); in a random part of a large sample, since its integral is two-dimensional.
"""

from __future__ import annotations

import math

import pandas as pd

from analysis.irt import GradedFit, fit_graded, score_reliability
from analysis.report.columns import bounded_column, said, word_column
from analysis.report.document import Block, Paragraph, Section, Table, Text, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.irt_section import STATUS, kept, offered_categories
from analysis.report.names import construct_title
from analysis.report.sample import Sample
from analysis.results import Result

TITLE = Text("项目反应理论：双因子模型", "Item response theory: bifactor model")
BIFACTOR_PEOPLE = 1000  # the model takes minutes over more, and so many are enough for its loadings
BIFACTOR_LEAST = 500
LEAST_SPECIFIC = 3


def bifactor_section(sample: Sample) -> Section:
    """Whether the model converges, how reliable its general score is, and the loadings."""
    found, note = _bifactor(sample)
    if found is None:
        return Section(id="bifactor", title=TITLE, status="insufficient", reason=note.text)
    blocks: list[Block] = [note]
    if found.standardized is not None and found.usable:
        blocks.append(_bifactor_table(sample, found))
    results: dict[str, Result] = {"graded_bifactor": kept(sample, "bifactor", found)}
    return Section(id="bifactor", title=TITLE, blocks=tuple(blocks), results=results)


def _bifactor(sample: Sample) -> tuple[GradedFit | None, Paragraph]:
    """General factor and one specific factor a dimension, in a random part of a large sample."""
    specific = {
        item: node.id
        for node in sample.instrument.dimensions()
        if len(items := [i for i in sample.instrument.items_of(node.id) if i in sample.keyed])
        >= LEAST_SPECIFIC
        for item in items
    }
    if len(set(specific.values())) < 2:
        return None, Paragraph(
            text=Text("维度不足两个，不作双因子模型。", "Fewer than two dimensions: no bifactor model.")
        )
    data = sample.keyed.dropna(how="all")
    if len(data) < BIFACTOR_LEAST:
        few = f"有作答的 {len(data)} 人，不足 {BIFACTOR_LEAST} 人，不作双因子模型"
        words_en = f"{len(data)} people, fewer than {BIFACTOR_LEAST}: no bifactor model"
        return None, Paragraph(text=Text(few, words_en))
    used = data.sample(BIFACTOR_PEOPLE, random_state=sample.seed) if len(data) > BIFACTOR_PEOPLE else data
    found = fit_graded(used, specific=specific, categories=offered_categories(sample, sample.items))
    part = Text(
        f"（从 {len(data)} 人中随机抽取，种子 {sample.seed}）",
        f" (a random part of {len(data)}, seed {sample.seed})",
    )
    values = {
        "n": count(len(used)),
        "part": said(part if len(used) < len(data) else Text("", "")),
        "why": said(engine_words(found.problems) if found.problems else STATUS[found.status]),
        "empirical": bounded(score_reliability(found).empirical),
    }
    if not found.usable:
        text = Text(
            "双因子模型（*n* = {n}{part}）没有可用的估计：{why}。",
            "Bifactor model (*n* = {n}{part}): no usable estimates, {why}.",
        )
        return found, Paragraph(kind="caution", text=text, values=values)
    text = Text(
        "双因子模型（总体加各维度的特殊因子，*n* = {n}{part}）收敛；总体得分的经验信度 {empirical}。",
        "The bifactor model (a general and a specific factor a dimension, *n* = {n}{part}) converged; "
        "empirical "
        "reliability of the general score {empirical}.",
    )
    return found, Paragraph(text=text, values=values)


def _bifactor_table(sample: Sample, found: GradedFit) -> Table:
    table = found.standardized if found.standardized is not None else pd.DataFrame()
    rows = [
        {
            "dimension": construct_title(sample.instrument, found.specific.get(str(item), "")),
            "item": str(item),
            "general": float(row["general"]),
            "specific": float(row[found.specific[str(item)]]) if str(item) in found.specific else math.nan,
        }
        for item, row in table.iterrows()
    ]
    frame = pd.DataFrame(rows)
    squares = frame["general"] ** 2
    owners = [found.specific.get(str(i), "") for i in frame["item"]]
    frame["share"] = squares / (squares + frame["specific"].fillna(0.0) ** 2)
    frame["dimension"] = words(frame["dimension"])
    return Table(
        id="irt-bifactor",
        title=Text("双因子等级反应模型的载荷", "Loadings of the bifactor graded response model"),
        columns=(
            word_column("dimension", "维度", "Dimension", is_merged=True),
            word_column("item", "题目", "Item"),
            bounded_column("general", "总体 λ", "General λ"),
            bounded_column("specific", "特殊 λ", "Specific λ"),
            bounded_column("share", "总体所占", "IECV"),
        ),
        frame=frame,
        method=Text(
            "边际最大似然，*n* = {n}；标准化载荷。总体所占：题目共同方差中总体因子的份额。",
            "Marginal maximum likelihood, *n* = {n}; standardised loadings. IECV: the general factor’s "
            "share of an "
            "item’s common variance.",
        ),
        method_values={"n": count(found.n)},
        rules=tuple(i for i in range(1, len(owners)) if owners[i] != owners[i - 1]),
    )
