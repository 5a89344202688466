"""`dandang invariance` and `dandang simulate`: the chain of models, seeded data, studies with their terms."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pytest
from click.testing import CliRunner, Result

from app.cli import main

GOLDEN = Path(__file__).parents[2] / "analysis" / "golden" / "sem"
THREE_FACTORS = "visual =~ x1 + x2 + x3\ntextual =~ x4 + x5 + x6\nspeed =~ x7 + x8 + x9\n"
POPULATION = "f =~ 0.7*a + 0.7*b + 0.6*c + 0.8*d\n"


def run(*arguments: object) -> Result:
    return CliRunner().invoke(main, [*map(str, arguments)])


@pytest.fixture
def model(tmp_path: Path) -> Path:
    path = tmp_path / "model.lav"
    path.write_text(THREE_FACTORS)
    return path


@pytest.fixture
def population(tmp_path: Path) -> Path:
    path = tmp_path / "population.lav"
    path.write_text(POPULATION)
    return path


def test_the_chain_over_schools_is_lavaans(model: Path) -> None:
    data = GOLDEN / "holzinger_swineford.csv"
    done = run("invariance", model, data, "--group", "school", "--estimator", "ml", "--json", "-")
    assert done.exit_code == 0
    got = {row["step"]: row for row in json.loads(done.stdout)["table"]}
    for step, name in (
        ("configural", "configural"),
        ("metric", "metric"),
        ("scalar", "scalar"),
        ("strict", "strict"),
    ):
        reference = json.loads((GOLDEN / f"hs_invariance_school_ml_{name}.json").read_text())["fit"]
        assert got[step]["chisq"] == pytest.approx(reference["chisq"], abs=1e-3)
        assert got[step]["df"] == reference["df"]
        assert got[step]["cfi"] == pytest.approx(reference["cfi"], abs=1e-4)


def test_a_proposal_frees_nothing_by_itself(model: Path) -> None:
    data = GOLDEN / "holzinger_swineford.csv"
    done = run("invariance", model, data, "--group", "school", "--estimator", "ml", "--propose", "scalar")
    assert "nothing was freed" in done.output
    assert "x3~1" in done.output


def test_bad_input_is_named(model: Path, tmp_path: Path) -> None:
    data = GOLDEN / "holzinger_swineford.csv"
    assert "nogroup" in run("invariance", model, data, "--group", "nogroup").output
    assert run("invariance", model, data, "--group", "nogroup").exit_code == 2
    assert run("invariance", model, data, "--group", "school", "--steps", "nosuch").exit_code == 2


def test_the_same_seed_draws_the_same_data(population: Path) -> None:
    first, again, other = (
        run("simulate", population, "--standardized", "-n", 50, "--seed", seed).stdout for seed in (4, 4, 5)
    )
    assert first == again != other
    drawn = pd.read_csv(io.StringIO(first))
    assert list(drawn.columns) == ["a", "b", "c", "d"]
    assert len(drawn) == 50


def test_a_study_says_its_terms_and_covers(population: Path, tmp_path: Path) -> None:
    fitted = tmp_path / "fitted.lav"
    fitted.write_text("f =~ a + b + c + d\n")
    done = run(
        "simulate",
        population,
        "--standardized",
        "--std-lv",
        "--fit-model",
        fitted,
        "-n",
        300,
        "--replications",
        120,
        "--json",
        "-",
    )
    study = json.loads(done.stdout)
    assert study["replications"] == 120
    assert study["converged"] == 1.0
    coverage = [row["coverage"] for row in study["parameters"]]
    assert min(coverage) > 0.88


def test_dynamic_cutoffs_need_data(model: Path, population: Path) -> None:
    assert run("simulate", population, "--cutoffs").exit_code == 2
    done = run(
        "simulate",
        model,
        "--from-data",
        GOLDEN / "holzinger_swineford.csv",
        "--cutoffs",
        "--replications",
        20,
    )
    assert done.exit_code == 0
    assert "n = 301" in done.output
