"""Checks of a shown page, run inside it: names, headings, landmarks, contrast, size of targets.

Each returns sentences that name the element; an empty list means that all is well.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

_CHECKS = Path(__file__).with_suffix(".js").read_text(encoding="utf-8")


def faults(page: Page) -> list[str]:
    """Everything wrong with the page as it is shown now."""
    found: list[str] = page.evaluate(_CHECKS)
    return found
