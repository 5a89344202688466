"""Power after collecting and the number of people before it: tests of RMSEA for the target model.

MacCallum, Browne & Sugawara (1996). With many degrees of freedom these tests need few people;
estimates need more.
"""

from __future__ import annotations

import math

import pandas as pd

from analysis.power import rmsea_power
from analysis.report.columns import both, bounded_column, count_column, said, word_column
from analysis.report.document import Block, Paragraph, Section, Table, Text, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.fit_section import enough_people, target_rival
from analysis.report.names import model_title
from analysis.report.sample import Sample
from analysis.results import Result
from analysis.sem import fit

TITLE = Text("检验力与人数", "Power and number of people")
TESTS = (
    ("close", 0.05, 0.08, Text("近似拟合", "close fit")),
    ("not_close", 0.05, 0.01, Text("非近似拟合", "not-close fit")),
    ("exact", 0.0, 0.05, Text("精确拟合", "exact fit")),
)
NEEDS = (  # analysis, floor, good
    (Text("项目分析", "item analysis"), 150, 300),
    (Text("α、ω 及区间", "α, ω with intervals"), 200, 300),
    (Text("探索性因素分析", "exploratory factor analysis"), 300, 500),
    (Text("验证性因素分析（一阶、二阶）", "confirmatory factor analysis"), 300, 500),
    (Text("三阶与双因子模型", "third-order and bifactor models"), 500, 800),
)


def power_section(sample: Sample) -> Section:
    """Power of three RMSEA tests at the usable N, the N each needs, and floors by analysis."""
    complete = len(sample.keyed.dropna(how="any" if sample.missing == "listwise" else "all"))
    blocks: list[Block] = [_needs(complete)]
    target, reason = target_rival(sample), enough_people(sample)
    results: dict[str, Result] = {}
    if target is None or reason is not None:
        why = reason or Text("问卷没有目标结构", "the instrument has no target structure")
        blocks.append(Paragraph(kind="note", text=why))
        return Section(id="power", title=TITLE, blocks=tuple(blocks))
    rows_used = sample.keyed.dropna(how="any" if sample.missing == "listwise" else "all")
    try:
        found = fit(
            target.syntax,
            rows_used,
            missing=sample.missing,
            std_lv=target.std_lv,
            orthogonal=target.orthogonal,
        )
    except ValueError as error:
        blocks.append(Paragraph(kind="note", text=engine_words(str(error))))
        return Section(id="power", title=TITLE, blocks=tuple(blocks))
    df = int(found.fit.get("df") or 0)
    if df < 1:
        blocks.append(
            Paragraph(kind="note", text=Text("目标结构没有自由度", "the target has no degrees of freedom"))
        )
        return Section(id="power", title=TITLE, blocks=tuple(blocks))
    rows = []
    for name, null, alternative, title in TESTS:
        one = rmsea_power(df, null=null, alternative=alternative, n=max(complete, 2))
        results[f"power_{name}"] = one
        rows.append(
            {
                "title": title,
                "null": null,
                "alternative": alternative,
                "power": math.nan if one.power is None else one.power,
                "needed": one.needed,
                "caution": both(one.warnings[0]) if one.warnings else Text("", ""),
            }
        )
    blocks.insert(0, _table(sample, rows, df, complete))
    return Section(id="power", title=TITLE, blocks=tuple(blocks), results=results)


def _table(sample: Sample, rows: list[dict[str, object]], df: int, n: int) -> Table:
    frame = pd.DataFrame(rows)
    frame["title"] = words(frame["title"])
    return Table(
        id="power",
        title=Text("目标结构拟合检验的检验力", "Power of the tests of fit of the target structure"),
        columns=(
            word_column("title", "检验", "Test"),
            bounded_column("null", "零假设 RMSEA", "Null RMSEA"),
            bounded_column("alternative", "备择 RMSEA", "Alternative RMSEA"),
            bounded_column("power", "检验力", "Power"),
            count_column("needed", "检验力 .80 所需 *N*", "*N* for power .80"),
            word_column("caution", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "{model}，*df* = {df}，*N* = {n}，α = {alpha}；MacCallum, Browne & Sugawara（1996）。",
            "{model}, *df* = {df}, *N* = {n}, α = {alpha}; MacCallum, Browne & Sugawara (1996).",
        ),
        method_values={
            "model": said(model_title(sample.instrument, sample.instrument.evidence.target_model)),
            "df": said(str(df)),
            "n": count(n),
            "alpha": bounded(0.05),
        },
        notes=(
            Paragraph(
                kind="note",
                text=Text(
                    "自由度多时，拟合检验只要很少的人；估计参数需要的人多得多，定人数看下表。",
                    "With many degrees of freedom the test of fit asks for few people; the estimates ask "
                    "for far more: "
                    "plan by the table below.",
                ),
            ),
            Paragraph(
                kind="note",
                text=Text(
                    "收集之前，用 dandang power 对本模型抽样模拟，求各参数所需的人数"
                    "（dandang power --help）。",
                    "Before collecting, dandang power simulates this very model and gives the number of "
                    "people its parameters need (dandang power --help).",
                ),
            ),
        ),
    )


def _needs(n: int) -> Table:
    yes, least, no = Text("充足", "good"), Text("够下限", "at the floor"), Text("不足", "too few")
    frame = pd.DataFrame(
        {
            "title": words(t for t, _f, _g in NEEDS),
            "floor": [f for _t, f, _g in NEEDS],
            "good": [g for _t, _f, g in NEEDS],
            "state": words(yes if n >= g else least if n >= f else no for _t, f, g in NEEDS),
        }
    )
    return Table(
        id="people-needed",
        title=Text("各种分析需要的人数", "People needed by analysis"),
        columns=(
            word_column("title", "分析", "Analysis"),
            count_column("floor", "下限", "Floor"),
            count_column("good", "充足", "Good"),
            word_column("state", "本次", "Here"),
        ),
        frame=frame,
        method=Text(
            "本次可用 *N* = {n}。依据：相关的标准误、α 区间的宽度、MacCallum et al.（1999）、Wolf et "
            "al.（2013）和对本问卷"
            "模型的模拟（300 人以下常得不到可接受的解）。",
            "Usable here: *N* = {n}. Grounds: standard errors of correlations, width of the interval of "
            "α, MacCallum et "
            "al. (1999), Wolf et al. (2013), and simulation of this model (below 300 often no admissible "
            "solution).",
        ),
        method_values={"n": count(n)},
    )
