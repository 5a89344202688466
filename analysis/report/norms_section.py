"""Norms by declared group where it is large enough, and what a change of a person must reach.

Percentile ranks at mid-rank (Crocker & Algina, 1986); reliable change: Jacobson & Truax (1991).
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd

from analysis.norms import MIN_NORM_GROUP, NormTable, norm_table
from analysis.reliability import omega_total
from analysis.report.columns import bounded_column, count_column, real_column, said, word_column
from analysis.report.document import Block, Paragraph, Section, Table, Text, count, words
from analysis.report.groupings import groupings
from analysis.report.names import construct_title
from analysis.report.sample import Sample
from analysis.results import Result

TITLE = Text("常模与可靠变化", "Norms and reliable change")
SHOWN = (5, 10, 25, 50, 75, 90, 95)
Z = 1.959963984540054
ALL = Text("全部", "all")


def norms_section(sample: Sample) -> Section:
    """Percentiles of every dimension score for all and for each declared group of at least 200."""
    scores = [node.id for node in sample.instrument.dimensions() if node.id in sample.scores]
    tables = {score: norm_table(sample.scores[score], group="") for score in scores}
    kept = {score: one for score, one in tables.items() if not one.reason}
    if not kept:
        most = max((one.n for one in tables.values()), default=0)
        return Section(
            id="norms",
            title=TITLE,
            status="insufficient",
            reason=Text(
                f"有得分的人最多 {most} 人，不足 {MIN_NORM_GROUP} 人，或得分没有差异，不给常模",
                f"at most {most} people have a score, fewer than {MIN_NORM_GROUP}, or scores do not "
                "differ: no norms",
            ),
        )
    rows, refused = _rows(sample, kept)
    blocks: list[Block] = [_caution(refused), _percentiles(rows), _change(sample, kept)]
    blocks += [_conversion(sample, score, one) for score, one in kept.items()]
    results: dict[str, Result] = {f"norms_{score}": one for score, one in kept.items()}
    return Section(id="norms", title=TITLE, blocks=tuple(blocks), results=results)


def _caution(refused: list[Text]) -> Paragraph:
    return Paragraph(
        kind="caution",
        text=Text(
            "这是本次作答者的分布，不是抽样得来的总体常模；不足 {least} 人的组不给常模{refused}。常模只说"
            "明一个分数在这些人中"
            "的位置，不作个人排名之用。",
            "This is the distribution of those who answered, not a sampled norm of a population; groups "
            "under {least} "
            "have none{refused}. A norm says where a score lies among these people and serves no ranking "
            "of persons.",
        ),
        values={
            "least": count(MIN_NORM_GROUP),
            "refused": said(
                Text(
                    "（" + "，".join(t.zh for t in refused) + "）",
                    " (" + ", ".join(t.en for t in refused) + ")",
                )
                if refused
                else Text("", "")
            ),
        },
    )


def _rows(sample: Sample, kept: dict[str, NormTable]) -> tuple[pd.DataFrame, list[Text]]:
    rows, refused = [], []
    for score, one in kept.items():
        title = construct_title(sample.instrument, score)
        rows.append(_row(title, ALL, sample.scores[score], one))
        for grouping in groupings(sample):
            for group, name in grouping.names.items():
                own = sample.scores[score][grouping.groups == group]
                found = norm_table(own, group=group)
                if found.reason:
                    if score == next(iter(kept)) and found.n:
                        refused.append(Text(f"{name.zh} {found.n} 人", f"{name.en} {found.n}"))
                    continue
                rows.append(_row(title, name, own, found))
    return pd.DataFrame(rows), refused


def _row(title: Text, group: Text, scores: pd.Series, one: NormTable) -> dict[str, Any]:
    known = scores.dropna().to_numpy(dtype=float)
    cuts = np.percentile(known, SHOWN)
    return {
        "title": title,
        "group": group,
        "n": one.n,
        "mean": one.mean,
        "sd": one.sd,
        **{f"p{p}": float(value) for p, value in zip(SHOWN, cuts, strict=True)},
    }


def _percentiles(frame: pd.DataFrame) -> Table:
    titles = [t.zh for t in frame["title"]]
    return Table(
        id="norms",
        title=Text("各组得分的百分位数", "Percentiles of scores by group"),
        columns=(
            word_column("title", "得分", "Score", is_merged=True),
            word_column("group", "组", "Group"),
            count_column("n", "*n*"),
            real_column("mean", "*M*"),
            real_column("sd", "*SD*"),
            *(real_column(f"p{p}", f"P{p}") for p in SHOWN),
        ),
        frame=frame,
        method=Text(
            "有该得分的人；*SD* 用 *n* − 1；百分位数线性内插。",
            "People with the score; *SD* with *n* − 1; percentiles by linear interpolation.",
        ),
        rules=tuple(i for i in range(1, len(titles)) if titles[i] != titles[i - 1]),
    )


def _change(sample: Sample, kept: dict[str, NormTable]) -> Table:
    """How far apart two scores of a person must lie before error stops explaining it."""
    items = sample.score_items()
    rows = []
    for score, one in kept.items():
        omega = omega_total(sample.keyed[items[score]]).omega_total if len(items[score]) > 2 else None
        sd = one.sd
        is_known = omega is not None and sd is not None and 0 <= omega < 1
        se = (
            sd * math.sqrt(2 * (1 - omega)) if is_known and omega is not None and sd is not None else math.nan
        )
        rows.append(
            {
                "title": construct_title(sample.instrument, score),
                "sd": sd,
                "omega": math.nan if omega is None else omega,
                "se": se,
                "limit": Z * se,
            }
        )
    frame = pd.DataFrame(rows)
    frame["title"] = words(frame["title"])
    return Table(
        id="reliable-change",
        title=Text("可靠变化：两次得分要差多少", "Reliable change: how far two scores must lie apart"),
        columns=(
            word_column("title", "得分", "Score"),
            real_column("sd", "*SD*"),
            bounded_column("omega", "ω"),
            real_column("se", "差值的标准误", "*SE* of a difference"),
            real_column("limit", "95 % 界限", "95 % limit"),
        ),
        frame=frame,
        method=Text(
            "差值的标准误 = *SD*·√(2(1 − ω))，界限为其 1.96 倍（Jacobson & Truax, 1991）；ω 为单因素模型。",
            "*SE* of a difference = *SD*·√(2(1 − ω)), the limit 1.96 times that (Jacobson & Truax, 1991); "
            "ω of one "
            "factor.",
        ),
    )


def _conversion(sample: Sample, score: str, one: NormTable) -> Table:
    title = construct_title(sample.instrument, score)
    frame = one.table.reset_index()
    return Table(
        id=f"norm-{score}",
        title=Text(f"换算表：{title.zh}", f"Conversion: {title.en}"),
        columns=(
            real_column("score", "得分", "Score"),
            real_column("percentile", "百分等级", "Percentile rank", 1),
            real_column("t", "T 分", "T", 1),
            real_column("t_normalised", "正态化 T", "Normalised T", 1),
            count_column("stanine", "九级分", "Stanine"),
        ),
        frame=frame[["score", "percentile", "t", "t_normalised", "stanine"]],
        method=Text("全部有该得分的人，*n* = {n}。", "All with the score, *n* = {n}."),
        method_values={"n": count(one.n)},
        is_appendix=True,
    )
