"""The instruments as people see them: a version with its words put beside its structure."""

from __future__ import annotations

from typing import Any

import instruments
from app.errors import NotFound
from instruments import Instrument
from instruments.instrument import Construct, EvidenceRules

STATUS_WORDS = {"draft": "草稿", "pilot": "试测", "active": "启用", "retired": "停用"}
LEVEL_WORDS = {
    "general": "总分",
    "dimension": "维度",
    "indicator": "指标",
    "factor": "因子",
    "mechanism": "机制",
    "index": "指数",
}
METHOD_WORDS = {"mean": "题目均分", "mean_of_scores": "下级得分的均分", "weighted_sum": "加权和"}
ROLE_WORDS = {"target": "目标模型", "total": "总分模型", "rival": "竞争模型", "method": "方法模型"}


def published_instruments() -> tuple[Instrument, ...]:
    """Every published version, by id and version."""
    return tuple(instruments.load(version.ref) for version in instruments.published())


def find_instrument(identifier: str, version: str = "") -> Instrument:
    """A published version; the newest one when no version is named. Raises NotFound."""
    known = [one for one in instruments.published() if one.id == identifier]
    if version:
        known = [one for one in known if one.version == version]
    if not known:
        raise NotFound("没有这份问卷", "请从问卷列表中打开。")
    newest = max(known, key=lambda one: tuple(int(part) for part in one.version.split(".")))
    return instruments.load(newest.ref)


def summary(instrument: Instrument, language: str) -> dict[str, Any]:
    """One line of the list, plain enough for JSON."""
    words = instrument.words(language)
    return {
        "id": instrument.id,
        "version": instrument.version,
        "ref": instrument.ref,
        "status": instrument.status,
        "title": words.title,
        "summary": words.summary,
        "fingerprint": instrument.fingerprint,
        "locales": list(instrument.locales),
        "modes": list(instrument.modes),
        "forms": {name: len(form.items) for name, form in instrument.forms.items()},
    }


def document(instrument: Instrument, language: str) -> dict[str, Any]:
    """The whole version, plain enough for JSON: structure with the words of one language beside it."""
    words = instrument.words(language)
    return summary(instrument, language) | {
        "language": language,
        "provenance": words.provenance,
        "constructs": [_construct(root, instrument, language) for root in instrument.constructs],
        "scales": {
            name: {"codes": list(scale.codes), "na_code": scale.na_code, "labels": words.scales[name]}
            for name, scale in instrument.scales.items()
        },
        "items": [
            {
                "id": code,
                "construct": item.construct,
                "scale": item.scale,
                "reverse": item.reverse,
                "sensitive": item.sensitive,
                "text": words.item(code),
                "source": item.source.model_dump(),
            }
            for code, item in instrument.items.items()
        ],
        "form_items": {name: list(form.items) for name, form in instrument.forms.items()},
        "scoring": instrument.scoring.model_dump(),
        "models": [
            {
                "id": model.id,
                "role": model.role,
                "title": words.models.get(model.id, ""),
                "syntax": model.syntax,
            }
            for model in instrument.models
        ],
        "evidence": instrument.evidence.model_dump(),
    }


def rules_in_words(rules: EvidenceRules) -> tuple[str, ...]:
    """The validity gate as sentences. A rule that this version does not set is left out."""
    found = [
        f"可用答卷不少于 {rules.min_usable_n} 份；不足的，结论为“数据不足”。可用指各题答全、"
        "未被作答质量规则筛除（触发两条以上，其中一条是指定作答题或自评不宜采用）。",
        f"目标模型 {rules.target_model} 收敛，估计值可接受；CFI 不低于 {_limit(rules.min_cfi)}，"
        f"RMSEA 不高于 {_limit(rules.max_rmsea)}，SRMR 不高于 {_limit(rules.max_srmr)}。",
        f"每个得分的 ω 不低于 {_limit(rules.min_omega)}；指数还要求它由之合成的各指标都有支持。",
    ]
    if rules.prefer_dynamic_cutoffs:
        found.append(
            f"能算出针对本模型的动态界值时，以动态界值（误设水平 {rules.dynamic_level}）为准，"
            "固定界值只作对照。"
        )
    if rules.max_htmt is not None:
        found.append(
            f"维度之间的 HTMT 不高于 {_limit(rules.max_htmt)}；同一维度的两个指标高于此值的，只报告维度。"
        )
    if rules.total_model is not None and rules.min_omega_hierarchical is not None:
        found.append(
            f"总分只在模型 {rules.total_model} 的 BIC 不高于目标模型、"
            f"ω_h 不低于 {_limit(rules.min_omega_hierarchical)} 时得到支持。"
        )
    return (*found, *_comparison_rules(rules))


def _comparison_rules(rules: EvidenceRules) -> tuple[str, str]:
    needed = {"scalar": "截距等值", "partial scalar": "部分截距等值"}[rules.comparison_needs]
    return (
        f"得分有支持、该分组达到{needed}（每组不少于 200 人）的，才作性别、职级等组间比较。",
        "单位之间的比较另须各分组凡能检验的都达到等值，并且本次测评单位内一致："
        f"r_wg(j) 中位数（均匀与轻度偏态零分布）不低于 {_limit(rules.min_unit_agreement)}，"
        f"ICC(1) 的 F 检验 p ≤ .05，ICC(2) 不低于 {_limit(rules.min_unit_icc2)}。",
    )


def _limit(value: float) -> str:
    """A limit as it is printed: two decimals, no zero before the point."""
    return f"{value:.2f}".removeprefix("0")


def _construct(node: Construct, instrument: Instrument, language: str) -> dict[str, Any]:
    words = instrument.words(language).constructs[node.id]
    return {
        "id": node.id,
        "level": node.level,
        "title": words.title,
        "definition": words.definition,
        "items": [code for code, item in instrument.items.items() if item.construct == node.id],
        "children": [_construct(child, instrument, language) for child in node.children],
    }
