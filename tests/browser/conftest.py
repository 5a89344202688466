"""A real server on a free port, Chromium, and people with links.

Chromium is looked for on PATH, where Debian puts it, and where playwright keeps its own; where there is
none the tests are skipped and say so. Server and browser last for one module, so that neither the
environment of the one nor the event loop of the other is there for the tests of other rooms.
"""

from __future__ import annotations

import itertools
import os
import shutil
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from app import migrate
from app.accounts import service as accounts
from app.database import make_engine, session_factory
from app.main import create_app
from app.settings import get_settings
from app.surveys import service as surveys
from app.units import service as units

PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
PLAIN_HOST = "dandang.test"  # resolved to this machine, but no secure context for the browser
PASSWORD = "correct horse battery"


def chromium() -> str | None:
    """The executable to drive: one on PATH, else playwright's own if it was installed."""
    for name in ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable"):
        found = shutil.which(name)
        if found:
            return found
    with sync_playwright() as driver:
        own = driver.chromium.executable_path
    return own if Path(own).exists() else None


@dataclass
class Site:
    """The running server and what is on it."""

    port: int
    new_link: Callable[[], str]

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.port}"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    home = tmp_path_factory.mktemp("browser")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("DANDANG_HOME", str(home))
        patch.setenv("DANDANG_BASE_URL", f"http://127.0.0.1:{port}")
        get_settings.cache_clear()
        engine = make_engine(get_settings().database)
        migrate.upgrade(engine)
        server = uvicorn.Server(
            uvicorn.Config(
                create_app(), host="127.0.0.1", port=port, log_level="warning", access_log=False, ws="none"
            )
        )
        thread = threading.Thread(target=server.run, daemon=True)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.05)
        assert server.started
        with session_factory(engine)() as session:
            unit = units.create_unit(session, code="B01", name="试验街道")
            survey = surveys.create_survey(
                session,
                title="2026年接诉即办干部担当作为测评",
                office="试验区委组织部",
                instrument_ref="dandang-jsjb/0.1.0",
                units=[unit.id],
            )
            surveys.open_survey(session, survey, actor="system")
            accounts.create_account(
                session, username="yan", display_name="严", role="researcher", password=PASSWORD
            )
            session.commit()
            numbers = itertools.count(1)

            def _new_link() -> str:
                number = str(next(numbers))
                person = units.add_person(session, unit, staff_number=number, name=f"试{number}")
                (invitation,) = surveys.invite(session, survey, [person])
                session.commit()
                return surveys.invitation_link(invitation).removeprefix(f"http://127.0.0.1:{port}")

            yield Site(port, _new_link)
        server.should_exit = True
        thread.join(timeout=15)
        engine.dispose()
    get_settings.cache_clear()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    executable = chromium()
    if executable is None:
        if os.environ.get("DANDANG_REQUIRE_BROWSER"):
            pytest.fail("no Chromium, and DANDANG_REQUIRE_BROWSER is set")
        pytest.skip("no Chromium on PATH and none installed by playwright")
    with sync_playwright() as driver:
        started = driver.chromium.launch(
            executable_path=executable,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                f"--host-resolver-rules=MAP {PLAIN_HOST} 127.0.0.1",
            ],
        )
        yield started
        started.close()


@dataclass
class Visit:
    """A page with everything it complained about."""

    page: Page
    context: BrowserContext
    complaints: list[str] = field(default_factory=list)


@pytest.fixture
def visit(browser: Browser, site: Site) -> Iterator[Callable[..., Visit]]:
    """`visit(PHONE, dark=True)`: a fresh profile; at the end nothing may have been complained about."""
    opened: list[Visit] = []

    def _visit(
        size: dict[str, int] | None = None,
        *,
        dark: bool = False,
        script: bool = True,
        calm: bool = False,
        base: str = "",
    ) -> Visit:
        context = browser.new_context(
            viewport=size or PHONE,  # type: ignore[arg-type]  # a TypedDict of the same two keys
            color_scheme="dark" if dark else "light",
            reduced_motion="reduce" if calm else "no-preference",
            java_script_enabled=script,
            base_url=base or site.address,
            locale="zh-CN",
            timezone_id="Asia/Shanghai",
        )
        page = context.new_page()
        made = Visit(page, context)
        page.on(
            "console", lambda m: made.complaints.append(m.text) if m.type in {"error", "warning"} else None
        )
        page.on("pageerror", lambda error: made.complaints.append(str(error)))
        opened.append(made)
        return made

    yield _visit
    for one in opened:
        one.context.close()
    assert [complaint for one in opened for complaint in one.complaints] == []
