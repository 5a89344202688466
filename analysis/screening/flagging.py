"""Who is flagged by which declared rule, with the value; who is proposed for exclusion; nobody is deleted.

Meade & Craig (2012): two or more indices, one of them a directed item or the self-report of use, and every
main result reported with and without those people.
"""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from analysis.frames import numeric
from analysis.results import FloatArray, Result
from analysis.screening import indices
from analysis.screening.rules import DIRECT_RULES, RULES, ScreeningRules

BoolArray = npt.NDArray[np.bool_]
FEWEST_PEOPLE = 50  # fewer leave item correlations too uncertain to call items synonyms


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Screening(Result):
    """Indices and flags of n respondents; `n_kept` is left without those proposed for exclusion.

    values: index = the rows of the data; directed (attention items missed), use_me (1 = asks not to be
    used), page_time (number of fast pages), fastest_page (seconds per item), longstring, average_string,
    irv, even_odd, synonyms, antonyms, mahalanobis (D²), mahalanobis_p. NaN where a person has no value.
    flags: one row a flag; row, rule, value, limit.
    summary: one row a rule; n (people with a value), flagged, percent (of n), limit, reason (why a rule
    could not be applied, or "").
    excluded: rows proposed for exclusion. pairs: numbers of synonym and antonym pairs found.
    """

    n: int
    n_kept: int
    rules: ScreeningRules
    values: pd.DataFrame
    flags: pd.DataFrame
    summary: pd.DataFrame
    excluded: tuple[Hashable, ...]
    pairs: dict[str, int]

    def to_frame(self) -> pd.DataFrame:
        """The summary of rules."""
        return self.summary

    def flagged(self, rule: str) -> tuple[Hashable, ...]:
        """Rows flagged by a rule."""
        return tuple(self.flags.loc[self.flags["rule"] == rule, "row"])

    def kept(self, data: pd.DataFrame) -> pd.DataFrame:
        """`data` without the people proposed for exclusion, for the second run of a main result."""
        return data.loc[~data.index.isin(list(self.excluded))]


@dataclass(frozen=True, slots=True)
class _Applied:
    """One rule applied: a value a person, who is flagged, the limit, and why it could not be applied."""

    values: FloatArray
    flagged: BoolArray
    limit: float
    reason: str = ""


def screen(
    data: pd.DataFrame,
    rules: ScreeningRules,
    *,
    page_ms: Sequence[Mapping[str, int] | None] | None = None,
) -> Screening:
    """Apply declared rules to respondents.

    data: rows respondents; columns items as answered (never recoded; NaN = skipped or 不了解), attention
    items, and diligence questions as text; a column that is absent leaves its rule unapplied and says so.
    page_ms: for each row, page number (from 1, as text) → milliseconds. Raises ValueError when the index of
    `data` repeats, or `page_ms` has another length.
    """
    if not data.index.is_unique:
        raise ValueError("the index of the data repeats: a flag could not say whom it means")
    if page_ms is not None and len(page_ms) != len(data):
        raise ValueError(f"page times of {len(page_ms)} people for {len(data)} rows")
    items = [item for item in rules.items if item in data]
    answers = numeric(data[items]).to_numpy(dtype=np.float64)
    seconds = _seconds_per_item(page_ms, rules)
    pairs = _item_pairs(answers, rules) if len(data) >= FEWEST_PEOPLE else {"synonyms": (), "antonyms": ()}
    d_squared, d_p, singular = _distance(answers)
    applied = {
        "directed": _directed(data, rules),
        "use_me": _use_me(data, rules),
        "page_time": _page_time(seconds, rules, len(data)),
        "longstring": _longstring(answers, rules),
        "irv": _irv(answers, rules),
        "even_odd": _even_odd(data, items, rules),
        "synonyms": _synonyms(answers, pairs["synonyms"], rules),
        "mahalanobis": _Applied(d_squared, d_p < rules.mahalanobis_p, rules.mahalanobis_p, singular),
    }
    values = pd.DataFrame({rule: applied[rule].values for rule in RULES}, index=data.index)
    values["fastest_page"] = _fastest(seconds, len(data))
    values["average_string"] = indices.average_string(answers)
    values["antonyms"] = indices.pair_consistency(answers, pairs["antonyms"])
    values["mahalanobis_p"] = d_p
    excluded = _excluded(applied, rules)
    missing = [item for item in rules.items if item not in data]
    return Screening(
        n=len(data),
        n_kept=int(len(data) - excluded.sum()),
        rules=rules,
        values=values,
        flags=_flag_table(data.index, applied),
        summary=_summary(applied),
        excluded=tuple(data.index[excluded]),
        pairs={name: len(found) for name, found in pairs.items()},
        warnings=tuple(_warnings(missing, len(items), rules)),
    )


def _warnings(missing: Sequence[str], k: int, rules: ScreeningRules) -> Iterator[str]:
    if missing:
        yield f"数据中没有的题目 / items not in the data: {', '.join(missing)}"
    if rules.longstring is not None and 0 < k <= rules.longstring:
        yield (
            f"连续相同作答的界限 {rules.longstring} 不小于题数 {k}，此规则不可能触发 / "
            f"a run longer than {rules.longstring} cannot happen in {k} items"
        )


def _nothing(n: int, limit: float, reason: str) -> _Applied:
    return _Applied(np.full(n, np.nan), np.zeros(n, dtype=np.bool_), limit, reason)


def _directed(data: pd.DataFrame, rules: ScreeningRules) -> _Applied:
    """Number of directed items answered otherwise than asked; one skipped is not a miss."""
    asked = {item: answer for item, answer in rules.directed.items() if item in data}
    if not asked:
        return _nothing(len(data), 1, "没有指定作答题 / no directed items")
    given = data[list(asked)].to_numpy(dtype=np.float64, na_value=np.nan)
    missed = (~np.isnan(given) & (given != np.array(list(asked.values())))).sum(axis=1).astype(np.float64)
    seen = (~np.isnan(given)).any(axis=1)
    return _Applied(np.where(seen, missed, np.nan), seen & (missed > 0), 1)


def _use_me(data: pd.DataFrame, rules: ScreeningRules) -> _Applied:
    asked = [question for question in rules.use_me if question in data]
    if not asked:
        return _nothing(len(data), 1, "没有自评可用性的题 / no question whether to use the answers")
    declines = np.zeros(len(data), dtype=np.bool_)
    given = np.zeros(len(data), dtype=np.bool_)
    for question in asked:
        declines |= data[question].isin(rules.use_me[question]).to_numpy(dtype=np.bool_)
        given |= (data[question].notna() & (data[question] != "")).to_numpy(dtype=np.bool_)
    return _Applied(np.where(given, declines.astype(np.float64), np.nan), declines, 1)


def _seconds_per_item(
    page_ms: Sequence[Mapping[str, int] | None] | None, rules: ScreeningRules
) -> FloatArray | None:
    """Respondents × pages, seconds per item; a page without a (positive) time is NaN."""
    if page_ms is None or not rules.pages:
        return None
    seconds = np.full((len(page_ms), len(rules.pages)), np.nan)
    for row, person in enumerate(page_ms):
        for column, (page, k) in enumerate(rules.pages.items()):
            milliseconds = (person or {}).get(page, 0)
            if milliseconds > 0 and k > 0:
                seconds[row, column] = milliseconds / 1000 / k
    return seconds


def _page_time(seconds: FloatArray | None, rules: ScreeningRules, n: int) -> _Applied:
    if seconds is None or np.isnan(seconds).all():
        return _nothing(n, rules.seconds_per_item, "没有页面用时 / no page times")
    timed = ~np.isnan(seconds).all(axis=1)
    fast = (seconds < rules.seconds_per_item).sum(axis=1)
    return _Applied(
        np.where(timed, fast, np.nan).astype(np.float64), fast >= rules.fast_pages, rules.seconds_per_item
    )


def _fastest(seconds: FloatArray | None, n: int) -> FloatArray:
    if seconds is None or not seconds.size:
        return np.full(n, np.nan)
    lowest = np.where(np.isnan(seconds), np.inf, seconds).min(axis=1)
    return np.where(np.isinf(lowest), np.nan, lowest)


def _longstring(answers: FloatArray, rules: ScreeningRules) -> _Applied:
    if rules.longstring is None or not answers.shape[1]:
        return _nothing(len(answers), math.nan, "没有声明界限或没有题目 / no limit declared, or no items")
    given = (~np.isnan(answers)).any(axis=1)
    runs = indices.longstring(answers).astype(np.float64)
    return _Applied(np.where(given, runs, np.nan), given & (runs > rules.longstring), rules.longstring)


def _irv(answers: FloatArray, rules: ScreeningRules) -> _Applied:
    """Flagged: within the lowest declared share of this sample and below the declared SD."""
    irv = indices.intra_individual_sd(answers)
    if np.isnan(irv).all():
        return _nothing(len(answers), rules.irv_below, "无人答满两题 / nobody answered two items")
    cut = float(np.nanquantile(irv, rules.irv_share))
    return _Applied(irv, (irv <= cut) & (irv < rules.irv_below), rules.irv_below)


def _even_odd(data: pd.DataFrame, items: Sequence[str], rules: ScreeningRules) -> _Applied:
    at = {item: i for i, item in enumerate(items)}
    keyed = data[list(items)].to_numpy(dtype=np.float64, na_value=np.nan).copy()
    for item, ends in rules.reversed_items.items():
        if item in at:
            keyed[:, at[item]] = ends - keyed[:, at[item]]
    columns = [[at[i] for i in members if i in at] for members in rules.constructs.values()]
    scales = [c for c in columns if len(c) > 1]
    if len(scales) < indices.FEWEST_PAIRS:
        return _nothing(
            len(data),
            rules.even_odd_below,
            "两题以上的构念不足三个 / fewer than three constructs with two items",
        )
    return _below(
        indices.even_odd(keyed, scales), rules.even_odd_below, "作答无差异 / answers without differences"
    )


def _item_pairs(answers: FloatArray, rules: ScreeningRules) -> dict[str, indices.Pairs]:
    correlations = indices.item_correlations(answers)
    return {
        "synonyms": indices.synonym_pairs(correlations, above=rules.synonym_r),
        "antonyms": indices.antonym_pairs(correlations, below=rules.antonym_r),
    }


def _synonyms(answers: FloatArray, pairs: indices.Pairs, rules: ScreeningRules) -> _Applied:
    if len(answers) < FEWEST_PEOPLE:
        reason = f"不足 {FEWEST_PEOPLE} 人 / fewer than {FEWEST_PEOPLE} people"
        return _nothing(len(answers), rules.even_odd_below, reason)
    if len(pairs) < indices.FEWEST_PAIRS:
        reason = f"相关高于 {rules.synonym_r} 的题对不足三对 / fewer than three pairs above {rules.synonym_r}"
        return _nothing(len(answers), rules.even_odd_below, reason)
    consistency = indices.pair_consistency(answers, pairs)
    return _below(consistency, rules.even_odd_below, "作答无差异 / answers without differences")


def _below(values: FloatArray, limit: float, otherwise: str) -> _Applied:
    return _Applied(values, values < limit, limit, otherwise if np.isnan(values).all() else "")


def _distance(answers: FloatArray) -> tuple[FloatArray, FloatArray, str]:
    try:
        return (*indices.mahalanobis(answers), "")
    except ValueError:
        nothing = np.full(len(answers), np.nan)
        reason = "题目协方差矩阵不可逆 / the covariance matrix of the items cannot be inverted"
        return nothing, nothing, reason


def _excluded(applied: Mapping[str, _Applied], rules: ScreeningRules) -> BoolArray:
    count = np.sum([applied[rule].flagged for rule in RULES], axis=0)
    direct = np.any([applied[rule].flagged for rule in DIRECT_RULES], axis=0)
    return np.asarray(direct & (count >= rules.rules_to_exclude), dtype=np.bool_)


def _flag_table(index: pd.Index, applied: Mapping[str, _Applied]) -> pd.DataFrame:
    rows = [
        {"row": index[at], "rule": rule, "value": applied[rule].values[at], "limit": applied[rule].limit}
        for rule in RULES
        for at in np.flatnonzero(applied[rule].flagged).tolist()
    ]
    return pd.DataFrame(rows, columns=["row", "rule", "value", "limit"])


def _summary(applied: Mapping[str, _Applied]) -> pd.DataFrame:
    rows = {}
    for rule in RULES:
        one = applied[rule]
        n, flagged = int((~np.isnan(one.values)).sum()), int(one.flagged.sum())
        rows[rule] = {
            "n": n,
            "flagged": flagged,
            "percent": 100 * flagged / n if n else math.nan,
            "limit": one.limit,
            "reason": one.reason,
        }
    return pd.DataFrame.from_dict(rows, orient="index").rename_axis("rule")
