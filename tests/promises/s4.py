"""S4: no script runs: every payload in every text field, on every page that shows one, in a real browser."""

from __future__ import annotations

import os
import tempfile
import time
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import Browser, sync_playwright
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts import service as accounts
from app.accounts.models import Account
from app.database import make_engine, session_factory
from app.reports import running
from app.reports.models import ReportRun
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.codes import make_codes
from app.surveys.models import Survey
from app.units.models import Unit
from tests.browser.conftest import chromium
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
from tests.promises.house import home
from tests.promises.record import Result, result

MOST_PAGES = int(os.environ.get("DANDANG_S4_PAGES", "400"))
OWN = ["/account", "/account/password", "/account/second-factor"]
SETTLES = 300  # milliseconds, in which an event handler of the control would have run


def _more(planted: Planted) -> list[str]:
    """Accounts named like the payloads, a report of the survey, codes of an anonymous one: their pages."""
    engine = make_engine(get_settings().database)
    sessions = session_factory(engine)
    with sessions() as session:
        for number, payload in enumerate(PAYLOADS):
            accounts.create_account(
                session,
                username=f"x{number}",
                display_name=payload[:64],
                role="researcher",
                password="correct horse battery",
            )
        survey = session.get_one(Survey, planted.survey)
        asker = session.scalars(select(Account).where(Account.role == "researcher")).first()
        run = ReportRun(survey_id=survey.id, seed=1, requested_by=asker.id if asker else None)
        session.add(run)
        codes = _codes(session, survey)
        session.commit()
        made = run.id
    running.compute(sessions, made)
    engine.dispose()
    return [f"/research/reports/{made}", f"/research/reports/{made}/report.html", *codes]


def _codes(session: Session, survey: Survey) -> list[str]:
    nameless = surveys.create_survey(
        session,
        title=PAYLOADS[0],
        office=PAYLOADS[1],
        instrument_ref="dandang-jsjb/0.1.0",
        units=surveys.survey_roots(session, survey),
        mode="anonymous",
    )
    surveys.open_survey(session, nameless, actor="system")
    everywhere = frozenset(session.scalars(select(Unit.id)))
    first = next(iter(surveys.survey_roots(session, survey)))
    slips = make_codes(session, nameless, {first: 2}, allowed=everywhere, actor="system")
    return [f"/a/{slip.code}" for slip in slips]


def _questionnaire(one: Watched, start: str) -> list[str]:
    """Agree, and give the pages of the questionnaire, the free text among them."""
    one.open(start)
    with one.page.expect_navigation():
        one.page.locator("main form button").first.click()
    one.look("the first page of items")
    base = urlsplit(one.page.url).path.rsplit("/p/", 1)[0]
    return [f"{base}/p/{number}" for number in range(1, 6)]


def attack(browser: Browser, planted: Planted) -> tuple[int, int, list[str]]:
    """Pages looked at, payloads sent from fields, and every sign that something ran."""
    extra = _more(planted)
    looked = sent = 0
    signs: list[str] = []
    done: set[str] = set()
    for role in ROLES:
        with watching(browser, planted, role) as one:
            paths = [path for path in crawl(one, HOMES[role], MOST_PAGES) if not path.startswith(OWN[0])]
            if role == "hr":
                paths += ["/hr/surveys/new", f"/hr/surveys/{planted.survey}/reopen"]
                paths += [f"/hr/surveys/{planted.survey}/withdraw", f"/hr/surveys/{planted.survey}/people"]
            if role == "researcher":
                paths += [*extra[:2], f"/research/surveys/{planted.survey}/export"]
            if role == "auditor":
                paths += [f"/audit/entries?actor={uuid.uuid4()}"]
            for path in [*paths[-6:], *OWN]:
                one.open(path)
            sent += type_everywhere(one, paths, PAYLOADS, done)
            one.open(HOMES[role])
            assert urlsplit(one.page.url).path == HOMES[role], f"{role} was signed out on the way"
            # last, for wrong passwords typed there end the session
            sent += type_everywhere(one, OWN, PAYLOADS, done)
            looked, signs = looked + one.looked, signs + one.signs
    with watching(browser, planted, "nobody") as one:
        for link in planted.links:
            one.open(urlsplit(link).path)
        for payload in PAYLOADS:
            for path in reflected(payload):
                one.open(path)
        pages = ["/login", "/a", *_questionnaire(one, urlsplit(planted.links[0]).path)]
        sent += type_everywhere(one, pages, PAYLOADS, done)
        for code in extra[2:]:
            sent += type_everywhere(one, _questionnaire(one, code), PAYLOADS, done)
        looked, signs = looked + one.looked, signs + one.signs
    return looked, sent, signs


def controls(browser: Browser, planted: Planted) -> tuple[list[str], list[str]]:
    """Signs on one page that comes unescaped: without its policy, and with it."""
    said = []
    for keep_policy in (False, True):
        with watching(browser, planted, "hr") as one:
            weaken(one, "/hr", keep_policy=keep_policy)
            one.page.goto("/hr")
            one.page.wait_for_timeout(SETTLES)
            one.look("/hr")
            said.append(one.signs)
    return said[0], said[1]


def full() -> Result:
    """Every page of every role, every field of every form, with every payload; then the control."""
    started = time.monotonic()
    executable = chromium()
    if executable is None:
        raise RuntimeError("no Chromium on PATH and none installed by playwright")
    with tempfile.TemporaryDirectory() as scratch, home(Path(scratch) / "home"), sync_playwright() as driver:
        browser = driver.chromium.launch(
            executable_path=executable,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        with planted_server() as planted:
            bare, kept_policy = controls(browser, planted)
            looked, sent, signs = attack(browser, planted)
        browser.close()
    ran = any("ran" in sign for sign in bare)
    stopped = bool(kept_policy) and not any("ran" in sign for sign in kept_policy)
    return result(
        "S4",
        figure=f"{len(PAYLOADS)} payloads; {looked} pages looked at as {len(ROLES)} roles, respondents"
        f" and strangers, {sent} payloads typed into every kind of form and sent: {len(signs)} executions",
        kept=not signs and sent > 0 and ran and stopped,
        control=f"unescaped and without the policy: {'ran' if ran else 'did NOT run'};"
        f" unescaped with the policy: {'stopped by it' if stopped else 'NOT stopped'}",
        note="; ".join([f"{time.monotonic() - started:.0f} s", *sorted(set(signs))[:4]]),
    )
