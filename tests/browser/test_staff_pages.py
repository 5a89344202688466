"""Sign-in and the catalogue, as staff see them on a phone and at a desk."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import expect

from tests.browser.accessibility import faults
from tests.browser.conftest import DESK, PASSWORD, PHONE, Site, Visit

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_sign_in_and_read_the_catalogue(
    visit: Callable[..., Visit], site: Site, size: dict[str, int], dark: bool
) -> None:
    page = visit(size, dark=dark).page
    page.goto("/instruments")
    page.get_by_label("用户名").fill("yan")
    page.get_by_label("密码").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page).to_have_url(f"{site.address}/instruments")
    assert faults(page) == []
    page.get_by_role("link", name="干部担当作为问卷（接诉即办版）").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("干部担当作为问卷（接诉即办版）")
    assert faults(page) == []
    for summary in page.locator("details > summary").all():
        if not summary.evaluate("e => e.parentElement.open"):
            summary.click()
    assert faults(page) == []


def test_the_skip_link_leads_to_the_text(visit: Callable[..., Visit], site: Site) -> None:
    page = visit(DESK).page
    page.goto("/login")
    page.keyboard.press("Tab")
    expect(page.get_by_role("link", name="跳到正文")).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator("main")).to_be_focused()
