"""Markup in every text a person can type, a server that shows it, and a browser page that tells what ran."""

from __future__ import annotations

import html
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.sync_api import Browser, Dialog, Error, Page, Route
from sqlalchemy.orm import Session

from app import jobs, migrate
from app.accounts import service as accounts
from app.database import make_engine, now, session_factory
from app.main import create_app
from app.responses.service import store_response
from app.scores.snapshots import close_and_release
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units import service as units
from app.units.models import Person
from tests.app.bad_input.live import served

HIT = "window.__hit=1"
ASKED_AGAIN = 3
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
NO_PAGES = (".csv", ".xlsx", ".json", ".txt", ".pdf", ".sav", ".zip", ".docx")
TYPED = "input:not([type=hidden]):not([type=radio]):not([type=checkbox]):not([type=file]), textarea"
TYPE = """
(form, text) => {
  form.noValidate = true;
  for (const field of form.querySelectorAll('input, textarea, select')) {
    if (field.name === 'csrf' || ['radio', 'checkbox', 'file', 'submit'].includes(field.type)) continue;
    if (field.tagName === 'SELECT') field.options[field.selectedIndex].value = text;
    else { field.removeAttribute('maxlength'); field.type = field.type === 'hidden' ? 'hidden' : 'text';
           field.value = text; }
  }
  const post = document.createElement('button');
  form.append(post);
  post.click();
}
"""


@dataclass
class Planted:
    """The server, a session token a role, links of respondents, a closed survey with results."""

    address: str
    tokens: dict[str, str]
    links: list[str]
    survey: uuid.UUID


def _answer(session: Session, survey: Survey, people: list[Person]) -> None:
    instrument = surveys.instrument_of(survey)
    for number, person in enumerate(people):
        payload = PAYLOADS[number % len(PAYLOADS)]
        store_response(
            session,
            survey,
            response_id=uuid.uuid4(),
            answers=dict.fromkeys(instrument.forms[survey.form].items, 4),
            background={},
            texts={question.id: payload for question in instrument.open_ended},
            person_id=person.id,
            unit_id=person.unit_id,
            submitted_at=now(),
        )


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
    _answer(session, survey, people)
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


@contextmanager
def planted_server() -> Iterator[Planted]:
    """A server on the environment's store, which is empty so far, with markup in everything."""
    jobs.client.cache_clear()
    engine = make_engine(get_settings().database)
    migrate.upgrade(engine)
    jobs.prepare_store()
    with session_factory(engine)() as session:
        tokens, links, survey = _plant(session)
    with served(create_app()) as address:
        yield Planted(address, tokens, links, survey)
    engine.dispose()


@dataclass
class Watched:
    """A page and everything that would mean that something ran."""

    page: Page
    signs: list[str] = field(default_factory=list)
    looked: int = 0

    def look(self, where: str) -> None:
        """Note what ran on the page as it stands, and what only the policy stopped."""
        self.looked += 1
        hit = self._read()
        if hit[0]:
            self.signs.append(f"{where}: ran")
        if hit[1]:
            self.signs.append(f"{where}: the policy had to stop {hit[1]}")

    def _read(self) -> list[Any]:
        """What the page noted. A page of work under way loads itself anew: then the new one is asked."""
        for again in range(ASKED_AGAIN, -1, -1):
            try:
                noted: list[Any] = self.page.evaluate("[window.__hit, window.__csp]")
            except Error as error:
                if not again or "navigation" not in str(error):
                    raise
                self.page.wait_for_load_state("load")
            else:
                break
        return noted

    def open(self, path: str) -> None:
        """Go there and look. Raises AssertionError for a 5xx."""
        answer = self.page.goto(path, wait_until="load")
        assert answer is not None
        assert answer.status < 500, path
        self.look(path)


@contextmanager
def watching(browser: Browser, planted: Planted, role: str) -> Iterator[Watched]:
    """A page of somebody with this role, or of nobody."""
    context = browser.new_context(base_url=planted.address, locale="zh-CN")
    context.add_init_script(WATCH)
    if role in planted.tokens:
        context.add_cookies([{"name": "dandang", "value": planted.tokens[role], "url": planted.address}])
    made = Watched(context.new_page())

    def _dismiss(dialog: Dialog) -> None:
        made.signs.append("a dialog")
        dialog.dismiss()

    made.page.on("dialog", _dismiss)
    yield made
    context.close()


def crawl(one: Watched, start: str, most: int) -> list[str]:
    """Every page that can be reached by links, up to `most`, in the order seen."""
    waiting, seen = [start], {start}
    visited: list[str] = []
    while waiting and len(visited) < most:
        path = waiting.pop(0)
        one.open(path)
        visited.append(path)
        links = one.page.eval_on_selector_all("a[href]", "found => found.map(a => a.getAttribute('href'))")
        for link in links:
            parts = urlsplit(link)
            if parts.scheme or parts.netloc or not parts.path.startswith("/") or link in seen:
                continue
            if not parts.path.endswith(NO_PAGES):
                seen.add(link)
                waiting.append(link)
    return visited


def kind(path: str) -> str:
    """The page without its ids, so that forms of the same kind are told to be the same."""
    return re.sub(r"[0-9a-f]{8}-[0-9a-f-]{27}|/[qa]/[^/]+", "/·", urlsplit(path).path)


def type_everywhere(one: Watched, paths: list[str], payloads: tuple[str, ...], done: set[str]) -> int:
    """Each payload into every field of every kind of form on these pages, and send it; how often."""
    sent = 0
    for path in paths:
        one.page.goto(path)
        count = one.page.locator("form").count()
        for place in range(count):
            form = one.page.locator("form").nth(place)
            action = kind(form.get_attribute("action") or path)
            if action in done or "logout" in action or not form.locator(TYPED).count():
                continue
            done.add(action)
            for payload in payloads:
                one.page.goto(path)
                # what comes back may be a download, which is no page
                with suppress(Error), one.page.expect_navigation(wait_until="load", timeout=10_000):
                    one.page.locator("form").nth(place).evaluate(TYPE, payload)
                one.look(f"{action} sent back")
                sent += 1
            one.page.goto(path)
    return sent


def reflected(payload: str) -> tuple[str, ...]:
    """Addresses that could show a part of themselves."""
    part = quote(payload, safe="")
    return (
        f"/login?next={part}",
        f"/a?code={part}",
        f"/{part}",
        f"/q/{part}",
        f"/a/{part}",
        f"/instruments/{part}/0.1.0",
    )


def weaken(one: Watched, address: str, *, keep_policy: bool) -> None:
    """The control: this page comes unescaped, and without its policy unless that is kept."""

    def _answered(route: Route) -> None:
        got = route.fetch()
        headers = {k: v for k, v in got.headers.items() if keep_policy or "security-policy" not in k}
        route.fulfill(status=200, headers=headers, body=html.unescape(got.text()))

    one.page.route(f"**{address}", _answered)
