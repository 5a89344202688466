"""The rules of the house that a program can see."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
HEAVY = ("pandas", "scipy", "sklearn", "matplotlib", "pingouin", "factor_analyzer", "statsmodels", "seaborn")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, check=True, text=True
    ).stdout
    return [ROOT / name for name in listed.split("\0") if name]


def test_the_web_process_imports_no_statistics() -> None:
    code = (
        "import sys; from app.main import create_app; create_app();"
        f"print(','.join(m for m in {HEAVY!r} if m in sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == ""


def test_the_check_sees_an_import_it_must_refuse() -> None:
    code = f"import sys, pandas; print(','.join(m for m in {HEAVY!r} if m in sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert "pandas" in done.stdout


def test_locks_carry_hashes_and_no_addresses() -> None:
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text()
        pinned = re.findall(r"^[a-z0-9][\w.-]*(?:\[[\w,]+\])?==", text, re.M | re.I)
        assert len(pinned) > 40
        assert text.count("--hash=sha256:") >= len(pinned)
        assert "://" not in text
        assert "--index-url" not in text


def test_nothing_points_outside_the_repository() -> None:
    # spelt in parts, so that this file does not find itself
    forbidden = ("py" + "pi.org", "npm" + "js.org", "deb" + "ian.org", "../" + "shared", "/wo" + "rk/")
    for path in tracked(
        "*.py", "*.toml", "*.md", "*.yaml", "*.yml", "*.html", "*.css", "*.js", "Makefile", ".ci/run"
    ):
        text = path.read_text(encoding="utf-8")
        found = [word for word in forbidden if word in text]
        assert not found, f"{path.relative_to(ROOT)}: {found}"


def test_templates_have_no_inline_script_or_style() -> None:
    inline = re.compile(r"<script(?![^>]*\bsrc=)|\sstyle\s*=|\son[a-z]+\s*=\s*[\"']|<style|javascript:", re.I)
    assert inline.search('<p style="color:red">')
    assert inline.search('<a onclick="x()">')
    templates = tracked("app/templates/*")
    assert len(templates) > 5
    for path in templates:
        assert not inline.search(path.read_text(encoding="utf-8")), path


def test_pages_ask_no_other_host() -> None:
    for path in tracked("app/templates/*", "app/static/*.css", "app/static/*.js"):
        text = path.read_text(encoding="utf-8").replace("http://www.w3.org/2000/svg", "")
        assert not re.search(r"(?:src|href|url\()\s*=?\s*[\"']?(?:https?:)?//", text), path


def test_the_stylesheet_is_small() -> None:
    assert (ROOT / "app/static/dandang.css").stat().st_size < 15 * 1024


def test_files_can_be_read_in_one_sitting() -> None:
    long = [
        (path, n)
        for path in tracked("app/*.py", "analysis/*.py", "instruments/*.py", "tests/*.py")
        if (n := len(path.read_text(encoding="utf-8").splitlines())) > 400
    ]
    assert not long


@pytest.mark.parametrize("script", ["dandang"])
def test_the_command_is_declared(script: str) -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["scripts"][script] == "app.cli:main"
    assert project["license"] == "GPL-3.0-or-later"
