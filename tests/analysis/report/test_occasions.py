"""A second wave and several raters in the report: the pure functions' numbers, people linked by code."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from analysis.agreement import group_icc, rater_agreement, retest_agreement
from analysis.report.document import Paragraph, Section, Table, Text
from analysis.report.occasion_tables import occasion_blocks
from analysis.report.sample import Sample, prepare
from instruments import Instrument
from tests.analysis.conftest import source_of
from tests.analysis.report.test_sections import both_languages

N = 120


def answers(instrument: Instrument, seed: int, trait: np.ndarray) -> pd.DataFrame:
    """People with this trait answer every item of the form; a new seed is a new day."""
    rng = np.random.default_rng(seed)
    found = {}
    for code in instrument.forms[instrument.default_form].items:
        item = instrument.items[code]
        scale = instrument.scales[item.scale]
        drawn = np.clip(np.round(3.2 + trait + 0.8 * rng.standard_normal(len(trait))), scale.min, scale.max)
        found[code] = scale.min + scale.max - drawn if item.reverse else drawn
    return pd.DataFrame(found)


@pytest.fixture(scope="module")
def trait() -> np.ndarray:
    return np.random.default_rng(3).standard_normal(N)


def sample_of(data: pd.DataFrame, instrument: Instrument, retest: pd.DataFrame | None = None) -> Sample:
    return prepare(data, instrument, source_of(simulated=True), 1, retest=retest)


def tables(sample: Sample) -> dict[str, pd.DataFrame]:
    """Tables by id, after everything could be written in both languages."""
    blocks, results = occasion_blocks(sample)
    both_languages(Section(id="reliability", title=Text("信度", "Reliability"), blocks=tuple(blocks)))
    assert all(result.to_dict() for result in results.values())
    return {block.id: block.frame for block in blocks if isinstance(block, Table)}


def test_neither_is_said_plainly(jsjb: Instrument, trait: np.ndarray) -> None:
    blocks, results = occasion_blocks(sample_of(answers(jsjb, 1, trait), jsjb))
    assert results == {}
    (note,) = blocks
    assert isinstance(note, Paragraph)
    assert "--retest" in note.text.zh


def test_waves_are_linked_by_code_in_whatever_order(jsjb: Instrument, trait: np.ndarray) -> None:
    """Ten leave, ten come, the file is shuffled, one forgot the code: 109 remain, as by hand."""
    codes = [f"p{k:03d}" for k in range(N)]
    first = answers(jsjb, 1, trait).assign(person=codes)
    first.loc[5, "person"] = " "
    second = answers(jsjb, 2, trait).assign(person=[f"p{k:03d}" for k in range(10, N + 10)])
    moved = answers(jsjb, 2, np.concatenate([trait[10:], trait[:10]])).assign(person=second["person"])
    shuffled = moved.sample(frac=1, random_state=4).reset_index(drop=True)
    sample = sample_of(first, jsjb, shuffled)
    frame = tables(sample)["retest"]
    assert set(frame["n"]) == {N - 10}
    name = str(sample.scores.columns[0])
    one = sample.scores[name].set_axis(codes).drop("p005")
    other = sample_of(moved, jsjb).scores[name].set_axis(moved["person"])
    expected = retest_agreement(one, other)
    assert frame["absolute"].iloc[0] == pytest.approx(expected.absolute)
    assert frame["change_lower"].iloc[0] == pytest.approx(expected.change_interval.lower)  # type: ignore[union-attr]
    assert frame["absolute"].iloc[0] > 0.7


def test_a_person_twice_in_a_wave_is_refused_by_name(jsjb: Instrument, trait: np.ndarray) -> None:
    first = answers(jsjb, 1, trait).assign(person="same")
    with pytest.raises(ValueError, match="same"):
        sample_of(first, jsjb, answers(jsjb, 2, trait).assign(person=range(N)))
    with pytest.raises(ValueError, match="links"):
        sample_of(answers(jsjb, 1, trait), jsjb, answers(jsjb, 2, trait))


def test_several_raters_of_one_person(jsjb: Instrument, trait: np.ndarray) -> None:
    """Unknown raters: one-way; three known raters who rated everybody: two-way."""
    people = np.repeat(np.arange(N // 3), 3)
    data = answers(jsjb, 7, trait[people]).assign(rated=people)
    sample = sample_of(data, jsjb)
    name = str(sample.scores.columns[0])
    expected = group_icc(sample.scores[name], pd.Series(people))
    frame = tables(sample)["raters"]
    assert (frame["single"].iloc[0], frame["mean"].iloc[0]) == (
        pytest.approx(expected.icc1),
        pytest.approx(expected.icc2),
    )
    known = sample_of(data.assign(rater=np.tile(["a", "b", "c"], N // 3)), jsjb)
    wide = pd.DataFrame(known.scores[name].to_numpy().reshape(-1, 3))
    theirs = rater_agreement(wide).form("ICC(2,1)")
    assert theirs is not None
    assert tables(known)["raters"]["icc"].iloc[0] == pytest.approx(theirs[0])
    assert any(isinstance(b, Paragraph) and b.kind == "caution" for b in occasion_blocks(known)[0])


def test_raters_who_did_not_rate_the_same_people_are_taken_as_unknown(
    jsjb: Instrument, trait: np.ndarray
) -> None:
    people = np.repeat(np.arange(N // 2), 2)
    data = answers(jsjb, 7, trait[people]).assign(rated=people, rater=np.arange(N))
    assert "single" in tables(sample_of(data, jsjb))["raters"]
