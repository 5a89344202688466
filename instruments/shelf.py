"""Where versions stand: their folders, their files, their fingerprints, and which of them are published."""

from __future__ import annotations

import hashlib
import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

from instruments.reading import InstrumentError

ROOT = Path(__file__).parent
PUBLISHED = ROOT / "published.toml"
STRUCTURE = "instrument.yaml"
_VERSION = re.compile(r"\d+\.\d+\.\d+")


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


def in_order(version: str) -> tuple[int, ...]:
    """A key that sorts versions as people count: 0.9.0 before 0.10.0."""
    return tuple(map(int, version.split(".")))


def versions() -> tuple[tuple[str, str], ...]:
    """(id, version) of every version on disk, oldest first within an id."""
    found = [
        (path.parent.parent.name, path.parent.name)
        for path in ROOT.glob(f"*/*/{STRUCTURE}")
        if _VERSION.fullmatch(path.parent.name)
    ]
    return tuple(sorted(found, key=lambda pair: (pair[0], in_order(pair[1]))))


def published() -> tuple[PublishedVersion, ...]:
    """Every published version, oldest first within an id. Raises InstrumentError for an unreadable list."""
    try:
        table = tomllib.loads(PUBLISHED.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InstrumentError(f"{PUBLISHED.name}: {error}") from error
    made = []
    for name, entries in table.items():
        if not isinstance(entries, dict) or not all(
            _VERSION.fullmatch(version) and isinstance(fingerprint, str)
            for version, fingerprint in entries.items()
        ):
            raise InstrumentError(
                f'{PUBLISHED.name}: [{name}] 各行须为 "版本" = "指纹" / version = fingerprint'
            )
        made += [
            PublishedVersion(name, version, entries[version]) for version in sorted(entries, key=in_order)
        ]
    return tuple(made)


def files_of(directory: Path) -> tuple[Path, ...]:
    """Every file of a version's folder, in a fixed order."""
    found = [path for path in directory.rglob("*") if path.is_file()]
    return tuple(sorted(found, key=lambda path: path.relative_to(directory).as_posix()))


def fingerprint_of(directory: Path) -> str:
    """SHA-256 over names and contents of a version's files; line ends do not count."""
    digest = hashlib.sha256()
    for path in files_of(directory):
        content = path.read_bytes().replace(b"\r\n", b"\n")
        digest.update(f"{path.relative_to(directory).as_posix()}\0{len(content)}\0".encode())
        digest.update(content)
    return f"sha256:{digest.hexdigest()}"
