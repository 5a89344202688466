"""Reliability and scores: alpha, omega and the standard error of measurement of every score."""

from __future__ import annotations

import dataclasses
import math
from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.cutoffs import guides
from analysis.reliability import ScoreReliability, score_reliability
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
)
from analysis.report.latent_reliability_tables import with_latent_tables
from analysis.report.names import construct_title
from analysis.report.occasion_tables import occasion_blocks
from analysis.report.readings import WORDS
from analysis.report.sample import Sample
from analysis.results import Result

TITLE = Text("信度与得分", "Reliability and scores")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Coefficients(Result):
    """Coefficients with their bounds, one row a score."""

    table: pd.DataFrame


POOR_FIT = 0.90  # CFI of one factor below this: omega is a rough figure


def reliabilities(sample: Sample) -> tuple[ScoreReliability, ...]:
    """Reliability of every score that has at least two items in the data."""
    return tuple(
        score_reliability(score, sample.keyed[items], sample.scores[score].to_numpy(dtype=float))
        for score, items in sample.score_items().items()
        if len(items) > 1
    )


def reliability_section(sample: Sample) -> Section:
    """Table and dot plot of the scores' reliability."""
    found = reliabilities(sample)
    results: dict[str, Result] = {one.score: one for one in found}
    if not any(one.alpha.alpha is not None for one in found):
        why = found[0].alpha.reason if found else "没有得分 / no scores"
        return Section(
            id="reliability", title=TITLE, status="insufficient", reason=Text(why, why), results=results
        )
    frame = reliability_frame(sample, found)
    blocks: list[Block] = [_reading(frame), _table(frame, found), _figure(sample, frame)]
    section = Section(id="reliability", title=TITLE, blocks=tuple(blocks), results=results)
    more, everything = with_latent_tables(sample, section)
    again, others = occasion_blocks(sample)
    return dataclasses.replace(
        section, blocks=(*section.blocks, *more, *again), results={**everything, **others}
    )


def reliability_frame(sample: Sample, found: tuple[ScoreReliability, ...]) -> pd.DataFrame:
    """One row a score, unrounded; NaN where there is no estimate."""
    rows: list[dict[str, Any]] = []
    for one in found:
        alpha, omega = one.alpha, one.omega
        rows.append(
            {
                "score": one.score,
                "title": construct_title(sample.instrument, one.score),
                "k": alpha.k,
                "n": alpha.n,
                "mean": _or_nan(one.mean),
                "sd": _or_nan(one.sd),
                "mean_r": _or_nan(alpha.mean_r),
                "alpha": _or_nan(alpha.alpha),
                "alpha_lower": alpha.interval.lower if alpha.interval else math.nan,
                "alpha_upper": alpha.interval.upper if alpha.interval else math.nan,
                "omega": _or_nan(omega.omega_total),
                "omega_lower": omega.interval.lower if omega.interval else math.nan,
                "omega_upper": omega.interval.upper if omega.interval else math.nan,
                "one_factor_cfi": _or_nan(omega.cfi),
                "sem": _or_nan(one.sem),
                "reading": WORDS[guides()["omega"].read(omega.omega_total)],
            }
        )
    return pd.DataFrame(rows)


def _or_nan(value: float | None) -> float:
    return math.nan if value is None else value


def _reading(frame: pd.DataFrame) -> Paragraph:
    guide = guides()["omega"]
    best = frame.loc[frame["sem"].idxmax()] if frame["sem"].notna().any() else None
    band = 1.96 * float(best["sem"]) if best is not None else None
    return Paragraph(
        text=Text(
            "α 在 {alow} 与 {ahigh} 之间，ω 在 {olow} 与 {ohigh} 之间（参考：研究 ≥ {fair}，比较群体 "
            "≥ {good}，"
            "涉及个人的决定 ≥ .90；{source}）。测量标准误最大的得分，个人得分的 95 % 范围约为 ±{band} 分："
            "差距在此之内的两个人分不出高低，本报告不支持给个人排名。",
            "α lies between {alow} and {ahigh}, ω between {olow} and {ohigh} (guide: research ≥ "
            "{fair}, groups ≥ "
            "{good}, decisions on persons ≥ .90; {source}). For the score measured least exactly, a "
            "person’s 95 % band is "
            "about ±{band} points: two people closer than that cannot be told apart, and ranking persons "
            "is not supported.",
        ),
        values={
            "alow": bounded(_least(frame["alpha"])),
            "ahigh": bounded(_most(frame["alpha"])),
            "olow": bounded(_least(frame["omega"])),
            "ohigh": bounded(_most(frame["omega"])),
            "fair": bounded(guide.fair),
            "good": bounded(guide.good),
            "source": Value(number=guide.source, style="text"),
            "band": Value(number=band, style="real", digits=2),
        },
    )


def _least(values: pd.Series) -> float | None:
    return float(values.min()) if values.notna().any() else None


def _most(values: pd.Series) -> float | None:
    return float(values.max()) if values.notna().any() else None


def _table(frame: pd.DataFrame, found: tuple[ScoreReliability, ...]) -> Table:
    notes = [
        Paragraph(
            kind="note",
            text=Text(
                "单因素 CFI 低于 {limit} 时，一个因子描述不了该得分的题目，ω 只是粗略数字。",
                "Where the one-factor CFI is below {limit}, one factor does not describe the items and *ω"
                "* is rough.",
            ),
            values={"limit": bounded(POOR_FIT)},
        )
    ]
    for one in found:
        why = "；".join(
            dict.fromkeys(w for w in (one.alpha.reason, one.omega.reason, *one.omega.warnings) if w)
        )
        if why:
            notes.append(
                Paragraph(
                    kind="caution",
                    text=Text("{score}：{why}。", "{score}: {why}."),
                    values={
                        "score": Value(number=one.score, style="text"),
                        "why": Value(number=why, style="text"),
                    },
                )
            )
    levels = [len(one.items) for one in found]
    return Table(
        id="reliability",
        title=Text("各得分的信度与测量标准误", "Reliability and standard error of measurement of the scores"),
        columns=(
            Column(key="title", title=Text("得分", "Score")),
            Column(key="k", title=Text("题数", "Items"), style="count"),
            Column(key="n", title=Text("*n*", "*n*"), style="count"),
            Column(key="mean", title=Text("*M*", "*M*"), style="real", digits=2),
            Column(key="sd", title=Text("*SD*", "*SD*"), style="real", digits=2),
            Column(key="mean_r", title=Text("平均 *r*", "mean *r*"), style="bounded", digits=2),
            Column(key="alpha", title=Text("α", "α"), style="bounded", digits=2),
            Column(
                key="alpha_lower",
                upper_key="alpha_upper",
                title=Text("95 % 区间", "95 % CI"),
                style="bounded_interval",
                digits=2,
            ),
            Column(key="omega", title=Text("ω", "ω"), style="bounded", digits=2),
            Column(
                key="omega_lower",
                upper_key="omega_upper",
                title=Text("95 % 区间", "95 % CI"),
                style="bounded_interval",
                digits=2,
            ),
            Column(key="one_factor_cfi", title=Text("单因素 CFI", "1-factor CFI"), style="bounded", digits=2),
            Column(key="sem", title=Text("*SEM*", "*SEM*"), style="real", digits=2),
        ),
        frame=frame,
        method=Text(
            "*n*：该得分各题全答者（α、ω 用这些人）；*M*、*SD* 用按计分规则有分的人。α 区间：Feldt；"
            "ω：单因素模型"
            "最大似然估计，区间用 delta 法；*SEM* = *SD*·√(1 − ω)，与得分同单位。",
            "*n*: people complete on the score’s items (α, ω); *M*, *SD*: people with a score under "
            "its rule. α "
            "interval: Feldt; ω: one factor by maximum likelihood, delta-method interval; *SEM* = *SD*·"
            "√(1 − ω), on "
            "the score’s own metric.",
        ),
        notes=tuple(notes),
        rules=tuple(i for i in range(1, len(levels)) if levels[i] != levels[i - 1]),
    )


def _figure(sample: Sample, frame: pd.DataFrame) -> Figure:
    return Figure(
        id="reliability",
        title=Text("各得分的信度系数与 95 % 区间", "Reliability coefficients with 95 % intervals"),
        kind="intervals",
        result=Coefficients(table=frame.drop(columns=["title", "reading"]).set_index("score")),
        labels={score: construct_title(sample.instrument, score) for score in frame["score"]}
        | {
            "omega_": Text("ω（总）", "omega total"),
            "alpha_": Text("α", "alpha"),
            "x_": Text("系数与 95 % 区间", "coefficient with 95 % interval"),
        },
        alt=Text(
            "{k} 个得分，ω 在 {low} 与 {high} 之间，数值见信度表。",
            "{k} scores, omega between {low} and {high}; see the table of reliability.",
        ),
        alt_values={
            "k": count(len(frame)),
            "low": bounded(_least(frame["omega"])),
            "high": bounded(_most(frame["omega"])),
        },
        method=Text("竖线为 .70、.80、.90。", "Vertical lines at .70, .80, .90."),
    )
