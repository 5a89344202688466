"""Beyond one answer a person: scores at two times, and one person rated by several, as tables."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from analysis.agreement import (
    GroupICC,
    RaterAgreement,
    RetestAgreement,
    group_icc,
    rater_agreement,
    retest_agreement,
)
from analysis.report.columns import (
    both,
    bounded_column,
    count_column,
    interval_column,
    p_column,
    real_column,
    word_column,
)
from analysis.report.document import Block, Paragraph, Table, Text, bounded, count, words
from analysis.report.names import construct_title
from analysis.report.sample import Sample
from analysis.results import Interval, Result

GOOD = 0.75  # Koo & Li (2016)
FEWEST_RATED = 3
FORM_WORDS = {
    "ICC(2,1)": Text("一位评分者，绝对一致", "one rater, absolute agreement"),
    "ICC(2,k)": Text("全部评分者的平均，绝对一致", "mean of all raters, absolute agreement"),
    "ICC(3,1)": Text("一位评分者，一致", "one rater, consistency"),
    "ICC(3,k)": Text("全部评分者的平均，一致", "mean of all raters, consistency"),
}
RaterResult = GroupICC | RaterAgreement


def occasion_blocks(sample: Sample) -> tuple[list[Block], dict[str, Result]]:
    """Test-retest and inter-rater agreement of every score, or plainly that the data have neither."""
    blocks: list[Block] = []
    results: dict[str, Result] = {}
    if sample.linked.second is not None and sample.linked.person is not None:
        again = _retests(sample, sample.linked.person, sample.linked.second)
        results |= {f"retest_{name}": one for name, one in again.items()}
        blocks += _retest_blocks(sample, again)
    if sample.linked.rated is not None:
        crossed = _crossed(sample)
        found: dict[str, Any] = crossed or _nested(sample, sample.linked.rated)
        results |= {f"raters_{name}": one for name, one in found.items()}
        blocks.append(_warning())
        blocks.append(_crossed_table(sample, crossed) if crossed else _nested_table(sample, found))
    return blocks or [_neither()], results


def _neither() -> Paragraph:
    return Paragraph(
        kind="note",
        text=Text(
            "数据没有连接的第二次测量，也没有多位评分者，所以没有重测信度和评分者一致性。由文件生成报告时"
            "用 --retest、"
            "--link 和 --rated 指明。",
            "The data have no linked second wave and no several raters: no test–retest and no inter-rater "
            "reliability. Reports from a file take them by --retest, --link and --rated.",
        ),
    )


def _retests(sample: Sample, person: pd.Series, second: pd.DataFrame) -> dict[str, RetestAgreement]:
    known = person.notna()
    first = sample.scores[known].set_index(pd.Index(person[known]))
    return {
        str(name): retest_agreement(first[name], second[name].astype(float))
        for name in first.columns
        if name in second
    }


def _ends(interval: Interval | None, name: str) -> dict[str, float]:
    return {
        f"{name}_lower": interval.lower if interval else math.nan,
        f"{name}_upper": interval.upper if interval else math.nan,
    }


def _retest_blocks(sample: Sample, found: dict[str, RetestAgreement]) -> list[Block]:
    frame = pd.DataFrame(
        [
            {
                "n": one.n,
                "change": one.change,
                **_ends(one.change_interval, "change"),
                "absolute": one.absolute,
                **_ends(one.absolute_interval, "absolute"),
                "consistency": one.consistency,
                **_ends(one.consistency_interval, "consistency"),
                "se": one.standard_error,
            }
            for one in found.values()
        ]
    )
    frame["title"] = words(construct_title(sample.instrument, name) for name in found)
    frame["why"] = words(both(one.reason or "; ".join(one.warnings)) for one in found.values())
    linked = next(iter(found.values()))
    good = sum(one.absolute is not None and one.absolute >= GOOD for one in found.values())
    return [
        Paragraph(
            text=Text(
                "两次测量由编号连接，{unlinked} 人只有一次。{k} 个得分中，绝对一致 ICC(2,1) 不低于 {good} "
                "的有 {met} 个"
                "（Koo & Li, 2016：≥ .75 为好）。两次之间的真实变化也会使它变低。",
                "The waves are linked by a code; {unlinked} people have only one of them. Of {k} scores "
                "{met} "
                "reach an absolute agreement ICC(2,1) of {good} (Koo & Li, 2016: good). True change between "
                "the waves lowers it too.",
            ),
            values={
                "unlinked": count(linked.unlinked),
                "k": count(len(found)),
                "good": bounded(GOOD),
                "met": count(good),
            },
        ),
        Table(
            id="retest",
            title=Text("重测信度", "Test–retest reliability"),
            columns=(
                word_column("title", "得分", "Score"),
                count_column("n", "*n*"),
                real_column("change", "变化", "Change"),
                interval_column("change_lower", "change_upper", is_bounded=False),
                bounded_column("absolute", "ICC(2,1)"),
                interval_column("absolute_lower", "absolute_upper"),
                bounded_column("consistency", "ICC(3,1)"),
                interval_column("consistency_lower", "consistency_upper"),
                real_column("se", "测量标准误", "SEM"),
                word_column("why", "说明", "Note"),
            ),
            frame=frame,
            method=Text(
                "两次都有得分的人；变化为第二次减第一次，*t* 区间。ICC(2,1)：绝对一致；ICC(3,1)：一致（"
                "Shrout & "
                "Fleiss, 1979），*F* 区间。测量标准误 = 标准差 ×（1 − ICC(3,1)）的平方根。",
                "People with both scores; change: second minus first, *t* interval. ICC(2,1): absolute "
                "agreement; ICC(3,1): consistency (Shrout & Fleiss, 1979), *F* interval. SEM = *SD* × √(1 − "
                "ICC(3,1)).",
            ),
        ),
    ]


def _crossed(sample: Sample) -> dict[str, RaterAgreement]:
    """Two-way coefficients where raters are known and at least two have rated three people in common."""
    rated, rater = sample.linked.rated, sample.linked.rater
    if rated is None or rater is None:
        return {}
    made: dict[str, RaterAgreement] = {}
    for name in sample.scores.columns:
        given = pd.DataFrame({"rated": rated, "rater": rater, "score": sample.scores[name]}).dropna()
        if given.duplicated(["rated", "rater"]).any():
            return {}
        wide = given.pivot(index="rated", columns="rater", values="score")
        if wide.shape[1] < 2 or len(wide.dropna()) < FEWEST_RATED:
            return {}
        made[str(name)] = rater_agreement(wide)
    return made


def _nested(sample: Sample, rated: pd.Series) -> dict[str, GroupICC]:
    return {str(name): group_icc(sample.scores[name], rated) for name in sample.scores.columns}


def _warning() -> Paragraph:
    return Paragraph(
        kind="caution",
        text=Text(
            "每一行是一次评价，同一人有多行。其余各部分把每一行当作独立的一份，标准误偏小，*p* 偏小。",
            "Each row is one rating, and one person has several. The other parts treat every row as "
            "independent: their standard errors and *p* are too small.",
        ),
    )


def _crossed_table(sample: Sample, found: dict[str, RaterAgreement]) -> Table:
    rows: list[dict[str, Any]] = []
    titles: list[Text] = []
    forms: list[Text] = []
    for name, one in found.items():
        for form, meaning in FORM_WORDS.items():
            value = one.form(form)
            titles.append(construct_title(sample.instrument, name))
            forms.append(Text(f"{form} {meaning.zh}", f"{form} {meaning.en}"))
            rows.append(
                {
                    "n": one.n,
                    "k": one.k,
                    "icc": value[0] if value else math.nan,
                    **_ends(value[1] if value else None, "icc"),
                    "pvalue": one.table["pvalue"].astype(float)[form] if value else math.nan,
                }
            )
    frame = pd.DataFrame(rows)
    frame["title"], frame["form"] = words(titles), words(forms)
    frame["why"] = words(
        both(found[name].reason or "; ".join(found[name].warnings)) for name in found for _ in FORM_WORDS
    )
    return Table(
        id="raters",
        title=Text("评分者一致性", "Inter-rater reliability"),
        columns=(
            word_column("title", "得分", "Score", is_merged=True),
            word_column("form", "系数", "Coefficient"),
            count_column("n", "被评者", "Rated"),
            count_column("k", "评分者", "Raters"),
            bounded_column("icc", "ICC"),
            interval_column("icc_lower", "icc_upper"),
            p_column(),
            word_column("why", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "双向随机（2）与双向混合（3）模型（Shrout & Fleiss, 1979），每位评分者都评过的人，*F* 区间。",
            "Two-way random (2) and mixed (3) models (Shrout & Fleiss, 1979), people rated by every "
            "rater, *F* "
            "interval.",
        ),
    )


def _nested_table(sample: Sample, found: dict[str, GroupICC]) -> Table:
    frame = pd.DataFrame(
        [
            {
                "n": one.n_groups,
                "size": one.mean_size,
                "single": one.icc1,
                **_ends(one.icc1_interval, "single"),
                "mean": one.icc2,
                **_ends(one.icc2_interval, "mean"),
                "pvalue": one.pvalue,
            }
            for one in found.values()
        ]
    )
    frame["title"] = words(construct_title(sample.instrument, name) for name in found)
    frame["why"] = words(both(one.reason or "; ".join(one.warnings)) for one in found.values())
    return Table(
        id="raters",
        title=Text("评分者一致性", "Inter-rater reliability"),
        columns=(
            word_column("title", "得分", "Score"),
            count_column("n", "被评者", "Rated"),
            real_column("size", "人均评价数", "Ratings each", 1),
            bounded_column("single", "ICC(1,1)"),
            interval_column("single_lower", "single_upper"),
            bounded_column("mean", "ICC(1,k)"),
            interval_column("mean_lower", "mean_upper"),
            p_column(),
            word_column("why", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "单向随机模型（Shrout & Fleiss, 1979）：每人由不同的人评价。ICC(1,1)：一次评价；ICC(1,k)：一人"
            "所得评价的平均，"
            "k 为人均评价数。*F* 区间，各人评价数不等时为近似。",
            "One-way random model (Shrout & Fleiss, 1979): other people rate each person. ICC(1,1): one "
            "rating; "
            "ICC(1,k): the mean of a person's ratings, k being their mean number. *F* interval, near "
            "where people have "
            "unequal numbers of ratings.",
        ),
    )
