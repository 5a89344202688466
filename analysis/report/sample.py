"""What every section reads: the answers keyed in one direction, the scores, and the names of things."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import pandas as pd

from analysis.companions import Companion, companion_items
from analysis.report.document import ReportSource
from analysis.scoring import recode_matrix, score_matrix
from instruments import Instrument

Missing = Literal["listwise", "fiml"]  # what confirmatory analyses do with missing answers


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Linked:
    """Rows that belong together, by respondent; None where nothing of the kind is known.

    person: who it is, and second: scores of the second wave, index person. rated: who is rated in this row,
    and rater: by whom.
    """

    person: pd.Series | None = None
    second: pd.DataFrame | None = None
    rated: pd.Series | None = None
    rater: pd.Series | None = None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Sample:
    """Answers of one survey or file, prepared.

    raw and keyed: respondents × the form's items in the order of the constructs, as answered and with
    reversed items recoded; NaN = missing or 不了解. scores: respondents × scores under the instrument's
    rules. background: the instrument's background questions found in the data. care: attention items as
    answered and questions on diligence as text, those the data have. unit: the unit of each person, or
    None. page_ms: for each person page number → milliseconds, or None where no times were kept.
    companions: scales beside the instrument, each with its columns keyed in one direction. linked: a second
    wave, raters.
    """

    instrument: Instrument
    form: str
    source: ReportSource
    seed: int
    missing: Missing
    raw: pd.DataFrame
    keyed: pd.DataFrame
    scores: pd.DataFrame
    background: pd.DataFrame
    absent_items: tuple[str, ...]  # items of the form that the data lack
    care: pd.DataFrame = field(default_factory=pd.DataFrame)
    unit: pd.Series | None = None
    page_ms: tuple[Mapping[str, int], ...] | None = None
    companions: tuple[tuple[Companion, pd.DataFrame], ...] = ()
    linked: Linked = field(default_factory=Linked)

    @property
    def items(self) -> list[str]:
        """Item codes in the order of the constructs, not of presentation."""
        return [str(code) for code in self.keyed.columns]

    def score_items(self) -> dict[str, list[str]]:
        """Score → its items that are in the data, in the scoring rules' order."""
        found = {}
        for score_id in self.scores.columns:
            wanted = set(items_of_score(self.instrument, str(score_id)))
            found[str(score_id)] = [code for code in self.items if code in wanted]
        return found

    def item_ranges(self) -> dict[str, tuple[int, int]]:
        """Item → lowest and highest category."""
        scales = {code: self.instrument.scales[self.instrument.items[code].scale] for code in self.items}
        return {code: (scale.min, scale.max) for code, scale in scales.items()}


def items_of_score(instrument: Instrument, score_id: str) -> tuple[str, ...]:
    """All items under a score, those of its sub-scores included."""
    return instrument.items_of_score(score_id)


def choose_form(instrument: Instrument, data: pd.DataFrame) -> str:
    """The form whose items the data hold: the largest that is complete, else the one found most fully."""
    present = set(data.columns)

    def _held(name: str) -> tuple[bool, int]:
        items = instrument.forms[name].items
        held = sum(code in present for code in items)
        return held == len(items), held

    names = [instrument.default_form, *(f for f in instrument.forms if f != instrument.default_form)]
    return max(names, key=_held)


def prepare(
    data: pd.DataFrame,
    instrument: Instrument,
    source: ReportSource,
    seed: int,
    missing: Missing = "listwise",
    companions: Sequence[Companion] = (),
    retest: pd.DataFrame | None = None,
) -> Sample:
    """Recode and score `data` (respondents × columns). Raises ValueError when it has no item, or not the
    columns of a companion, or one person twice in a wave.

    Values that are no category of the item's scale (不了解 included) count as missing. Columns `unit`,
    `page_ms` (page number → milliseconds), `rated` and `rater` are taken where the data have them; `person`
    links them with `retest`, a second wave laid out like `data`.
    """
    form = choose_form(instrument, data)
    raw, keyed, scores = _scored(data, instrument, form)
    asked = [question.id for question in instrument.background if question.id in data.columns]
    return Sample(
        instrument=instrument,
        form=form,
        source=source,
        seed=seed,
        missing=missing,
        raw=raw,
        keyed=keyed,
        scores=scores,
        background=data[asked].reset_index(drop=True),
        absent_items=tuple(code for code in instrument.forms[form].items if code not in data.columns),
        care=_care(data, instrument),
        unit=_units(data),
        page_ms=_page_times(data),
        companions=tuple((c, companion_items(c, data).reset_index(drop=True)) for c in companions),
        linked=_linked(data, retest, instrument, form),
    )


def _scored(
    data: pd.DataFrame, instrument: Instrument, form: str
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Answers as given and keyed (respondents × items), and scores (respondents × scores)."""
    served = set(instrument.forms[form].items)
    items = [code for code in instrument.items if code in served and code in data.columns]
    if not items:
        raise ValueError(f"数据中没有 {instrument.ref} 的题目 / no item of {instrument.ref} in the data")
    raw = data[items].apply(pd.to_numeric, errors="coerce").astype(float).reset_index(drop=True)
    for code in items:
        scale = instrument.scales[instrument.items[code].scale]
        raw[code] = raw[code].where(raw[code].isin(scale.values))
    matrix = raw.to_numpy(dtype=float)
    keyed = pd.DataFrame(recode_matrix(instrument, items, matrix), columns=items)
    columns = score_matrix(instrument, form, items, matrix)
    return raw, keyed, pd.DataFrame({n: np.asarray(values, dtype=float) for n, values in columns.items()})


def _linked(data: pd.DataFrame, retest: pd.DataFrame | None, instrument: Instrument, form: str) -> Linked:
    person = _named(data, "person", unique=retest is not None)
    second = None
    if retest is not None:
        again = _named(retest, "person", unique=True)
        if person is None or again is None:
            raise ValueError("两次测量没有连接的编号 / the two waves have no column that links them")
        second = (
            _scored(retest, instrument, form)[2].set_index(pd.Index(again)).loc[lambda f: f.index.notna()]
        )
    return Linked(person=person, second=second, rated=_named(data, "rated"), rater=_named(data, "rater"))


def _named(data: pd.DataFrame, column: str, *, unique: bool = False) -> pd.Series | None:
    """A column of names as text, None where empty. Raises ValueError naming what stands there twice."""
    if column not in data:
        return None
    given = data[column].reset_index(drop=True)
    known = given.where(given.notna() & (given.astype(str).str.strip() != ""))
    found = known.map(lambda name: str(name).strip(), na_action="ignore").astype(object)
    twice = found.dropna()[found.dropna().duplicated()]
    if unique and len(twice):
        raise ValueError(
            f"编号 {twice.iloc[0]} 在同一次测量中出现不止一次 / {twice.iloc[0]} stands twice in one wave"
        )
    return found


def _care(data: pd.DataFrame, instrument: Instrument) -> pd.DataFrame:
    """Attention items as numbers and questions on diligence as text."""
    quality = instrument.quality
    found = {
        code: pd.to_numeric(data[code], errors="coerce").astype(float)
        for code in quality.attention
        if code in data
    }
    found |= {question.id: data[question.id] for question in quality.diligence if question.id in data}
    return pd.DataFrame(found, index=data.index).reset_index(drop=True)


def _units(data: pd.DataFrame) -> pd.Series | None:
    if "unit" not in data or data["unit"].isna().all():
        return None
    known = data["unit"].where(data["unit"].notna() & (data["unit"].astype(str) != ""))
    return known.map(str, na_action="ignore").astype(object).reset_index(drop=True)


def _page_times(data: pd.DataFrame) -> tuple[Mapping[str, int], ...] | None:
    if "page_ms" not in data:
        return None
    times = tuple(kept if isinstance(kept, Mapping) else {} for kept in data["page_ms"])
    return times if any(times) else None
