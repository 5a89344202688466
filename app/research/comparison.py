"""Two reports side by side: the main numbers next to each other, read from what the runs stored.

No test is made: the runs may share people, and independence is not known. Overlap of intervals is said with
its caution (Schenker & Gentleman, 2001, Am. Stat. 55: overlap is no test).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

Overlap = str  # "重叠", "不重叠" or ""
FIT: Final = (
    ("n", "N", 0), ("chisq", "χ²", 2), ("df", "df", 0), ("cfi", "CFI", 3), ("tli", "TLI", 3),
    ("rmsea", "RMSEA", 3), ("srmr", "SRMR", 3),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """One number of one report, with its interval where it has one."""

    value: float | None
    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """One number in both reports. difference: the second less the first; overlap: of the intervals."""

    title: str
    digits: int
    one: Figure
    other: Figure
    difference: float | None
    overlap: Overlap


@dataclass(frozen=True, slots=True)
class Comparison:
    """What the page shows; `refusal` says why nothing is shown."""

    refusal: str = ""
    cautions: tuple[str, ...] = ()
    reliability: tuple[Line, ...] = ()
    fit: tuple[Line, ...] = ()
    verdicts: tuple[str, str] = ("", "")
    model: str = ""


def compare(one: dict[str, Any], other: dict[str, Any], titles: dict[str, str]) -> Comparison:
    """Set two stored reports side by side. titles: score → its name.

    Refused when instrument version, its fingerprint or the form differ: the scores are then other scores.
    """
    refusal = why_not(one, other)
    if refusal:
        return Comparison(refusal=refusal)
    left, right = one["evidence"], other["evidence"]
    scores = {score["id"]: score for score in right["scores"]}
    lines = [
        line(f"{titles.get(score['id'], score['id'])} {letter}", score, scores[score["id"]], key, 3)
        for score in left["scores"]
        if score["id"] in scores
        for key, letter in (("alpha", "α"), ("omega", "ω"))
    ]
    fit_one, fit_other = left["cfa"] or {}, right["cfa"] or {}
    return Comparison(
        cautions=cautions(one, other),
        reliability=tuple(lines),
        fit=tuple(line(title, fit_one, fit_other, key, digits) for key, title, digits in FIT),
        verdicts=(left["verdict"], right["verdict"]),
        model=str(fit_one.get("model") or fit_other.get("model") or ""),
    )


def why_not(one: dict[str, Any], other: dict[str, Any]) -> str:
    """Why two reports cannot stand side by side; "" when they can."""
    left, right = one["instrument"], other["instrument"]
    if left["ref"] != right["ref"]:
        return f"问卷版本不同（{left['ref']}，{right['ref']}）：题目或计分可能不同，数字不能并排。"
    if left["fingerprint"] != right["fingerprint"]:
        return f"问卷 {left['ref']} 的内容指纹不同：题目、文字或计分改过，数字不能并排。"
    if left["form"] != right["form"]:
        return f"题组不同（{left['form']}，{right['form']}）：得分所含题目不同，数字不能并排。"
    return ""


def cautions(one: dict[str, Any], other: dict[str, Any]) -> tuple[str, ...]:
    """What must be said before anybody reads a difference."""
    said = []
    if one["source"]["data_fingerprint"] == other["source"]["data_fingerprint"]:
        said.append("两份报告用的是同一份数据。")
    if one["missing"] != other["missing"]:
        said.append(f"缺失处理不同（{one['missing']}，{other['missing']}），拟合的数字不完全可比。")
    if one["depth"] != other["depth"]:
        said.append("两份报告的分析范围不同，证据结论依据的规则可能不同。")
    if one["source"]["engine_version"] != other["source"]["engine_version"]:
        said.append("两份报告由不同版本的程序计算；重新运行较早的一份再比较。")
    if bool(one["simulated"]) != bool(other["simulated"]):
        said.append("一份是模拟数据，一份不是。")
    return tuple(said)


def line(title: str, one: dict[str, Any], other: dict[str, Any], key: str, digits: int) -> Line:
    """One number in both, by the keys `key`, `key_lower`, `key_upper`."""
    left, right = figure(one, key), figure(other, key)
    difference = (
        None
        if left.value is None or right.value is None
        else round(right.value - left.value, digits) + 0.0  # no minus before a zero
    )
    return Line(title, digits, left, right, difference, overlap(left, right))


def figure(found: dict[str, Any], key: str) -> Figure:
    """A number with its interval out of stored evidence."""
    return Figure(found.get(key), found.get(f"{key}_lower"), found.get(f"{key}_upper"))


def overlap(one: Figure, other: Figure) -> Overlap:
    """Whether the intervals share a point; "" where one has none.

    >>> overlap(Figure(0.8, 0.7, 0.9), Figure(0.95, 0.91, 0.97))
    '不重叠'
    """
    if one.lower is None or one.upper is None or other.lower is None or other.upper is None:
        return ""
    return "重叠" if one.lower <= other.upper and other.lower <= one.upper else "不重叠"
