"""From answers to scores, exactly as the instrument's scoring rules say.

numpy at most, plain records out: the web process scores a response as it is stored. Reverse = min + max − x;
不了解 (na_code) counts as unanswered; fractions count the items of the form that was served; a score without
enough answers is missing. POMP = (x − min) / (max − min) × 100 (Cohen, Cohen, Aiken & West, 1999).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from instruments import Instrument
from instruments.instrument import ScoreRule

FloatArray = npt.NDArray[np.float64]
MIN_INDICATOR_ITEMS = 2  # an indicator served with one item has no score of its own
_ALMOST = 1e-9


@dataclass(frozen=True, slots=True)
class Score:
    """One person's score: mean on the response scale, the same as POMP 0–100, and how many answers made it.

    `value` and `pomp` are None when too few of the `of` items served were answered.
    """

    value: float | None
    pomp: float | None
    answered: int
    of: int


def recode_matrix(instrument: Instrument, items: Sequence[str], matrix: FloatArray) -> FloatArray:
    """Reverse-keyed columns turned, 不了解-type codes and codes off the scale made NaN.

    matrix: shape (n, len(items)), answers as given, NaN for skipped. Returns a new array of the same shape.
    """
    recoded = np.array(matrix, dtype=np.float64, copy=True)
    for column, code in enumerate(items):
        item = instrument.items[code]
        scale = instrument.scales[item.scale]
        values = recoded[:, column]
        values[~((values >= scale.min) & (values <= scale.max))] = np.nan
        if item.reverse:
            recoded[:, column] = scale.min + scale.max - values
    return recoded


def _mean_of(values: FloatArray, weights: FloatArray | None = None) -> FloatArray:
    """Row means over answered columns, NaN where none is answered."""
    answered = ~np.isnan(values)
    weight = answered * (np.ones(values.shape[1]) if weights is None else weights)
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(total > 0, (np.nan_to_num(values) * weight).sum(axis=1) / total, np.nan)


def _served(instrument: Instrument, form: str, rule: ScoreRule) -> tuple[str, ...]:
    served = set(instrument.forms[form].items)
    return tuple(code for code in (*rule.items, *rule.weights) if code in served)


def _indicators_met(
    instrument: Instrument, served: Sequence[str], answered: npt.NDArray[np.bool_], share: float
) -> npt.NDArray[np.bool_]:
    """Whether, in each indicator among the served items, at least `share` is answered."""
    met = np.ones(len(answered), dtype=bool)
    owners = np.array([instrument.items[code].construct for code in served])
    for owner in dict.fromkeys(owners):
        of_owner = answered[:, owners == owner]
        met &= of_owner.sum(axis=1) >= share * of_owner.shape[1] - _ALMOST
    return met


def _from_items(
    instrument: Instrument, form: str, rule: ScoreRule, columns: Mapping[str, FloatArray], n: int
) -> tuple[FloatArray, npt.NDArray[np.int64], int]:
    served = _served(instrument, form, rule)
    minimum = MIN_INDICATOR_ITEMS if rule.level == "indicator" else 1
    if len(served) < minimum:
        return np.full(n, np.nan), np.zeros(n, dtype=np.int64), len(served)
    missing = np.full(n, np.nan)
    values = np.column_stack([columns.get(code, missing) for code in served])
    answered = ~np.isnan(values)
    count = answered.sum(axis=1)
    enough = count >= rule.min_answered * len(served) - _ALMOST
    if rule.requires_indicators is not None:
        enough &= _indicators_met(instrument, served, answered, rule.requires_indicators)
    weights = np.array([rule.weights[code] for code in served]) if rule.method == "weighted_sum" else None
    return np.where(enough, _mean_of(values, weights), np.nan), count, len(served)


@dataclass(frozen=True, slots=True)
class _Scored:
    values: FloatArray
    answered: npt.NDArray[np.int64]
    of: int


def _score_all(
    instrument: Instrument, form: str, items: Sequence[str], matrix: FloatArray
) -> dict[str, _Scored]:
    rated = [k for k, code in enumerate(items) if code in instrument.items]
    names = [items[k] for k in rated]
    recoded = recode_matrix(instrument, names, matrix[:, rated])
    columns = dict(zip(names, recoded.T, strict=True))
    n = len(matrix)
    made: dict[str, _Scored] = {}
    for rule in instrument.scoring.scores:
        if rule.method == "mean_of_scores":
            parts = [made[code] for code in rule.scores]
            values = np.column_stack([part.values for part in parts])
            enough = (~np.isnan(values)).sum(axis=1) >= rule.min_answered * len(parts) - _ALMOST
            answered = np.sum([part.answered for part in parts], axis=0)
            total = np.where(enough, _mean_of(values), np.nan)
            made[rule.id] = _Scored(total, answered, sum(part.of for part in parts))
        else:
            made[rule.id] = _Scored(*_from_items(instrument, form, rule, columns, n))
    return made


def score_matrix(
    instrument: Instrument, form: str, items: Sequence[str], matrix: FloatArray
) -> dict[str, FloatArray]:
    """Every score of every respondent: score id → shape (n,), NaN = missing.

    matrix: shape (n, len(items)), answers as given (never recoded); columns of attention items are ignored.
    """
    return {code: scored.values for code, scored in _score_all(instrument, form, items, matrix).items()}


def _range_of(instrument: Instrument, rule: ScoreRule) -> tuple[float, float]:
    """Smallest and largest possible value of a score (means stay on the scale of their items)."""
    if rule.method == "mean_of_scores":
        by_id = {other.id: other for other in instrument.scoring.scores}
        return _range_of(instrument, by_id[rule.scores[0]])
    code = next(iter((*rule.items, *rule.weights)))
    scale = instrument.scales[instrument.items[code].scale]
    return float(scale.min), float(scale.max)


def pomp(instrument: Instrument, rule: ScoreRule, value: float) -> float:
    """The value as percent of the maximum possible, 0–100."""
    low, high = _range_of(instrument, rule)
    return (value - low) / (high - low) * 100.0


def score_answers(instrument: Instrument, form: str, answers: Mapping[str, int]) -> dict[str, Score]:
    """One person's scores by score id. `answers`: item code → value as given; skipped items are absent."""
    items = tuple(code for code in instrument.items if code in answers)
    matrix = np.array([[float(answers[code]) for code in items]], dtype=np.float64).reshape(1, len(items))
    scored = _score_all(instrument, form, items, matrix)
    made = {}
    for rule in instrument.scoring.scores:
        one = scored[rule.id]
        value = float(one.values[0])
        missing = bool(np.isnan(value))
        made[rule.id] = Score(
            value=None if missing else value,
            pomp=None if missing else pomp(instrument, rule, value),
            answered=int(one.answered[0]),
            of=one.of,
        )
    return made
