"""Which column of a file is which question, and how its values become our codes.

A mapping file is TOML or CSV. Recodes: `1=male;2=female`, ranges `16..25=a;26..=b`, `9=` for missing.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from app.errors import Invalid
from app.exports.worded import option_words, worded_columns
from app.responses.validation import closing_questions, served_items
from app.units.tables import read_table
from instruments import Instrument

UNIT_NAMES = frozenset({"unit", "unit_code", "单位编码", "单位代码"})
NOTHING_READ = "没有存入任何内容。请改正列对应文件。"
_RANGE = re.compile(r"^(\d+(?:\.\d+)?)?\s*(?:\.\.|(?<=\d)-(?=\d))\s*(\d+(?:\.\d+)?)?$")

Kind = Literal["item", "background", "unit"]


@dataclass(frozen=True, slots=True)
class Recode:
    """Values as they come → our codes; "" means missing."""

    exact: Mapping[str, str] = field(default_factory=dict)
    ranges: tuple[tuple[float, float, str], ...] = ()
    is_worded: bool = False  # options by their words, which may have a letter before them

    def __call__(self, value: str) -> str | None:
        """The code for a value, or None when the recode says nothing about it."""
        if value in self.exact:
            return self.exact[value]
        if self.is_worded and (bare := option_words(value)) in self.exact:
            return self.exact[bare]
        try:
            number = float(value)
        except ValueError:
            return None
        for low, high, code in self.ranges:
            if low <= number <= high:
                return code
        return None


@dataclass(frozen=True, slots=True)
class Target:
    """What a column holds: an item, a background question, or the unit's code."""

    index: int
    column: str
    kind: Kind
    code: str
    recode: Recode | None


def _recode(pairs: Mapping[str, str], where: str) -> Recode | None:
    exact: dict[str, str] = {}
    ranges: list[tuple[float, float, str]] = []
    for given, code in pairs.items():
        found = _RANGE.match(given.strip())
        if found is None:
            exact[given.strip()] = code.strip()
            continue
        low, high = (float(end) if end else None for end in found.groups())
        if low is None and high is None:
            raise Invalid(f"列对应文件 {where}：“{given}”不是范围", NOTHING_READ)
        ranges.append(
            (float("-inf") if low is None else low, float("inf") if high is None else high, code.strip())
        )
    return Recode(exact, tuple(ranges)) if pairs else None


def read_mapping(path: Path) -> dict[str, tuple[str, Recode | None]]:
    """Column name → (question, recode). Raises Invalid naming what cannot be read.

    CSV: `column,item[,recode]`. TOML: `[columns]` with `A1 = "a1"` or
    `gender = { item = "gender", recode = { "1" = "male", "2" = "female" } }`. An empty item: left out.
    """
    return _toml(path) if path.suffix.lower() == ".toml" else _csv(path)


def _toml(path: Path) -> dict[str, tuple[str, Recode | None]]:
    try:
        columns = tomllib.loads(path.read_text(encoding="utf-8"))["columns"]
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, KeyError) as error:
        raise Invalid(f"列对应文件 {path.name} 读不出来：{error}", NOTHING_READ) from error
    made: dict[str, tuple[str, Recode | None]] = {}
    for column, target in columns.items():
        if isinstance(target, str):
            made[column] = (target, None)
            continue
        if not isinstance(target, dict) or not isinstance(target.get("item"), str):
            raise Invalid(f"列对应文件 {path.name}：{column} 须写明 item", NOTHING_READ)
        pairs = {str(given): str(code) for given, code in target.get("recode", {}).items()}
        made[column] = (target["item"], _recode(pairs, column))
    return made


def _csv(path: Path) -> dict[str, tuple[str, Recode | None]]:
    table = read_table(path.read_bytes(), path.name)
    header = [name.strip().lower() for name in table.header]
    if header[:2] != ["column", "item"] or header[2:] not in ([], ["recode"]):
        raise Invalid(f"列对应文件 {path.name} 的表头须为 column,item[,recode]", NOTHING_READ)
    made: dict[str, tuple[str, Recode | None]] = {}
    for number, cells in table.rows:
        recode = cells[2] if len(cells) > 2 else ""
        pairs = {}
        for part in filter(None, (piece.strip() for piece in recode.split(";"))):
            given, sign, code = part.partition("=")
            if not sign:
                raise Invalid(f"列对应文件第 {number} 行：“{part}”缺少等号", NOTHING_READ)
            pairs[given] = code
        made[cells[0]] = (cells[1], _recode(pairs, f"第 {number} 行"))
    return made


def targets(
    header: tuple[str, ...], instrument: Instrument, form: str, mapping: Path | None
) -> tuple[Target, ...]:
    """What each column of a file holds. Columns that hold nothing of ours are left out.

    Columns not in the mapping go by their names: codes of items and questions in any letter case, else the
    question's words, as 问卷星 heads them (`app.exports.worded`). Raises Invalid for a mapping
    that names a column or question that does not exist, for two columns of one question, and for no items.
    """
    chosen = read_mapping(mapping) if mapping else {}
    if missing := sorted(set(chosen) - set(header)):
        raise Invalid(f"文件中没有列对应文件所写的列：{'、'.join(missing)}", NOTHING_READ)
    words = worded_columns([c for c in header if c not in chosen], instrument)
    by_words: dict[str, tuple[str, Recode | None]] = {
        column: (code, Recode(pairs, is_worded=True))
        for column, (code, pairs) in words.items()
        if _kind(column.lower(), instrument, form) is None
    }
    found: list[Target] = []
    for index, column in enumerate(header):
        code, recode = chosen.get(column) or by_words.get(column) or (column, None)
        kind = _kind(code.lower(), instrument, form)
        if kind is None:
            if column in chosen and code:
                raise Invalid(f"列对应文件：这份问卷没有“{code}”", NOTHING_READ)
            continue
        found.append(Target(index, column, kind, "unit" if kind == "unit" else code.lower(), recode))
    by_code: dict[str, str] = {}
    for target in found:
        if target.code in by_code:
            both = f"“{by_code[target.code]}”和“{target.column}”"
            raise Invalid(f"{both}两列对应同一道题 {target.code}", NOTHING_READ)
        by_code[target.code] = target.column
    if not any(target.kind == "item" for target in found):
        raise Invalid(
            "文件中没有一列是这份问卷的题目",
            f"列名应为题目编码，如 {'、'.join(served_items(instrument, form)[:3])}；或另给列对应文件。",
        )
    return tuple(found)


def _kind(code: str, instrument: Instrument, form: str) -> Kind | None:
    if code in instrument.items or code in instrument.quality.attention:
        return "item"
    if code in closing_questions(instrument):
        return "background"
    return "unit" if code in UNIT_NAMES else None
