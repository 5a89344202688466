"""S13: text of every kind comes back as it was, or is refused with a reason; never changed in silence."""

from __future__ import annotations

import csv
import html
import io
import tempfile
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import quote_plus

import openpyxl
from fastapi.testclient import TestClient
from openpyxl.utils.exceptions import IllegalCharacterError
from sqlalchemy import delete, select

from app import security
from app.accounts import service as accounts
from app.accounts.models import Account
from app.database import session_on
from app.errors import Invalid
from app.main import create_app
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Invitation, Survey, SurveyUnit
from app.units import service as units
from app.units.models import Person, Unit
from tests.postgres import Server, server
from tests.promises.house import home
from tests.promises.record import Result, result

TEXTS = {
    "plain": "张三",
    "ext B": "\U00020bb7野",
    "ext C-F": "\U0002a700\U0002b740\U0002b820\U0002ceb0",
    "ext G": "\U00030000\U00030edd",
    "ext H": "\U00031350",
    "private use": "\ue000某",
    "compatibility": "\uf900\ufa0e",
    "variation selector": "葛\U000e0100",
    "combining": "e\u0301a\u0308",
    "composed": "éä",
    "emoji": "某😀👨‍👩‍👧",
    "flag": "某🇨🇳",
    "ZWJ": "a\u200db",
    "RTL": "שלום עליכם",
    "Uyghur": "ئابدۇللا",
    "override": "a\u202eb",
    "soft hyphen": "a\u00adb",
    "minority dot": "阿卜杜·热合曼",
    "quotes": "<b>\"某\"&'人'</b>",
    "NUL": "a\0b",
    "lone surrogate": "a\ud800b",
    "replacement": "a\ufffdb",
    "noncharacter": "a\uffffb",
}
PASSWORD = "correct horse battery"
Send = Callable[[str], tuple[int, str, str | None]]


def encoded(text: str) -> str:
    """A form's value as a careless program would send it: a lone surrogate as its three bytes."""
    return quote_plus(text.encode("utf-8", "surrogatepass"))


@dataclass
class Tally:
    """What became of each text at each place."""

    same: int = 0
    refused: int = 0
    broken: list[str] = field(default_factory=list)

    def judge(self, place: str, kind: str, status: int, shown: str, back: str | None) -> None:
        """Exactly back and shown, or 422 with a reason; anything else is broken."""
        text = TEXTS[kind]
        if status == 422 and back is None and shown.strip():
            self.refused += 1
        elif status < 400 and back == text:
            self.same += 1
        else:
            self.broken.append(f"{place}, {kind}: {status}, {back!r}")


class Desk:
    """Staff at the application: sends a text into a field and says what is stored of it then."""

    def __init__(self, client: TestClient) -> None:
        self.client = client
        self.cookies: dict[str, str] = {}
        with session_on(get_settings().database) as session:
            self.unit = units.create_unit(session, code="T", name="区")
            for role in ("hr", "admin"):
                account = accounts.create_account(
                    session, username=role, display_name=role, role=role, password=PASSWORD,
                    units=[self.unit.id] if role == "hr" else [],
                )  # fmt: skip
                self.cookies[role] = accounts.open_session(session, account, 8)
            survey = surveys.create_survey(
                session, title="题", office="部", instrument_ref="dandang-jsjb/0.1.0", units=[self.unit.id]
            )
            surveys.open_survey(session, survey, actor="system")
            self.survey: uuid.UUID = survey.id
            session.commit()

    def post(self, role: str, path: str, fields: dict[str, str]) -> tuple[int, str]:
        """Send a form whose values are encoded already."""
        self.client.cookies.set("dandang", self.cookies[role])
        token = security.csrf_token(get_settings().key(), self.cookies[role])
        body = "&".join(f"{name}={value}" for name, value in {"csrf": token, **fields}.items())
        kind = {"content-type": "application/x-www-form-urlencoded"}
        answer = self.client.post(path, content=body, headers=kind)
        return answer.status_code, answer.text

    def survey_title(self, text: str) -> tuple[int, str, str | None]:
        """A new survey by its form, read back from the store."""
        fields = {"title": encoded(text), "office": encoded(text), "units": str(self.unit.id)}
        status, shown = self.post("hr", "/hr/surveys", fields | {"instrument": "dandang-jsjb/0.1.0"})
        with session_on(get_settings().database) as session:
            made = session.scalars(select(Survey).where(Survey.id != self.survey)).first()
            if made is None:
                return status, shown, None
            title = made.title if made.title == made.office else f"{made.title!r} ≠ {made.office!r}"
            place = made.id
        page = html.unescape(self.client.get(f"/hr/surveys/{place}").text)
        with session_on(get_settings().database) as session:
            session.execute(delete(SurveyUnit).where(SurveyUnit.survey_id == place))
            session.execute(delete(Survey).where(Survey.id == place))
            session.commit()
        return status, shown, title if title in page else f"not on the page: {title!r}"

    def staff_name(self, text: str) -> tuple[int, str, str | None]:
        """A new account by its form."""
        fields = {"username": f"u{uuid.uuid4().hex[:8]}", "display_name": encoded(text)}
        status, shown = self.post("admin", "/admin/accounts", fields)
        with session_on(get_settings().database) as session:
            found = session.scalars(select(Account).where(Account.username == fields["username"])).first()
        return (422 if found is None and status == 200 else status), shown, found and found.display_name

    def roster(self, text: str, name: str, data: bytes) -> tuple[int, str, str | None]:
        """A list of one person; the name as it is stored, and as the file of links gives it."""
        self.client.cookies.set("dandang", self.cookies["hr"])
        token = security.csrf_token(get_settings().key(), self.cookies["hr"])
        answer = self.client.post(
            f"/hr/surveys/{self.survey}/roster", data={"csrf": token}, files={"file": (name, data)}
        )
        with session_on(get_settings().database) as session:
            person = session.scalars(select(Person)).first()
            stored = person.name if person else None
        if stored is None:
            return answer.status_code, answer.text, None
        links = self.client.get(f"/hr/surveys/{self.survey}/links.csv").content.decode("utf-8-sig")
        with session_on(get_settings().database) as session:
            session.execute(delete(Invitation))
            session.execute(delete(Person))
            session.commit()
        cells = {cell for row in csv.reader(io.StringIO(links, newline="")) for cell in row}
        return answer.status_code, answer.text, stored if text in cells else f"not in links.csv: {stored!r}"

    def roster_csv(self, text: str) -> tuple[int, str, str | None]:
        """The list as CSV, UTF-8."""
        target = io.StringIO()
        csv.writer(target).writerows([["工号", "姓名", "单位编码"], ["1", text, "T"]])
        return self.roster(text, "名单.csv", target.getvalue().encode("utf-8", "surrogatepass"))

    def roster_xlsx(self, text: str) -> tuple[int, str, str | None]:
        """The list as a workbook; what no workbook can hold is refused by the one who writes it."""
        book = openpyxl.Workbook()
        try:
            for row in (["工号", "姓名", "单位编码"], ["1", text, "T"]):
                book.active.append(row)
            target = io.BytesIO()
            book.save(target)
        except (IllegalCharacterError, ValueError) as error:
            return 422, type(error).__name__, None
        return self.roster(text, "名单.xlsx", target.getvalue())

    def unit_name(self, text: str) -> tuple[int, str, str | None]:
        """A unit by the service; no page makes units."""
        with session_on(get_settings().database) as session:
            try:
                made = units.create_unit(session, code=uuid.uuid4().hex[:8], name=text)
            except Invalid as error:
                return 422, error.title, None
            session.commit()
            name = session.scalars(select(Unit.name).where(Unit.id == made.id)).one()
        return 200, "", name


def send_all(store: Server | None, scratch: Path, kinds: list[str]) -> Tally:
    """Each kind of text into each input, on a store of its own."""
    tally = Tally()
    with home(scratch, store), TestClient(create_app(), follow_redirects=False) as client:
        desk = Desk(client)
        inputs = (desk.survey_title, desk.staff_name, desk.roster_csv, desk.roster_xlsx, desk.unit_name)
        for kind in kinds:
            for send in inputs:
                tally.judge(send.__name__, kind, *send(TEXTS[kind]))
    return tally


def control() -> Tally:
    """An input that changes what it does not like, and one that refuses without a word."""
    tally = Tally()
    for kind, text in TEXTS.items():
        tally.judge("tidying", kind, 200, "", text.encode("gbk", "replace").decode("gbk"))
        tally.judge("silent", kind, 422, " ", None)
    return tally


def full() -> Result:
    """Every kind of text into every input, on both stores."""
    started, total = time.monotonic(), Tally()
    with tempfile.TemporaryDirectory() as scratch, server() as running:
        for number, store in enumerate((None, running)):
            seen = send_all(store, Path(scratch) / f"home{number}", list(TEXTS))
            total.same += seen.same
            total.refused += seen.refused
            total.broken += seen.broken
    found = control()
    return result(
        "S13",
        figure=(
            f"{len(TEXTS)} kinds of text into 5 kinds of input on SQLite and PostgreSQL: {total.same} came"
            f" back exactly, {total.refused} were refused with a reason, {len(total.broken)} neither"
        ),
        kept=not total.broken and total.same > 0 < total.refused and len(found.broken) > len(TEXTS),
        control=f"inputs that tidy in silence or refuse without a word: {len(found.broken)} found",
        note=f"{time.monotonic() - started:.0f} s" + "".join(f"; {one}" for one in total.broken[:4]),
    )
