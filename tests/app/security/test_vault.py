"""Sealed values: only their own row opens them, keys rotate, and no file holds a word of them."""

from __future__ import annotations

import json
import stat
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import Engine, select, text, update
from sqlalchemy.orm import Session

from app import sealing, security
from app.cli.keys import command as keys_command
from app.database import session_factory
from app.responses.models import Response, ScoreRecord
from app.security import keys, vault
from app.settings import Settings, get_settings
from app.trail.models import TrailEntry
from app.units.models import Person
from tests.app.conftest import District


@pytest.fixture(params=["international", "shangmi"])
def suite(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    monkeypatch.setenv("DANDANG_HOME", str(tmp_path))
    monkeypatch.setenv("DANDANG_SUITE", request.param)
    get_settings.cache_clear()
    yield request.param
    get_settings.cache_clear()


def test_a_value_opens_only_where_it_was_sealed(suite: str) -> None:
    sealed = vault.seal("person.name", "1", "王强".encode())
    assert vault.unseal("person.name", "1", sealed).decode() == "王强"
    assert vault.seal("person.name", "1", "王强".encode()) != sealed  # a nonce of its own each time
    for column, row in (("person.name", "2"), ("person.number", "1")):
        with pytest.raises(security.BrokenSeal):
            vault.unseal(column, row, sealed)
    for place in range(len(sealed)):
        changed = bytearray(sealed)
        changed[place] ^= 1
        with pytest.raises((security.BrokenSeal, keys.MissingKey)):
            vault.unseal("person.name", "1", bytes(changed))
    with pytest.raises(security.BrokenSeal):
        vault.unseal("person.name", "1", sealed[:20])


def test_the_suite_decides_the_cipher_and_the_hashes(suite: str) -> None:
    cipher = {"international": "AES-256-GCM", "shangmi": "SM4-GCM"}[suite]
    assert keys.ring().active().cipher == cipher
    assert "key" not in repr(keys.ring().active()).replace("DataKey", "")
    known = {
        "international": "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad",
        "shangmi": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
    }
    assert security.hash_token("abc") == known[suite]


def test_key_files_are_for_their_owner_only(suite: str) -> None:
    vault.seal("a.b", "1", b"x")
    directory = get_settings().keys
    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert [stat.S_IMODE(file.stat().st_mode) for file in keys.key_files()] == [0o600]


def test_a_value_sealed_by_an_older_key_still_opens_and_another_process_sees_the_new_key(
    suite: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = vault.seal("a.b", "1", b"old")
    reader = keys.Ring(get_settings().keys)
    assert reader.active().number == 1
    made = keys.rotate()
    monkeypatch.setattr(keys, "LOOK_AGAIN_SECONDS", -1.0)
    assert (made.number, reader.active().number) == (2, 2)
    new = vault.seal("a.b", "1", b"new")
    assert (vault.key_number(old), vault.key_number(new)) == (1, 2)
    assert vault.unseal("a.b", "1", old) == b"old"
    with pytest.raises(ValueError, match="active"):
        keys.retire(2)
    keys.retire(1)
    with pytest.raises(keys.MissingKey, match="1"):
        vault.unseal("a.b", "1", old)


def test_two_shares_make_the_campaign_key_and_one_tells_nothing(suite: str) -> None:
    survey = uuid.uuid4()
    keys.make_campaign_key(survey)
    key = keys.campaign_key(survey)
    keys.make_campaign_key(survey)  # a second call changes nothing
    assert keys.campaign_key(survey) == key
    one, other = keys.split(key)
    assert keys.combine((one, other)) == key == keys.combine((other, one))
    assert keys.split(key)[0] != one
    with pytest.raises(ValueError, match="第 2 份"):
        keys.combine((one, other[:-1] + ("0" if other[-1] != "0" else "1")))
    with pytest.raises(ValueError, match="第 1 份"):
        keys.combine(("not hex", other))
    keys.destroy_campaign_key(survey)
    assert not keys.has_campaign_key(survey)
    with pytest.raises(keys.MissingKey):
        keys.campaign_key(survey)


def _stored_bytes(engine: Engine, settings: Settings) -> bytes:
    """Everything the store holds: the files of SQLite, or every value of PostgreSQL."""
    if engine.dialect.name == "sqlite":
        return b"".join(path.read_bytes() for path in settings.home.glob("dandang.db*"))
    with engine.connect() as connection:
        tables = connection.execute(
            text("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
        ).scalars()
        found = [
            value if isinstance(value, bytes) else str(value).encode()
            for table in list(tables)
            for row in connection.execute(text(f'SELECT * FROM "{table}"'))
            for value in row
        ]
    return b"\n".join(found)


def test_no_word_of_names_and_answers_is_in_the_store(
    district: District, session: Session, engine: Engine, settings: Settings
) -> None:
    person = district.people["S3"][0]
    response = session.scalars(select(Response).where(Response.person_id == person.id)).one()
    response.texts = {"oe_case": "金丝雀在这里"}
    response.background = {"canary": "金丝雀背景"}
    session.commit()
    stored = _stored_bytes(engine, settings)
    canaries = [
        "金丝雀在这里",
        "金丝雀背景",
        person.name,
        person.staff_number,
        json.dumps(response.answers, separators=(",", ":")),
    ]
    for canary in canaries:
        assert canary.encode() not in stored
    # the control: what is not sealed is found by the same search
    assert "南街道".encode() in stored


def test_a_value_moved_to_another_row_does_not_open(district: District, session: Session) -> None:
    one, other = district.people["S3"][:2]
    session.execute(update(Person).where(Person.id == one.id).values(name_sealed=other.name_sealed))
    session.commit()
    session.expire_all()
    with pytest.raises(security.BrokenSeal):
        _ = session.get_one(Person, one.id).name
    records = session.scalars(select(ScoreRecord).limit(2)).all()
    records[0].scores_sealed = records[1].scores_sealed
    with pytest.raises(security.BrokenSeal):
        _ = records[0].scores


def test_rotating_resealing_and_retiring_keeps_every_value(
    district: District, session: Session, engine: Engine
) -> None:
    names = {person.id: person.name for people in district.people.values() for person in people}
    answers = {r.id: (r.answers, r.vector) for r in session.scalars(select(Response))}
    session.rollback()
    run = CliRunner()
    assert run.invoke(keys_command, ["rotate"]).exit_code == 0
    refused = run.invoke(keys_command, ["retire", "1", "--yes"])
    assert refused.exit_code == 1
    assert "reseal" in refused.output
    done = run.invoke(keys_command, ["reseal"])
    assert done.exit_code == 0, done.output
    listed = run.invoke(keys_command, ["list"]).output
    assert "1\tAES-256-GCM\t0 个值" in listed
    assert run.invoke(keys_command, ["retire", "1", "--yes"]).exit_code == 0
    session.expire_all()
    assert {person.id: person.name for person in session.scalars(select(Person))} == names
    assert {r.id: (r.answers, r.vector) for r in session.scalars(select(Response))} == answers
    assert {vault.key_number(r.answers_sealed) for r in session.scalars(select(Response))} == {2}
    deeds = session.scalars(select(TrailEntry.action).where(TrailEntry.action.like("key.%"))).all()
    assert deeds == ["key.rotate", "key.reseal", "key.retire"]


def test_resealing_may_be_interrupted_and_started_again(
    district: District, session: Session, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.rollback()
    monkeypatch.setattr(sealing, "CHUNK", 20)
    keys.rotate()
    sessions = session_factory(engine)

    def _stop(_table: str, done: int) -> None:
        if done > 100:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        sealing.reseal(sessions, _stop)
    assert sealing.reseal(sessions, lambda _table, _done: None) > 0
    with sessions() as again:
        assert set(sealing.sealed_under(again)) == {2}


def test_a_start_with_other_keys_is_refused(
    settings: Settings, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = session_factory(engine)
    sealing.check_keys(sessions)
    sealing.check_keys(sessions)
    monkeypatch.setenv("DANDANG_KEY_DIRECTORY", str(settings.home / "elsewhere"))
    get_settings.cache_clear()
    with pytest.raises(sealing.WrongKeys, match="密钥目录"):
        sealing.check_keys(sessions)
    monkeypatch.delenv("DANDANG_KEY_DIRECTORY")
    monkeypatch.setenv("DANDANG_SUITE", "shangmi")
    get_settings.cache_clear()
    with pytest.raises(sealing.WrongKeys, match="DANDANG_SUITE"):
        sealing.check_keys(sessions)
