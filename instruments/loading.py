"""From the files of a version to an `Instrument`: read, validate, cross-check, fingerprint."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from instruments import shelf
from instruments.checking import structure_faults, wording_faults
from instruments.instrument import Instrument
from instruments.models import model_faults
from instruments.reading import Document, InstrumentError, KeyPath, read
from instruments.shelf import STRUCTURE, files_of, fingerprint_of
from instruments.wording import Wording

MAX_MODEL_BYTES = 20_000
Model = TypeVar("Model", bound=BaseModel)
_REF = re.compile(r"^([a-z][a-z0-9-]{1,63})(?:/(\d+\.\d+\.\d+))?$")


def _reasons(error: ValidationError, document: Document) -> list[str]:
    made = []
    for fault in error.errors():
        path: KeyPath = tuple(part for part in fault["loc"] if part != "[key]")
        reason = "未知的键 / unknown key" if fault["type"] == "extra_forbidden" else fault["msg"]
        made.append(f"{document.where(path)}: {reason}")
    return made


def _validated(model: type[Model], data: dict[str, Any], document: Document) -> Model:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        raise InstrumentError(*_reasons(error, document)) from error


def _with_ids(data: dict[str, Any]) -> dict[str, Any]:
    """Items and attention items are mappings by code; the code is their id."""

    def _named(group: Any) -> Any:
        if not isinstance(group, dict):
            return group
        return {
            code: {"id": code, **body} if isinstance(body, dict) else body for code, body in group.items()
        }

    made = dict(data)
    if "items" in made:
        made["items"] = _named(made["items"])
    if isinstance(made.get("quality"), dict) and "attention" in made["quality"]:
        made["quality"] = {**made["quality"], "attention": _named(made["quality"]["attention"])}
    return made


def _model_texts(data: dict[str, Any], directory: Path, document: Document) -> dict[str, Any]:
    models = data.get("models")
    if not isinstance(models, list):
        return data
    made = []
    for k, spec in enumerate(models):
        name = spec.get("file") if isinstance(spec, dict) else None
        if not isinstance(name, str) or not re.fullmatch(r"[a-z0-9_]+\.lav", name):
            raise InstrumentError(
                f"{document.where(('models', k, 'file'))}: 文件名须为小写字母数字加 .lav / name.lav"
            )
        path = directory / "models" / name
        if not path.is_file() or path.stat().st_size > MAX_MODEL_BYTES:
            raise InstrumentError(
                f"{document.where(('models', k, 'file'))}: models/{name} 不存在或过大 / missing or too large"
            )
        made.append({**spec, "syntax": path.read_text(encoding="utf-8")})
    return {**data, "models": made}


def _stray_files(directory: Path, structure: Instrument, label: str) -> list[str]:
    """Files that belong to nothing: they would be fingerprinted, or not, without anybody meaning it."""
    known = {STRUCTURE, *(f"{locale}.yaml" for locale in structure.locales)}
    known |= {f"models/{spec.file}" for spec in structure.models}
    found = {path.relative_to(directory).as_posix() for path in files_of(directory)}
    return [
        f"{label}/{name}: 结构文件没有用到这个文件 / a file the structure does not name"
        for name in sorted(found - known)
    ]


def read_version(directory: Path) -> Instrument:
    """Read one version. Raises InstrumentError with every fault found."""
    label = f"{directory.parent.name}/{directory.name}"
    document = read(directory / STRUCTURE, f"{label}/{STRUCTURE}")
    for key in ("syntax", "wording", "fingerprint"):
        if key in document.data:
            raise InstrumentError(f"{document.where((key,))}: 未知的键 / unknown key")
    data = _model_texts(_with_ids(document.data), directory, document)
    structure = _validated(Instrument, data, document)
    faults = [*structure_faults(structure, document), *model_faults(structure, label)]
    faults.extend(_stray_files(directory, structure, label))
    if (structure.id, structure.version) != (directory.parent.name, directory.name):
        faults.append(
            f"{document.where(('id',))}: 编号与目录 {label} 不一致 / id and version differ from the folder"
        )
    wording = {}
    for locale in structure.locales:
        try:
            words_document = read(directory / f"{locale}.yaml", f"{label}/{locale}.yaml")
            words = _validated(Wording, words_document.data, words_document)
        except InstrumentError as error:
            faults.extend(error.problems)
            continue
        faults.extend(wording_faults(structure, words, words_document))
        wording[locale] = words
    if structure.default_locale not in structure.locales:
        faults.append(f"{document.where(('default_locale',))}: 不在 locales 中 / not among the locales")
    if faults:
        raise InstrumentError(*faults)
    return structure.model_copy(update={"wording": wording, "fingerprint": fingerprint_of(directory)})


@lru_cache(maxsize=32)
def _load(instrument: str, version: str) -> Instrument:
    return read_version(shelf.ROOT / instrument / version)


def load(ref: str) -> Instrument:
    """The instrument version "id/version", or the newest published version of "id".

    Raises InstrumentError when there is none or its files are faulty. Read once a process.
    """
    match = _REF.fullmatch(ref)
    if match is None:
        raise _unknown(ref)
    name, version = match[1], match[2]
    if version is None:
        newest = [entry.version for entry in shelf.published() if entry.id == name]
        if not newest:
            raise _unknown(ref)
        version = newest[-1]
    if not (shelf.ROOT / name / version / STRUCTURE).is_file():
        raise _unknown(ref)
    return _load(name, version)


def _unknown(ref: str) -> InstrumentError:
    """What was asked for, why it cannot be had, and what there is instead."""
    known = shelf.versions()
    name, _, version = ref.partition("/")
    here = "、".join(number for id_, number in known if id_ == name)
    if not here:
        names = "、".join(sorted({id_ for id_, _ in known}))
        return InstrumentError(f"没有问卷“{ref[:80]}”；现有：{names} / unknown instrument")
    if not version:
        return InstrumentError(f"问卷 {name} 没有已发布的版本，请写明版本：{here} / name a version")
    return InstrumentError(f"问卷 {name} 没有版本 {version[:20]}；现有：{here} / unknown version")
