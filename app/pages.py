"""From a template and its values to a page: one Jinja environment, strict about names.

Templates live in app/templates/<room>/; static files are addressed with their content's hash, so a
browser keeps them for good and sees a new one at once.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import math
from functools import lru_cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from fastapi import Request
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape

from app import security
from app.settings import get_settings

ROOT = Path(__file__).parent
STATIC = ROOT / "static"
LANGUAGES = ("zh-CN", "en")
_LOCAL = ZoneInfo("Asia/Shanghai")


def inside(root: Path, name: str) -> Path | None:
    """The file of that name beneath `root`; None when it leads elsewhere or is no file."""
    if "\0" in name:
        return None
    path = (root / name).resolve()
    return path if path.is_relative_to(root.resolve()) and path.is_file() else None


@lru_cache(maxsize=64)
def asset(name: str) -> str:
    """Address of a static file, with eight digits of its content's hash."""
    digest = hashlib.sha256((STATIC / name).read_bytes()).hexdigest()[:8]
    return f"/static/{digest}/{name}"


def local_time(moment: dt.datetime | None, form: str = "%Y-%m-%d %H:%M") -> str:
    """A moment in China Standard Time; an en dash when there is none."""
    return moment.astimezone(_LOCAL).strftime(form) if moment else "–"


def number(value: float | None, digits: int = 2) -> str:
    """A value for a table: fixed digits, an en dash when missing, a true minus sign."""
    if value is None or math.isnan(value):
        return "–"
    return f"{value:.{digits}f}".replace("-", "−")


@lru_cache
def environment() -> Environment:
    """The one template environment."""
    made = Environment(
        loader=FileSystemLoader(ROOT / "templates"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(asset=asset)
    made.filters.update(local_time=local_time, number=number)
    return made


def page(request: Request, template: str, *, status: int = 200, **values: Any) -> HTMLResponse:
    """Render `template` for this request.

    Every template can rely on `settings`, `account` (None for respondents), `csrf` (token of this
    holder, see `security.csrf_token`), `language` ("zh-CN" or "en") and `asset(name)`.
    """
    holder: str = getattr(request.state, "holder", "")
    values.setdefault("language", "zh-CN")
    html = (
        environment()
        .get_template(template)
        .render(
            settings=get_settings(),
            account=getattr(request.state, "account", None),
            csrf=security.csrf_token(get_settings().key(), holder) if holder else "",
            path=request.url.path,
            **values,
        )
    )
    return HTMLResponse(html, status_code=status, headers={"Cache-Control": "no-store"})
