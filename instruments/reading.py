"""Read a YAML file into plain data and remember the line of every key.

Refuses what data never needs and attackers like: aliases, tags, duplicate keys, deep nesting, large files.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

MAX_BYTES = 400_000
MAX_DEPTH = 12
PLAIN_TAGS = frozenset(
    f"tag:yaml.org,2002:{kind}" for kind in ("str", "int", "float", "bool", "null", "map", "seq")
)
KeyPath = tuple[str | int, ...]

_Loader: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class InstrumentError(ValueError):
    """An instrument that cannot be used; `problems` name file, key and line."""

    def __init__(self, *problems: str) -> None:
        self.problems = problems
        super().__init__("\n".join(problems))


@dataclass(frozen=True, slots=True)
class Document:
    """The data of one file, and the 1-based line of each key path."""

    name: str
    data: dict[str, Any]
    lines: dict[KeyPath, int]

    def where(self, path: KeyPath) -> str:
        """ "file:line key.path" for messages; the nearest known parent gives the line."""
        known = path
        while known and known not in self.lines:
            known = known[:-1]
        line = self.lines.get(known, 1)
        return f"{self.name}:{line} {'.'.join(map(str, path)) or '(文件 / file)'}"


class _Composer:
    def __init__(self, name: str) -> None:
        self.name = name
        self.lines: dict[KeyPath, int] = {}

    def fail(self, node: yaml.Node, reason: str) -> InstrumentError:
        return InstrumentError(f"{self.name}:{node.start_mark.line + 1} {reason}")

    def build(self, node: yaml.Node, path: KeyPath) -> Any:
        if node.tag not in PLAIN_TAGS:
            raise self.fail(node, f"不接受的类型标记 / tag not accepted: {node.tag}")
        self.lines[path] = node.start_mark.line + 1
        if isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        if isinstance(node, yaml.SequenceNode):
            return [self.build(child, (*path, k)) for k, child in enumerate(node.value)]
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, "不是键值、列表或单值 / neither mapping, list nor scalar")
        try:
            return _scalar(node)
        except ValueError as error:
            raise self.fail(node, f"不是有效的值 / not a valid value: {node.value}") from error

    def _mapping(self, node: yaml.MappingNode, path: KeyPath) -> dict[str, Any]:
        made: dict[str, Any] = {}
        for key, child in node.value:
            if not isinstance(key, yaml.ScalarNode):
                raise self.fail(key, "键须为单个词 / a key must be a plain word")
            name = key.value
            if name in made:
                raise self.fail(key, f"键“{name}”重复 / duplicate key")
            made[name] = self.build(child, (*path, name))
            self.lines[*path, name] = key.start_mark.line + 1
        return made


def _line(event: yaml.Event) -> int:
    return event.start_mark.line + 1 if event.start_mark else 1


def _scalar(node: yaml.ScalarNode) -> Any:
    kind = node.tag.rsplit(":", 1)[1]
    if kind == "null":
        return None
    if kind == "bool":
        return node.value.lower() in {"true", "yes", "on"}
    if kind == "int":
        return int(node.value.replace("_", ""), 0) if node.value.lower().startswith("0x") else int(node.value)
    if kind == "float":
        return float(node.value)
    return node.value


def _refuse_what_data_never_needs(text: str, name: str) -> None:
    """Read the events before anything is built: an alias bomb or a tower of brackets never unfolds."""
    depth = 0
    for event in yaml.parse(text, Loader=_Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            raise InstrumentError(f"{name}:{_line(event)} 不接受别名与锚点 / no aliases or anchors")
        if tag := getattr(event, "tag", None):
            raise InstrumentError(f"{name}:{_line(event)} 不接受类型标记 / no tags: {tag}")
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        if depth > MAX_DEPTH:
            raise InstrumentError(f"{name}:{_line(event)} 嵌套超过 {MAX_DEPTH} 层 / nested too deeply")


def read(path: Path, name: str) -> Document:
    """Parse a file. `name` is how messages call it. Raises InstrumentError naming file, line and fault."""
    try:
        too_large = path.stat().st_size > MAX_BYTES
        raw = b"" if too_large else path.read_bytes()
    except OSError as error:
        raise InstrumentError(f"{name}: 文件无法读取 / cannot be read ({error.strerror})") from error
    if too_large:
        raise InstrumentError(f"{name}: 文件超过 {MAX_BYTES // 1000} KB / file too large")
    try:
        text = raw.decode("utf-8-sig")
        _refuse_what_data_never_needs(text, name)
        node = yaml.compose(text, Loader=_Loader)
    except UnicodeDecodeError as error:
        raise InstrumentError(f"{name}: 不是 UTF-8 文本 / not UTF-8") from error
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InstrumentError(f"{name}:{line} {error.problem}") from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InstrumentError(f"{name}: 不是有效的 YAML / not valid YAML") from error
    if not isinstance(node, yaml.MappingNode):
        raise InstrumentError(f"{name}:1 文件最外层须为键值 / the file must be a mapping")
    composer = _Composer(name)
    data = composer.build(node, ())
    return Document(name=name, data=data, lines=composer.lines)
