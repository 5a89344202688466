"""The whole house as three people use it: `dandang demo` as it is started, web, worker, queue and Chromium.

A cadre answers on a phone; HR closes the survey, waits for the evidence and opens the workbook;
a researcher runs the report and reads it.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import openpyxl
import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page

from tests.postgres import Server

pytestmark = pytest.mark.browser
START_SECONDS = 180
WORK_SECONDS = 240
PAGES = 5  # four of items, one of background
OPEN_SURVEY = "接诉即办担当作为试测（演示，可填写）"


@dataclass
class House:
    """A running demo."""

    address: str
    links: list[str]
    sign_ins: dict[str, str]
    said: Path


def _answers(address: str) -> bool:
    try:
        with urllib.request.urlopen(f"{address}/healthz", timeout=2) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


@pytest.fixture(scope="module", params=["sqlite", "postgresql"])
def house(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    home = tmp_path_factory.mktemp("house")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("DANDANG_")}
    environment |= {"DANDANG_HOME": str(home), "PORT": str(port), "OMP_NUM_THREADS": "1"}
    if request.param == "postgresql":
        server: Server = request.getfixturevalue("postgres")
        name = server.create()
        environment["DANDANG_DATABASE_URL"] = server.url(name)
        environment["DANDANG_JOBS_DATABASE_URL"] = server.url(f"{name}_jobs")
    said = home / "said.txt"
    with said.open("w") as log:
        running = subprocess.Popen(
            [sys.executable, "-m", "app.cli", "demo"],
            env=environment,
            stdout=log,
            stderr=log,
            cwd=Path(__file__).parents[2],
        )
        address = f"http://127.0.0.1:{port}"
        deadline = time.monotonic() + START_SECONDS
        while not _answers(address) and time.monotonic() < deadline and running.poll() is None:
            time.sleep(0.5)
        try:
            assert _answers(address), said.read_text()
            access = json.loads((home / "demo.json").read_text())
            sign_ins = {name: password for name, password, _ in access["accounts"]}
            yield House(address, access["links"], sign_ins, said)
        finally:
            running.terminate()
            assert running.wait(40) == 0


@dataclass
class Desk:
    """Where people sit down: each with a profile of their own, and all their complaints on one list."""

    browser: Browser
    complaints: list[str] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    def page(self, width: int, height: int) -> Page:
        context = self.browser.new_context(viewport={"width": width, "height": height}, locale="zh-CN")
        self.contexts.append(context)
        page = context.new_page()
        page.on("console", self._hear)
        page.on("pageerror", lambda error: self.complaints.append(str(error)))
        return page

    def _hear(self, message: ConsoleMessage) -> None:
        if message.type in {"error", "warning"}:
            self.complaints.append(f"{message.text} ({message.location.get('url')})")


@pytest.fixture
def desk(browser: Browser, house: House) -> Iterator[Desk]:
    """Closed before the house is: a page that renews itself would look for a server that has gone."""
    seat = Desk(browser)
    yield seat
    for context in seat.contexts:
        context.close()


def _sign_in(page: Page, house: House, path: str, name: str) -> None:
    page.goto(house.address + path)
    page.fill("#username", name)
    page.fill("#password", house.sign_ins[name])
    page.click("main button")
    page.wait_for_url(f"**{path}")


def _answer_everything(page: Page, link: str) -> str:
    """From link to receipt; gives what the receipt page says."""
    page.goto(link)
    page.click("main form button")
    for number in range(1, PAGES):
        page.wait_for_url(f"**/p/{number}")
        for card in page.locator(".item").all():
            card.locator("label").nth(3).click()
        page.click("button[value=next]")
    page.wait_for_url(f"**/p/{PAGES}")
    page.click("button[value=next]")
    page.wait_for_url("**/receipt")
    return page.locator("main").inner_text()


def _wait(page: Page, text: str) -> None:
    deadline = time.monotonic() + WORK_SECONDS
    while page.get_by_text(text).count() == 0:
        assert time.monotonic() < deadline, page.locator("main").inner_text()
        time.sleep(1)


def test_three_people_one_house(house: House, desk: Desk, tmp_path: Path) -> None:
    said = house.said.read_text(encoding="utf-8")
    assert "演示环境" in said
    assert said.count("http://") >= 3

    cadre = desk.page(390, 844)
    receipt = _answer_everything(cadre, house.links[0])
    assert "已提交" in receipt
    cadre.goto(house.links[0])
    assert cadre.locator("main").inner_text() == receipt

    hr = desk.page(1280, 800)
    _sign_in(hr, house, "/hr", "hr-demo")
    hr.click(f"text={OPEN_SURVEY}")
    assert "155／166" in hr.locator("main").inner_text()
    hr.click("text=结束测评")
    hr.click("main form button")
    hr.click("text=查看得分")
    assert "数据不足" in hr.locator("main").inner_text()
    deadline = time.monotonic() + WORK_SECONDS
    while "证据尚未计算" in (shown := hr.locator("main").inner_text()) or "正在计算" in shown:
        assert time.monotonic() < deadline, shown
        time.sleep(1)
        hr.reload()  # read when whole: the page renews itself, and half of it has no notice yet
    with hr.expect_download() as expected:
        hr.click("text=下载得分（xlsx")
    path = tmp_path / "scores.xlsx"
    expected.value.save_as(path)
    _read_workbook(path)

    researcher = desk.page(1280, 800)
    _sign_in(researcher, house, "/research", "research-demo")
    survey = researcher.locator("section", has_text=OPEN_SURVEY)
    survey.locator("select[name=depth]").select_option("quick")
    survey.locator("button").click()
    _wait(researcher, "打开报告")
    for name, start in (("PDF", b"%PDF-"), ("Word", b"PK")):
        with researcher.expect_download() as expected:
            researcher.click(f"text=下载 {name}")
        assert Path(expected.value.path()).read_bytes().startswith(start)
    researcher.click("text=打开报告")
    report = researcher.locator("body").inner_text()
    assert "模拟数据" in report
    assert "列删法" in report
    assert researcher.locator("svg").count() >= 3
    wide = researcher.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert desk.complaints == []


def _read_workbook(path: Path) -> None:
    book = openpyxl.load_workbook(path)
    names = book.sheetnames
    assert len(names) >= 4
    people: Any = book.worksheets[0]
    text = [[cell.value for cell in row] for row in people.iter_rows()]
    assert any("演示干部01" in map(str, row) for row in text), (
        "the person who has just answered is in the file"
    )
    everything = " ".join(str(c.value) for sheet in book for row in sheet.iter_rows() for c in row if c.value)
    for word in ("模拟数据", "人数不足", "数据不足", "dandang-jsjb/0.1.0", "sha256"):
        assert word in everything, word
    formulas = [c for sheet in book for row in sheet.iter_rows() for c in row if c.data_type == "f"]
    assert formulas == []
