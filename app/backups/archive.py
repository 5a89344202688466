"""The file of a backup: a zip of one JSON-lines member per table, a manifest, and a digest over all of it.

The last 64 bytes (the zip's comment) are the SHA-256 of everything before them: one changed byte anywhere,
and the file is refused before anything is read from it.
"""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

DIGEST_LENGTH: Final = 64
CHUNK: Final = 1 << 20
FORMAT: Final = "dandang-backup/1"
MANIFEST: Final = "manifest.json"
DAMAGE = (ValueError, KeyError, TypeError, EOFError, zipfile.BadZipFile, NotImplementedError)


class BrokenBackup(ValueError):
    """The file is not a backup, or not as it was written."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TableRecord:
    """One table in the file. `digest`: SHA-256 over its lines, in the order of the primary key."""

    columns: dict[str, str]
    key: list[str]
    rows: int
    digest: str
    parent: str = ""  # the column that refers to the table itself; parents go in first


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What is in the file. Tables stand in an order in which they can be filled."""

    format: str
    made_at: str
    revision: str
    trail_entries: int
    trail_head: str
    tables: dict[str, TableRecord]

    @property
    def rows(self) -> int:
        """Rows of all tables."""
        return sum(table.rows for table in self.tables.values())


def digest_of(lines: Iterable[bytes]) -> tuple[int, str]:
    """How many lines, and the SHA-256 over them."""
    count, digest = 0, hashlib.sha256()
    for one in lines:
        digest.update(one)
        count += 1
    return count, digest.hexdigest()


class Writer:
    """Fills a new file table by table."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive

    def table(self, name: str, lines: Iterable[bytes]) -> tuple[int, str]:
        """Write the lines of one table; returns how many there were and their digest."""
        with self._archive.open(f"tables/{name}.jsonl", "w", force_zip64=True) as member:

            def _written() -> Iterator[bytes]:
                for one in lines:
                    member.write(one)
                    yield one

            return digest_of(_written())

    def manifest(self, manifest: Manifest) -> None:
        """Write the manifest; last."""
        self._archive.writestr(MANIFEST, json.dumps(asdict(manifest), indent=1))


@contextmanager
def writing(path: Path) -> Iterator[Writer]:
    """A new backup file: readable by its owner only, and there under its name only once whole and on disk."""
    part = path.with_name(f"{path.name}.part")
    descriptor = os.open(part, os.O_RDWR | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
                yield Writer(archive)
                archive.comment = b"0" * DIGEST_LENGTH
            end = file.seek(0, os.SEEK_END)
            digest = _digest_before(file, end - DIGEST_LENGTH)
            file.seek(end - DIGEST_LENGTH)
            file.write(digest.encode())
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        directory = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _digest_before(file: object, length: int) -> str:
    digest = hashlib.sha256()
    file.seek(0)  # type: ignore[attr-defined]  # a binary file opened for reading and writing
    left = length
    while left > 0:
        chunk = file.read(min(CHUNK, left))  # type: ignore[attr-defined]  # as above
        if not chunk:
            break
        digest.update(chunk)
        left -= len(chunk)
    return digest.hexdigest()


class Backup:
    """A file that has been checked from its first byte to its last."""

    def __init__(self, path: Path) -> None:
        """Read the whole file once. Raises BrokenBackup for anything that is not as it was written."""
        self.path = path
        self._check_bytes()
        try:
            with zipfile.ZipFile(path) as archive:
                body = json.loads(archive.read(MANIFEST))
            body["tables"] = {name: TableRecord(**table) for name, table in body["tables"].items()}
            self.manifest = Manifest(**body)
        except DAMAGE as error:
            raise BrokenBackup(
                f"清单无法读取 / the manifest cannot be read: {type(error).__name__}"
            ) from error
        if self.manifest.format != FORMAT:
            raise BrokenBackup(f"不认识的格式 / unknown format: {self.manifest.format}")
        for name, table in self.manifest.tables.items():
            if digest_of(self.lines(name)) != (table.rows, table.digest):
                raise BrokenBackup(f"{name}：行数或摘要与清单不符 / rows or digest differ from the manifest")

    def _check_bytes(self) -> None:
        size = self.path.stat().st_size
        if size <= DIGEST_LENGTH:
            raise BrokenBackup("文件太短 / too short")
        with self.path.open("rb") as file:
            digest = _digest_before(file, size - DIGEST_LENGTH)
            file.seek(size - DIGEST_LENGTH)
            if file.read() != digest.encode():
                raise BrokenBackup("文件与写入时不同 / the file is not as it was written")

    def lines(self, table: str) -> Iterator[bytes]:
        """The lines of a table as they were written. Raises BrokenBackup."""
        try:
            with zipfile.ZipFile(self.path) as archive, archive.open(f"tables/{table}.jsonl") as member:
                yield from member
        except DAMAGE as error:
            raise BrokenBackup(f"{table}：无法读取 / cannot be read") from error
