"""The files for other programs, made beside the web process: it loads no statistics itself.

One child process makes them all and is gone; the rows go to it through a pipe and come back the same way.
"""

from __future__ import annotations

import io
import json
import subprocess  # nosec B404 # starts our own module only
import sys
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any, Final

from app.errors import NotReady

SECONDS: Final = 12  # less than another request waits for the store, which is held meanwhile
FILES: Final = {
    "sav": ("rows.sav",),
    "csv": ("rows.csv",),
    "codebook": ("codebook.html",),
    "ddi": ("codebook.xml",),
    "lavaan": ("lavaan.R",),
    "spss": ("spss.sps",),
    "mplus": ("mplus/",),
    "bundle": ("",),
}


def program_files(
    *,
    instrument: str,
    columns: Sequence[str],
    rows: Sequence[Sequence[int | str | None]],
    title: str,
    form: str,
    simulated: bool,
    merged: Sequence[str] = (),
    facts: Mapping[str, str] | None = None,
) -> dict[str, bytes]:
    """Every file by its name. Raises NotReady when the child process does not make them in time."""
    asked: dict[str, Any] = {
        "instrument": instrument,
        "columns": list(columns),
        "rows": rows,
        "title": title,
        "form": form,
        "simulated": simulated,
        "merged": list(merged),
        "facts": dict(facts or {}),
        "choices": {},
        "format": "bundle",
    }
    try:
        done = subprocess.run(  # nosec B603 # our own module, nothing of the request in the command
            [sys.executable, "-m", "analysis.interchange"],
            input=json.dumps(asked).encode("utf-8", "surrogatepass"),
            capture_output=True,
            check=True,
            timeout=SECONDS,
        )
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError) as error:
        raise NotReady("没有生成文件", "没有导出任何内容。请稍后再试；仍不行请告知管理员。") from error
    with zipfile.ZipFile(io.BytesIO(done.stdout)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def chosen(files: Mapping[str, bytes], wanted: str) -> dict[str, bytes]:
    """The files of one format out of all."""
    return {name: body for name, body in files.items() if name.startswith(FILES[wanted])}
