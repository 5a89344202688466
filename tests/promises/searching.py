"""The search of A3: each canary in every form in which it might lie, in every file of a journey."""

from __future__ import annotations

import base64
import io
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, quote_plus

KEPT_BY_PURPOSE = {
    # what HR downloads holds names and links, that is what it is for; nothing of it stays on the server
    "given/links.csv": {"name", "number", "token", "other token"},
    "given/scores.xlsx": {"name", "number"},
    # free text goes to the researcher as it was typed, ten and more together, whatever people type there
    "given/research.zip": {"words", "phone", "name"},
}


def forms(word: str) -> dict[str, bytes]:
    """The word as it might lie in a file: encodings, hexadecimal, quoted, base64 at each of three places."""
    plain = word.encode()
    found = {
        "utf-8": plain,
        "utf-16-le": word.encode("utf-16-le"),
        "utf-16-be": word.encode("utf-16-be"),
        "gb18030": word.encode("gb18030"),
        "hex": plain.hex().encode(),
        "HEX": plain.hex().upper().encode(),
        "url": quote(word, safe="").encode(),
        "form": quote_plus(word).encode(),
        "json": word.encode("unicode_escape"),
        "bytes": repr(plain)[2:-1].encode(),
    }
    for shift in range(3):
        padded = base64.b64encode(b"\0" * shift + plain)
        # the first and the last characters depend on what stands beside the word
        found[f"base64+{shift}"] = padded[4 if shift else 0 : len(padded) // 4 * 4 - 4]
    return {name: made for name, made in found.items() if len(made) >= 6}


@dataclass(frozen=True)
class Hit:
    """A canary in a file, and how it was written."""

    file: str
    canary: str
    form: str


def _contents(path: Path, name: str) -> Iterator[tuple[str, bytes]]:
    data = path.read_bytes()
    yield name, data
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            for member in archive.namelist():
                yield f"{name}", archive.read(member)


def search(places: Mapping[str, Path], canaries: Mapping[str, str]) -> tuple[list[Hit], int, int]:
    """Every canary in every file below the places, what is kept by purpose left out; files and bytes read."""
    wanted = [(key, form, made) for key, word in canaries.items() for form, made in forms(word).items()]
    hits, files, size = set(), 0, 0
    for label, place in places.items():
        for path in sorted(place.rglob("*")):
            if not path.is_file() or path.is_symlink():
                continue
            files += 1
            name = f"{label}{path.relative_to(place)}"
            for _, data in _contents(path, name):
                size += len(data)
                for key, form, made in wanted:
                    if made in data and key not in KEPT_BY_PURPOSE.get(name, ()):
                        hits.add(Hit(name, key, form))
    return sorted(hits, key=lambda hit: (hit.file, hit.canary, hit.form)), files, size
