"""S2: requests made from the OpenAPI document against a running server: no crash, nothing undeclared."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
import uuid
import warnings
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from app import jobs
from app.database import session_on
from app.main import create_app
from app.settings import get_settings
from app.surveys import service as surveys
from app.surveys.models import Survey
from app.units.models import Unit
from tests.app.bad_input.crash import Crashes, crash_test
from tests.app.bad_input.live import ACTORS, world
from tests.postgres import Server, server
from tests.promises.hasty import crashes
from tests.promises.house import Serving, home, plant, submit
from tests.promises.record import Result, result

EXAMPLES = int(os.environ.get("DANDANG_S2_EXAMPLES", "20"))
PEOPLE = 12


def attacked(path: Path, address: str, *, examples: int, factory: str = "hasty") -> Crashes:
    """Every operation as every kind of person against a process of its own, on SQLite or on that server."""
    store = Server(address) if address else None
    with home(path, store):
        if store is not None:
            os.environ["DANDANG_JOBS_DATABASE_URL"] = store.url(store.create())
            get_settings.cache_clear()
        jobs.client.cache_clear()
        jobs.prepare_store()
        doors = plant(PEOPLE)
        planted = {"hasty": create_app, "crashes": crashes}[factory]()
        serving = Serving(f"tests.promises.hasty:{factory}")
        try:
            for door in doors:
                submit(serving.port, door)
            with session_on(get_settings().database) as session, warnings.catch_warnings():
                warnings.simplefilter("ignore")  # of requests, on what is put on the wire on purpose
                survey = session.query(Survey).one()
                (root,) = surveys.survey_roots(session, survey)
                people = world(session, survey, session.get_one(Unit, root))
                return crash_test(
                    planted.openapi(),
                    f"http://127.0.0.1:{serving.port}",
                    session,
                    people,
                    ACTORS,
                    examples=examples,
                    chosen=uuid.uuid4().int % 10_000,
                )
        finally:
            serving.kill()
            os.environ.pop("DANDANG_JOBS_DATABASE_URL", None)


def full() -> Result:
    """So many requests of each operation as each of eight kinds of person, on both stores; the control."""
    started = time.monotonic()
    with tempfile.TemporaryDirectory() as scratch, server() as running:
        stores = {"SQLite": "", "PostgreSQL": running.address}
        with ProcessPoolExecutor(len(stores), mp_context=multiprocessing.get_context("spawn")) as pool:
            asked = {
                name: pool.submit(attacked, Path(scratch) / name, address, examples=EXAMPLES)
                for name, address in stores.items()
            }
            planted_faults = pool.submit(
                attacked, Path(scratch) / "control", "", examples=2, factory="crashes"
            )
            seen = {name: one.result() for name, one in asked.items()}
            control = planted_faults.result()
    statuses = sum((one.statuses for one in seen.values()), Counter())
    broken = [said for one in seen.values() for said in one.breaks]
    errors = sum(count for status, count in statuses.items() if status >= 500)
    caught = {line.split()[2] for line in control.breaks}
    planted = {"/api/planted-crash", "/api/planted-status", "/api/planted-schema"}
    reached = all(one.reached[actor] for one in seen.values() for actor in ACTORS)
    operations = min(len(one.operations) for one in seen.values())
    return result(
        "S2",
        figure=f"{sum(one.sent for one in seen.values()):,} requests of {operations} operations as"
        f" {len(ACTORS)} kinds of person on {' and '.join(seen)}: {errors} answers 5xx,"
        f" {len(broken)} breaks of status or schema; by status "
        + ", ".join(f"{status} {count:,}" for status, count in sorted(statuses.items())),
        kept=not broken and errors == 0 and reached and caught == planted and EXAMPLES >= 6,
        control=f"of {len(planted)} planted routes (crash, undeclared status, wrong schema)"
        f" {len(caught & planted)} were found, and {len(caught - planted)} others",
        note="; ".join([f"{time.monotonic() - started:.0f} s", *sorted(set(broken))[:4]]),
    )
