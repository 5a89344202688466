"""Markup in the texts people can type, on the pages that show it, in a real browser: nothing runs.

A sample of pages and payloads; every one of them: make promise-S4.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser

from app.settings import get_settings
from tests.browser.scripts import (
    HOMES,
    PAYLOADS,
    ROLES,
    Planted,
    Watched,
    crawl,
    planted_server,
    reflected,
    type_everywhere,
    watching,
    weaken,
)

pytestmark = pytest.mark.browser
Watcher = Callable[[str], Watched]
PAGES = {"hr": 7, "researcher": 4, "admin": 2, "security": 2, "auditor": 2}


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    home: Path = tmp_path_factory.mktemp("scripts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANDANG_HOME", str(home))
        get_settings.cache_clear()
        with planted_server() as made:
            yield made
    get_settings.cache_clear()


@pytest.fixture
def watched(browser: Browser, planted: Planted) -> Iterator[Watcher]:
    with ExitStack() as opened:

        def _watched(role: str) -> Watched:
            return opened.enter_context(watching(browser, planted, role))

        yield _watched


@pytest.mark.parametrize("role", ROLES)
def test_nothing_runs_on_the_pages_of(
    role: str, planted: Planted, watched: Watcher, record_property: Callable[[str, object], None]
) -> None:
    one = watched(role)
    visited = crawl(one, HOMES[role], PAGES[role])
    if role == "hr":
        visited += crawl(one, f"/hr/surveys/{planted.survey}/scores", 2)
        visited += crawl(one, f"/hr/surveys/{planted.survey}/people", 1)
    record_property("pages", len(visited))
    assert visited
    assert one.signs == []


def test_nothing_runs_for_respondents(planted: Planted, watched: Watcher) -> None:
    one = watched("nobody")
    for link in planted.links[0:12:3]:
        one.open(urlsplit(link).path)
    for path in (*reflected(PAYLOADS[0]), *reflected(PAYLOADS[1])[:3]):
        one.open(path)
    one.page.goto(urlsplit(planted.links[0]).path)
    one.page.locator("main form button").first.click()
    one.look("the first page of items")
    assert one.signs == []


def test_nothing_runs_in_what_is_sent_back(planted: Planted, watched: Watcher) -> None:
    """A roster full of markup, and a form that is shown again with what was typed."""
    one = watched("hr")
    rows = "\n".join(f'"{p}","{p}","{p}"'.replace('""', '"') for p in PAYLOADS if '"' not in p)
    data = f"工号,姓名,单位编码\n{rows}\n".encode()
    one.page.goto("/hr")
    first = one.page.locator("a[href^='/hr/surveys/']:not([href$=new])").first.get_attribute("href")
    assert first is not None
    one.page.goto(first)
    upload = one.page.locator("input[type=file]")
    if upload.count():
        upload.set_input_files({"name": "<img src=x>.csv", "mimeType": "text/csv", "buffer": data})
        one.page.locator("form:has(input[type=file]) button").first.click()
        one.look("the wrong rows of a roster")
    assert type_everywhere(one, ["/hr/surveys/new"], PAYLOADS[1:3], set()) == 2
    assert one.signs == []


def test_the_control_runs_without_escaping_and_policy(planted: Planted, watched: Watcher) -> None:
    """The same page, unescaped and without the policy: the payloads are real."""
    one = watched("hr")
    weaken(one, "/hr", keep_policy=False)
    one.page.goto("/hr")
    one.page.wait_for_timeout(300)
    one.look("/hr")
    assert any("ran" in sign for sign in one.signs)
    one.page.unroute("**/hr")
    one.signs.clear()
    weaken(one, "/hr", keep_policy=True)
    one.page.goto("/hr")
    one.page.wait_for_timeout(300)
    one.look("/hr")
    assert one.signs
    assert not any("ran" in sign for sign in one.signs), "the policy alone must stop them too"
