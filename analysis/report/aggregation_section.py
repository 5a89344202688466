"""May a unit's mean be called the unit's property? Agreement, ICC and random groups, before any unit mean.

LeBreton & Senter (2008); Bliese (2000). Units below the survey's threshold are counted and never shown.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from analysis.agreement import Aggregation, aggregation
from analysis.report.columns import (
    both,
    bounded_column,
    count_column,
    interval_column,
    p_column,
    percent_column,
    real_column,
    said,
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
    bounded,
    count,
    words,
)
from analysis.report.names import construct_title
from analysis.report.sample import Sample
from analysis.results import Result

TITLE = Text("汇总到单位的依据", "Grounds for aggregating to units")
MIN_UNITS = 3  # fewer shown units: no figure, since two could be told apart by subtraction
RESAMPLES = 1000
NULL_WORDS = {
    "uniform": Text("均匀", "uniform"),
    "slight skew": Text("轻度偏态", "slight skew"),
    "moderate skew": Text("中度偏态", "moderate skew"),
}
BANDS = {
    "none": Text("无一致", "none"),
    "weak": Text("弱", "weak"),
    "moderate": Text("中等", "moderate"),
    "strong": Text("强", "strong"),
    "very strong": Text("很强", "very strong"),
    "": Text("–", "–"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class UnitMeans(Result):
    """Means of the shown units with 95 % intervals, by score; score, place (1 = lowest), n, mean, lower,
    upper, and the mean of everybody as `overall`. Units are not named."""

    table: pd.DataFrame


def aggregation_section(sample: Sample) -> Section:
    """Agreement and ICC of every dimension score over units."""
    if sample.unit is None or sample.unit.nunique() < 2:
        why = Text("数据没有单位，或只有一个单位", "the data have no units, or only one")
        return Section(id="aggregation", title=TITLE, status="insufficient", reason=why)
    scores = _scores(sample)
    if not scores:
        why = Text("没有可汇总的得分", "no score to aggregate")
        return Section(id="aggregation", title=TITLE, status="insufficient", reason=why)
    found = {name: _aggregate(sample, name, items) for name, items in scores.items()}
    blocks: list[Block] = [
        _reading(sample, found),
        _icc_table(sample, found),
        _agreement_table(sample, found),
    ]
    for warning in dict.fromkeys(w for one in found.values() for w in one.icc.warnings):
        blocks.append(Paragraph(kind="note", text=both(warning)))
    figure = _caterpillar(sample, list(scores))
    blocks.append(figure)
    results: dict[str, Result] = {
        f"aggregation_{name}": _withheld(sample, one) for name, one in found.items()
    }
    return Section(id="aggregation", title=TITLE, blocks=tuple(blocks), results=results)


def _scores(sample: Sample) -> dict[str, list[str]]:
    """Dimension scores with two items or more on one response scale."""
    named = {node.id for node in sample.instrument.dimensions()}
    found = {n: i for n, i in sample.score_items().items() if n in named and len(i) > 1}
    ranges = sample.item_ranges()
    return {name: items for name, items in found.items() if len({ranges[i] for i in items}) == 1}


def _aggregate(sample: Sample, name: str, items: list[str]) -> Aggregation:
    low, high = sample.item_ranges()[items[0]]
    unit = sample.unit if sample.unit is not None else pd.Series(dtype=object)
    return aggregation(
        name,
        sample.keyed[items],
        sample.scores[name],
        unit,
        low=low,
        high=high,
        resamples=RESAMPLES,
        seed=sample.seed,
    )


def _withheld(sample: Sample, one: Aggregation) -> Aggregation:
    """Without a line a unit: units below the threshold must not be read from the JSON either."""
    least = sample.instrument.scoring.min_group_n
    groups = one.agreement.groups
    kept = groups[groups["n"] >= least].reset_index(drop=True)
    names = Aggregation.__dataclass_fields__
    agreement = one.agreement
    slim = type(agreement)(
        **{
            f: getattr(agreement, f)
            for f in type(agreement).__dataclass_fields__
            if f not in ("groups", "single")
        },
        groups=kept if len(kept) >= MIN_UNITS else kept.iloc[0:0],
        single=(),
    )
    return Aggregation(**({f: getattr(one, f) for f in names} | {"agreement": slim}))


def _reading(sample: Sample, found: dict[str, Aggregation]) -> Paragraph:
    unit = sample.unit if sample.unit is not None else pd.Series(dtype=object)
    sizes = unit.value_counts()
    least = sample.instrument.scoring.min_group_n
    met = [construct_title(sample.instrument, n) for n, one in found.items() if _meets(one)]
    return Paragraph(
        text=Text(
            "{units} 个单位，{small} 个不足 {least} 人，不显示其数值。依据齐备（均匀与轻度偏态零分布下 "
            "r_wg(j) 中位数都 ≥ .70，"
            "ICC(1) 的 *F* 检验 *p* < .05，ICC(2) ≥ .70）的维度：{met}。依据不齐时，单位均值只是个人得分的"
            "平均，不说成单位的特征。",
            "{units} units, {small} with fewer than {least} people are not shown. Grounds are complete "
            "(median r_wg(j) ≥ "
            ".70 under a uniform and a slightly skewed null, *F* test of ICC(1) *p* < .05, ICC(2) ≥ .70) "
            "for: {met}. "
            "Where they are not, a unit mean is an average of persons and no property of the unit.",
        ),
        values={
            "units": count(len(sizes)),
            "small": count(int((sizes < least).sum())),
            "least": count(least),
            "met": said(Text("、".join(t.zh for t in met) or "无", ", ".join(t.en for t in met) or "none")),
        },
    )


def _meets(one: Aggregation) -> bool:
    needed = [one.meets.get(name) for name in ("r_wg uniform", "icc1_test", "icc2")]
    if "r_wg slight skew" in one.meets:
        needed.append(one.meets["r_wg slight skew"])
    return all(value is True for value in needed)


def _nan(value: float | None) -> float:
    return math.nan if value is None else float(value)


def _icc_table(sample: Sample, found: dict[str, Aggregation]) -> Table:
    rows = []
    for name, one in found.items():
        icc, dealt = one.icc, one.random_groups
        first, second = icc.icc1_interval, icc.icc2_interval
        rows.append(
            {
                "title": construct_title(sample.instrument, name),
                "n": icc.n,
                "groups": icc.n_groups,
                "size": icc.mean_size,
                "icc1": _nan(icc.icc1),
                "icc1_lower": first.lower if first else math.nan,
                "icc1_upper": first.upper if first else math.nan,
                "icc2": _nan(icc.icc2),
                "icc2_lower": second.lower if second else math.nan,
                "icc2_upper": second.upper if second else math.nan,
                "f": _nan(icc.f),
                "pvalue": _nan(icc.pvalue),
                "deff": _nan(icc.design_effect),
                "z": _nan(dealt.z),
                "random_p": _nan(dealt.pvalue),
                "why": both(icc.reason),
            }
        )
    return Table(
        id="icc",
        title=Text("组内相关与随机组比较", "Intraclass correlations and random groups"),
        columns=(
            word_column("title", "维度", "Dimension"),
            count_column("n", "*n*"),
            count_column("groups", "单位数", "Units"),
            real_column("size", "平均人数", "Mean size", 1),
            bounded_column("icc1", "ICC(1)", digits=3),
            interval_column("icc1_lower", "icc1_upper", digits=3),
            bounded_column("icc2", "ICC(2)"),
            interval_column("icc2_lower", "icc2_upper"),
            real_column("f", "*F*"),
            p_column(),
            real_column("deff", "设计效应", "Design effect"),
            real_column("z", "随机组 *z*", "Random groups *z*"),
            p_column("random_p"),
        ),
        frame=pd.DataFrame(rows),
        method=Text(
            "单因素方差分析，有该得分和单位的人；区间由 *F* 分布。随机组：按实际人数随机分组 {resamples} "
            "次（种子 {seed}），*z* < −1.96 "
            "表示实际单位内比随机组更一致（Bliese & Halverson, 2002）。",
            "One-way analysis of variance of people with the score and a unit; intervals from the *F* "
            "distribution. "
            "Random groups of the same sizes, {resamples} times (seed {seed}); *z* < −1.96: real units "
            "agree more than "
            "random ones (Bliese & Halverson, 2002).",
        ),
        method_values={"resamples": count(RESAMPLES), "seed": Value(number=str(sample.seed), style="text")},
    )


def _agreement_table(sample: Sample, found: dict[str, Aggregation]) -> Table:
    rows = []
    for name, one in found.items():
        for null, row in one.agreement.summary.iterrows():
            index = Text("a_wg", "a_wg") if null == "a_wg" else Text(
                f"r_wg(j) {NULL_WORDS[str(null)].zh}", f"r_wg(j) {NULL_WORDS[str(null)].en}"
            )  # fmt: skip
            rows.append(
                {
                    "title": construct_title(sample.instrument, name),
                    "id": name,
                    "index": index,
                    "groups": row["groups"],
                    "median": row["median"],
                    "mean": row["mean"],
                    "share": 100 * float(row["share_70"]),
                    "band": BANDS[str(row["band"])],
                }
            )
    frame = pd.DataFrame(rows)
    ids = list(frame["id"])
    frame["title"] = words(frame["title"])
    return Table(
        id="agreement",
        title=Text("单位内一致性", "Agreement within units"),
        columns=(
            word_column("title", "维度", "Dimension", is_merged=True),
            word_column("index", "指标与零分布", "Index and null"),
            count_column("groups", "单位数", "Units"),
            bounded_column("median", "中位数", "Median"),
            bounded_column("mean", "均值", "Mean"),
            percent_column("share", "≥ .70 的单位 %", "Units ≥ .70, %", 0),
            word_column("band", "中位数的档", "Band of the median"),
        ),
        frame=frame,
        method=Text(
            "各单位该维度全答者，两人及以上的单位；r_wg(j)：James, Demaree & Wolf (1984)，偏态零分布方差取"
            "自 LeBreton & "
            "Senter (2008)；a_wg：Brown & Hauenstein (2005)。",
            "People complete on the dimension, units of two or more; r_wg(j): James, Demaree & Wolf "
            "(1984), skewed nulls "
            "of LeBreton & Senter (2008); a_wg: Brown & Hauenstein (2005).",
        ),
        rules=tuple(i for i in range(1, len(ids)) if ids[i] != ids[i - 1]),
    )


def unit_means(sample: Sample, scores: list[str]) -> pd.DataFrame:
    """Means with t intervals of the units at or above the threshold, lowest first, without their names."""
    least = sample.instrument.scoring.min_group_n
    unit = sample.unit if sample.unit is not None else pd.Series(dtype=object)
    parts = []
    for score in scores:
        values = sample.scores[score]
        grouped = values.groupby(unit).agg(["count", "mean", "std"])
        shown = grouped[grouped["count"] >= least].sort_values("mean", kind="stable")
        if len(shown) < MIN_UNITS:
            continue
        half = stats.t.isf(0.025, shown["count"] - 1) * shown["std"] / shown["count"] ** 0.5
        parts.append(
            pd.DataFrame(
                {
                    "score": score,
                    "place": range(1, len(shown) + 1),
                    "n": shown["count"].to_numpy(),
                    "mean": shown["mean"].to_numpy(),
                    "lower": (shown["mean"] - half).to_numpy(),
                    "upper": (shown["mean"] + half).to_numpy(),
                    "overall": float(values.mean()),
                }
            )
        )
    return pd.concat(parts, ignore_index=True) if parts else pd.DataFrame()


def _caterpillar(sample: Sample, scores: list[str]) -> Figure | Paragraph:
    table = unit_means(sample, scores)
    least = sample.instrument.scoring.min_group_n
    if table.empty:
        text = Text(
            "达到 {least} 人的单位不足 {units} 个，不画各单位的均值。",
            "Fewer than {units} units have {least} people: unit means are not drawn.",
        )
        return Paragraph(text=text, values={"least": count(least), "units": count(MIN_UNITS)})
    apart = ((table["lower"] > table["overall"]) | (table["upper"] < table["overall"])).mean()
    return Figure(
        id="caterpillar",
        title=Text("各单位均值与 95 % 区间", "Unit means with 95 % intervals"),
        kind="caterpillar",
        result=UnitMeans(table=table),
        labels={s: construct_title(sample.instrument, s) for s in scores}
        | {"x": Text("得分", "score"), "y": Text("单位（由低到高）", "units, lowest first")},
        alt=Text(
            "每个维度一格，单位由低到高；{share} 的单位区间不含总均值。",
            "A panel a dimension, units from the lowest; {share} of the intervals exclude the overall mean.",
        ),
        alt_values={"share": bounded(float(apart))},
        method=Text(
            "只画不少于 {least} 人的单位，不标名称；竖线为总均值。区间多有重叠，不能据此给单位排名。",
            "Units of at least {least} people, not named; the line is the overall mean. Intervals "
            "overlap: no ranking "
            "of units follows.",
        ),
        method_values={"least": count(least)},
    )
