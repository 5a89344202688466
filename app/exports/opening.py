"""`python -m app.exports.opening`: an uploaded SPSS file from standard input, its table as JSON out.

A process of its own within limits of memory and time: what crashes the reader crashes nobody else.
"""

from __future__ import annotations

import json
import resource
import sys
import tempfile
from pathlib import Path
from typing import Final

import pyreadstat

from app.errors import Invalid
from app.exports.system_files import read_system_file
from app.units.tables import MAX_COLUMNS

MEMORY_BYTES: Final = 2 * 1024**3
CPU_SECONDS: Final = 8
MAX_CELLS: Final = 5_000_000


def _small_enough(path: Path) -> bool:
    _, meta = pyreadstat.read_sav(str(path), metadataonly=True)
    width = len(meta.column_names)
    return 0 < width <= MAX_COLUMNS and (meta.number_rows or 0) * width <= MAX_CELLS


def main() -> None:
    """Standard input to standard output; exits with 2 for a file that is none or too large."""
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS, CPU_SECONDS))
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "upload.sav"
        path.write_bytes(sys.stdin.buffer.read())
        try:
            found = read_system_file(path) if _small_enough(path) else None
        except (Invalid, pyreadstat.ReadstatError, pyreadstat.PyreadstatError, ValueError, MemoryError):
            found = None
    if found is None:
        raise SystemExit(2)
    told = {
        "header": found.table.header,
        "rows": found.table.rows,
        "user_missing": sorted(found.user_missing),
    }
    json.dump(told, sys.stdout, ensure_ascii=True)


if __name__ == "__main__":
    main()
