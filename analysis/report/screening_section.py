"""Careless answering: declared rules, whom they flag, and the main results with and without those people.

Meade & Craig (2012): two or more indices, one of them a directed item or the self-report of use. Nobody is
deleted; the analyses of the report use everybody.
"""

from __future__ import annotations

import math
from typing import Any

import pandas as pd

from analysis.reliability import omega_total
from analysis.report.columns import (
    both,
    bounded_column,
    count_column,
    interval_column,
    percent_column,
    said,
    word_column,
)
from analysis.report.document import Block, Paragraph, Section, Table, Text, Value, count, words
from analysis.report.names import construct_title, model_title
from analysis.report.sample import Sample
from analysis.rivals import Rival, fit_rivals
from analysis.screening import Screening, declared_rules, screen

TITLE = Text("作答质量", "Quality of answers")
MIN_PER_ITEM = 3  # fewer complete cases an item than this: no model is fitted
RULE_WORDS = {
    "directed": Text("指定作答题答错", "directed items missed"),
    "use_me": Text("自评不宜采用", "asks not to be used"),
    "page_time": Text("答题过快的页（每题秒数）", "fast pages (seconds an item)"),
    "longstring": Text("连续相同作答过长", "long string"),
    "irv": Text("个人内标准差过小", "intra-individual SD"),
    "even_odd": Text("奇偶一致性低", "even–odd consistency"),
    "synonyms": Text("同义题一致性低", "psychometric synonyms"),
    "mahalanobis": Text("马氏距离 D²", "Mahalanobis D²"),
}
SOURCES = {
    "directed": "Meade & Craig, 2012",
    "use_me": "Meade & Craig, 2012",
    "page_time": "Huang et al., 2012; Bowling et al., 2021",
    "longstring": "Johnson, 2005; Curran, 2016",
    "irv": "Dunn et al., 2018",
    "even_odd": "Meade & Craig, 2012",
    "synonyms": "Meade & Craig, 2012",
    "mahalanobis": "Meade & Craig, 2012",
}


def screening_of(sample: Sample) -> Screening:
    """The instrument's declared rules applied to everybody."""
    data = pd.concat([sample.raw, sample.care], axis=1)
    return screen(data, declared_rules(sample.instrument, sample.form), page_ms=sample.page_ms)


def screening_section(sample: Sample) -> Section:
    """Who is flagged by which rule, and reliability and fit with and without those proposed for exclusion."""
    if sample.raw.empty:
        return Section(
            id="screening", title=TITLE, status="insufficient", reason=Text("没有作答", "no respondents")
        )
    found = screening_of(sample)
    blocks: list[Block] = [_reading(found), _rules_table(found)]
    blocks += [Paragraph(kind="note", text=both(warning)) for warning in found.warnings]
    if 0 < len(found.excluded) < found.n:
        blocks.append(_both_ways(sample, found))
    elif not found.excluded:
        blocks.append(
            Paragraph(
                text=Text(
                    "没有人达到建议剔除的条件，主要结果不必分两次计算。",
                    "Nobody meets the rule for exclusion, so the main results need no second run.",
                )
            )
        )
    return Section(
        id="screening", title=TITLE, blocks=tuple(blocks), results={"screening": _without_rows(found)}
    )


def _without_rows(found: Screening) -> Screening:
    """The screening without a line a person: a report holds counts, not people."""
    nobody = found.values.iloc[0:0]
    fields = {name: getattr(found, name) for name in Screening.__dataclass_fields__}
    return Screening(**(fields | {"values": nobody, "flags": found.flags.iloc[0:0], "excluded": ()}))


def _reading(found: Screening) -> Paragraph:
    flagged = found.flags["row"].nunique()
    out = len(found.excluded)
    return Paragraph(
        text=Text(
            "规则写在 {ref} 中，先于作答确定。共 {n} 人，至少触发一条规则的 {flagged} 人（{share} %）；触"
            "发 {need} "
            "条以上、其中一条是指定作答题或自评的 {out} 人，建议在敏感性分析中剔除，剔除后 {kept} 人。标记"
            "不删除"
            "任何人，其余各节用全部作答者。",
            "The rules are part of {ref}, declared before anyone answered. Of {n} people {flagged} "
            "({share} %) are "
            "flagged by at least one rule; {out} by {need} or more, one of them a directed item or the "
            "self-report, and are left out of the second run below ({kept} remain). A flag deletes nobody: "
            "all other sections use everyone.",
        ),
        values={
            "ref": said(found.rules.declared_in),
            "n": count(found.n),
            "flagged": count(flagged),
            "share": Value(number=100 * flagged / found.n, style="percent", digits=1),
            "need": count(found.rules.rules_to_exclude),
            "out": count(out),
            "kept": count(found.n_kept),
        },
    )


def _rules_table(found: Screening) -> Table:
    frame = found.summary.copy()
    frame.insert(0, "rule", frame.index.astype(str))
    frame = frame.reset_index(drop=True)
    frame["name"] = words(RULE_WORDS[str(rule)] for rule in frame["rule"])
    frame["source"] = [SOURCES[str(rule)] for rule in frame["rule"]]
    frame["why"] = words(both(str(reason)) for reason in frame["reason"])
    frame["limit_text"] = words(
        _limit(str(r), float(v)) for r, v in zip(frame["rule"], frame["limit"], strict=True)
    )
    return Table(
        id="screening",
        title=Text("作答质量指标", "Indices of careless answering"),
        columns=(
            word_column("name", "指标", "Index"),
            count_column("n", "*n*"),
            word_column("limit_text", "界限", "Limit"),
            count_column("flagged", "标记", "Flagged"),
            percent_column("percent", "%"),
            word_column("source", "出处", "Source"),
            word_column("why", "未用的原因", "Why not applied"),
        ),
        frame=frame,
        method=Text(
            "*n*：有该指标值的人；% 为标记人数占 *n* 的百分比。同义题为相关高于 {r} 的题对，共 {pairs} 对。",
            "*n*: people with a value; %: flagged of *n*. Synonyms: pairs of items that correlate above {r}, "
            "{pairs} pairs.",
        ),
        method_values={
            "r": Value(number=found.rules.synonym_r, style="bounded"),
            "pairs": count(found.pairs.get("synonyms", 0)),
        },
    )


def _limit(rule: str, limit: float) -> str:
    if math.isnan(limit):
        return "–"
    if rule in ("directed", "use_me"):
        return "≥ 1"
    if rule == "longstring":
        return f"> {limit:g}"
    if rule == "mahalanobis":
        return f"p < {limit:.3f}".replace("0.", ".")
    return f"< {limit:g}" if limit >= 1 else f"< {limit:.2f}".replace("0.", ".")


def _both_ways(sample: Sample, found: Screening) -> Table:
    """Omega of every dimension and fit of the target, for everybody and for those who remain."""
    rest = sample.keyed.drop(index=list(found.excluded))
    rows = [*_omega_rows(sample, rest), *_fit_rows(sample, rest)]
    frame = pd.DataFrame(rows)
    return Table(
        id="screening-both-ways",
        title=Text(
            "主要结果：全部作答者与剔除标记者", "Main results with everybody and without flagged people"
        ),
        columns=(
            word_column("what", "结果", "Result"),
            count_column("n_all", "*n*（全部）", "*n* (all)"),
            bounded_column("all", "全部", "All", 3),
            interval_column("all_lower", "all_upper", "区间", "CI", 3),
            count_column("n_rest", "*n*（剔除后）", "*n* (rest)"),
            bounded_column("rest", "剔除后", "Rest", 3),
            interval_column("rest_lower", "rest_upper", "区间", "CI", 3),
            bounded_column("change", "差", "Change", 3),
        ),
        frame=frame,
        method=Text(
            "ω：单因素模型，最大似然，列删法，95 % 区间用 delta 法；拟合指标：目标结构 "
            "{model}，{how}，RMSEA 为 "
            "90 % 区间。",
            "ω: one factor, maximum likelihood, listwise, 95 % delta-method interval; fit: target structure "
            "{model}, {how}, 90 % interval of RMSEA.",
        ),
        method_values={
            "model": said(model_title(sample.instrument, sample.instrument.evidence.target_model)),
            "how": said(
                Text("最大似然，列删法", "maximum likelihood, listwise")
                if sample.missing == "listwise"
                else Text("完全信息最大似然", "full-information maximum likelihood")
            ),
        },
    )


def _row(what: Text, ours: dict[str, float], theirs: dict[str, float]) -> dict[str, Any]:
    found: dict[str, Any] = {"what": what}
    for name, values in (("all", ours), ("rest", theirs)):
        found |= {
            f"n_{name}": values["n"],
            name: values["value"],
            f"{name}_lower": values.get("lower", math.nan),
            f"{name}_upper": values.get("upper", math.nan),
        }
    return found | {"change": theirs["value"] - ours["value"]}


def _omega_rows(sample: Sample, rest: pd.DataFrame) -> list[dict[str, Any]]:
    rows = []
    score_items = sample.score_items()
    for node in sample.instrument.dimensions():
        items = score_items.get(node.id, [])
        if len(items) < 3:
            continue
        found = []
        for data in (sample.keyed[items], rest[items]):
            omega = omega_total(data)
            interval = omega.interval
            found.append(
                {
                    "n": float(omega.n),
                    "value": math.nan if omega.omega_total is None else omega.omega_total,
                    "lower": interval.lower if interval else math.nan,
                    "upper": interval.upper if interval else math.nan,
                }
            )
        title = construct_title(sample.instrument, node.id)
        rows.append(_row(Text(f"ω {title.zh}", f"ω {title.en}"), *found))
    return rows


def _fit_rows(sample: Sample, rest: pd.DataFrame) -> list[dict[str, Any]]:
    spec = next(
        (m for m in sample.instrument.models if m.id == sample.instrument.evidence.target_model), None
    )
    if spec is None or len(
        rest.dropna(how="any" if sample.missing == "listwise" else "all")
    ) < MIN_PER_ITEM * len(sample.items):
        return []
    rival = Rival(id=spec.id, syntax=spec.syntax, std_lv=spec.std_lv, orthogonal=spec.orthogonal)
    measured = []
    for data in (sample.keyed, rest):
        fits = fit_rivals([rival], data, estimator="MLR", missing=sample.missing)
        measured.append(fits.fits[spec.id].measures() | {"n": float(fits.n)})
    rows = []
    for name in ("cfi", "rmsea", "srmr"):
        ends = {"lower": "rmsea_lower", "upper": "rmsea_upper"} if name == "rmsea" else {}
        values = [
            {"n": m["n"], "value": m[name], **{end: m[key] for end, key in ends.items()}} for m in measured
        ]
        rows.append(_row(Text(name.upper(), name.upper()), *values))
    return rows
