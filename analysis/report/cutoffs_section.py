"""Dynamic cut-offs: the indices of this very model when it is right or a bit wrong, beside fixed ones.

McNeish & Wolf (2023); for rating scales treated as continuous McNeish (2023).
"""

from __future__ import annotations

import math

import pandas as pd

from analysis.cutoffs import guides
from analysis.report.columns import bounded_column, percent_column, said, word_column
from analysis.report.document import Block, Paragraph, Section, Table, Text, Value, bounded, count, words
from analysis.report.engine_words import engine_words
from analysis.report.fit_section import enough_people, target_rival
from analysis.report.names import factor_title, model_title
from analysis.report.sample import Sample
from analysis.sem import fit
from analysis.sem.cutoffs import DynamicCutoffs, dynamic_cutoffs

TITLE = Text("动态界值", "Dynamic cut-offs")
REPLICATIONS = 200
INDICES = ("cfi", "rmsea", "srmr")


def cutoffs_section(sample: Sample) -> Section:
    """Simulated cut-offs of the target model, fitted by MLR to the complete cases."""
    target, reason = target_rival(sample), enough_people(sample)
    if target is None or reason is not None:
        why = reason or Text("问卷没有目标结构", "the instrument has no target structure")
        return Section(id="cutoffs", title=TITLE, status="insufficient", reason=why)
    complete, needed = sample.keyed.dropna(), sample.instrument.evidence.min_usable_n
    if len(complete) < needed:
        why = Text(
            f"各题全答者 {len(complete)} 人，不足问卷要求的 {needed} 人，不模拟界值",
            f"{len(complete)} people complete on all items, fewer than the {needed} the instrument asks for",
        )
        return Section(id="cutoffs", title=TITLE, status="insufficient", reason=why)
    try:
        main = fit(
            target.syntax, complete, estimator="MLR", std_lv=target.std_lv, orthogonal=target.orthogonal
        )
        found = dynamic_cutoffs(main, replications=REPLICATIONS, seed=sample.seed, likert=complete)
    except ValueError as error:
        return Section(id="cutoffs", title=TITLE, status="insufficient", reason=engine_words(str(error)))
    blocks: list[Block] = [_reading(sample, found), _table(sample, found, len(complete))]
    return Section(id="cutoffs", title=TITLE, blocks=tuple(blocks), results={"cutoffs": found})


def _reading(sample: Sample, found: DynamicCutoffs) -> Paragraph:
    level = min(sample.instrument.evidence.dynamic_level, len(found.table) - 1)
    row = found.table.iloc[level]
    met = [name.upper() for name in INDICES if bool(row[f"{name}_met"])]
    missed = [name.upper() for name in INDICES if not bool(row[f"{name}_met"])]
    return Paragraph(
        text=Text(
            "把目标结构的估计值当作真值，抽取同样大小的样本（{drawn}），再拟合，得到正确模型和误设模型的指"
            "标分布；"
            "界值取能排除该水平误设而不误伤正确模型之处。水平 {level}（问卷声明的水平）：达到——{met}；未达"
            "到——{missed}。"
            "动态界值与固定界值不一致时，以动态界值为准。",
            "The estimates of the target are taken as true, samples of the same size drawn from them "
            "({drawn}) and "
            "fitted again: cut-offs lie where misfit of that level is excluded and a right model is not. "
            "Level "
            "{level}, declared by the instrument: met by {met}; not met by {missed}. Where dynamic and "
            "fixed cut-offs "
            "disagree, the dynamic ones are preferred.",
        ),
        values={
            "drawn": said(
                Text("切成实际的作答分布", "cut at the observed shares of the answers")
                if found.cut
                else Text("连续正态", "continuous normal")
            ),
            "level": count(level),
            "met": said(Text("、".join(met) or "无", ", ".join(met) or "none")),
            "missed": said(Text("、".join(missed) or "无", ", ".join(missed) or "none")),
        },
    )


def _table(sample: Sample, found: DynamicCutoffs, n: int) -> Table:
    observed = {
        "what": Text("本模型的数值", "observed"),
        "added": Text("", ""),
        "converged": math.nan,
        **found.observed,
    }
    fixed = {
        "what": Text("固定界值", "fixed cut-off"),
        "added": Text("Hu & Bentler, 1999", "Hu & Bentler, 1999"),
        "converged": math.nan,
        **{name: guides()[name].good for name in INDICES},
    }
    rows = [observed, fixed]
    for row in found.table.to_dict("records"):
        level = int(row["level"])
        name = (
            Text("水平 0：模型正确", "level 0: the model is right")
            if level == 0
            else Text(f"水平 {level}：误设", f"level {level}: misspecified")
        )
        rows.append(
            {
                "what": name,
                "added": _added(sample, str(row["added"])),
                "converged": 100 * float(row["converged"]),
                **{index: float(row[index]) for index in INDICES},
                **{f"{index}_sensitivity": 100 * float(row[f"{index}_sensitivity"]) for index in INDICES},
            }
        )
    frame = pd.DataFrame(rows)
    frame["what"] = words(frame["what"])
    return Table(
        id="dynamic-cutoffs",
        title=Text("动态界值与固定界值", "Dynamic and fixed cut-offs"),
        columns=(
            word_column("what", "界值", "Cut-off"),
            bounded_column("cfi", "CFI ≥", digits=3),
            percent_column("cfi_sensitivity", "检出 %", "Found %", 0),
            bounded_column("rmsea", "RMSEA ≤", digits=3),
            percent_column("rmsea_sensitivity", "检出 %", "Found %", 0),
            bounded_column("srmr", "SRMR ≤", digits=3),
            percent_column("srmr_sensitivity", "检出 %", "Found %", 0),
            percent_column("converged", "收敛 %", "Converged %", 0),
            word_column("added", "误设内容", "What is left out"),
        ),
        frame=frame,
        method=Text(
            "目标结构 {model}，稳健最大似然（MLR，CFI、RMSEA 为稳健值），列删法，*N* = {n}，"
            "模拟样本 {drawn} 人，每水平 {replications} 次"
            "，种子 {seed}；"
            "检出：误设样本中落在界值之外的比例。无界值（–）：不能把误设与正确分开。",
            "Target structure {model}, robust maximum likelihood (MLR; robust CFI and RMSEA), listwise, "
            "*N* = {n}, simulated samples of "
            "{drawn}, "
            "{replications} a level, seed {seed}; found: share of misspecified samples beyond the "
            "cut-off. No cut-off "
            "(–): right and wrong cannot be told apart.",
        ),
        method_values={
            "model": said(model_title(sample.instrument, sample.instrument.evidence.target_model)),
            "n": count(n),
            "drawn": count(found.n),
            "replications": count(found.replications),
            "seed": Value(number=str(found.seed), style="text"),
        },
        rules=(2,),
    )


def _added(sample: Sample, added: str) -> Text:
    """What the data have beyond the model: cross-loadings or residual correlations, by factor title."""
    if not added:
        return Text("", "")
    zh, en = [], []
    for part in added.split(", "):
        lhs, op, rest = part.split(" ", 2)
        value, _, rhs = rest.partition("*")
        mark = "→" if op == "=~" else "~~"
        size = bounded(float(value))
        shown = f"{float(size.number):.2f}".replace("0.", ".", 1) if isinstance(size.number, float) else value
        left, right = factor_title(sample.instrument, lhs), factor_title(sample.instrument, rhs)
        zh.append(f"{left.zh} {mark} {right.zh} {shown}")
        en.append(f"{left.en} {mark} {right.en} {shown}")
    return Text("；".join(zh), "; ".join(en))
