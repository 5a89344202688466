"""Dimensionality: KMO, Bartlett, parallel analysis with its scree, MAP, and exploratory factors."""

from __future__ import annotations

import pandas as pd

from analysis.cutoffs import guides
from analysis.dimensionality import (
    Factorability,
    MinimumAveragePartial,
    ParallelAnalysis,
    factorability,
    minimum_average_partial,
    parallel_analysis,
)
from analysis.efa import ExploratoryFactors, explore_factors
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
from analysis.report.readings import reading_of
from analysis.report.sample import Sample
from analysis.results import Result

TITLE = Text("维度：几个因子", "Dimensionality: how many factors")
SHOWN_LOADING = 0.30
MAX_FACTORS = 8  # more columns than this do not fit a page; the JSON file holds them

PEARSON = Text("Pearson 相关", "Pearson correlations")
NORMAL = Text("不相关正态数据", "samples of uncorrelated normal data")


def dimensionality_section(sample: Sample) -> Section:
    """Whether to factor, how many factors, and what they look like."""
    data = sample.keyed
    worth = factorability(data)
    if worth.reason:
        return Section(
            id="dimensionality",
            title=TITLE,
            status="insufficient",
            reason=Text(worth.reason, worth.reason),
            results={"factorability": worth},
        )
    parallel = parallel_analysis(data, seed=sample.seed)
    partial = minimum_average_partial(data)
    results: dict[str, Result] = {"factorability": worth, "parallel_analysis": parallel, "map": partial}
    blocks: list[Block] = [
        _worth(worth),
        _how_many(sample, parallel, partial),
        scree(parallel, name="scree", kind=PEARSON, random=NORMAL),
    ]
    for number in _numbers(sample, parallel):
        factors = explore_factors(data, number)
        results[f"efa_{number}"] = factors
        blocks += _factor_blocks(sample, factors)
    return Section(id="dimensionality", title=TITLE, blocks=tuple(blocks), results=results)


def _numbers(sample: Sample, parallel: ParallelAnalysis) -> list[int]:
    """Numbers of factors to extract: what parallel analysis says, and what the instrument expects."""
    expected = len(sample.instrument.dimensions())
    found = parallel.n_components or 1
    return list(dict.fromkeys(n for n in (found, expected) if n >= 1))


def _worth(worth: Factorability) -> Paragraph:
    guide = guides()["kmo"]
    return Paragraph(
        text=Text(
            "KMO = {kmo}（参考 ≥ {good}，{source}：{reading}）；Bartlett 球形检验 χ²({df}) = {chisq}，"
            "*p* {p}。"
            "*N* = {n}（各题全答者），Pearson 相关。",
            "KMO = {kmo} (guide ≥ {good}, {source}: {reading}); Bartlett’s test χ²({df}) = {chisq}, *p* {p}. "
            "*N* = {n} complete cases, Pearson correlations.",
        ),
        values={
            "kmo": bounded(worth.kmo),
            "good": bounded(guide.good),
            "source": Value(number=guide.source, style="text"),
            "reading": reading_of(guide.read(worth.kmo)),
            "df": Value(number=str(worth.bartlett_df), style="text"),
            "chisq": Value(number=worth.bartlett_chisq),
            "p": Value(number=worth.bartlett_p, style="p"),
            "n": count(worth.n),
        },
    )


def _how_many(sample: Sample, parallel: ParallelAnalysis, partial: MinimumAveragePartial) -> Paragraph:
    return Paragraph(
        text=Text(
            "平行分析（{replications} 组不相关正态随机数据，第 {percentile} 百分位）提示 {components} 个"
            "成分；"
            "以公因子计（对角线为 SMC）为 {factors} 个，此法样本大时偏多。MAP 提示 {map} 个（四次方 "
            "{map4} 个）。"
            "第一特征值占总方差 {share} %。问卷设想 {expected} 个维度。",
            "Parallel analysis ({replications} samples of uncorrelated normal data, percentile "
            "{percentile}) suggests "
            "{components} components; by common factors (SMC in the diagonal) {factors}, which errs "
            "upwards in large "
            "samples. MAP suggests {map} ({map4} by fourth powers). The first eigenvalue takes {share} % "
            "of all "
            "variance. The instrument expects {expected} dimensions.",
        ),
        values={
            "replications": count(parallel.replications),
            "percentile": Value(number=parallel.percentile, style="real", digits=0),
            "components": count(parallel.n_components),
            "factors": count(parallel.n_factors),
            "map": count(partial.n_squared),
            "map4": count(partial.n_fourth),
            "share": Value(
                number=None if parallel.first_share is None else 100 * parallel.first_share,
                style="percent",
                digits=1,
            ),
            "expected": count(len(sample.instrument.dimensions())),
        },
    )


def scree(parallel: ParallelAnalysis, *, name: str, kind: Text, random: Text) -> Figure:
    """Eigenvalues against those of random data. kind: of the correlations; random: how these were drawn."""
    return Figure(
        id=name,
        title=Text(f"碎石图与平行分析（{kind.zh}）", f"Scree with parallel analysis, {kind.en}"),
        kind="scree",
        result=parallel,
        labels={
            "observed": Text("实际数据", "observed"),
            "random_p95": Text("随机数据第 95 百分位", "random data, 95th percentile"),
            "random_mean": Text("随机数据均值", "random data, mean"),
            "x": Text("成分序号", "Component"),
            "y": Text("特征值", "Eigenvalue"),
        },
        alt=Text(
            "特征值由大到小；前 {k} 个高于随机数据第 95 百分位。",
            "Eigenvalues in falling order; the first {k} lie above the 95th percentile of random data.",
        ),
        alt_values={"k": count(parallel.n_components)},
        method=Text(
            f"{kind.zh}，*N* = {{n}}（各题全答者）；{random.zh} {{replications}} 次，种子 {{seed}}。",
            f"{kind.en}, *N* = {{n}} complete cases; {{replications}} {random.en}, seed {{seed}}.",
        ),
        method_values={
            "n": count(parallel.n),
            "replications": count(parallel.replications),
            "seed": Value(number=str(parallel.seed), style="text"),
        },
    )


def _factor_blocks(sample: Sample, factors: ExploratoryFactors) -> list[Block]:
    number = factors.n_factors
    if factors.loadings is None:
        return [
            Paragraph(
                kind="caution",
                text=Text(
                    "{m} 因子的探索性因素分析没有结果：{why}。",
                    "No exploratory solution with {m} factors: {why}.",
                ),
                values={"m": count(number), "why": Value(number=factors.reason, style="text")},
            )
        ]
    frame = factors.loadings.copy()
    names = list(frame.columns)
    frame["communality"] = 1 - factors.uniquenesses if factors.uniquenesses is not None else float("nan")
    shown = frame[names].where(frame[names].abs() >= SHOWN_LOADING).add_suffix("_shown")
    frame = pd.concat([frame, shown], axis=1).reset_index()
    table = Table(
        id=f"efa-{number}",
        title=Text(
            f"探索性因素分析：{number} 因子模式矩阵",
            f"Exploratory factor analysis: pattern matrix, {number} factors",
        ),
        columns=(
            Column(key="item", title=Text("题目", "Item")),
            *(
                Column(key=f"{name}_shown", title=Text(name, name), style="bounded", digits=2)
                for name in names[:MAX_FACTORS]
            ),
            Column(key="communality", title=Text("共同度", "Communality"), style="bounded", digits=2),
        ),
        frame=frame,
        method=Text(
            "最小残差法，直接斜交旋转（oblimin），*N* = {n}（各题全答者），Pearson 相关；绝对值小于 "
            "{limit} 的载荷"
            "不显示，全部数值见下载的表。",
            "Minimum residuals, direct oblimin, *N* = {n} complete cases, Pearson correlations; loadings "
            "below {limit} "
            "in absolute value are left blank, the download holds all.",
        ),
        method_values={"n": count(factors.n), "limit": bounded(SHOWN_LOADING)},
        notes=tuple(_efa_notes(factors)),
        rules=_rules(sample, frame["item"]),
    )
    return [table]


def _efa_notes(factors: ExploratoryFactors) -> list[Paragraph]:
    notes = []
    if factors.correlations is not None:
        pairs = [
            f"{a}–{b}"
            for i, a in enumerate(factors.correlations)
            for b in list(factors.correlations)[i + 1 :]
        ]
        matrix = factors.correlations.to_numpy(dtype=float)
        upper = [matrix[i, j] for i in range(factors.n_factors) for j in range(i + 1, factors.n_factors)]
        strongest = max(range(len(upper)), key=lambda at: abs(upper[at]))
        notes.append(
            Paragraph(
                kind="note",
                text=Text(
                    "因子相关在 {low} 与 {high} 之间（绝对值最大：{pair}）。",
                    "Factor correlations lie between {low} and {high} (largest in absolute value: {pair}).",
                ),
                values={
                    "low": bounded(float(min(upper))),
                    "high": bounded(float(max(upper))),
                    "pair": Value(number=pairs[strongest], style="text"),
                },
            )
        )
    if factors.heywood_items:
        notes.append(
            Paragraph(
                kind="caution",
                text=Text(
                    "{items} 的唯一性触及下界（Heywood），这一解须存疑。",
                    "{items}: uniqueness at its bound (Heywood case); treat this solution with doubt.",
                ),
                values={"items": Value(number="、".join(factors.heywood_items), style="text")},
            )
        )
    return notes


def _rules(sample: Sample, items: pd.Series) -> tuple[int, ...]:
    owners = [sample.instrument.items[code].construct for code in items]
    return tuple(i for i in range(1, len(owners)) if owners[i] != owners[i - 1])
