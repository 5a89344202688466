"""Published versions never change: their fingerprints are kept in published.toml and checked."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass

from instruments import loading
from instruments.reading import InstrumentError

PUBLISHED = loading.ROOT / "published.toml"
HEAD = (
    "# Fingerprints of published versions. Lines are added by `dandang instruments publish`, never changed.\n"
)


@dataclass(frozen=True, slots=True)
class PublishedVersion:
    """A version whose files may never change again."""

    id: str
    version: str
    fingerprint: str

    @property
    def ref(self) -> str:
        """ "id/version"."""
        return f"{self.id}/{self.version}"


def published() -> tuple[PublishedVersion, ...]:
    """Every published version. Raises InstrumentError when published.toml cannot be read."""
    try:
        table = tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))
    except (OSError, tomllib.TOMLDecodeError) as error:
        raise InstrumentError(f"published.toml: {error}") from error
    return tuple(
        PublishedVersion(id=name, version=version, fingerprint=fingerprint)
        for name, entries in table.items()
        for version, fingerprint in entries.items()
    )


def check() -> tuple[str, ...]:
    """Problems of all instrument files: faulty ones, and published ones that changed or vanished."""
    problems: list[str] = []
    for name, version in loading.versions():
        try:
            loading.read_version(loading.ROOT / name / version)
        except InstrumentError as error:
            problems.extend(error.problems)
    try:
        known = published()
    except InstrumentError as error:
        return (*problems, *error.problems)
    for entry in known:
        directory = loading.ROOT / entry.id / entry.version
        if not directory.is_dir():
            problems.append(f"{entry.ref}: 已发布的版本不见了 / a published version is missing")
        elif loading.fingerprint_of(directory) != entry.fingerprint:
            problems.append(
                f"{entry.ref}: 已发布的版本被改动；请恢复原文件，改动另立新版本 / a published version changed"
            )
    return tuple(problems)


def publish(ref: str) -> PublishedVersion:
    """Add a version to published.toml. Raises InstrumentError for faults or a published one that differs."""
    instrument = loading.load(ref)
    made = PublishedVersion(id=instrument.id, version=instrument.version, fingerprint=instrument.fingerprint)
    known = list(published())
    for entry in known:
        if entry.ref == made.ref:
            if entry.fingerprint != made.fingerprint:
                raise InstrumentError(
                    f"{made.ref}: 已发布且内容不同，请另立新版本 / published with other content"
                )
            return entry
    known.append(made)
    lines = [HEAD]
    for name in sorted({entry.id for entry in known}):
        lines.append(f"\n[{name}]\n")
        lines.extend(f'"{e.version}" = "{e.fingerprint}"\n' for e in known if e.id == name)
    PUBLISHED.write_text("".join(lines), encoding="utf-8")
    return made
