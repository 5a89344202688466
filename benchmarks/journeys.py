"""Whole questionnaires against a bare insert: two real servers, SQLite with synchronous=FULL, 16 at once.

A journey is what a cadre without JavaScript sends: start, consent, pages, submit, receipt. The floor is one
POST of the same answers into one table by FastAPI and pydantic.
"""

from __future__ import annotations

import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlencode

from benchmarks.ratio import Ratio

AT_ONCE = 16
JOURNEYS = 160
FLOOR_POSTS = 1600
BARE = """
import sqlite3, json, threading
from fastapi import FastAPI
from pydantic import BaseModel
app = FastAPI(); lock = threading.Lock()
con = sqlite3.connect("bare.db", check_same_thread=False, isolation_level=None)
con.execute("PRAGMA journal_mode=WAL"); con.execute("PRAGMA synchronous=FULL")
con.execute("CREATE TABLE response (answers TEXT)")
class Answers(BaseModel):
    answers: dict[str, int]
@app.post("/", status_code=201)
def store(body: Answers) -> dict[str, bool]:
    with lock:
        con.execute("INSERT INTO response VALUES (?)", (json.dumps(body.answers),))
    return {"stored": True}
"""


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


@contextmanager
def _server(target: list[str], directory: Path, environment: dict[str, str]) -> Iterator[tuple[int, int]]:
    port = _free_port()
    command = [
        sys.executable,
        "-m",
        "uvicorn",
        *target,
        "--port",
        str(port),
        "--log-level",
        "error",
        "--no-access-log",
    ]
    root = str(Path(__file__).parent.parent)
    process = subprocess.Popen(command, cwd=directory, env={**os.environ, "PYTHONPATH": root, **environment})
    try:
        for _ in range(200):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.05)
        yield port, process.pid
    finally:
        process.terminate()
        process.wait(20)


def _cpu_seconds(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(") ", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _at_once(work: Callable[[int], None], count: int) -> float:
    turn = iter(range(count))
    lock = threading.Lock()

    def _worker() -> None:
        while True:
            with lock:
                k = next(turn, None)
            if k is None:
                return
            work(k)

    threads = [threading.Thread(target=_worker) for _ in range(AT_ONCE)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return time.perf_counter() - started


def _ask(
    connection: HTTPConnection, method: str, path: str, fields: dict[str, str] | None = None
) -> tuple[int, str, str]:
    headers = {"Accept": "text/html", "Content-Type": "application/x-www-form-urlencoded"}
    connection.request(method, path, urlencode(fields) if fields is not None else None, headers)
    answer = connection.getresponse()
    return answer.status, answer.read().decode(), answer.headers.get("Location", "")


def _hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', page))


def journey(port: int, link: str) -> None:
    """One cadre, start to receipt. Raises AssertionError when no receipt comes."""
    connection = HTTPConnection("127.0.0.1", port, timeout=60)
    path = re.sub(r"^https?://[^/]+", "", link)
    _, page, _ = _ask(connection, "GET", path)
    action = re.search(r'<form[^>]*action="([^"]+)"', page)
    assert action
    status, page, where = _ask(connection, "POST", action[1], _hidden(page))
    for _ in range(12):
        assert status in {200, 303}, page[:300]
        if status == 303:
            path = where
            status, page, where = _ask(connection, "GET", where)
            continue
        if "receipt" in path or "回执码" in page:
            return
        form = re.search(r'<form[^>]*action="([^"]+)"', page)
        names = dict.fromkeys(re.findall(r'<input[^>]*type="radio"[^>]*name="([^"]+)"', page))
        chosen = {}
        for name in names:
            values = re.findall(
                rf'<input[^>]*type="radio"[^>]*name="{re.escape(name)}"[^>]*value="([^"]+)"', page
            )
            chosen[name] = values[min(3, len(values) - 1)]
        path = form[1] if form else path
        status, page, where = _ask(connection, "POST", path, {**_hidden(page), **chosen, "go": "next"})
    raise AssertionError(f"no receipt for {link}: {page[:300]}")


def _planted(home: Path) -> list[str]:
    environment = {**os.environ, "DANDANG_HOME": str(home), "DANDANG_ENVIRONMENT": "demo"}
    root = Path(__file__).parent.parent
    subprocess.run(
        [sys.executable, "-m", "benchmarks.plant", str(JOURNEYS)], cwd=root, env=environment, check=True
    )
    links: list[str] = json.loads((home / "links.json").read_text())
    return links


def measure() -> Iterator[Ratio]:
    """Journeys and bare inserts a second, and server CPU for one of each."""
    with tempfile.TemporaryDirectory() as name:
        home = Path(name)
        links = _planted(home)
        answers = json.dumps({"answers": {f"j_{k}": 3 for k in range(32)}})
        (home / "bare.py").write_text(BARE)

        def _bare(_k: int) -> None:
            connection = HTTPConnection("127.0.0.1", port, timeout=60)
            connection.request("POST", "/", answers, {"Content-Type": "application/json"})
            assert connection.getresponse().status == 201

        with _server(["bare:app"], home, {"PYTHONPATH": str(home)}) as (port, pid):
            seconds = _at_once(_bare, FLOOR_POSTS)
            floor_rate, floor_cpu = FLOOR_POSTS / seconds, _cpu_seconds(pid) / FLOOR_POSTS * 1000
        with _server(["app.main:create_app", "--factory"], home, {"DANDANG_HOME": str(home)}) as (port, pid):
            before = _cpu_seconds(pid)
            seconds = _at_once(lambda k: journey(port, links[k]), JOURNEYS)
            rate, cpu = JOURNEYS / seconds, (_cpu_seconds(pid) - before) / JOURNEYS * 1000
        yield Ratio("whole journeys, 16 at once", "/s", rate, floor_rate, "bare inserts")
        yield Ratio("server CPU for a whole journey", "ms", cpu, floor_cpu, "a bare insert")
