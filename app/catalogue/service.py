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
        f"可用答卷不少于 {rules.min_usable_n} 份，且为真实作答；不足的，结论为“数据不足”。",
        f"目标模型 {rules.target_model} 的 CFI 不低于 {rules.min_cfi:g}，"
        f"RMSEA 不高于 {rules.max_rmsea:g}，SRMR 不高于 {rules.max_srmr:g}。",
        f"每个得分的 ω 不低于 {rules.min_omega:g}。",
    ]
    if rules.prefer_dynamic_cutoffs:
        found.append("能算出针对本模型的动态界值时，以动态界值为准。")
    if rules.max_htmt is not None:
        found.append(f"同级构念之间的 HTMT 不高于 {rules.max_htmt:g}。")
    if rules.total_model is not None and rules.min_omega_hierarchical is not None:
        found.append(
            f"总分只在模型 {rules.total_model} 成立、ω_h 不低于 {rules.min_omega_hierarchical:g} 时给出。"
        )
    needed = {"scalar": "截距等值", "partial scalar": "部分截距等值"}[rules.comparison_needs]
    found.append(f"单位、职级等组间比较须先达到{needed}。")
    return tuple(found)


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
