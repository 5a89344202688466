"""A researcher's own file: sealed, found by its owner only, analysed, named where wrong, forgotten."""

from __future__ import annotations

import datetime as dt
import uuid
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat
import pytest
from fastapi.testclient import TestClient
from sqlalchemy import Engine, select, text
from sqlalchemy.orm import Session

import instruments
from analysis.report import Report
from analysis.sem import fit
from analysis.simulated import simulate_respondents
from app import jobs
from app.accounts.models import Account
from app.database import now, session_factory
from app.reports.service import directory
from app.research import running, service
from app.research.models import FileAnalysis, ResearchFile
from app.settings import Settings
from app.trail.models import TrailEntry
from tests.app.bad_input.hostile import HOSTILE

SignIn = Callable[..., Account]
Csrf = Callable[[], str]
BFI = Path(__file__).parents[2] / "data" / "bfi" / "bfi.csv"
MODEL = "A =~ A1 + A2 + A3 + A4 + A5\nC =~ C1 + C2 + C3 + C4 + C5"
BROWSER = {"accept": "text/html"}
one_store = pytest.mark.only_on("sqlite", reason="what is computed does not depend on the store")


@pytest.fixture(autouse=True)
def queued(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    seen: list[Any] = []
    monkeypatch.setattr(jobs, "enqueue", lambda *a, job_id: seen.append((*a, job_id)))
    return seen


def bfi_lines(people: int = 300) -> list[str]:
    return BFI.read_text().splitlines()[: people + 1]


@pytest.fixture
def bring(client: TestClient, csrf: Csrf) -> Callable[..., Any]:
    def _bring(data: bytes, name: str = "问卷星 导出.csv", **more: str) -> Any:
        return client.post(
            "/research/files", data={"csrf": csrf(), **more}, files={"file": (name, data)}, headers=BROWSER
        )

    return _bring


@pytest.fixture
def ask(client: TestClient, csrf: Csrf, engine: Engine) -> Callable[..., str]:
    """Ask for an analysis with the form of our page, let the worker do it, return its address."""

    def _ask(address: str, kind: str, **fields: str) -> str:
        answer = client.post(f"{address}/{kind}", data={"csrf": csrf(), **fields}, headers=BROWSER)
        assert answer.status_code == 303, answer.text
        made: str = answer.headers["location"]
        running.analyse(session_factory(engine), uuid.UUID(made.rsplit("/", 1)[-1]))
        return made

    return _ask


def test_a_file_is_sealed_and_only_its_owner_finds_it(
    client: TestClient, session: Session, sign_in: SignIn, bring: Callable[..., Any], csrf: Csrf
) -> None:
    sign_in("researcher")
    lines = bfi_lines(20)
    address = bring("\n".join(lines).encode()).headers["location"]
    shown = client.get(address).text
    assert "问卷星 导出.csv" in shown
    assert "20 行，28 列" in shown
    stored = session.execute(
        text("SELECT name_sealed, content_sealed, columns_sealed FROM research_file")
    ).one()
    for sealed in stored:
        assert lines[1].encode() not in bytes(sealed)
        assert b"gender" not in bytes(sealed)
        assert "问卷星".encode() not in bytes(sealed)
    kept = session.scalars(select(ResearchFile)).one()
    assert kept.content.decode().splitlines() == lines
    assert kept.expires_at - kept.uploaded_at > dt.timedelta(days=service.KEPT_DAYS - 1)
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "file.upload")).one()
    assert entry.detail == {"size": kept.size, "rows": 20}
    session.commit()
    without = client.post(f"{address}/delete", data={"csrf": "x"}, headers=BROWSER)
    assert without.status_code == 403
    sign_in("researcher")
    for path in (address, f"{address}/delete", f"{address}/model", f"{address}/report"):
        other = client.get(path) if path == address else client.post(path, data={"csrf": csrf()})
        assert other.status_code == 404, path
    assert "问卷星 导出.csv" not in client.get("/research/files").text


@one_store
def test_a_typed_model_gives_the_engines_numbers(
    client: TestClient, session: Session, sign_in: SignIn, bring: Callable[..., Any], ask: Callable[..., str]
) -> None:
    sign_in("researcher")
    address = bring("\n".join(bfi_lines()).encode()).headers["location"]
    made = ask(address, "model", syntax=MODEL, estimator="MLR", missing="fiml", std_lv="1")
    result = session.scalars(select(FileAnalysis)).one().result
    session.commit()
    assert result is not None
    frame = pd.read_csv(BFI, nrows=300)
    ours = fit(MODEL, frame, estimator="MLR", missing="fiml", std_lv=True)
    told = {one["name"]: one["value"] for one in result["measures"]}
    assert told["cfi.robust"] == pytest.approx(ours.fit["cfi.robust"])
    assert told["chisq"] == pytest.approx(ours.fit["chisq"])
    loadings = next(part["rows"] for part in result["parameters"] if part["en"] == "loadings")
    table = ours.parameters[ours.parameters["op"] == "=~"]
    assert [row["est"] for row in loadings] == pytest.approx(list(table["est"]))
    shown = client.get(made)
    assert f">{ours.fit['cfi.robust']:.3f}<".replace(">0", ">") in shown.text
    assert client.get(f"{made}/paths.svg").text.startswith("<svg")
    assert client.get(f"{made}/result.json").json()["npar"] == ours.npar


@one_store
def test_groups_and_ordered_columns_can_be_chosen(
    client: TestClient, session: Session, sign_in: SignIn, bring: Callable[..., Any], ask: Callable[..., str]
) -> None:
    sign_in("researcher")
    address = bring("\n".join(bfi_lines()).encode()).headers["location"]
    made = ask(address, "model", syntax="A =~ A2 + A3 + A4 + A5", group="gender", ordered="")
    assert "性别" not in client.get(made).text
    found = {one.id: one.result for one in session.scalars(select(FileAnalysis))}
    assert sorted(found[uuid.UUID(made.rsplit("/", 1)[-1])]["groups"]) == ["1", "2"]  # type: ignore[index]
    session.commit()
    ordered = ask(address, "model", syntax="C =~ C1 + C2 + C3", ordered="all")
    assert "WLSMV" in client.get(ordered).text


@one_store
@pytest.mark.parametrize(
    ("syntax", "says"),
    [
        ("A =~ A1 + A2 + A9", "文件中没有模型所写的列：A9"),
        ("A =~ A1 +* A2", "模型第 1 行"),
        ("A =~ A1 + A2 + word", "第 3 行很好不是数值"),
    ],
)
def test_what_is_wrong_with_a_model_or_a_cell_is_named(
    client: TestClient,
    sign_in: SignIn,
    bring: Callable[..., Any],
    ask: Callable[..., str],
    syntax: str,
    says: str,
) -> None:
    sign_in("researcher")
    data = "A1,A2,word\n1,2,3\n2,2,很好\n3,1,4\n"
    shown = client.get(ask(bring(data.encode()).headers["location"], "model", syntax=syntax)).text
    if "不是数值" in says:
        assert '<td class="num">3</td><td>word</td><td>很好</td><td>不是数值</td>' in shown
    else:
        assert says in shown


def _only_the_title(report: Report, out_dir: Path, **_options: object) -> None:
    out_dir.mkdir(parents=True, exist_ok=True)
    (out_dir / "report.html").write_text(report.source.title, encoding="utf-8")


@one_store
def test_an_instruments_report_of_a_file_names_bad_rows_and_leaves_them_when_told(
    client: TestClient,
    session: Session,
    settings: Settings,
    sign_in: SignIn,
    bring: Callable[..., Any],
    ask: Callable[..., str],
    csrf: Csrf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # what the report says and how it looks is tested where it is made
    monkeypatch.setattr(running, "write_report", _only_the_title)
    sign_in("researcher")
    duty = instruments.load("dandang-jsjb/0.1.0")
    people = simulate_respondents(duty, units={"U": 9}, seed=3).answers
    codes = list(duty.forms["full"].items)
    lines = [",".join(codes), *(",".join(str(one.get(c, "")) for c in codes) for one in people)]
    lines[4] = "9" + lines[4][1:]
    address = bring("\n".join(lines).encode(), simulated="1").headers["location"]
    refused = client.get(ask(address, "report", instrument=duty.ref)).text
    assert '<td class="num">5</td><td>j_zc1</td><td>9</td>' in refused
    assert session.scalars(select(FileAnalysis.state)).all() == ["refused"]
    session.commit()
    made = ask(address, "report", instrument=duty.ref, accept_valid="1", depth="quick")
    assert "有问题、没有用的行：1" in client.get(made).text
    assert "问卷星 导出.csv" in client.get(f"{made}/files/report.html").text
    stored = client.get(f"{made}/result.json").json()
    assert (stored["source"]["kind"], stored["n"]) == ("file", 8)
    assert "模拟数据，非真实作答" in stored["simulated"]
    rendered = directory(uuid.UUID(made.rsplit("/", 1)[-1]))
    assert (rendered / "report.html").is_file()
    assert client.post(f"{address}/delete", data={"csrf": csrf()}).status_code == 303
    assert not rendered.exists()
    assert session.scalars(select(FileAnalysis.id)).all() == []
    assert client.get(made).status_code == 404
    assert session.scalars(select(TrailEntry.action).where(TrailEntry.action == "file.delete")).all()


@one_store
def test_companions_of_a_file_are_named_on_the_page_by_the_names_of_its_columns(
    client: TestClient,
    session: Session,
    settings: Settings,
    sign_in: SignIn,
    bring: Callable[..., Any],
    ask: Callable[..., str],
    csrf: Csrf,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A column with a Chinese heading goes by its code; a wrong line, column or role is refused by name."""
    monkeypatch.setattr(running, "write_report", _only_the_title)
    sign_in("researcher")
    lines = bfi_lines(120)
    rows = [f"{lines[0]},您的满意度", *(f"{line},{k % 5}" for k, line in enumerate(lines[1:]))]
    address = bring("\n".join(rows).encode()).headers["location"]
    code = f"v{rows[0].count(',') + 1}"
    asked = {"instrument": "ipip-bfi-25", "depth": "quick", "accept_valid": "1"}
    sent = {"csrf": csrf(), **asked, "companions": "no line of ours"}
    assert "伴随量表没有看懂" in client.post(f"{address}/report", data=sent, headers=BROWSER).text
    for wrong, why in (
        (f"满意={code}:friend", "friend"),
        ("满意=v999", "v999"),
        (f"满意={code},{code}", "名称=列"),
    ):
        assert why in client.get(ask(address, "report", **asked, companions=wrong)).text, wrong
    made = ask(address, "report", **asked, companions=f"满意=-{code}:outcome\n年龄=age")
    stored = client.get(f"{made}/result.json").json()
    (validity,) = [section for section in stored["sections"] if section["id"] == "validity"]
    rows_of = validity["results"]["companions"]["table"]
    assert {(row["companion"], row["role"]) for row in rows_of} == {("满意", "outcome"), ("年龄", "related")}
    assert all(row["n"] > 100 for row in rows_of)
    assert "您的满意度" not in client.get(made).text  # it was used


@one_store
def test_a_file_of_another_questionnaire_is_refused_with_the_reason(
    client: TestClient, sign_in: SignIn, bring: Callable[..., Any], ask: Callable[..., str]
) -> None:
    sign_in("researcher")
    address = bring("\n".join(bfi_lines(5)).encode()).headers["location"]
    shown = client.get(ask(address, "report", instrument="dandang-jsjb/0.1.0")).text
    assert "文件中没有一列是这份问卷的题目" in shown


@one_store
def test_a_sav_file_is_opened_apart_and_its_missing_codes_count(
    client: TestClient,
    session: Session,
    sign_in: SignIn,
    bring: Callable[..., Any],
    ask: Callable[..., str],
    tmp_path: Path,
) -> None:
    sign_in("researcher")
    frame = pd.read_csv(BFI, nrows=200)[["A1", "A2", "A3"]].fillna(9)
    frame.loc[3, "A1"] = 9
    path = tmp_path / "x.sav"
    pyreadstat.write_sav(frame, str(path), missing_ranges={name: [9] for name in frame})
    address = bring(path.read_bytes(), "x.sav").headers["location"]
    ask(address, "model", syntax="A =~ A1 + A2 + A3")
    result = session.scalars(select(FileAnalysis)).one().result
    assert result is not None
    assert result["nobs"] == [int((frame != 9).all(axis=1).sum())]
    assert result["nobs"] != [200]


@one_store
def test_hostile_files_are_refused_and_nothing_is_kept(
    session: Session, sign_in: SignIn, bring: Callable[..., Any]
) -> None:
    sign_in("researcher")
    for name in ("a file as entity", "an entity in the types", "a bomb that lies", "an old xls", "a NUL"):
        one = HOSTILE[name]
        answer = bring(one.data(), one.name)
        assert answer.status_code in {413, 422}, name
    assert session.scalars(select(ResearchFile.id)).all() == []
    session.commit()
    assert bring(b"x,y\n1,2\n").status_code == 303  # the control: a good file is kept


@one_store
def test_a_file_goes_when_its_days_are_over(
    session: Session, sign_in: SignIn, bring: Callable[..., Any]
) -> None:
    sign_in("researcher")
    for _ in range(2):
        bring(b"x,y\n1,2\n")
    old, young = session.scalars(select(ResearchFile)).all()
    old.expires_at = now() - dt.timedelta(seconds=1)
    gone = old.id
    assert service.forget_expired(session) == 1
    session.commit()
    assert session.scalars(select(ResearchFile.id)).all() == [young.id]
    entry = session.scalars(select(TrailEntry).where(TrailEntry.action == "file.expire")).one()
    assert (entry.actor, entry.subject) == ("system", f"file:{gone}")
