"""What an operator does by command: units, accounts, instruments, import, export."""

from __future__ import annotations

import json
import re
from pathlib import Path

import openpyxl
import pandas as pd
import pytest
from click.testing import CliRunner, Result
from sqlalchemy import Engine, text

from app import jobs
from app.cli import COMMANDS, main
from app.settings import Settings

BFI = Path(__file__).parents[2] / "data" / "bfi"
UNITS = "单位编码,单位名称,上级编码\nA,甲区,\nA1,甲一街道,A\nA2,甲二街道,A\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture
def units(settings: Settings, tmp_path: Path) -> Path:
    path = tmp_path / "units.csv"
    path.write_text(UNITS, encoding="utf-8")
    assert run("units", "add", path).exit_code == 0
    return path


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_explains_itself(command: str) -> None:
    done = run(command, "--help")
    assert done.exit_code == 0
    assert "Usage:" in done.output
    assert re.search(r"[一-鿿]", done.output), "Chinese first"


def test_migrate_says_where_it_stands(settings: Settings, tmp_path: Path) -> None:
    assert "已是最新结构" in run("migrate").output
    assert run("migrate", "--check").exit_code == 0


def test_units_come_in_whole_or_not_at_all(units: Path, tmp_path: Path) -> None:
    assert "A1\t甲一街道\tA" in run("units", "list").output
    bad = tmp_path / "bad.csv"
    bad.write_text("单位编码,单位名称,上级编码\nB,乙区,\nB1,乙一街道,NOSUCH\n", encoding="utf-8")
    refused = run("units", "add", bad)
    assert refused.exit_code == 2
    assert "NOSUCH" in refused.output
    assert "乙区" not in run("units", "list").output


def test_accounts(units: Path) -> None:
    password = ("--password", "correct horse battery")
    assert run("user", "add", "li", "--role", "hr", "--unit", "A", *password).exit_code == 0
    assert "li\thr\tA" in run("user", "list").output
    assert run("user", "add", "li", "--role", "hr", *password).exit_code == 1
    assert run("user", "add", "zh", "--role", "hr", "--unit", "NOSUCH", *password).exit_code == 1
    assert run("user", "add", "zh", "--role", "hr", "--password", "short").exit_code == 1
    assert run("user", "password", "li", "--password", "another long password").exit_code == 0
    assert run("user", "password", "nobody", "--password", "another long password").exit_code == 1


def test_all_of_the_real_data_goes_in_and_its_scores_come_out(
    units: Path, engine: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "enqueue", lambda *_a, **_k: None)
    arguments = ("import", BFI / "bfi.csv", "--instrument", "ipip-bfi-25", "--mapping", BFI / "mapping.toml")
    done = run(*arguments, "--unit", "A1", "--title", "真实数据")
    assert done.exit_code == 0, done.output
    assert "已导入 2800 人" in done.output
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM response")).scalar() == 2800
        assert connection.execute(text("SELECT count(*) FROM score_record")).scalar() == 2800
    run("user", "add", "li", "--role", "hr", "--unit", "A", "--password", "correct horse battery")
    survey = re.search(r"survey: (\S+)", done.output)
    assert survey
    assert "真实数据" in run("export", "--as", "li").output
    out = tmp_path / "scores.xlsx"
    exported = run("export", survey[1], "--as", "li", "-o", out)
    assert exported.exit_code == 0, exported.output
    book = openpyxl.load_workbook(out)
    assert book.worksheets[0].max_row >= 2801
    assert run("export", survey[1], "--as", "nobody").exit_code == 1


def test_a_bad_row_keeps_everything_out_unless_told_otherwise(
    settings: Settings, engine: Engine, tmp_path: Path
) -> None:
    lines = (BFI / "bfi.csv").read_text().splitlines()[:41]
    lines[5] = "9" + lines[5][1:]
    path = tmp_path / "bad.csv"
    path.write_text("\n".join(lines) + "\n")
    listed = tmp_path / "problems.txt"
    refused = run("import", path, "--instrument", "ipip-bfi-25", "--problems", listed)
    assert refused.exit_code == 2
    assert "第 6 行" in listed.read_text(encoding="utf-8")
    assert "9" in listed.read_text(encoding="utf-8")
    with engine.connect() as connection:
        assert connection.execute(text("SELECT count(*) FROM response")).scalar() == 0
        assert connection.execute(text("SELECT count(*) FROM survey")).scalar() == 0
    accepted = run("import", path, "--instrument", "ipip-bfi-25", "--accept-valid")
    assert "已导入 39 人，拒绝 1 行" in accepted.output


@pytest.mark.only_on("sqlite", reason="a report of a file asks no store")
def test_report_of_two_waves_and_of_raters(settings: Settings, tmp_path: Path) -> None:
    """The first 200 people of bfi and, as a second wave, the same answers once more with some changed."""
    out = tmp_path / "out"
    first = pd.read_csv(BFI / "bfi.csv", dtype="Int64").head(200).assign(code=[f"c{k}" for k in range(200)])
    second = first.assign(A2=first["A2"].fillna(3).map(lambda v: 7 - v)).iloc[::-1]
    first.to_csv(tmp_path / "first.csv", index=False)
    second.to_csv(tmp_path / "second.csv", index=False)
    asked = ("report", tmp_path / "first.csv", "--instrument", "ipip-bfi-25", "-o", out, "--depth", "quick")
    assert "--link" in run(*asked, "--retest", tmp_path / "second.csv").output
    assert "--rated" in run(*asked, "--rater", "code").output
    wrong = run(*asked, "--retest", tmp_path / "second.csv", "--link", "nowhere")
    assert wrong.exit_code == 1
    assert "nowhere" in wrong.output
    done = run(*asked, "--retest", tmp_path / "second.csv", "--link", "code", "--rated", "code")
    assert done.exit_code == 0, done.output
    told = json.loads((out / "report.json").read_text(encoding="utf-8"))
    results = next(s for s in told["sections"] if s["id"] == "reliability")["results"]
    assert results["retest_consc"]["n"] > 150
    assert "完全一致" in results["retest_consc"]["reason"]  # nothing of it was changed
    assert 0 < results["retest_agree"]["absolute"] < 1
    assert results["raters_agree"]["reason"]  # one rating each
    assert "c17" not in (out / "report.json").read_text(encoding="utf-8")  # a code stays in the file


@pytest.mark.only_on("sqlite", reason="a report of a file asks no store")
def test_report_of_a_file(settings: Settings, tmp_path: Path) -> None:
    out = tmp_path / "out"
    quick = ("--language", "en", "--depth", "quick")
    asked = ("report", BFI / "bfi.csv", "--instrument", "ipip-bfi-25", "-o", out, *quick)
    for wrong, why in (("age=nowhere", "nowhere"), ("age=age:friend", "role"), ("age", "name=column")):
        refused = run(*asked, "--companion", wrong)
        assert refused.exit_code == 1
        assert why in refused.output
    done = run(*asked, "--companion", "age=age:outcome")
    assert done.exit_code == 0, done.output
    assert (out / "report.html").exists()
    told = json.loads((out / "report.json").read_text(encoding="utf-8"))
    beside = next(s for s in told["sections"] if s["id"] == "validity")["results"]["companions"]
    assert {row["role"] for row in beside["table"]} == {"outcome"}
    assert run("report", BFI / "bfi.csv", "--instrument", "nothing", "-o", out).exit_code == 1
