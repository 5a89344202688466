"""Polychoric dimensionality, and factors of one random half confirmed in the other."""

from __future__ import annotations

import pandas as pd

from analysis.estimator import choose_estimator
from analysis.halves import FOUND, HalfAgainstHalf, half_against_half
from analysis.polychoric import polychoric_parallel_analysis
from analysis.report.columns import (
    bounded_column,
    count_column,
    interval_column,
    p_column,
    real_column,
    said,
    word_column,
)
from analysis.report.dimensionality_section import scree
from analysis.report.document import (
    Block,
    Column,
    Paragraph,
    Section,
    Table,
    Text,
    Value,
    bounded,
    count,
    words,
)
from analysis.report.engine_words import engine_words
from analysis.report.fit_section import target_rival
from analysis.report.names import construct_title, model_title
from analysis.report.sample import Sample
from analysis.report.structure_section import STATUS
from analysis.results import Result

TITLE = Text("多分格相关与交叉验证", "Polychoric correlations and cross-validation")
REPLICATIONS = 50
MAX_FACTORS = 8
POLYCHORIC = Text("多分格相关", "polychoric correlations")
PERMUTED = Text("各题打乱", "permutations of each item")
NAMES = {
    "minres": Text("最小残差", "minres"),
    "ml": Text("最大似然", "maximum likelihood"),
    "oblimin": Text("斜交 oblimin", "oblimin"),
    "promax": Text("斜交 promax", "promax"),
    "varimax": Text("正交 varimax", "varimax"),
    "geomin": Text("斜交 geomin", "geomin"),
}


def halves_section(sample: Sample) -> Section:
    """Parallel analysis of polychoric correlations; exploration in one half, confirmation in the other."""
    parallel = polychoric_parallel_analysis(sample.keyed, seed=sample.seed, replications=REPLICATIONS)
    if parallel.reason:
        return Section(id="halves", title=TITLE, status="insufficient", reason=engine_words(parallel.reason))
    target = target_rival(sample)
    halves = half_against_half(
        sample.keyed,
        _levels(sample),
        [target] if target else [],
        seed=sample.seed,
        estimator=choose_estimator(sample.keyed.dropna()).estimator,
    )
    results: dict[str, Result] = {"polychoric_parallel_analysis": parallel, "halves": halves}
    blocks: list[Block] = [
        Paragraph(
            text=Text(
                "题目是有序类别，这里用多分格相关重作平行分析：建议保留 {components} 个主成分、{factors} "
                "个公共因子；"
                "第一特征值占总方差的 {share}。随机数据由各题答案分别打乱得到，各题的选项分布不变。",
                "Items are ordered categories: parallel analysis of polychoric correlations keeps "
                "{components} "
                "components and {factors} common factors; the first eigenvalue holds {share} of the "
                "variance. "
                "Random data are the answers of each item permuted, so that margins stay.",
            ),
            values={
                "components": count(parallel.n_components),
                "factors": count(parallel.n_factors),
                "share": bounded(parallel.first_share),
            },
        ),
        scree(parallel, name="polychoric-scree", kind=POLYCHORIC, random=PERMUTED),
        *_halves(sample, halves),
    ]
    return Section(id="halves", title=TITLE, blocks=tuple(blocks), results=results)


def _levels(sample: Sample) -> list[dict[str, str]]:
    """Item → construct it was written for, and item → dimension where the instrument has these above."""
    own = {code: sample.instrument.items[code].construct for code in sample.items}
    above = {
        code: dimension.id
        for dimension in sample.instrument.dimensions()
        for code in sample.items
        if own[code] in {node.id for node in dimension.walk()}
    }
    return [own, above] if len(above) == len(own) else [own]


def _halves(sample: Sample, halves: HalfAgainstHalf) -> list[Block]:
    if halves.reason or halves.factors is None or halves.factors.loadings is None:
        return [
            Paragraph(
                kind="caution",
                text=Text("没有作折半交叉验证：{why}。", "No cross-validation of halves: {why}."),
                values={"why": said(engine_words(halves.reason))},
            )
        ]
    moved = [str(item) for item in halves.assigned.index[halves.assigned["is_moved"]]]
    return [
        Paragraph(
            text=Text(
                "按种子 {seed} 把各题全答者随机分成两半（{first} 人和 {second} 人）。第一半探索得到 {m} 个"
                "因子；"
                "与问卷预定的归属相比，{moved} 道题归到别的因子{which}。两半各因子载荷的一致性系数（Tucker）"
                "最小为 {congruence}（.95 以上为好，.85–.94 尚可）。",
                "Complete cases were split at random by seed {seed} ({first} and {second} people). The first "
                "half gives {m} factors; against the instrument’s own assignment {moved} items went "
                "elsewhere{which}. The least congruence of loadings between halves (Tucker) is {congruence} "
                "(.95 and more good, .85–.94 fair).",
            ),
            values={
                "seed": Value(number=str(halves.seed), style="text"),
                "first": count(halves.n_first),
                "second": count(halves.n_second),
                "m": count(halves.n_factors),
                "moved": count(len(moved)),
                "which": said(
                    Text(f"（{'、'.join(moved)}）", f" ({', '.join(moved)})") if moved else Text("", "")
                ),
                "congruence": bounded(float(halves.congruence.min())),
            },
        ),
        _loadings(sample, halves),
        _ways(halves),
        *([_fits(sample, halves)] if halves.fits is not None else []),
    ]


def _loadings(sample: Sample, halves: HalfAgainstHalf) -> Table:
    assert halves.factors is not None
    assert halves.factors.loadings is not None
    names = [str(name) for name in halves.factors.loadings.columns][:MAX_FACTORS]
    frame = halves.factors.loadings.copy()
    frame["expected"] = words(
        construct_title(sample.instrument, str(c)) for c in halves.assigned["expected"]
    ).to_numpy()
    frame["mark"] = words(
        Text("是", "yes") if moved else Text("", "") for moved in halves.assigned["is_moved"]
    ).to_numpy()
    frame = frame.reset_index()
    owners = list(halves.assigned["expected"])
    return Table(
        id="half-loadings",
        title=Text("第一半的因子模式矩阵", "Pattern matrix in the first half"),
        columns=(
            Column(key="item", title=Text("题目", "Item")),
            Column(key="expected", title=Text("预定归属", "Written for"), is_merged=True),
            *(Column(key=name, title=Text(name, name), style="bounded", digits=2) for name in names),
            Column(key="mark", title=Text("归到别处", "Elsewhere")),
        ),
        frame=frame,
        method=Text(
            "多分格相关，最小残差法，斜交旋转（oblimin），*N* = {n}（第一半）；题目归入载荷绝对值最大的因子，"
            "不足 .30 的不归入。",
            "Polychoric correlations, minimum residuals, oblimin, *N* = {n} (first half); an item belongs to "
            "the factor of its largest loading, to none below .30.",
        ),
        method_values={"n": count(halves.n_first)},
        rules=tuple(i for i in range(1, len(owners)) if owners[i] != owners[i - 1]),
    )


def _ways(halves: HalfAgainstHalf) -> Table:
    frame = halves.ways.copy()
    frame["how"] = words(NAMES[str(e)] for e in frame["extraction"])
    frame["turn"] = words(NAMES[str(r)] for r in frame["rotation"])
    frame["why"] = words(engine_words(str(r)) if r else Text("", "") for r in frame["reason"])
    return Table(
        id="half-ways",
        title=Text("换一种提取和旋转方法", "Other extractions and rotations"),
        columns=(
            word_column("how", "提取", "Extraction"),
            word_column("turn", "旋转", "Rotation"),
            bounded_column("same", "归属相同的题", "Items alike", 2),
            interval_column("r_least", "r_most", "因子相关", "Factor correlations", 2),
            word_column("why", "说明", "Note"),
        ),
        frame=frame,
        method=Text(
            "{m} 因子，多分格相关，*N* = {n}（第一半）；归属相同的题：与上表归入同一因子的比例。",
            "{m} factors, polychoric correlations, *N* = {n} (first half); items alike: share on the same "
            "factor "
            "as in the table above.",
        ),
        method_values={"m": count(halves.n_factors), "n": count(halves.n_first)},
    )


def _fits(sample: Sample, halves: HalfAgainstHalf) -> Table:
    assert halves.fits is not None
    frame = halves.fits.table.reset_index()
    frame["title"] = words(
        Text("第一半得到的结构", "structure of the first half")
        if str(model) == FOUND
        else model_title(sample.instrument, str(model))
        for model in frame["model"]
    )
    frame["state"] = words(STATUS[str(status)] for status in frame["status"])
    return Table(
        id="half-fits",
        title=Text("在第二半检验", "Confirmed in the second half"),
        columns=(
            word_column("title", "结构", "Structure"),
            real_column("chisq", "χ²"),
            count_column("df", "*df*"),
            p_column(),
            bounded_column("cfi", "CFI", digits=3),
            bounded_column("rmsea", "RMSEA", digits=3),
            interval_column("rmsea_lower", "rmsea_upper", "90 % 区间", "90 % CI", 3),
            bounded_column("srmr", "SRMR", digits=3),
            real_column("bic", "BIC", digits=1),
            word_column("state", "可接受", "Admissible"),
        ),
        frame=pd.DataFrame(frame),
        method=Text(
            "{estimator}，*N* = {n}（第二半，没有参与探索）；CFI、RMSEA 为稳健值（WLSMV 时为 scaled）。第"
            "一半得到的"
            "结构只含有三道以上题目的因子，所用题目可能少于预定结构，这时 BIC 不可比。",
            "{estimator}, *N* = {n} (second half, not explored); robust CFI and RMSEA (scaled under "
            "WLSMV). The "
            "structure found holds factors of three items or more only; where it has fewer items than the "
            "expected one, BIC cannot be compared.",
        ),
        method_values={"estimator": said(halves.fits.estimator), "n": count(halves.n_second)},
    )
