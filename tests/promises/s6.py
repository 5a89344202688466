"""S6: uploads are safe: hostile files through every door, on both stores, against a real process."""

from __future__ import annotations

import os
import re
import tempfile
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import requests
import yaml

from app import jobs, security
from app.accounts import service as accounts
from app.database import make_engine, session_on
from app.errors import Invalid
from app.settings import get_settings
from app.surveys import service as surveys
from app.units import service as units
from app.units.tables import read_table
from instruments.reading import InstrumentError, read
from tests.app.bad_input.hostile import HOSTILE, NO_TABLES, YAMLS, Hostile, row_counts, workbook
from tests.postgres import Server, server
from tests.promises.house import Serving, home
from tests.promises.record import Result, result

SECONDS = 2.0
TICKS = os.sysconf("SC_CLK_TCK")
GOOD = Hostile("x.xlsx", lambda: workbook(("工号", "姓名", "单位编码"), ("N2", "某", "S1")), "")
WEAK = "tests.promises.careless:takes_any_file"


@dataclass
class Uploads:
    """Files sent, files that were accepted or refused for nothing, and the slowest, in seconds of CPU."""

    sent: int = 0
    accepted: list[str] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    slowest: tuple[float, str] = (0.0, "")
    written: bool = False

    @property
    def clean(self) -> bool:
        """What the promise says."""
        return not self.accepted and not self.wrong and not self.written and self.slowest[0] <= SECONDS


def _cpu(pid: int) -> float:
    """Seconds of processor the process has had."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def _plant() -> tuple[uuid.UUID, str]:
    with session_on(get_settings().database) as session:
        unit = units.create_unit(session, code="S1", name="某街道")
        survey = surveys.create_survey(
            session, title="测评", office="部", instrument_ref="dandang-jsjb/0.1.0", units=[unit.id]
        )
        account = accounts.create_account(
            session, username="hr", display_name="人", role="hr", password=uuid.uuid4().hex, units=[unit.id]
        )
        session.flush()
        found = survey.id, accounts.open_session(session, account, 8)
        session.commit()
    return found


def uploaded(
    path: Path, store: Server | None, files: dict[str, Hostile], factory: str = "honest"
) -> tuple[Uploads, int]:
    """Each file to the roster of a survey, as HR; then a good one: what came of them, and its status."""
    seen = Uploads()
    with home(path, store):
        jobs.client.cache_clear()
        survey, token = _plant()
        engine = make_engine(get_settings().database)
        serving = Serving(factory)
        try:
            before = row_counts(engine)
            for name, one in files.items():
                _send(serving, survey, token, name, one, seen)
            seen.written = row_counts(engine) != before
            good = _post(serving.port, survey, token, GOOD).status_code
        finally:
            serving.kill()
            engine.dispose()
    return seen, good


def _post(port: int, survey: uuid.UUID, token: str, one: Hostile) -> requests.Response:
    return requests.post(
        f"http://127.0.0.1:{port}/hr/surveys/{survey}/roster",
        data={"csrf": security.csrf_token(get_settings().key(), token)},
        files={"file": (one.name, one.data())},
        cookies={"dandang": token},
        headers={"accept": "text/html"},
        allow_redirects=False,
        timeout=120,
    )


def _send(serving: Serving, survey: uuid.UUID, token: str, name: str, one: Hostile, seen: Uploads) -> None:
    one.data()  # made before the clock starts
    started = _cpu(serving.pid)
    answer = _post(serving.port, survey, token, one)
    spent = _cpu(serving.pid) - started
    seen.sent += 1
    seen.slowest = max(seen.slowest, (spent, name))
    if answer.status_code not in {413, 422}:
        seen.accepted.append(f"{name}: {answer.status_code}")
    elif not re.search(one.says, answer.text):
        seen.wrong.append(f"{name}: says something else")


def read_as_tables() -> Uploads:
    """The same files as `dandang import` reads them; what is wrong only with a roster may pass."""
    seen = Uploads()
    for name, one in HOSTILE.items():
        data, started = one.data(), time.process_time()
        try:
            read_table(data, one.name)
        except Invalid:
            pass
        else:
            if name in NO_TABLES:
                seen.accepted.append(f"{name} as a table")
        seen.sent += 1
        seen.slowest = max(seen.slowest, (time.process_time() - started, name))
    return seen


def read_as_instruments(scratch: Path) -> Uploads:
    """YAML that does what data never does, as a file of an instrument."""
    seen, canary = Uploads(), scratch / "owned"
    for name, make in YAMLS.items():
        path = scratch / "x.yaml"
        path.write_bytes(make(canary))
        started = time.process_time()
        try:
            read(path, "x.yaml")
        except InstrumentError:
            pass
        else:
            seen.accepted.append(name)
        seen.sent += 1
        seen.slowest = max(seen.slowest, (time.process_time() - started, name))
    seen.written = canary.exists()
    return seen


def _ran(scratch: Path) -> bool:
    """Control: the same YAML read by a loader that obeys it."""
    canary = scratch / "owned"
    yaml.load(YAMLS["a command"](canary), Loader=yaml.UnsafeLoader)  # nosec B506 # the control
    return canary.exists()


def full() -> Result:
    """Every hostile file through every door on both stores; then a service without its checks."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as made, server() as running:
        scratch = Path(made)
        stores: dict[str, Server | None] = {"SQLite": None, "PostgreSQL": running}
        seen = {name: uploaded(scratch / name, store, HOSTILE) for name, store in stores.items()}
        some = {name: one for name, one in HOSTILE.items() if name in NO_TABLES}
        weak, _ = uploaded(scratch / "control", None, some, WEAK)
        doors = [one for one, _ in seen.values()] + [read_as_tables(), read_as_instruments(scratch)]
        ran = _ran(scratch)
    good = all(status == 303 for _, status in seen.values())
    caught = len(weak.accepted) + len(weak.wrong) + (weak.slowest[0] > SECONDS)
    slowest = max(door.slowest for door in doors)
    return result(
        "S6",
        figure=f"{sum(door.sent for door in doors)} files: {len(HOSTILE)} to the roster on each of"
        f" {' and '.join(seen)}, as tables, and {len(YAMLS)} YAML as instruments:"
        f" {sum(len(door.accepted) for door in doors)} accepted, {sum(len(door.wrong) for door in doors)}"
        f" refused for another reason, slowest {slowest[0]:.2f} s of CPU ({slowest[1]})",
        kept=all(door.clean for door in doors) and good and caught > 0 and ran,
        control=f"without the checks: {len(weak.accepted)} of {weak.sent} accepted, {len(weak.wrong)} refused"
        f" for another reason, slowest {weak.slowest[0]:.1f} s; an obedient YAML loader"
        f" {'ran the command' if ran else 'did NOT run the command'}; a good file is accepted",
        note="; ".join(
            [f"{time.monotonic() - started:.0f} s", *[s for d in doors for s in (*d.accepted, *d.wrong)][:4]]
        ),
    )
