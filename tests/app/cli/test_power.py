"""`dandang power`: the N of a model with values, of a pilot, and of RMSEA tests; refusals are named."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from click.testing import CliRunner, Result

import instruments
from app.cli import main

VALUES = "f =~ .7*x1 + .7*x2 + .7*x3\ng =~ .6*y1 + .6*y2 + .6*y3\nf ~~ .3*g\n"
GOLDEN = Path(__file__).parents[2] / "analysis" / "golden" / "sem"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, ["power", *map(str, arguments)])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "two.lav"
    path.write_text(VALUES)
    return path


def test_rmsea_power_is_the_printed_tables() -> None:
    """MacCallum, Browne & Sugawara (1996), table 4, df 100: 132 for close fit, 178 for not-close fit."""
    done = run("--df", 100, "--sizes", "132", "--json", "-")
    assert done.exit_code == 0
    rows = {row["test"]: row for row in json.loads(done.stdout)}
    assert (rows["close"]["needed"], rows["not close"]["needed"]) == (132, 178)
    assert rows["close"]["power"] == pytest.approx(0.80, abs=0.005)


def test_the_n_of_a_model_with_values_in_every_form(model: Path, tmp_path: Path) -> None:
    asked = (model, "--standardized", "--std-lv", "--judged", "f~~g", "--replications", 20)
    table = tmp_path / "sizes.csv"
    done = run(*asked, "--sizes", "60,400", "--json", "-", "--csv", table)
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["needed"] == 400
    assert [row["sufficient"] for row in found["table"]] == [False, True]
    assert table.read_text().splitlines()[0].startswith("n,converged,admissible")
    assert "n = 400" in done.stderr


def test_no_size_suffices_is_an_answer_with_its_reason(model: Path) -> None:
    done = run(model, "--standardized", "--std-lv", "--sizes", "30", "--replications", 5)
    assert done.exit_code == 3
    assert "none of the sizes tried" in done.stdout


def test_a_pilot_gives_the_values(tmp_path: Path) -> None:
    path = tmp_path / "one.lav"
    path.write_text("visual =~ x1 + x2 + x3 + x4\n")
    pilot = GOLDEN / "holzinger_swineford.csv"
    done = run(path, "--pilot", pilot, "--sizes", "300", "--replications", 5, "--json", "-")
    assert done.exit_code in (0, 3), done.stderr
    row = json.loads(done.stdout)["table"][0]
    assert row["converged"] == 1
    assert row["reason"] == ""


def test_a_pilot_of_an_instrument_has_its_reversed_items_turned(tmp_path: Path) -> None:
    """As the values of the same people with the reversed items turned beforehand, by the model alone."""
    instrument = instruments.load("ipip-bfi-25")
    items = instrument.forms[instrument.default_form].items
    people = np.random.default_rng(5).normal(size=(400, 5))[:, ["aceno".index(code[0]) for code in items]]
    noise = np.random.default_rng(6).normal(size=(400, len(items)))
    keyed = pd.DataFrame(np.clip(np.round(3.5 + people + noise), 1, 6).astype(int), columns=list(items))
    given = keyed.assign(**{code: 7 - keyed[code] for code in items if instrument.items[code].reverse})
    assert any(instrument.items[code].reverse for code in items)
    given.to_csv(tmp_path / "answers.csv", index=False)
    keyed.to_csv(tmp_path / "keyed.csv", index=False)
    (spec,) = [model for model in instrument.models if model.id == instrument.evidence.target_model]
    (tmp_path / "target.lav").write_text(spec.syntax)
    asked = ("--sizes", 300, "--replications", 3, "--judged", "AGREE=~a2", "--json", "-")
    by_instrument = run("--instrument", "ipip-bfi-25", "--pilot", tmp_path / "answers.csv", *asked)
    by_model = run(
        tmp_path / "target.lav", "--pilot", tmp_path / "keyed.csv", *(["--std-lv"] * spec.std_lv), *asked
    )
    assert by_instrument.exit_code in (0, 3), by_instrument.stderr
    assert json.loads(by_instrument.stdout)["table"] == json.loads(by_model.stdout)["table"]


@pytest.mark.parametrize(
    ("arguments", "named"),
    [
        (("--df", 5, "--sizes", "1"), "2"),
        (("--sizes", "many", "--df", 5), "whole numbers"),
        ((), "MODEL.lav"),
        (("--instrument", "dandang-jsjb"), "--pilot"),
        (
            ("--instrument", "dandang-jsjb", "--model", "a99", "--pilot", GOLDEN / "holzinger_swineford.csv"),
            "a99",
        ),
        (("--instrument", "dandang-jsjb", "--pilot", GOLDEN / "holzinger_swineford.csv"), "j_"),
    ],
)
def test_what_cannot_be_answered_is_refused_with_its_name(arguments: tuple[object, ...], named: str) -> None:
    done = run(*arguments)
    assert done.exit_code == 2
    assert named in done.stderr


def test_a_loading_without_a_value_is_named(tmp_path: Path) -> None:
    path = tmp_path / "bare.lav"
    path.write_text("f =~ .7*x1 + x2 + .7*x3\n")
    done = run(path)
    assert done.exit_code == 2
    assert "x2" in done.stderr
