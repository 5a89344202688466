"""S7 in the suite: every check of sign-in, and its planted defect. (The clock: in the full form only.)"""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from app import security
from app.accounts import service, sign_in
from app.trail.models import TrailEntry
from tests.promises import s1, s7

CHECKS = [name for name in s7.CHECKS if name != "timing"]


@pytest.fixture(scope="module")
def tested() -> Iterator[s7.House]:
    with s7.house() as made:
        yield made


@pytest.mark.parametrize("name", CHECKS)
def test_it_holds(tested: s7.House, name: str) -> None:
    assert s7.CHECKS[name](tested) == []


@pytest.mark.parametrize("name", CHECKS)
def test_control_a_planted_defect_is_found(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with s7.house() as weak:
        s7.plant(monkeypatch, name)
        assert s7.CHECKS[name](weak)


def test_every_form_is_closed_to_other_sites(monkeypatch: pytest.MonkeyPatch) -> None:
    with s1.world() as world:
        assert s7.forms(world) == []
        s7.plant(monkeypatch, "forms")
        assert s7.forms(world)


@pytest.mark.parametrize("name", ["wang", "nobody"])
def test_an_unknown_name_costs_what_a_known_one_does(
    session: Session, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    service.create_account(session, username="wang", display_name="王", role="hr", password=s7.PASSWORD)
    session.commit()
    hashed: list[str | None] = []
    real = security.verify_password

    def _counted(password: str, stored: str | None) -> bool:
        hashed.append(stored)
        return real(password, stored)

    monkeypatch.setattr(security, "verify_password", _counted)
    before = session.scalar(select(func.count()).select_from(TrailEntry)) or 0
    assert sign_in.authenticate(session, name, s7.WRONG) is None
    assert len(hashed) == 1
    entries = session.scalars(select(TrailEntry).where(TrailEntry.number > before)).all()
    assert [entry.action for entry in entries] == ["account.sign_in_failed"]
    assert "nobody" not in str([(entry.actor, entry.subject, entry.detail) for entry in entries])
