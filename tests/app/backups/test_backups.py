"""A backup holds every row of one moment and no key; it goes back into either store, or not at all."""

from __future__ import annotations

import hashlib
import json
import random
import shutil
import threading
import uuid
import zipfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, func, select, text
from sqlalchemy.orm import Session

from app import migrate
from app.backups import service
from app.backups.archive import DIGEST_LENGTH, MANIFEST, Backup, BrokenBackup
from app.backups.service import RestoreRefused, differences, restore_backup, write_backup
from app.cli import main
from app.database import engine_on, now, session_factory
from app.responses.models import Response, ScoreRecord
from app.responses.service import store_response
from app.settings import Settings, get_settings
from app.surveys import service as surveys
from app.trail import service as trail
from app.units import service as units
from tests.postgres import Server


@pytest.fixture
def filled(district: Any, session: Session) -> Any:
    """The district closed, with an account and a trail: most tables have rows."""
    surveys.close_survey(session, district.survey, actor="system")
    trail.append(session, actor="system", action="test", subject="survey:1", note="详情")
    session.commit()
    return district


@pytest.fixture
def backup(filled: Any, engine: Engine, tmp_path: Path) -> Path:
    path = tmp_path / "out.dandang"
    write_backup(engine, path)
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a store with nothing in it, not even tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'elsewhere.db'}"
        return
    server: Server = request.getfixturevalue("postgres")
    name = server.create()
    yield server.url(name)
    server.drop(name)


def test_it_goes_back_into_either_store(backup: Path, empty: str, engine: Engine, tmp_path: Path) -> None:
    checked = Backup(backup)
    assert checked.manifest.tables["response"].rows == 73
    assert checked.manifest.trail_entries > 0
    with engine_on(empty) as other:
        restore_backup(other, checked)
        with session_factory(other)() as session:
            stored = list(session.scalars(select(Response)))
            assert len(stored) == 73
            answers = {response.id: response.answers for response in stored}
            verified = trail.verify(session)
            assert verified.whole, verified.words
            assert verified.entries == checked.manifest.trail_entries + 1
        again = tmp_path / "again.dandang"
        second = write_backup(other, again)
    for name, table in checked.manifest.tables.items():
        if name != "trail_entry":
            assert second.tables[name] == table, name
    with session_factory(engine)() as session:
        assert {response.id: response.answers for response in session.scalars(select(Response))} == answers


def test_every_changed_byte_is_seen_before_anything_is_touched(backup: Path, tmp_path: Path) -> None:
    whole = backup.read_bytes()
    damaged = tmp_path / "damaged"
    rng = random.Random(3)
    places = {0, len(whole) - 1, len(whole) - DIGEST_LENGTH, *rng.sample(range(len(whole)), 60)}
    for place in places:
        changed = bytearray(whole)
        changed[place] ^= 1 << rng.randrange(8)
        damaged.write_bytes(changed)
        with pytest.raises(BrokenBackup):
            Backup(damaged)
    for length in (0, 10, len(whole) // 2, len(whole) - 1):
        damaged.write_bytes(whole[:length])
        with pytest.raises(BrokenBackup):
            Backup(damaged)
    Backup(backup)


def _forged(path: Path, out: Path, change: Callable[[str, bytes], bytes]) -> Path:
    """A file changed by somebody who also puts the outer digest right."""
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            new.writestr(name, change(name, old.read(name)))
        new.comment = b"0" * DIGEST_LENGTH
    body = out.read_bytes()[:-DIGEST_LENGTH]
    out.write_bytes(body + hashlib.sha256(body).hexdigest().encode())
    return out


def test_a_missing_row_is_refused_even_under_a_right_digest(backup: Path, tmp_path: Path) -> None:
    assert Backup(_forged(backup, tmp_path / "same", lambda _name, body: body)).manifest.rows > 0

    def _without_a_row(name: str, body: bytes) -> bytes:
        return b"".join(body.splitlines(keepends=True)[1:]) if name == "tables/response.jsonl" else body

    with pytest.raises(BrokenBackup, match="response"):
        Backup(_forged(backup, tmp_path / "short", _without_a_row))

    def _other_format(name: str, body: bytes) -> bytes:
        return body.replace(b"dandang-backup/1", b"dandang-backup/9") if name == MANIFEST else body

    with pytest.raises(BrokenBackup, match="dandang-backup/9"):
        Backup(_forged(backup, tmp_path / "format", _other_format))


def test_a_row_that_does_not_arrive_undoes_the_restore(
    backup: Path, empty: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The control of the comparison after writing: a fault in between is caught and leaves no row."""
    real = service._fill

    def _loses_one(connection: Any, name: str, *rest: Any) -> None:
        real(connection, name, *rest)
        if name == "score_record":
            some = text("DELETE FROM score_record WHERE response_id = (SELECT min(id) FROM response)")
            if connection.dialect.name == "postgresql":
                some = text("DELETE FROM score_record WHERE response_id = (SELECT id FROM response LIMIT 1)")
            connection.execute(some)

    monkeypatch.setattr(service, "_fill", _loses_one)
    with engine_on(empty) as other:
        with pytest.raises(BrokenBackup, match="score_record"):
            restore_backup(other, Backup(backup))
        with other.connect() as connection:
            assert connection.execute(text("SELECT count(*) FROM response")).scalar() == 0
        monkeypatch.undo()
        restore_backup(other, Backup(backup))


def test_a_store_with_rows_is_left_alone_unless_told(backup: Path, engine: Engine, session: Session) -> None:
    units.create_unit(session, code="NEW", name="备份之后")
    session.commit()
    checked = Backup(backup)
    with pytest.raises(RestoreRefused, match="--replace"):
        restore_backup(engine, checked)
    assert differences(engine, checked.manifest) != []
    engine.dispose()
    restore_backup(engine, checked, replace=True)
    found = differences(engine, checked.manifest)
    assert all("trail_entry" in one or "审计记录" in one for one in found), found
    assert trail.verify(session).whole


def test_a_table_nobody_knows_stops_the_backup(filled: Any, engine: Engine, tmp_path: Path) -> None:
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE of_somebody_else (id INTEGER PRIMARY KEY)"))
    with pytest.raises(RestoreRefused, match="of_somebody_else"):
        write_backup(engine, tmp_path / "x")
    assert list(tmp_path.glob("x*")) == []


def test_it_is_one_moment_while_people_go_on_submitting(
    district: Any, engine: Engine, tmp_path: Path, empty: str
) -> None:
    """A submission writes a response with its scores; a backup never holds one without the other."""
    sessions = session_factory(engine)
    stop = threading.Event()
    written: list[uuid.UUID] = []

    def _submit() -> None:
        while not stop.is_set():
            with sessions() as own:
                survey = own.merge(district.survey, load=False)
                items = surveys.instrument_of(survey).forms[survey.form].items
                made = store_response(
                    own,
                    survey,
                    response_id=uuid.uuid4(),
                    answers=dict.fromkeys(items, 4),
                    background={},
                    unit_id=district.units["S1"].id,
                    submitted_at=now(),
                )
                own.commit()
                written.append(made.id)

    writer = threading.Thread(target=_submit)
    writer.start()
    try:
        counts = []
        for number in range(4):
            before = len(written)
            manifest = write_backup(engine, tmp_path / f"{number}")
            tables = manifest.tables
            assert tables["response"].rows == tables["score_record"].rows >= 73 + before
            counts.append(tables["response"].rows)
            while len(written) < before + 3:
                assert writer.is_alive()
    finally:
        stop.set()
        writer.join()
    assert counts[-1] > counts[0]
    with engine_on(empty) as other:
        restore_backup(other, Backup(tmp_path / "3"))
        with session_factory(other)() as session:
            assert session.scalar(select(func.count()).select_from(ScoreRecord)) == counts[-1]


def test_no_key_is_in_it(backup: Path, settings: Settings, tmp_path: Path) -> None:
    unpacked = tmp_path / "unpacked"
    shutil.unpack_archive(backup, unpacked, "zip")
    everything = b"".join(path.read_bytes() for path in unpacked.rglob("*") if path.is_file())
    assert len(everything) > 10_000
    for path in settings.keys.glob("data-*.key"):
        key = json.loads(path.read_text())["key"]
        assert key.encode() not in everything
    assert settings.key() not in everything
    assert backup.stat().st_mode & 0o077 == 0


def test_by_command(filled: Any, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def _run(*arguments: object) -> Any:
        return CliRunner().invoke(main, [*map(str, arguments)])

    out = tmp_path / "evening.dandang"
    done = _run("backup", out)
    assert done.exit_code == 0, done.output
    assert "行" in done.output
    assert _run("backup", out).exit_code == 1
    assert _run("restore", out, "--check").exit_code == 0
    refused = _run("restore", out)
    assert refused.exit_code == 1
    assert "--replace" in refused.output
    monkeypatch.setenv("DANDANG_DATABASE_URL", f"sqlite:///{tmp_path / 'new.db'}")
    get_settings.cache_clear()
    assert "已恢复" in _run("restore", out).output
    damaged = bytearray(out.read_bytes())
    damaged[len(damaged) // 2] ^= 1
    out.write_bytes(damaged)
    assert _run("restore", out, "--check").exit_code == 2
    assert migrate.head() in done.output
