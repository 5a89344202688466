"""S5: a spreadsheet runs nothing of ours: formula signs in every text, header and name of every file."""

from __future__ import annotations

import csv
import io
import tempfile
import time
import unicodedata
import uuid
import zipfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import openpyxl
import pandas as pd
import xlsxwriter
from fastapi.testclient import TestClient
from sqlalchemy.orm import Session

from analysis.interchange.dataset import Dataset, Variable
from analysis.interchange.plain_files import comma_separated
from analysis.render.tables import to_csv
from analysis.report.document import Column, Table, Text
from app import security
from app.accounts import service as accounts
from app.database import make_engine, session_factory
from app.main import create_app
from app.responses.service import store_response
from app.scores.snapshots import close_and_release
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units.models import Person, Unit, staff_index
from tests.promises.house import home
from tests.promises.record import Result, result

SIGNS = "=+-@\t\r\n＝＋－＠"
MARK = "ZZ9"
PAYLOADS = [
    *(f"{sign}{MARK}" for sign in SIGNS),
    *(f"  {sign}{MARK}" for sign in SIGNS),
    f"\u3000={MARK}",
    f"\u00a0@{MARK}",
    f"\ufeff={MARK}",
    f"\u200b={MARK}",
    f"\u2060+{MARK}",
    f"\0={MARK}",
    f"a\r\n={MARK}",
    f'=HYPERLINK("http://{MARK}")',
    f"-1.2+{MARK}",
]
PASSWORD = "correct horse battery"


def begins_as_formula(text: str) -> bool:
    """Whether a spreadsheet might take the text for a formula, whatever invisible stands before it."""
    shown = "".join(c for c in text if not c.isspace() and unicodedata.category(c) not in {"Cf", "Cc"})
    if not shown.startswith(tuple("=+-@＝＋－＠")):
        return False
    try:
        float(text)
    except ValueError:
        return True
    return False


@dataclass
class Seen:
    """Files read back, cells that held a planted text, and every cell that is not safe."""

    files: list[str] = field(default_factory=list)
    planted: int = 0
    unsafe: list[str] = field(default_factory=list)
    numbers: int = 0

    def cell(self, where: str, text: str) -> None:
        """Judge one text."""
        self.planted += MARK in text
        if begins_as_formula(text) or any(sign in text for sign in "\t\r\n\0"):
            self.unsafe.append(f"{where}: {text!r}")

    def table(self, where: str, data: bytes) -> None:
        """Judge every cell of a CSV file, its header among them."""
        self.files.append(where)
        for row in csv.reader(io.StringIO(data.decode("utf-8-sig"), newline="")):
            for text in row:
                self.cell(where, text)

    def book(self, where: str, data: bytes) -> None:
        """Judge every cell of an xlsx file: type and text, and the names of its sheets."""
        self.files.append(where)
        for sheet in openpyxl.load_workbook(io.BytesIO(data)):
            self.cell(where, sheet.title)
            for one in (one for row in sheet.iter_rows() for one in row):
                self.numbers += one.data_type == "n" and one.value is not None
                if one.data_type == "f" or one.hyperlink is not None:
                    self.unsafe.append(f"{where}: {one.coordinate} is a {one.data_type} {one.value!r}")
                elif isinstance(one.value, str):
                    self.cell(where, one.value)

    def name(self, where: str, header: str) -> None:
        """Judge the file name of a Content-Disposition header."""
        name = unquote(header.rsplit("''", 1)[-1])
        if not header.isascii() or any(sign in header for sign in "\r\n\0"):
            self.unsafe.append(f"{where}: header {header!r}")
        self.cell(f"name of {where}", name)
        if name[:1] in "'. " or set(name) & set('\\/:*?"<>|'):
            self.unsafe.append(f"{where}: name {name!r}")

    def download(self, where: str, answer: Any) -> None:
        """Judge an answer of the application by its kind; a zip by each of its files."""
        if answer.status_code != 200:
            raise RuntimeError(f"{where}: {answer.status_code}")
        self.name(where, answer.headers["content-disposition"])
        kind = answer.headers["content-type"]
        if "spreadsheetml" in kind:
            self.book(where, answer.content)
        elif "zip" in kind:
            with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
                for name in archive.namelist():
                    if name.endswith(".csv"):
                        self.table(f"{where}/{name}", archive.read(name))
        else:
            self.table(where, answer.content)


@dataclass(frozen=True)
class House:
    """A survey with a planted text in every place, and its staff: role → cookie."""

    client: TestClient
    survey: uuid.UUID
    nameless: uuid.UUID
    units: list[uuid.UUID]
    cookies: dict[str, str]

    def get(self, role: str, path: str) -> Any:
        """Ask as that member of staff."""
        self.client.cookies.set("dandang", self.cookies[role])
        return self.client.get(path)

    def post(self, role: str, path: str, **fields: Any) -> Any:
        """Send a form as that member of staff."""
        self.client.cookies.set("dandang", self.cookies[role])
        token = security.csrf_token(get_settings().key(), self.cookies[role])
        return self.client.post(path, data={"csrf": token, **fields})


def _planted_survey(session: Session, title: str, mode: str) -> tuple[Survey, list[Unit]]:
    top = Unit(code=f"{title}T{mode[0]}", name=title)
    session.add(top)
    session.flush()
    below = [Unit(code=f"{text}{mode[0]}"[:32], name=text, parent_id=top.id) for text in PAYLOADS]
    session.add_all(below)
    session.flush()
    survey = surveys.create_survey(
        session, title="题", office="部", instrument_ref="dandang-jsjb/0.1.0", units=[top.id], mode=mode
    )
    surveys.open_survey(session, survey, actor="system")
    survey.title = survey.office = title
    return survey, below


def _answered(session: Session, survey: Survey, below: list[Unit]) -> None:
    instrument = surveys.instrument_of(survey)
    items, (question, *_) = instrument.forms[survey.form].items, instrument.open_ended
    for number, (unit, text) in enumerate(zip(below, PAYLOADS, strict=True)):
        person = Person(unit_id=unit.id, staff_index=staff_index(unit.id, text), staff_number=text, name=text)
        session.add(person)
        session.flush()
        surveys.invite(session, survey, [person])
        store_response(
            session,
            survey,
            response_id=uuid.uuid4(),
            answers={item: 1 + (number + place) % 5 for place, item in enumerate(items)},
            background={},
            texts={} if "\0" in text else {question.id: text},
            person_id=person.id,
            unit_id=unit.id,
        )


@contextmanager
def planted(title: str) -> Iterator[House]:
    """A house on the environment's store, in which every text anybody may give is a planted one."""
    engine = make_engine(get_settings().database)
    cookies = {}
    with session_factory(engine)() as session:
        survey, below = _planted_survey(session, title, "identified")
        nameless, others = _planted_survey(session, title, "anonymous")
        _answered(session, survey, below)
        roots = [*surveys.survey_roots(session, survey), *surveys.survey_roots(session, nameless)]
        for role in ("hr", "researcher", "auditor"):
            account = accounts.create_account(
                session, username=role, display_name=role, role=role, password=PASSWORD,
                units=roots if role == "hr" else [],
            )  # fmt: skip
            account.display_name = title
            cookies[role] = accounts.open_session(session, account, 8)
        close_and_release(session, survey, actor="system")
        session.commit()
        made = survey.id, nameless.id, [unit.id for unit in others]
    try:
        with TestClient(create_app(), base_url="http://testserver", follow_redirects=False) as client:
            yield House(client, *made, cookies)
    finally:
        engine.dispose()


def read_all(house: House) -> Seen:
    """Every file that the application gives, read back."""
    seen, hr = Seen(), f"/hr/surveys/{house.survey}"
    for name in (
        "scores.xlsx",
        "scores.csv",
        "scores.csv?bom=0",
        "units.csv",
        "units.csv?bom=0",
        "links.csv",
    ):
        seen.download(name, house.get("hr", f"{hr}/{name}"))
    for form in ("xlsx", "csv"):
        wanted = {"units": [str(one) for one in house.units], "counts": ["1"] * len(house.units)}
        answer = house.post("hr", f"/hr/surveys/{house.nameless}/codes", form=form, **wanted)
        seen.download(f"codes.{form}", answer)
    path = f"/research/surveys/{house.survey}/export"
    seen.download("research.zip", house.post("researcher", path, reason=f"={MARK} 为什么要导出"))
    seen.download("entries.csv", house.get("auditor", "/audit/entries.csv"))
    return seen


def read_analysis(seen: Seen) -> None:
    """The writers of the analysis: tables of a report, files for other programs; with headers as planted."""
    frame = pd.DataFrame({text: [text, -1.2] for text in PAYLOADS})
    said = Text("表", "table")
    table = Table(id="t", title=said, columns=(Column(key="x", title=said),), frame=frame, method=said)
    seen.table("tables/*.csv", to_csv(table, "zh-CN").encode())
    variables = tuple(Variable(name=text, label=text, kind="unit", measure="nominal") for text in PAYLOADS)
    dataset = Dataset(
        title="题", instrument="i", form="f", language="zh-CN", simulated=True, variables=variables,
        rows=(tuple(PAYLOADS),),
    )  # fmt: skip
    seen.table("rows.csv", comma_separated(dataset))


def careless() -> Seen:
    """Control: the same payloads written by a workbook and a CSV writer left to themselves."""
    target, text = io.BytesIO(), io.StringIO()
    book = xlsxwriter.Workbook(target)
    sheet, writer = book.add_worksheet("x"), csv.writer(text)
    for row, payload in enumerate(PAYLOADS):
        sheet.write(row, 0, payload)
        writer.writerow([payload])
    book.close()
    seen = Seen()
    seen.book("careless.xlsx", target.getvalue())
    seen.table("careless.csv", text.getvalue().encode())
    seen.name("careless.csv", f"attachment; filename*=UTF-8''%3D{MARK}.csv")
    return seen


def all_files(title: str, scratch: Path) -> Seen:
    """One house on SQLite, all its files, and those of the analysis."""
    with ExitStack() as stack:
        stack.enter_context(home(scratch))
        seen = read_all(stack.enter_context(planted(title)))
    read_analysis(seen)
    return seen


def full() -> Result:
    """Every payload as the title too."""
    started = time.monotonic()
    unsafe: list[str] = []
    files: set[str] = set()
    cells = numbers = 0
    with tempfile.TemporaryDirectory() as scratch:
        for number, title in enumerate(PAYLOADS):
            seen = all_files(title, Path(scratch) / f"{number}")
            unsafe += seen.unsafe
            files |= set(seen.files)
            cells, numbers = cells + seen.planted, numbers + seen.numbers
    control = careless()
    return result(
        "S5",
        figure=(
            f"{len(PAYLOADS)} payloads as name, number, code, title, office, free text, header and file name"
            f" in {len(files)} kinds of file, {cells} cells that held one: {len(unsafe)} formula cells or"
            f" unsafe texts; {numbers} numbers stayed numbers"
        ),
        kept=not unsafe and cells > 0 < numbers and len(control.unsafe) > len(PAYLOADS),
        control=f"the same texts by writers left to themselves: {len(control.unsafe)} found",
        note=(
            f"{time.monotonic() - started:.0f} s; SQLite: what a file holds is not the store's doing."
            + "; ".join(["", *unsafe[:4]])
        ),
    )
