"""Do the parts of an instrument agree with each other? Every fault is named with file, key and line."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from instruments.instrument import Instrument, ScoreRule
from instruments.reading import Document, KeyPath
from instruments.wording import Wording

Fault = tuple[KeyPath, str]
RESERVED = frozenset({"unit"})  # columns of a data file that are no answer


def _codes(instrument: Instrument) -> Iterator[Fault]:
    seen: dict[str, str] = {}
    groups: list[tuple[str, list[str]]] = [
        ("constructs", [node.id for node in instrument.walk()]),
        ("scales", list(instrument.scales)),
    ]
    for name, codes in groups:
        for code in {c for c in codes if codes.count(c) > 1}:
            yield (name,), f"编码“{code}”重复 / duplicate code"
    columns: list[tuple[KeyPath, str]] = [
        *((("items", code), code) for code in instrument.items),
        *((("quality", "attention", code), code) for code in instrument.quality.attention),
        *((("quality", "diligence", k), q.id) for k, q in enumerate(instrument.quality.diligence)),
        *((("background", k), q.id) for k, q in enumerate(instrument.background)),
        *((("open_ended", k), q.id) for k, q in enumerate(instrument.open_ended)),
    ]
    columns += [(("scoring", "scores", k, "id"), rule.id) for k, rule in enumerate(instrument.scoring.scores)]
    for path, code in columns:
        if code in RESERVED:
            yield path, f"“{code}”是数据文件的固定列名 / the name is taken in data files"
        if code in seen:
            yield path, f"编码“{code}”重复（另见 {seen[code]}）/ duplicate code"
        seen[code] = str(path[0])


def _items(instrument: Instrument) -> Iterator[Fault]:
    constructs = {node.id: node for node in instrument.walk()}
    for code, item in instrument.items.items():
        if item.construct not in constructs:
            yield ("items", code, "construct"), f"没有构念“{item.construct}” / unknown construct"
        elif constructs[item.construct].children:
            yield (
                ("items", code, "construct"),
                f"题目须挂在最下层构念，“{item.construct}”还有下级 / not a leaf construct",
            )
        if item.scale not in instrument.scales:
            yield ("items", code, "scale"), f"没有量尺“{item.scale}” / unknown scale"
    for code, attention in instrument.quality.attention.items():
        scale = instrument.scales.get(attention.scale)
        if scale is None:
            yield ("quality", "attention", code, "scale"), f"没有量尺“{attention.scale}” / unknown scale"
        elif attention.expected not in scale.values:
            yield (
                ("quality", "attention", code, "expected"),
                f"{attention.expected} 不在量尺内 / not on the scale",
            )
    for code, scale in instrument.scales.items():
        if scale.min >= scale.max:
            yield ("scales", code), "最小值须小于最大值 / min must be below max"
        if scale.na_code is not None and scale.min <= scale.na_code <= scale.max:
            yield (
                ("scales", code, "na_code"),
                f"{scale.na_code} 与量尺取值相混 / na_code lies inside min..max",
            )


def _forms(instrument: Instrument) -> Iterator[Fault]:
    known = set(instrument.items)
    for name, form in instrument.forms.items():
        for k, code in enumerate(form.items):
            if code not in known:
                yield ("forms", name, "items", k), f"没有题目“{code}” / unknown item"
        if len(set(form.items)) != len(form.items):
            yield ("forms", name, "items"), "题目重复 / an item appears twice"
        shown = [code for page in form.pages for code in page]
        for code in sorted(set(form.items) - set(shown)):
            yield ("forms", name, "pages"), f"题目“{code}”没有出现在任何一页 / on no page"
        for code in sorted({c for c in shown if shown.count(c) > 1}):
            yield ("forms", name, "pages"), f"“{code}”出现多次 / on pages twice"
        content = [code for code in shown if code in known]
        if set(content) == set(form.items) and content != list(form.items):
            yield ("forms", name, "pages"), "各页题目的次序与 items 不同 / pages in another order than items"
        for code in sorted(set(shown) - set(form.items) - set(instrument.quality.attention)):
            yield ("forms", name, "pages"), f"“{code}”不是本卷题目 / not an item of this form"
    if instrument.default_form not in instrument.forms:
        yield ("default_form",), f"没有“{instrument.default_form}”这一卷 / unknown form"


def _rated(rule: ScoreRule, instrument: Instrument) -> list[str]:
    return [code for code in (*rule.items, *rule.weights) if code in instrument.items]


def _score(rule: ScoreRule, k: int, instrument: Instrument, before: set[str]) -> Iterator[Fault]:
    path: KeyPath = ("scoring", "scores", k)
    if rule.method == "mean" and not rule.items:
        yield path, f"得分“{rule.id}”没有列出题目 / names no item"
    if rule.method == "mean_of_scores" and not rule.scores:
        yield path, f"得分“{rule.id}”没有列出下级得分 / names no score"
    if rule.method == "weighted_sum" and not rule.weights:
        yield path, f"得分“{rule.id}”没有权重 / names no weights"
    for code in (*rule.items, *rule.weights):
        if code not in instrument.items:
            yield (*path, "items"), f"得分“{rule.id}”用到不存在的题目“{code}” / unknown item"
    scales = [instrument.scales.get(instrument.items[c].scale) for c in _rated(rule, instrument)]
    if len({(scale.min, scale.max) for scale in scales if scale is not None}) > 1:
        yield path, f"得分“{rule.id}”的题目量程不同 / its items have scales of different range"
    for code in rule.scores:
        if code not in before:
            yield (*path, "scores"), f"得分“{rule.id}”用到的“{code}”尚未定义 / used before it is defined"


def _scoring(instrument: Instrument) -> Iterator[Fault]:
    before: set[str] = set()
    for k, rule in enumerate(instrument.scoring.scores):
        yield from _score(rule, k, instrument, before)
        before.add(rule.id)


def _models(instrument: Instrument) -> Iterator[Fault]:
    known = [spec.id for spec in instrument.models]
    for k, code in enumerate(known):
        if code in known[:k]:
            yield ("models", k, "id"), f"模型“{code}”重复 / duplicate model"
    for name in ("target_model", "total_model"):
        code = getattr(instrument.evidence, name)
        if code is not None and code not in known:
            yield ("evidence", name), f"没有模型“{code}” / unknown model"


def _background(instrument: Instrument) -> Iterator[Fault]:
    earlier: dict[str, set[str]] = {}
    for k, question in enumerate(instrument.background):
        for other, value in question.show_if.items():
            if value not in earlier.get(other, set()):
                yield ("background", k, "show_if"), f"前面没有“{other} = {value}” / no such earlier option"
        earlier[question.id] = set(question.options)
        if len(earlier[question.id]) != len(question.options):
            yield ("background", k, "options"), "选项重复 / an option appears twice"
        merged_twice = [value for merged in question.recode.values() for value in merged]
        if len(set(merged_twice)) != len(merged_twice):
            yield ("background", k, "recode"), "同一选项归入了两组 / an option is in two groups"
        for name, merged in question.recode.items():
            for value in merged:
                if value not in question.options:
                    yield ("background", k, "recode", name), f"没有选项“{value}” / unknown option"


def structure_faults(instrument: Instrument, document: Document) -> list[str]:
    """Faults of the structure file, sorted by line."""
    checks = (_codes, _items, _forms, _scoring, _models, _background)
    return [f"{document.where(path)}: {reason}" for check in checks for path, reason in check(instrument)]


def _compare(name: str, wanted: set[str], given: Mapping[Any, Any]) -> Iterator[Fault]:
    have = {str(key) for key in given}
    for code in sorted(wanted - have):
        yield (name,), f"缺少“{code}”的文字 / missing wording"
    for code in sorted(have - wanted):
        yield (name, code), f"“{code}”在结构文件中不存在 / no such code in the structure"


def _wording(instrument: Instrument, words: Wording) -> Iterator[Fault]:
    yield from _compare("items", set(instrument.items), words.items)
    for code, voices in words.items.items():
        for voice in sorted(set(instrument.voices) - set(voices)):
            yield ("items", code), f"缺少“{voice}”人称的文字 / missing voice"
    yield from _compare("instructions", set(instrument.voices), words.instructions)
    yield from _compare("attention", set(instrument.quality.attention), words.attention)
    yield from _compare("constructs", {node.id for node in instrument.walk()}, words.constructs)
    named = {node.id for node in instrument.walk()}
    yield from _compare("scores", {rule.id for rule in instrument.scoring.scores} - named, words.scores)
    yield from _compare("models", {spec.id for spec in instrument.models}, words.models)
    yield from _compare("criteria", set(instrument.criteria), words.criteria)
    yield from _compare("open_ended", {q.id for q in instrument.open_ended}, words.open_ended)
    yield from _compare("scales", set(instrument.scales), words.scales)
    yield from _compare("consent", set(instrument.modes), words.consent)
    for code, scale in instrument.scales.items():
        wanted = {str(value) for value in scale.codes}
        for path, reason in _compare("scales", wanted, words.scales.get(code, {})):
            yield ("scales", code, *path[1:]), reason
    for name, questions, given in (
        ("background", instrument.background, words.background),
        ("diligence", instrument.quality.diligence, words.diligence),
    ):
        yield from _compare(name, {q.id for q in questions}, given)
        for question in questions:
            if question.id in given:
                for path, reason in _compare(name, set(question.options), given[question.id].options):
                    yield (name, question.id, "options", *path[1:]), reason


def wording_faults(instrument: Instrument, words: Wording, document: Document) -> list[str]:
    """Faults of one wording file against the structure."""
    return [f"{document.where(path)}: {reason}" for path, reason in _wording(instrument, words)]
