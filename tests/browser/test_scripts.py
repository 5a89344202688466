"""Markup in every text a person can type, on every page that shows it, in a real browser: nothing runs."""

from __future__ import annotations

import html
import os
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Browser, BrowserContext, Page
from sqlalchemy.orm import Session

from app import jobs, migrate
from app.accounts import service as accounts
from app.database import make_engine, now, session_factory
from app.main import create_app
from app.responses.service import store_response
from app.scores.snapshots import close_and_release
from app.settings import get_settings
from app.surveys import service as surveys
from app.units import service as units
from tests.app.bad_input.live import served

pytestmark = pytest.mark.browser
MOST_PAGES = int(os.environ.get("DANDANG_PROMISE_PAGES", "25"))
HIT = "window.__hit=1"
PAYLOADS = (
    f"<script>{HIT}</script>",
    f'"><img src=x onerror={HIT}>',
    f"'><svg onload={HIT}>",
    f"</title><script>{HIT}</script>",
    f"</textarea><script>{HIT}</script>",
    f'" autofocus onfocus={HIT} x="',
    f"javascript:{HIT}",
    "<iframe srcdoc='<script>parent.__hit=1</script>'>",
    "<base href=//evil.invalid/>",
    f"<details open ontoggle={HIT}>",
    "{{7*7}}{% raw %}",
    "<style>*{display:none}</style>",
    f"&lt;script&gt;{HIT}&lt;/script&gt;",
    '<!--<a href="--><img src=x>',
)
WATCH = """
window.__csp = [];
document.addEventListener("securitypolicyviolation", e => window.__csp.push(e.violatedDirective));
"""
ROLES = ("hr", "researcher", "admin", "security", "auditor")
HOMES = {
    "hr": "/hr",
    "researcher": "/research",
    "admin": "/admin/accounts",
    "security": "/security/accounts",
    "auditor": "/audit/entries",
}


@dataclass
class Planted:
    """The server, a session token a role, links of respondents."""

    address: str
    tokens: dict[str, str]
    links: list[str]
    survey: uuid.UUID


def _plant(session: Session) -> tuple[dict[str, str], list[str], uuid.UUID]:
    root = units.create_unit(session, code="<b>R", name=f"<img src=x onerror={HIT}>")
    people = []
    for k, payload in enumerate(PAYLOADS):
        unit = units.create_unit(session, code=f"<i>{k}", name=payload, parent=root)
        people.append(units.add_person(session, unit, staff_number=payload[:60], name=payload[:64]))
    links = []
    for payload in PAYLOADS:
        survey = surveys.create_survey(
            session, title=payload, office=payload, instrument_ref="dandang-jsjb/0.1.0", units=[root.id]
        )
        invited = surveys.invite(session, survey, people)
        surveys.open_survey(session, survey, actor="system")
        links += [surveys.invitation_link(invited[k]) for k in range(2)]
    instrument = surveys.instrument_of(survey)
    texts = {question.id: PAYLOADS[0] for question in instrument.open_ended}
    for person in people:
        store_response(
            session,
            survey,
            response_id=uuid.uuid4(),
            answers=dict.fromkeys(instrument.forms[survey.form].items, 4),
            background={},
            texts=texts,
            person_id=person.id,
            unit_id=person.unit_id,
            submitted_at=now(),
        )
    close_and_release(session, survey, actor="system")
    tokens = {}
    for role in ROLES:
        account = accounts.create_account(
            session,
            username=f"{role}-x",
            display_name=PAYLOADS[1],
            role=role,
            password="correct horse battery",
            units=[root.id] if role == "hr" else [],
        )
        session.flush()
        tokens[role] = accounts.open_session(session, account, 8)
    session.commit()
    return tokens, links, survey.id


@pytest.fixture(scope="module")
def planted(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Planted]:
    home: Path = tmp_path_factory.mktemp("scripts")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANDANG_HOME", str(home))
        get_settings.cache_clear()
        jobs.client.cache_clear()
        engine = make_engine(get_settings().database)
        migrate.upgrade(engine)
        jobs.prepare_store()
        with session_factory(engine)() as session:
            tokens, links, survey = _plant(session)
        with served(create_app()) as address:
            yield Planted(address, tokens, links, survey)
        engine.dispose()
    get_settings.cache_clear()


@dataclass
class Watched:
    """A page and everything that would mean that something ran."""

    page: Page
    signs: list[str] = field(default_factory=list)

    def look(self, where: str) -> None:
        hit = self.page.evaluate("[window.__hit, window.__csp]")
        if hit[0]:
            self.signs.append(f"{where}: ran")
        if hit[1]:
            self.signs.append(f"{where}: the policy had to stop {hit[1]}")


@pytest.fixture
def watched(browser: Browser, planted: Planted) -> Iterator[Callable[[str], Watched]]:
    opened: list[BrowserContext] = []

    def _watched(role: str) -> Watched:
        context = browser.new_context(base_url=planted.address, locale="zh-CN")
        context.add_init_script(WATCH)
        if role in planted.tokens:
            context.add_cookies([{"name": "dandang", "value": planted.tokens[role], "url": planted.address}])
        page = context.new_page()
        made = Watched(page)
        page.on("dialog", lambda dialog: (made.signs.append("a dialog"), dialog.dismiss()))
        opened.append(context)
        return made

    yield _watched
    for context in opened:
        context.close()


def _crawl(one: Watched, start: str, most: int) -> int:
    """Every page that can be reached by links, up to `most`; each kind of address before more of the same."""
    waiting, seen = [start], {start}
    visited = 0
    while waiting and visited < most:
        path = waiting.pop(0)
        answer = one.page.goto(path, wait_until="load")
        visited += 1
        assert answer is not None
        assert answer.status < 500, path
        one.look(path)
        links = one.page.eval_on_selector_all("a[href]", "found => found.map(a => a.getAttribute('href'))")
        for link in links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not parts.path.startswith("/") or link in seen:
                continue
            if not parts.path.endswith((".csv", ".xlsx", ".json", ".txt", ".pdf")):
                seen.add(link)
                waiting.append(link)
    return visited


@pytest.mark.parametrize("role", ROLES)
def test_nothing_runs_on_the_pages_of(
    role: str,
    planted: Planted,
    watched: Callable[[str], Watched],
    record_property: Callable[[str, object], None],
) -> None:
    one = watched(role)
    visited = _crawl(one, HOMES[role], MOST_PAGES)
    if role == "hr":
        visited += _crawl(one, f"/hr/surveys/{planted.survey}/scores", MOST_PAGES)
        visited += _crawl(one, f"/hr/surveys/{planted.survey}/people", 2)
    record_property("pages", visited)
    assert visited > 0
    assert one.signs == []


def test_nothing_runs_for_respondents(planted: Planted, watched: Callable[[str], Watched]) -> None:
    one = watched("nobody")
    for link in planted.links[: MOST_PAGES * 2]:
        one.page.goto(urlsplit(link).path)
        one.look(link)
        for path in (f"/login?next={PAYLOADS[1]}", f"/a?code={PAYLOADS[0]}", f"/{PAYLOADS[1]}"):
            one.page.goto(path)
            one.look(path)
    one.page.goto(urlsplit(planted.links[0]).path)
    one.page.locator("main form button").first.click()
    one.look("the first page of items")
    assert one.signs == []


def test_nothing_runs_in_what_is_sent_back(planted: Planted, watched: Callable[[str], Watched]) -> None:
    """A roster full of markup, and forms that are shown again with what was typed."""
    one = watched("hr")
    survey = urlsplit(planted.links[0])
    assert survey.path.startswith("/q/")
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
    one.page.goto("/hr/surveys/new")
    one.page.locator("[name=title]").fill(PAYLOADS[1])
    one.page.locator("[name=office]").fill(PAYLOADS[2])
    one.page.evaluate("document.querySelector('main form').noValidate = true")
    one.page.locator("main form button").first.click()
    one.look("the form for a new survey, again")
    assert one.signs == []


def test_the_control_runs_without_escaping_and_policy(
    planted: Planted, watched: Callable[[str], Watched]
) -> None:
    """The same page, unescaped and without the policy: the payloads are real."""
    one = watched("hr")

    def _weakened(keep_policy: bool) -> None:
        def _answer(route: object) -> None:
            got = route.fetch()  # type: ignore[attr-defined]  # a Route
            headers = {k: v for k, v in got.headers.items() if keep_policy or "security-policy" not in k}
            route.fulfill(  # type: ignore[attr-defined]  # a Route
                status=200, headers=headers, body=html.unescape(got.text())
            )

        one.page.route("**/hr", _answer)

    _weakened(keep_policy=False)
    one.page.goto("/hr")
    one.page.wait_for_timeout(300)
    one.look("/hr")
    assert any("ran" in sign for sign in one.signs)
    one.page.unroute("**/hr")
    one.signs.clear()
    _weakened(keep_policy=True)
    one.page.goto("/hr")
    one.page.wait_for_timeout(300)
    one.look("/hr")
    assert one.signs
    assert not any("ran" in sign for sign in one.signs), "the policy alone must stop them too"
