"""`dandang trail verify` says whole, or names the first bad entry and fails."""

from __future__ import annotations

from click.testing import CliRunner
from sqlalchemy import text
from sqlalchemy.orm import Session

from app.cli import main
from app.trail import service as trail
from tests.promises import d8


def test_verify_says_whole_or_names_the_entry(session: Session) -> None:
    for k in range(4):
        trail.append(session, actor="system", action="deed", subject=str(k))
    session.commit()
    said = CliRunner().invoke(main, ["trail", "verify"])
    assert (said.exit_code, "共 4 条" in said.output) == (0, True)
    d8.drop_triggers(session.connection())
    session.execute(text("DELETE FROM trail_entry WHERE number = 3"))
    session.commit()
    said = CliRunner().invoke(main, ["trail", "verify"])
    assert (said.exit_code, "entry 3" in said.output) == (1, True)
