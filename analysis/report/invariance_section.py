"""Invariance over every declared grouping that is large enough: ladder, verdict, proposed partial step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from analysis.estimator import choose_estimator
from analysis.invariance import (
    FAIR_CFI,
    FAIR_SRMR,
    GATE_GROUP,
    MIN_GROUP,
    GroupInvariance,
    Level,
    group_invariance,
)
from analysis.report.columns import (
    bounded_column,
    count_column,
    listed,
    p_column,
    real_column,
    said,
    word_column,
)
from analysis.report.document import Block, Figure, Paragraph, Section, Table, Text, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.fit_section import enough_people, target_rival
from analysis.report.groupings import Grouping, groupings
from analysis.report.names import model_title
from analysis.report.sample import Sample
from analysis.results import Result
from analysis.rivals import Rival

TITLE = Text("测量等值", "Measurement invariance")
ORDINAL_ITEMS = 24  # more items take minutes a grouping by WLSMV: they go by MLR, and the section says so
SHOWN_TROUBLES = 2  # messages of the engine quoted for one grouping
STEP_WORDS = {
    "configural": Text("形式", "configural"),
    "thresholds": Text("阈值", "thresholds"),
    "metric": Text("载荷", "metric"),
    "scalar": Text("截距", "scalar"),
    "strict": Text("残差", "strict"),
}
LEVEL_WORDS: dict[Level, Text] = {
    "none": Text("形式等值不成立", "not even the same form"),
    "configural": Text("只有形式等值", "configural only"),
    "metric": Text("载荷等值，截距不等值", "metric, not scalar"),
    "partial scalar": Text(
        "部分截距等值（须放开下列参数）", "partial scalar (with the releases named below)"
    ),
    "scalar": Text("截距等值", "scalar"),
    "strict": Text("残差等值", "strict"),
}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Ladder(Result):
    """Changes of fit by grouping and step, for the figure. table: grouping, step, delta_cfi, delta_rmsea,
    delta_srmr, holds."""

    table: pd.DataFrame


def invariance_section(sample: Sample) -> Section:
    """One ladder a grouping on the target structure: by MLR, or by WLSMV where the answers are coarse."""
    target, found = target_rival(sample), groupings(sample)
    reason = enough_people(sample)
    if reason is None and target is None:
        reason = Text("问卷没有目标结构", "the instrument has no target structure")
    if reason is None and not found:
        reason = Text("数据中没有问卷声明要比较的分组", "the data have none of the declared groupings")
    if reason is not None or target is None:
        return Section(id="invariance", title=TITLE, status="insufficient", reason=reason)
    is_coarse = _is_coarse(sample)
    tested = [(grouping, _tested(sample, target, grouping, is_coarse=is_coarse)) for grouping in found]
    results: dict[str, Result] = {f"invariance_{g.id}": one for g, one in tested}
    done = [(g, one) for g, one in tested if len(one.table)]
    blocks: list[Block] = [_verdict(g, one) for g, one in tested]
    if is_coarse:
        blocks.insert(0, _ordinal_words(sample, [g.title for g, one in tested if one.estimator == "MLR"]))
    if not done:
        why = [(g.title, _why_not(g, one)) for g, one in tested]
        return Section(
            id="invariance", title=TITLE, status="insufficient", blocks=tuple(blocks), results=results,
            reason=Text(
                "没有一个分组可以检验：" + "；".join(f"{t.zh}：{w.zh}" for t, w in why),
                "no grouping can be tested: " + "; ".join(f"{t.en}: {w.en}" for t, w in why),
            ),
        )  # fmt: skip
    blocks += [_table(sample, done), _figure(done)]
    blocks += [_released(g, one) for g, one in done if one.proposed_step]
    return Section(id="invariance", title=TITLE, blocks=tuple(blocks), results=results)


def _is_coarse(sample: Sample) -> bool:
    kept = sample.keyed.dropna(how="any" if sample.missing == "listwise" else "all")
    return choose_estimator(kept, missing=sample.missing).estimator == "WLSMV"


def _tested(sample: Sample, target: Rival, grouping: Grouping, *, is_coarse: bool) -> GroupInvariance:
    """By WLSMV where the answers are coarse; by MLR otherwise, and where WLSMV cannot."""
    for ordinal in (True, False) if is_coarse and len(sample.items) <= ORDINAL_ITEMS else (False,):
        found = group_invariance(
            target, sample.keyed, grouping.groups, missing=sample.missing, grouping=grouping.id,
            ordinal=ordinal,
        )  # fmt: skip
        if len(found.table):
            break
    return found


def _ordinal_words(sample: Sample, by_mlr: list[Text]) -> Paragraph:
    """What was done because the answers are coarse, and where it could not be done."""
    if len(sample.items) > ORDINAL_ITEMS:
        text = Text(
            "题目用到的选项少，本应按有序类别（WLSMV）检验；题目多于 {limit} 道时耗时过长，这里用 MLR。",
            "Few categories are in use, which asks for ordered categories (WLSMV); with more than "
            "{limit} items "
            "that takes too long, and MLR is used here.",
        )
        return Paragraph(kind="caution", text=text, values={"limit": count(ORDINAL_ITEMS)})
    return Paragraph(
        text=Text(
            "题目用到的选项少，按有序类别检验（WLSMV），先等阈值，再等载荷、截距、残差（Wu & Estabrook, "
            "2016），不寻找部分等值；只有三个选项的题目，阈值一步不构成检验。按有序类别不能估计（例如某组没有"
            "用到某个选项）而改用 MLR 的分组：{which}。",
            "Few categories are in use: tested as ordered categories (WLSMV), thresholds first, "
            "then loadings, "
            "intercepts, residuals (Wu & Estabrook, 2016), without a search for partial "
            "invariance; the step of "
            "thresholds tests nothing for items of three categories. Groupings where that could not be "
            "estimated (a category not in use in a group, for example), by MLR instead: {which}.",
        ),
        values={"which": said(listed(by_mlr) if by_mlr else Text("无", "none"))},
    )


def _sizes(grouping: Grouping, sizes: dict[str, int]) -> Text:
    named = [(grouping.names.get(k, Text(k, k)), n) for k, n in sizes.items()]
    return Text("；".join(f"{t.zh} {n}" for t, n in named), "; ".join(f"{t.en} {n}" for t, n in named))


def _why_not(grouping: Grouping, one: GroupInvariance) -> Text:
    """Why there is no level: groups too small, by their names, or the first troubles of the estimates."""
    if len(one.table):
        troubles = one.reason.split("; ")
        said_of = engine_words(tuple(troubles[:SHOWN_TROUBLES]))
        more = len(troubles) - SHOWN_TROUBLES
        tail = Text(f"；另有 {more} 处", f"; {more} more") if more > 0 else Text("", "")
        return Text(
            f"各组同形的模型估计不可接受——{said_of.zh}{tail.zh}",
            f"the estimates of the same form in all groups are not admissible: {said_of.en}{tail.en}",
        )
    if not (one.sizes or one.left_out):
        return engine_words(one.reason)
    if len(one.sizes) >= 2:
        return engine_words(one.reason)
    sizes = _sizes(grouping, one.sizes | one.left_out)
    return Text(
        f"不足两组达到 {MIN_GROUP} 人（{sizes.zh}）",
        f"fewer than two groups of {MIN_GROUP} people ({sizes.en})",
    )


def _verdict(grouping: Grouping, one: GroupInvariance) -> Paragraph:
    """What was reached, over whom, and what that permits."""
    if one.level is None:
        return Paragraph(
            kind="caution",
            text=Text("{title}：不能判断，{why}。", "{title}: cannot be judged, {why}."),
            values={"title": said(grouping.title), "why": said(_why_not(grouping, one))},
        )
    left = Text("", "")
    if one.left_out:
        names = _sizes(grouping, one.left_out)
        left = Text(f"未用人数不足的组：{names.zh}。", f"Groups too small, left out: {names.en}. ")
    small = min(one.sizes.values()) < GATE_GROUP
    caution = Text(
        f"有的组不足 {GATE_GROUP} 人，差异可能看不出来，不作为比较均值的依据。" if small else "",
        f"Some groups have fewer than {GATE_GROUP} people, so differences may go unseen: no ground for "
        "comparing means."
        if small
        else "",
    )
    allowed = one.level in ("partial scalar", "scalar", "strict") and not small
    permits = Text("可以比较各组均值。", "Means of the groups may be compared.") if allowed else Text(
        "不支持比较各组均值。", "Comparing means of the groups is not supported."
    )  # fmt: skip
    return Paragraph(
        kind="text" if allowed else "caution",
        text=Text(
            "{title}（{sizes}）：{level}。{permits}{left}{caution}",
            "{title} ({sizes}): {level}. {permits} {left}{caution}",
        ),
        values={
            "title": said(grouping.title),
            "sizes": said(_sizes(grouping, one.sizes)),
            "level": said(LEVEL_WORDS[one.level]),
            "permits": said(permits),
            "left": said(left),
            "caution": said(caution),
        },
    )


def _rows(done: list[tuple[Grouping, GroupInvariance]]) -> pd.DataFrame:
    parts = []
    for grouping, one in done:
        part = one.table.copy()
        part["grouping"] = words([grouping.title] * len(part)).to_numpy()
        part["grouping_id"] = grouping.id
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


def _table(sample: Sample, done: list[tuple[Grouping, GroupInvariance]]) -> Table:
    frame = _rows(done)
    frame["step_title"] = words(STEP_WORDS[str(s)] for s in frame["step"])
    yes, no = Text("成立", "holds"), Text("不成立", "does not hold")
    frame["outcome"] = words(yes if held else no for held in frame["holds"])
    ids = list(frame["grouping_id"])
    return Table(
        id="invariance",
        title=Text("测量等值的逐步检验", "Steps of measurement invariance"),
        columns=(
            word_column("grouping", "分组", "Grouping", is_merged=True),
            word_column("step_title", "等值", "Step"),
            real_column("chisq", "χ²"),
            count_column("df", "*df*"),
            bounded_column("cfi", "CFI", digits=3),
            bounded_column("rmsea", "RMSEA", digits=3),
            bounded_column("srmr", "SRMR", digits=3),
            bounded_column("delta_cfi", "ΔCFI", digits=3),
            bounded_column("delta_rmsea", "ΔRMSEA", digits=3),
            bounded_column("delta_srmr", "ΔSRMR", digits=3),
            real_column("delta_chisq", "Δχ²"),
            count_column("delta_df", "Δ*df*"),
            p_column("delta_pvalue"),
            word_column("outcome", "结果", "Outcome"),
        ),
        frame=frame,
        method=Text(
            "目标结构 {model}，{estimator}，{missing}；CFI、RMSEA 为稳健值（WLSMV 为 scaled），"
            "Δχ² 经校正。形式：CFI ≥ {cfi}、SRMR ≤ "
            "{srmr} 且"
            "参数可接受。",
            "Target structure {model}, {estimator}, {missing}; robust CFI and RMSEA (scaled by "
            "WLSMV), scaled Δχ². Configural: CFI "
            "≥ {cfi}, "
            "SRMR ≤ {srmr}, admissible.",
        ),
        method_values={
            "model": said(model_title(sample.instrument, sample.instrument.evidence.target_model)),
            "estimator": said(" / ".join(dict.fromkeys(one.estimator for _, one in done))),
            "missing": said(Text("列删法", "listwise") if sample.missing == "listwise" else "FIML"),
            "cfi": bounded(FAIR_CFI),
            "srmr": bounded(FAIR_SRMR),
        },
        notes=(
            Paragraph(
                kind="note",
                text=Text(
                    "载荷：ΔCFI ≥ −.010，且 ΔRMSEA ≤ .015 或 ΔSRMR ≤ .030；截距、残差：ΔSRMR 改为 ≤ .010。"
                    "总人数不超过 300 "
                    "或组间人数相差一倍以上时：−.005，.010，.025／.005（Chen, 2007）。",
                    "Metric: ΔCFI ≥ −.010 with ΔRMSEA ≤ .015 or ΔSRMR ≤ .030; scalar, strict: ΔSRMR ≤ "
                    ".010. With 300 "
                    "people or fewer, or groups of which one is twice another: −.005, .010, .025/.005 "
                    "(Chen, 2007).",
                ),
            ),
        ),
        rules=tuple(i for i in range(1, len(ids)) if ids[i] != ids[i - 1]),
    )


def _released(grouping: Grouping, one: GroupInvariance) -> Paragraph:
    """What a partial invariance would let go; nothing is freed without being named."""
    if not one.released or not one.proposal_holds:
        return Paragraph(
            text=Text(
                "{title}：放开不超过两成的{step}参数、每个因子至少留两题，仍不能成立，不提出部分等值。",
                "{title}: {step} would not hold with up to a fifth of its parameters free and two "
                "invariant items a "
                "factor: no partial invariance is proposed.",
            ),
            values={"title": said(grouping.title), "step": said(STEP_WORDS[one.proposed_step])},
        )
    share: dict[str, Any] = {"share": bounded(one.released_share)}
    return Paragraph(
        kind="caution",
        text=Text(
            "{title}：若放开 {released}（占该步约束的 {share}），{step}等值成立。这是建议，上表没有放开任"
            "何参数；"
            "采用之前须说明这些题目为何在组间不同。",
            "{title}: with {released} released ({share} of the step’s constraints) the {step} step would "
            "hold. This is "
            "a proposal: nothing in the table was released, and the difference of these items needs a "
            "reason first.",
        ),
        values={
            "title": said(grouping.title),
            "released": said("、".join(one.released)),
            "step": said(STEP_WORDS[one.proposed_step]),
            **share,
        },
    )


def _figure(done: list[tuple[Grouping, GroupInvariance]]) -> Figure:
    frame = _rows(done)
    worst = float(frame["delta_cfi"].min())
    columns = ["grouping_id", "step", "delta_cfi", "delta_rmsea", "delta_srmr", "holds"]
    return Figure(
        id="invariance-ladder",
        title=Text("测量等值阶梯：逐步约束时拟合的变化", "Invariance ladder: change of fit step by step"),
        kind="ladder",
        result=Ladder(table=frame[columns].rename(columns={"grouping_id": "grouping"})),
        labels={g.id: g.title for g, _ in done}
        | {f"step_{name}": title for name, title in STEP_WORDS.items()}
        | {
            "delta_cfi": Text("ΔCFI", "ΔCFI"),
            "delta_rmsea": Text("ΔRMSEA", "ΔRMSEA"),
            "delta_srmr": Text("ΔSRMR", "ΔSRMR"),
        },
        alt=Text(
            "{k} 个分组，每组三格折线；ΔCFI 最低为 {worst}，数值见上表。",
            "{k} groupings, three panels of changes; the lowest ΔCFI is {worst}, see the table above.",
        ),
        alt_values={"k": count(len(done)), "worst": bounded(worst, 3)},
        method=Text(
            "虚线为通常界限（ΔCFI −.010，ΔRMSEA .015，ΔSRMR .010）；实心点为成立，空心点为不成立。",
            "Dashed: usual limits (ΔCFI −.010, ΔRMSEA .015, ΔSRMR .010); filled: holds, open: does not.",
        ),
    )
