"""Plant an open survey with as many personal links as asked, for `benchmarks.journeys`."""

from __future__ import annotations

import json
import sys

from app import jobs, migrate
from app.database import make_engine, session_factory
from app.settings import get_settings
from app.surveys import service as surveys
from app.units import service as units


def plant(count: int) -> None:
    """Write links.json into the home directory."""
    settings = get_settings()
    engine = make_engine(settings.database)
    migrate.upgrade(engine)
    jobs.prepare_store()
    with session_factory(engine)() as session:
        unit = units.create_unit(session, code="B", name="基准")
        survey = surveys.create_survey(
            session,
            title="基准",
            office="基准",
            instrument_ref="dandang-jsjb/0.1.0",
            units=[unit.id],
            origin="simulated",
        )
        surveys.open_survey(session, survey, actor="system")
        people = [units.add_person(session, unit, staff_number=str(k), name=f"人{k}") for k in range(count)]
        links = [
            surveys.invitation_link(invitation) for invitation in surveys.invite(session, survey, people)
        ]
        session.commit()
    (settings.home / "links.json").write_text(json.dumps(links))


if __name__ == "__main__":
    plant(int(sys.argv[1]))
