"""`dandang fit` as a stranger calls it: numbers, exit codes, and words for what is wrong."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

from app.cli import main

GOLDEN = Path(__file__).parents[2] / "analysis" / "golden" / "sem"
THREE_FACTORS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.lav"
    path.write_text(THREE_FACTORS)
    return path


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["fit", *map(str, arguments)])


def test_holzinger_swineford_equals_lavaan(model: Path, tmp_path: Path) -> None:
    out = tmp_path / "fit.json"
    done = run(model, GOLDEN / "holzinger_swineford.csv", "--json", out)
    assert done.exit_code == 0
    got = json.loads(out.read_text())
    reference = json.loads((GOLDEN / "hs_cfa_ml.json").read_text())
    for name in (
        "chisq",
        "df",
        "cfi",
        "tli",
        "rmsea",
        "rmsea.ci.lower",
        "rmsea.ci.upper",
        "srmr",
        "aic",
        "bic",
    ):
        assert got["fit"][name] == pytest.approx(reference["fit"][name], abs=1e-4), name
    ours = {(p["lhs"], p["op"], p["rhs"]): p for p in got["parameters"]}
    assert len(ours) == len(reference["parameters"])
    for theirs in reference["parameters"]:
        mine = ours[theirs["lhs"], theirs["op"], theirs["rhs"]]
        for name in ("est", "se", "std_all", "std_lv"):
            assert mine[name] == pytest.approx(theirs[name], abs=1e-4)
    assert isinstance(got["fit"]["df"], int)
    assert "85.306" in done.output


def test_json_to_standard_output_is_nothing_but_json(model: Path) -> None:
    done = CliRunner().invoke(
        main, ["fit", str(model), str(GOLDEN / "holzinger_swineford.csv"), "--json", "-"]
    )
    assert json.loads(done.stdout)["status"] == "ok"


def test_bad_input_exits_2_and_names_it(tmp_path: Path, model: Path) -> None:
    data = pd.read_csv(GOLDEN / "holzinger_swineford.csv")
    unknown = tmp_path / "unknown.lav"
    unknown.write_text("f =~ x1 + x2 + nosuch\n")
    syntax = tmp_path / "syntax.lav"
    syntax.write_text("f =~ x1 + x2 + x3\ng =~~ x4\n")
    constant = tmp_path / "constant.csv"
    data.assign(x5=3.0).to_csv(constant, index=False)
    for arguments, said in (
        ((unknown, GOLDEN / "holzinger_swineford.csv"), "nosuch"),
        ((syntax, GOLDEN / "holzinger_swineford.csv"), "2"),
        ((model, constant), "x5"),
        ((model, GOLDEN / "holzinger_swineford.csv", "--group", "nogroup"), "nogroup"),
    ):
        out = tmp_path / "bad.json"
        done = run(*arguments, "--json", out)
        assert done.exit_code == 2, arguments
        assert said in done.output
        assert json.loads(out.read_text())["status"] == "bad_input"


def test_what_may_not_be_used_exits_3_and_says_why(tmp_path: Path) -> None:
    rng = np.random.default_rng(3)
    data = tmp_path / "two.csv"
    pd.DataFrame(rng.normal(size=(200, 2)), columns=["y1", "y2"]).to_csv(data, index=False)
    model = tmp_path / "two.lav"
    model.write_text("f =~ y1 + y2\n")
    out = tmp_path / "two.json"
    done = run(model, data, "--json", out)
    assert done.exit_code == 3
    got = json.loads(out.read_text())
    assert got["status"] == "not_identified"
    assert got["problems"]


def test_a_file_that_is_no_table_is_refused(tmp_path: Path, model: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    latin = tmp_path / "latin.csv"
    latin.write_bytes(b"x1,x2\n\xff\xfe\x00,1\n")
    for path in (empty, latin):
        assert run(model, path).exit_code == 2


@pytest.mark.parametrize(
    "arguments", [["--ordered", "all"], ["--ordered"], ["--ordered", "all", "--estimator", "wlsmv"]]
)
def test_ordered_without_names_means_every_item_and_wlsmv(tmp_path: Path, arguments: list[str]) -> None:
    reference = json.loads((GOLDEN / "hs_ordinal_3f_wlsmv.json").read_text())
    model = tmp_path / "ordinal.lav"
    model.write_text(reference["model"])
    done = CliRunner().invoke(
        main, ["fit", str(model), str(GOLDEN / reference["data"]), "--json", "-", *arguments]
    )
    got = json.loads(done.stdout)
    assert got["estimator"] == "WLSMV"
    assert got["fit"]["chisq.scaled"] == pytest.approx(reference["fit"]["chisq.scaled"], rel=1e-3)
