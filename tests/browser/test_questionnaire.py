"""A cadre with a phone, a cadre at a desk, a cadre on a bad network: the whole way, measured."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.accessibility import faults
from tests.browser.conftest import DESK, PHONE, PLAIN_HOST, Site, Visit

pytestmark = pytest.mark.browser
Visitor = Callable[..., Visit]
MAX_HEIGHT = 1700
KIB = 1024


def _consent(page: Page, link: str) -> None:
    page.goto(link)
    page.get_by_role("button", name="同意并开始作答").click()
    page.wait_for_url("**/p/1")


def _answer(page: Page, option: int = 3) -> None:
    """Tap one option of every item of the page."""
    for item in page.locator("fieldset.item:has(.scale)").all():
        item.locator(".scale label").nth(option).click()


def _next(page: Page) -> None:
    page.get_by_role("button", name="下一页").click()


def _to_page(page: Page, number: int) -> None:
    for one in range(1, number):
        page.wait_for_url(f"**/p/{one}")
        _answer(page)
        _next(page)
    page.wait_for_url(f"**/p/{number}")


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_whole_way(visit: Visitor, site: Site, size: dict[str, int], tmp_path: Path) -> None:
    made = visit(size)
    page = made.page
    page.goto(site.new_link())
    assert faults(page) == []
    page.get_by_role("button", name="同意并开始作答").click()
    for number in range(1, 5):
        page.wait_for_url(f"**/p/{number}")
        expect(page.get_by_text(f"第 {number} 页／共 5 页")).to_be_visible()
        assert faults(page) == []
        if size is PHONE:
            assert page.evaluate("document.documentElement.scrollHeight") <= MAX_HEIGHT
        _answer(page)
        _next(page)
    page.wait_for_url("**/p/5")
    assert faults(page) == []
    expect(page.get_by_text("您的党龄")).to_be_hidden()
    page.get_by_text("中共党员（含预备党员）").first.click()
    expect(page.get_by_text("您的党龄")).to_be_visible()
    page.locator("textarea").fill("一件难事。")
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt")
    assert faults(page) == []
    code = page.locator("#code").inner_text()
    assert re.fullmatch(r"[2-9A-Z]{5}-[2-9A-Z]{5}", code)
    page.get_by_role("button", name="存为图片").click()
    with page.expect_download() as download:
        page.get_by_role("link", name="下载图片").click()
    assert code in download.value.suggested_filename
    download.value.save_as(tmp_path / "receipt.png")
    assert (tmp_path / "receipt.png").read_bytes().startswith(b"\x89PNG")


def test_first_page_and_whole_questionnaire_are_light(visit: Visitor, site: Site) -> None:
    page = visit().page
    sizes: list[tuple[str, int]] = []

    def _count(request: Request) -> None:
        size = request.sizes()["responseBodySize"]
        if size >= 0:  # negative: read from the browser's own cache
            sizes.append((request.url, size))

    page.on("requestfinished", _count)
    page.goto(site.new_link(), wait_until="networkidle")
    assert len(sizes) <= 5
    assert sum(size for _, size in sizes) <= 60 * KIB
    page.get_by_role("button", name="同意并开始作答").click()
    page.wait_for_url("**/p/1")
    page.wait_for_load_state("networkidle")
    assert len(sizes) <= 8  # start, consent, page, and each file once
    _to_page(page, 5)
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt")
    page.wait_for_load_state("networkidle")
    assert sum(size for _, size in sizes) <= 150 * KIB, sizes
    assert {url.split("/")[2] for url, _ in sizes} == {f"127.0.0.1:{site.port}"}


def test_the_whole_way_without_javascript(visit: Visitor, site: Site) -> None:
    page = visit(script=False).page
    _consent(page, site.new_link())
    _to_page(page, 5)
    expect(page.get_by_text("仅在“您的政治面貌：中共党员（含预备党员）”时填写")).to_be_visible()
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt")
    expect(page.locator("#code")).to_have_text(re.compile(r"[2-9A-Z]{5}-[2-9A-Z]{5}"))
    expect(page.get_by_role("button", name="复制回执码")).to_be_hidden()


@pytest.mark.parametrize("script", [True, False], ids=["script", "no script"])
def test_missing_items_are_counted_linked_and_the_first_is_in_view(
    visit: Visitor, site: Site, script: bool
) -> None:
    page = visit(script=script).page
    _consent(page, site.new_link())
    for i, item in enumerate(page.locator("fieldset.item").all()):
        if i not in {3, 6}:
            item.locator(".scale label").nth(2).click()
    _next(page)
    page.wait_for_url("**missing=1**")
    expect(page.get_by_role("alert")).to_contain_text("还有 2 题未作答（第 4、7 题）")
    marked = page.locator(".item-missing")
    expect(marked).to_have_count(2)
    expect(page.get_by_role("alert")).to_be_in_viewport()
    expect(marked.first.locator("legend")).to_be_in_viewport()
    if script:
        assert faults(page) == []
    page.get_by_role("alert").get_by_role("link", name="7").click()
    expect(marked.nth(1)).to_be_in_viewport()
    _next(page)
    page.wait_for_url("**/p/2")


def test_coming_back_continues_with_what_was_tapped(visit: Visitor, site: Site) -> None:
    made = visit()
    link = site.new_link()
    _consent(made.page, link)
    _to_page(made.page, 2)
    made.page.locator("input[name=j_zc2][value='2']").check(force=True)
    expect(made.page.locator("#state")).to_contain_text("已存在本机")
    kept = made.page.evaluate("JSON.stringify(localStorage)")
    token = link.rsplit("/", 1)[1]
    assert kept != "{}"
    for secret in (token, "j_zc2"):
        assert secret not in kept
    made.page.close()  # no page was sent
    again = made.context.new_page()
    again.goto(link)
    again.get_by_role("link", name="继续作答").click()
    again.wait_for_url("**/p/2")
    expect(again.locator("input[name=j_zc2][value='2']")).to_be_checked()


def test_on_another_device_the_sent_pages_are_there(visit: Visitor, site: Site) -> None:
    link = site.new_link()
    first = visit().page
    _consent(first, link)
    _to_page(first, 3)
    second = visit(DESK).page
    second.goto(link)
    second.get_by_role("link", name="继续作答").click()
    second.wait_for_url("**/p/3")
    second.get_by_role("button", name="上一页").click()
    second.wait_for_url("**/p/2")
    expect(second.locator("fieldset.item input:checked")).to_have_count(9)
    expect(second.locator("#state")).to_have_text(re.compile(r"已保存 \d\d:\d\d"))


def test_a_lost_network_keeps_the_answers_and_sends_them_later(visit: Visitor, site: Site) -> None:
    made = visit()
    page = made.page
    _consent(page, site.new_link())
    _answer(page)
    page.route("**/p/1", lambda route: route.abort() if route.request.method == "POST" else route.continue_())
    _next(page)
    expect(page.locator("#state")).to_contain_text("联网后会自动提交")
    page.unroute("**/p/1")
    page.evaluate("window.dispatchEvent(new Event('online'))")
    page.wait_for_url("**/p/2")
    made.complaints[:] = [c for c in made.complaints if "ERR_FAILED" not in c]  # the loss that was asked for


def test_a_reply_that_is_lost_does_no_harm(visit: Visitor, site: Site) -> None:
    """The server stores the response, the answer never arrives, the phone sends again: one receipt."""
    made = visit()
    page = made.page
    _consent(page, site.new_link())
    _to_page(page, 5)
    lost: list[str] = []

    def _lose_first(route: Route) -> None:
        if route.request.method == "POST" and not lost:
            lost.append(route.fetch().text())
            route.abort()
        else:
            route.continue_()

    page.route("**/p/5", _lose_first)
    page.get_by_role("button", name="提交").click()
    page.wait_for_url("**/receipt", timeout=15_000)
    assert len(lost) == 1
    expect(page.locator("#code")).to_have_text(re.compile(r"[2-9A-Z]{5}-[2-9A-Z]{5}"))
    made.complaints[:] = [c for c in made.complaints if "ERR_FAILED" not in c]


def test_plain_http_keeps_nothing_on_the_phone_and_says_so(visit: Visitor, site: Site) -> None:
    made = visit(base=f"http://{PLAIN_HOST}:{site.port}")
    page = made.page
    _consent(page, site.new_link())
    page.locator(".scale label").first.click()
    expect(page.locator("#state")).to_have_text("点“下一页”后保存")
    assert page.evaluate("localStorage.length") == 0
    _to_page(page, 2)
    made.complaints[:] = [c for c in made.complaints if "Cross-Origin-Opener-Policy" not in c]


def test_keys_answer_and_enter_goes_on(visit: Visitor, site: Site) -> None:
    page = visit(DESK).page
    _consent(page, site.new_link())
    for key in "12345123":
        page.keyboard.press(key)
    chosen = page.locator(".scale input:checked").evaluate_all("found => found.map((e) => e.value)")
    assert chosen == list("12345123")
    page.keyboard.press("Enter")
    page.wait_for_url("**/p/2")
    page.keyboard.press("Tab")  # past the link to the text
    page.keyboard.press("Tab")
    page.keyboard.press("ArrowRight")
    expect(page.locator(".scale").first.locator("input").nth(1)).to_be_checked()


def test_the_next_item_comes_into_view_but_never_on_a_change(visit: Visitor, site: Site) -> None:
    page = visit().page
    _consent(page, site.new_link())
    items = page.locator("fieldset.item")
    for i in range(5):
        items.nth(i).locator("label").nth(3).click()
    page.wait_for_timeout(700)
    expect(items.nth(5)).to_be_in_viewport(ratio=1)
    page.evaluate("window.scrollTo(0, 0)")
    items.nth(1).locator("label").nth(0).click()
    page.wait_for_timeout(500)
    assert page.evaluate("window.scrollY") == 0


def test_nothing_moves_for_who_prefers_reduced_motion(visit: Visitor, site: Site) -> None:
    page = visit(calm=True).page
    _consent(page, site.new_link())
    last = page.locator("fieldset.item").nth(4)
    last.locator("label").first.scroll_into_view_if_needed()
    before = page.evaluate("window.scrollY")
    last.locator("label").first.click()
    page.wait_for_timeout(500)
    assert page.evaluate("window.scrollY") == before


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_every_page_is_accessible(visit: Visitor, site: Site, dark: bool) -> None:
    made = visit(dark=dark)
    page = made.page
    _consent(page, site.new_link())
    page.locator(".scale label").nth(3).click()
    assert faults(page) == []
    background = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert background == ("rgb(22, 21, 20)" if dark else "rgb(255, 255, 255)")
    page.goto("/login")
    assert faults(page) == []
    page.goto("/q/nobody")
    assert faults(page) == []
    made.complaints[:] = [c for c in made.complaints if "404" not in c]


def test_the_checks_find_planted_faults(visit: Visitor, site: Site) -> None:
    """The negative control: without it an empty list would prove nothing."""
    page = visit().page
    page.goto("/login")
    page.evaluate(
        """() => {
          document.querySelector("label").remove();
          document.querySelector("h1").insertAdjacentHTML("afterend", "<h4>小</h4><img src='data:,'>");
          document.querySelector("p.soft").className = "planted";
          const sheet = new CSSStyleSheet();
          sheet.replaceSync(".planted { color: #aaa; } .button { min-height: 0; height: 20px; padding: 0; }");
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    found = " ".join(faults(page))
    for fault in ("no label", "heading skips", "no alternative", "contrast", "target"):
        assert fault in found
