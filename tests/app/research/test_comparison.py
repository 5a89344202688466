"""Two reports side by side: numbers, intervals, and the refusal where they are not of one kind."""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlalchemy import select
from sqlalchemy.orm import Session

from app.accounts.models import Account
from app.database import now
from app.research.comparison import compare, line
from app.research.models import FileAnalysis, ResearchFile
from app.trail.models import TrailEntry


def stored(alpha: float = 0.80, n: int = 300) -> dict[str, Any]:
    """What a finished report keeps, as far as the comparison reads it."""
    score = {"id": "zz", "n": n, "alpha": alpha, "alpha_lower": alpha - 0.03, "alpha_upper": alpha + 0.03}
    score |= {"omega": None, "omega_lower": None, "omega_upper": None}
    cfa = {"model": "a5", "n": n, "chisq": 500.0, "df": 450, "cfi": 0.95, "tli": 0.94, "srmr": 0.05}
    cfa |= {"rmsea": 0.05, "rmsea_lower": 0.04, "rmsea_upper": 0.06}
    return {
        "instrument": {"ref": "dandang-jsjb/0.1.0", "fingerprint": "sha256:a", "form": "full"},
        "source": {"data_fingerprint": f"sha256:{n}", "engine_version": "0.1.0"},
        "missing": "listwise",
        "depth": "standard",
        "simulated": None,
        "n": n,
        "evidence": {"verdict": "supported", "scores": [score], "cfa": cfa},
    }


def test_differences_and_overlap() -> None:
    found = compare(stored(0.80), stored(0.90, n=400), {"zz": "政治担当"})
    alpha, omega = found.reliability
    assert (alpha.title, alpha.overlap) == ("政治担当 α", "不重叠")
    assert alpha.difference == pytest.approx(0.10)
    assert (omega.difference, omega.overlap) == (None, "")
    assert compare(stored(0.80), stored(0.84, n=400), {}).reliability[0].overlap == "重叠"
    rmsea = next(one for one in found.fit if one.title == "RMSEA")
    assert (rmsea.overlap, rmsea.difference) == ("重叠", 0.0)
    assert found.cautions == ()


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("ref", "dandang-jsjb/0.2.0", "版本不同"),
        ("fingerprint", "sha256:b", "指纹不同"),
        ("form", "core16", "题组不同"),
    ],
)
def test_another_instrument_is_refused_with_the_reason(key: str, value: str, says: str) -> None:
    other = stored()
    other["instrument"][key] = value
    found = compare(stored(), other, {})
    assert says in found.refusal
    assert found.reliability == found.fit == ()


def test_what_makes_a_difference_doubtful_is_said() -> None:
    other = copy.deepcopy(stored()) | {"missing": "fiml", "depth": "full", "simulated": "模拟"}
    other["source"]["engine_version"] = "0.2.0"
    assert len(compare(stored(), other, {}).cautions) == 5


def test_a_number_only_one_report_has_makes_no_difference() -> None:
    made = line("CFI", {"cfi": 0.9}, {}, "cfi", 3)
    assert (made.difference, made.other.value, made.overlap) == (None, None, "")


@pytest.mark.only_on("sqlite", reason="the page reads what is stored, whichever store it is in")
def test_the_page_shows_both_refuses_another_version_and_finds_only_ones_own(
    client: TestClient, session: Session, sign_in: Callable[..., Account]
) -> None:
    account = sign_in("researcher")
    kept = ResearchFile(
        account_id=account.id, size=1, rows=1, name="第一次.csv", content=b"x", columns=[],
        expires_at=now() + dt.timedelta(days=1),
    )  # fmt: skip
    session.add(kept)
    session.flush()
    other = stored() | {"instrument": {"ref": "x/1.0.0", "fingerprint": "sha256:c", "form": "full"}}
    ids = []
    for report in (stored(0.80), stored(0.90, n=400), other):
        made = FileAnalysis(
            file_id=kept.id, kind="report", state="done", options={}, result={"report": report}
        )
        session.add(made)
        ids.append(made.id)
    session.commit()
    shown = client.get(f"/research/compare?a={ids[0]}&b={ids[1]}").text
    assert "不重叠" in shown
    assert "政治担当" in shown
    assert "没有做差异检验" in shown
    refused = client.get(f"/research/compare?a={ids[0]}&b={ids[2]}").text
    assert "不能并排：问卷版本不同" in refused
    assert "没有做差异检验" not in refused
    assert len(session.scalars(select(TrailEntry).where(TrailEntry.action == "report.compare")).all()) == 4
    session.commit()
    sign_in("researcher")
    assert client.get(f"/research/compare?a={ids[0]}&b={ids[1]}").status_code == 404
