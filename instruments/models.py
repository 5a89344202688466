"""The names in an instrument's lavaan models: factors are made there, everything else must be an item.

Only names are read here; what a model means is the engine's business.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from instruments.instrument import Instrument

_OPERATOR = re.compile(r"=~|:=|==|~\*~|~~|~|[<>|]")
_COMMENT = re.compile(r"[#!].*")
_UNFINISHED = re.compile(r"(?:[+*~,|]|=~)$")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_NUMBER = re.compile(r"[-+]?\d+(?:\.\d*)?")
_ON_PARAMETERS = frozenset({":=", "==", "<", ">"})


def _statements(syntax: str) -> Iterator[tuple[int, str]]:
    """(line, statement): comments gone, `;` ends a statement, a line that ends in an operator goes on."""
    pending, start = "", 1
    for number, line in enumerate(syntax.splitlines(), 1):
        text = _COMMENT.sub("", line).strip()
        if not pending:
            start = number
        pending = f"{pending} {text}".strip()
        if not pending or _UNFINISHED.search(pending):
            continue
        for statement in pending.split(";"):
            if statement.strip():
                yield start, statement.strip()
        pending = ""
    if pending:
        yield start, pending


def _terms(side: str) -> Iterator[str]:
    """The variables of one side: modifiers (`0.8*`, `a*`, `c(a, b)*`, `start(0.5)*`, `0.5?`) taken off."""
    for term in re.sub(r"\([^()]*\)", "", side).split("+"):
        yield re.split(r"[*?]", term)[-1].strip()


def _formulas(syntax: str) -> Iterator[tuple[int, str, list[str], list[str]]]:
    """(line, operator, left names, right names); statements without an operator have operator ""."""
    for line, statement in _statements(syntax):
        found = _OPERATOR.search(statement)
        if found is None:
            yield line, "", [statement], []
        elif found[0] not in _ON_PARAMETERS:
            right = [] if found[0] == "|" else [*_terms(statement[found.end() :])]
            yield line, found[0], [*_terms(statement[: found.start()])], right


def model_faults(instrument: Instrument, label: str) -> list[str]:
    """Faults of every model, each with file and line. `label`: "id/version" for the messages."""
    made = []
    for spec in instrument.models:
        formulas = [*_formulas(spec.syntax)]
        factors = {name for _, operator, left, _ in formulas if operator == "=~" for name in left}
        place = f"{label}/models/{spec.file}"
        used = set()
        for line, operator, left, right in formulas:
            if not operator:
                made.append(f"{place}:{line} 没有运算符：{left[0][:40]} / no operator")
                continue
            for name in (*left, *right):
                if name in instrument.items:
                    used.add(name)
                elif not _NAME.fullmatch(name) and not _NUMBER.fullmatch(name):
                    made.append(f"{place}:{line} 读不懂“{name[:40]}” / not a name")
                elif _NAME.fullmatch(name) and name not in factors:
                    made.append(
                        f"{place}:{line} 没有题目“{name}”，也不是本模型的因素 / neither item nor factor"
                    )
        for name in sorted(factors & set(instrument.items)):
            made.append(f"{place}:1 “{name}”是题目，不能作因素名 / an item cannot be a factor")
        if not used:
            made.append(f"{place}:1 没有用到本问卷的题目 / uses no item of this instrument")
    return made
