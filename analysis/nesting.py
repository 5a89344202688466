"""Which of two structures lies within the other, found by fitting, and the scaled test of their difference.

Bentler & Satorra (2010), Psychological Methods 15, 111-123: a model is nested in another when the other fits
the moments that the first implies without any misfit. Difference tests: Satorra & Bentler (2001, 2010).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
import pandas as pd

from analysis.results import FloatArray, Result
from analysis.rivals import Rival
from analysis.sem import DataError, Fit, fit
from analysis.sem.difference import compare
from analysis.sem.prepared import Request
from analysis.sem.solution import solve

MISFIT = 1e-4  # least discrepancy F taken for a misfit
ROWS = 400  # rows that carry the implied moments exactly; their number does not matter
OTHER_TESTS = {
    "satorra.bentler.2001": "",
    "satorra.bentler.2010": "Satorra & Bentler (2010)",
    "satorra.2000": "Satorra (2000)",
}
Relation = Literal["within", "around", "same", "not nested", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class NestedTests(Result):
    """Each rival against the target, and the rivals among themselves.

    table: rival, relation ("within": the rival is a restriction of the target; "around": the target is a
    restriction of it; "same": they fit any data alike), chisq_diff, df_diff, pvalue (NaN where not nested or
    not testable), delta_cfi (robust) and delta_bic (rival minus target), reason. chain: the same of pairs of
    rivals (inner, outer; inner minus outer) where one is a restriction of the other with none between them.
    """

    target: str
    estimator: str
    n: int
    table: pd.DataFrame
    chain: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table


def with_moments(covariance: FloatArray, names: list[str], seed: int = 1) -> pd.DataFrame:
    """Rows whose means are 0 and whose covariance (divided by n) is exactly this one."""
    rng = np.random.default_rng(seed)
    drawn = rng.standard_normal((max(ROWS, 4 * len(names)), len(names)))
    drawn -= drawn.mean(axis=0)
    own = np.linalg.cholesky(drawn.T @ drawn / len(drawn))
    rows = drawn @ np.linalg.inv(own).T @ np.linalg.cholesky(covariance).T
    return pd.DataFrame(rows, columns=names)


def implied_rows(found: Fit) -> pd.DataFrame:
    """Rows that carry the covariances a fit implies."""
    solution = found.solution
    return with_moments(np.asarray(solution.implied[0].cov, dtype=np.float64), list(solution.model.observed))


def lies_within(inner: Fit, outer: Rival) -> bool | None:
    """Whether `outer` can say everything `inner` says; None where it has no solution there."""
    rows = implied_rows(inner)
    request = Request(model=outer.syntax, std_lv=outer.std_lv, orthogonal=outer.orthogonal)
    try:
        found = solve(request, rows)
    except (DataError, np.linalg.LinAlgError):
        return None
    if not found.estimate.converged or not math.isfinite(found.standard.statistic):
        return None
    return found.standard.statistic / len(rows) < MISFIT


def nested_tests(target: Rival, rivals: list[Rival], data: pd.DataFrame, *, missing: str) -> NestedTests:
    """Every rival against the target by MLR in the same people (data: respondents × items, keyed)."""
    fits = {r.id: _mlr(r, data, missing) for r in (target, *rivals)}
    main = fits[target.id]
    rows = [{"rival": r.id, **_against(target, main, r, fits[r.id])} for r in rivals if r.id != target.id]
    measured = ["chisq_diff", "df_diff", "pvalue", "delta_cfi", "delta_bic", "reason"]
    table = pd.DataFrame(rows, columns=["rival", "relation", *measured])
    usable = {name: found for name, found in fits.items() if isinstance(found, Fit)}
    pairs = [
        {"inner": inner, "outer": outer, **_difference(usable[outer], usable[inner])}
        for inner, outer in _neighbours({r.id: r for r in rivals}, usable, target.id, table)
    ]
    return NestedTests(
        target=target.id,
        estimator="MLR",
        n=sum(main.nobs) if isinstance(main, Fit) else len(data),
        table=table,
        chain=pd.DataFrame(pairs, columns=["inner", "outer", *measured]),
    )


def _neighbours(
    rivals: dict[str, Rival], usable: dict[str, Fit], target: str, known: pd.DataFrame
) -> list[tuple[str, str]]:
    """Pairs of rivals (inner, outer), one within the other and nothing between; the target is between too."""
    relation = dict(zip(known["rival"], known["relation"], strict=True))
    freedom = {name: float(found.fit.get("df") or 0) for name, found in usable.items()}
    above: dict[str, set[str]] = {}
    pairs = []
    for inner in sorted(usable, key=freedom.__getitem__):
        reached: set[str] = set()
        for outer in sorted(above, key=freedom.__getitem__, reverse=True):
            if outer in reached or freedom[outer] == freedom[inner]:
                continue
            if target in (inner, outer):
                nested = relation.get(outer if inner == target else inner) == (
                    "around" if inner == target else "within"
                )
            else:
                nested = bool(lies_within(usable[inner], rivals[outer]))
            if nested:
                reached |= {outer, *above[outer]}
                pairs.append((inner, outer))
        above[inner] = reached
    return [pair for pair in pairs if target not in pair]


def _mlr(rival: Rival, data: pd.DataFrame, missing: str) -> Fit | str:
    try:
        found = fit(
            rival.syntax, data, estimator="MLR", missing=missing,
            std_lv=rival.std_lv, orthogonal=rival.orthogonal,
        )  # fmt: skip
    except ValueError as error:
        return str(error)
    return found if found.usable else "; ".join(found.problems) or found.status


def _against(target: Rival, main: Fit | str, rival: Rival, other: Fit | str) -> dict[str, object]:
    row: dict[str, object] = {
        "relation": "unknown", "chisq_diff": math.nan, "df_diff": math.nan, "pvalue": math.nan,
        "delta_cfi": math.nan, "delta_bic": math.nan, "reason": "",
    }  # fmt: skip
    if isinstance(main, str) or isinstance(other, str):
        return row | {"reason": other if isinstance(other, str) else str(main)}
    row |= _changes(main, other)
    df, own = other.fit.get("df"), main.fit.get("df")
    if df is None or own is None:
        return row
    relation: Relation = "not nested"
    if df == own:
        relation = "same" if lies_within(other, target) and lies_within(main, rival) else "not nested"
    elif df > own and lies_within(other, target):
        relation = "within"
    elif df < own and lies_within(main, rival):
        relation = "around"
    row["relation"] = relation
    if relation in ("within", "around"):
        row |= scaled_difference(main, other)
    return row


def _difference(outer: Fit, inner: Fit) -> dict[str, object]:
    return {**_changes(outer, inner), **scaled_difference(outer, inner)}


def _changes(main: Fit, other: Fit) -> dict[str, object]:
    return {
        "delta_cfi": _change(main, other, "cfi.robust"),
        "delta_bic": _change(main, other, "bic"),
        "reason": "",
    }


def _change(main: Fit, other: Fit, name: str) -> float:
    theirs, own = other.fit.get(name), main.fit.get(name)
    return math.nan if theirs is None or own is None else float(theirs) - float(own)


def scaled_difference(main: Fit, other: Fit) -> dict[str, object]:
    """Satorra & Bentler (2001), or where that turns negative their test of 2010, or Satorra's of 2000."""
    for method, name in OTHER_TESTS.items():
        try:
            test = compare(main, other, method=method).table.iloc[1]
        except (DataError, np.linalg.LinAlgError):
            continue
        value = float(test["chisq_diff"])
        if value >= 0:
            return {
                "chisq_diff": value,
                "df_diff": float(test["df_diff"]),
                "pvalue": float(test["pvalue"]),
                "reason": f"用 {name} / by {name}" if name else "",
            }
    return {"reason": "校正后的差值为负，不检验 / the scaled difference is negative: no test"}
