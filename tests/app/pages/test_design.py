"""The frame of every page and the stylesheet: sizes, no inline style, contrast."""

from __future__ import annotations

import re

import pytest
from fastapi.testclient import TestClient

from app.pages import ROOT, STATIC, environment

CSS = (STATIC / "dandang.css").read_text(encoding="utf-8")
TEMPLATES = sorted((ROOT / "templates").rglob("*.html"))
PAIRS = [  # text on ground
    ("ink", "paper"),
    ("soft", "paper"),
    ("link", "paper"),
    ("accent", "paper"),
    ("accent", "accent-soft"),
    ("ink", "accent-soft"),
    ("on-fill", "fill"),
    ("good", "paper"),
    ("warn", "warn-soft"),
    ("ink", "sunk"),
    ("soft", "sunk"),
]


def _luminance(colour: str) -> float:
    digits = colour.lstrip("#")
    digits = "".join(2 * d for d in digits) if len(digits) == 3 else digits
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: str, other: str) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _colours(scheme: str) -> dict[str, str]:
    blocks = re.findall(r":root \{(.*?)\}", CSS, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#\w+)", block)) for block in blocks[:2])
    return light if scheme == "light" else light | dark


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "ground"), PAIRS)
def test_text_is_readable_on_its_ground(scheme: str, text: str, ground: str) -> None:
    colours = _colours(scheme)
    assert _contrast(colours[text], colours[ground]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_edges_of_controls_stand_out(scheme: str) -> None:
    colours = _colours(scheme)
    assert _contrast(colours["edge"], colours["paper"]) >= 3


def test_the_stylesheet_stays_small_and_asks_nobody_else() -> None:
    assert len(CSS.encode()) < 15_000
    assert "url(" not in CSS
    assert "@import" not in CSS


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_carries_no_inline_style_script_or_foreign_address(path: object) -> None:
    source = path.read_text(encoding="utf-8")  # type: ignore[attr-defined]  # pytest hands over a Path
    assert not re.search(r"\sstyle=|<style|\son\w+=|javascript:", source)
    assert not re.search(r"<script(?! src=\"\{\{ asset)", source)
    assert not re.search(r"(src|href|action)=\"(https?:)?//", source)


@pytest.mark.parametrize("path", TEMPLATES, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_template_compiles(path: object) -> None:
    environment().get_template(path.relative_to(ROOT / "templates").as_posix())  # type: ignore[attr-defined]  # a Path


def test_every_class_of_the_document_is_in_the_stylesheet() -> None:
    document = (ROOT.parent / "docs" / "design-system.md").read_text(encoding="utf-8")
    rows = re.findall(r"^\| (`.*?`[^|]*) \| [^|]+ \| [^|]+ \|$", document, re.MULTILINE)
    names = {name for row in rows for cell in re.findall(r"`([\w -]+)`", row) for name in cell.split()}
    unknown = {n for n in names - {"progress", "meter", "no-print"} if f".{n}" not in CSS}
    assert len(names) > 40
    assert unknown == set()


def test_the_frame_has_landmarks_and_a_way_past_the_header(client: TestClient) -> None:
    page = client.get("/login").text
    assert '<html lang="zh-CN">' in page
    assert page.index('href="#main"') < page.index("<header")
    assert '<main id="main"' in page
    assert "<footer" in page
    assert page.count("<h1") == 1
    assert "演示环境" not in page


def test_an_error_is_a_page_for_people_and_a_problem_for_programs(client: TestClient) -> None:
    page = client.get("/nowhere", headers={"accept": "text/html"})
    assert page.status_code == 404
    assert "<h1>没有这个页面</h1>" in page.text
    problem = client.get("/nowhere", headers={"accept": "application/json"})
    assert problem.headers["content-type"] == "application/problem+json"
