"""The script for lavaan, run by R where there is one, gives the numbers of our report."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from analysis.interchange import Choices, Dataset
from analysis.interchange.plain_files import comma_separated
from analysis.interchange.r_syntax import lavaan_script
from analysis.invariance import group_invariance
from analysis.reliability import cronbach_alpha, omega_total
from analysis.report import ReportSource
from analysis.report.fit_section import target_rival
from analysis.report.groupings import groupings
from analysis.report.sample import Sample, prepare
from analysis.rivals import Rival, fit_rivals
from instruments import Instrument

RSCRIPT = shutil.which("Rscript")
SECONDS = 120


def has_lavaan() -> bool:
    if RSCRIPT is None:
        return False
    asked = [RSCRIPT, "-e", 'quit(status = !nzchar(system.file(package = "lavaan")))']
    return subprocess.run(asked, capture_output=True, check=False, timeout=30).returncode == 0


pytestmark = pytest.mark.skipif(not has_lavaan(), reason="no Rscript with lavaan here: the script is not run")


@pytest.fixture(scope="module")
def sample(bfi: Instrument, bfi_data: Dataset) -> Sample:
    columns = [variable.name for variable in bfi_data.variables]
    frame = pd.DataFrame([list(row) for row in bfi_data.rows], columns=columns)
    source = ReportSource(
        kind="file",
        title="bfi",
        simulated=False,
        data_fingerprint="",
        engine_version="",
        filter="",
        run_id="",
    )
    return prepare(frame, bfi, source, 1)


@pytest.fixture(scope="module")
def folder(bfi: Instrument, bfi_data: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the script has run."""
    made = tmp_path_factory.mktemp("lavaan")
    (made / "rows.csv").write_bytes(comma_separated(bfi_data))
    (made / "lavaan.R").write_text(lavaan_script(bfi, bfi_data, Choices()), encoding="utf-8")
    asked = [str(RSCRIPT), str(made / "lavaan.R"), str(made)]
    done = subprocess.run(asked, capture_output=True, text=True, check=False, timeout=SECONDS)
    assert done.returncode == 0, done.stderr
    return made


def test_fit_and_loadings_of_every_model_are_ours(folder: Path, sample: Sample) -> None:
    rivals = [
        Rival(id=m.id, syntax=m.syntax, std_lv=m.std_lv, orthogonal=m.orthogonal)
        for m in sample.instrument.models
    ]
    ours = fit_rivals(rivals, sample.keyed, estimator="MLR")
    measures = pd.read_csv(folder / "lavaan-fit.csv")
    estimates = pd.read_csv(folder / "lavaan-parameters.csv")
    assert set(measures["model"]) == set(ours.fits)
    for name, one in ours.fits.items():
        assert one.fit is not None
        theirs = measures[measures["model"] == name].set_index("measure")["value"]
        robust = ("chisq.scaled", "cfi.robust", "tli.robust", "rmsea.robust", "rmsea.ci.upper.robust")
        for measure in ("chisq", "df", "cfi", "tli", "rmsea", "srmr", "aic", "bic", *robust):
            assert theirs[measure] == pytest.approx(one.fit.fit[measure], rel=1e-3, abs=1e-3), measure
        told = estimates[(estimates["model"] == name) & (estimates["op"] == "=~")]
        loadings = one.loadings()
        assert loadings is not None
        assert list(told["rhs"]) == list(loadings["rhs"])
        np.testing.assert_allclose(told["std.all"], loadings["std"], atol=1e-3)
        np.testing.assert_allclose(told["est"], loadings["est"], atol=1e-3)


def test_reliability_of_every_score_is_ours(folder: Path, sample: Sample) -> None:
    theirs = pd.read_csv(folder / "lavaan-reliability.csv").set_index("score")
    assert list(theirs.index) == list(sample.score_items())
    for score, items in sample.score_items().items():
        alpha, omega = cronbach_alpha(sample.keyed[items]), omega_total(sample.keyed[items])
        assert alpha.interval is not None
        assert omega.interval is not None
        ours = [
            alpha.alpha, alpha.interval.lower, alpha.interval.upper,
            omega.omega_total, omega.interval.lower, omega.interval.upper,
        ]  # fmt: skip
        columns = ["alpha", "alpha.lower", "alpha.upper", "omega", "omega.lower", "omega.upper"]
        np.testing.assert_allclose(theirs.loc[score, columns].to_numpy(float), ours, atol=1e-3)
        assert theirs.loc[score, "n"] == alpha.n


def test_the_steps_of_invariance_are_ours(folder: Path, sample: Sample) -> None:
    target = target_rival(sample)
    assert target is not None
    steps = pd.read_csv(folder / "lavaan-invariance.csv")
    (grouping,) = groupings(sample)
    ours = group_invariance(target, sample.keyed, grouping.groups, grouping=grouping.id).table
    assert len(ours) == 4
    names = {"chisq": "chisq.scaled", "df": "df.scaled", "cfi": "cfi.robust", "rmsea": "rmsea.robust"}
    for row in ours.to_dict("records"):
        theirs = steps[steps["step"] == row["step"]].set_index("measure")["value"]
        for mine, name in names.items():
            assert theirs[name] == pytest.approx(row[mine], rel=1e-3, abs=1e-3), (row["step"], mine)


def test_the_control_answers_not_reversed_do_not_give_our_loadings(
    folder: Path, bfi_data: Dataset, sample: Sample, tmp_path: Path
) -> None:
    """The same script without its reversals: the comparison above would see it."""
    script = (folder / "lavaan.R").read_text(encoding="utf-8").partition("scores <- list")[0]
    planted = script.replace("for (item in names(reversed))", "for (item in character())")
    assert planted != script
    (tmp_path / "rows.csv").write_bytes(comma_separated(bfi_data))
    (tmp_path / "lavaan.R").write_text(planted, encoding="utf-8")
    asked = [str(RSCRIPT), str(tmp_path / "lavaan.R"), str(tmp_path)]
    subprocess.run(asked, capture_output=True, check=True, timeout=SECONDS)
    told = pd.read_csv(tmp_path / "lavaan-parameters.csv")
    theirs = told[(told["model"] == "m5") & (told["op"] == "=~")]["std.all"].to_numpy()
    target = target_rival(sample)
    assert target is not None
    ours = fit_rivals([target], sample.keyed).fits["m5"].loadings()
    assert ours is not None
    assert np.abs(theirs - ours["std"].to_numpy()).max() > 0.1
