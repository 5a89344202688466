"""A search for partial invariance: which equalities to let go so that a step holds. It proposes only.

Byrne, Shavelson & Muthén (1989), Psychological Bulletin 105, 456-466: few parameters, at least two invariant
items a factor. Candidates are ranked by score tests and modification indices; each round refits the best few.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import pandas as pd

from analysis.results import Result
from analysis.sem.fit import Fit
from analysis.sem.invariance import InvarianceModel, InvarianceResult, InvarianceStep, fit_difference, measure
from analysis.sem.modification import modification_indices, score_tests

__all__ = ["PartialProposal", "propose_partial"]

TRIES = 5


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class PartialProposal(Result):
    """Parameters of one step that, let go one after the other, would restore invariance; nothing is freed.

    released: in the order of the search, by lavaan's names; give them to `invariance(partial=...)` after
    judging their meaning. share: part of the step's constraints that they are. succeeded: was the change
    acceptable then? table: one row a release: released, chisq, df, delta_cfi, delta_chisq, delta_df,
    delta_pvalue against the step before.
    """

    step: str
    released: tuple[str, ...]
    share: float
    succeeded: bool
    table: pd.DataFrame

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def to_text(self) -> str:
        """What is proposed, and that nothing was freed."""
        if not self.released:
            return f"{self.step}: no release is {'needed' if self.succeeded else 'proposed'}"
        verdict = "would hold" if self.succeeded else "would still not hold"
        head = (
            f"{self.step} {verdict} without {', '.join(self.released)} ({self.share:.0%}); nothing was freed"
        )
        return f"{head}\n\n{self.table.to_string(index=False, float_format='%.3f')}"


def propose_partial(
    result: InvarianceResult,
    step: str,
    *,
    acceptable: Callable[[Fit, Fit], bool] | None = None,
    largest_share: float = 0.20,
    invariant_items: int = 2,
) -> PartialProposal:
    """Look for the fewest releases that make a step acceptable.

    acceptable(fit of the step before, fit of this step): by default, CFI falls by no more than .010. The
    search stops at `largest_share` of the step's constraints, and never leaves a factor fewer than
    `invariant_items` items. All thresholds of an item go together. Raises KeyError for a step that is not in
    the result, ValueError for its first step.
    """
    names = [s.name for s in result.steps]
    place = {name: k for k, name in enumerate(names)}[step]
    if place == 0:
        raise ValueError(f"{step} is the first step: it holds nothing equal")
    before, now = result.steps[place - 1], result.steps[place]
    rule = acceptable if acceptable is not None else cfi_change_within(0.010, result.variant)
    candidates = _candidates(result.shared, before, now)
    released: list[str] = []
    records: list[dict[str, object]] = []
    current = now.fit
    while not rule(before.fit, current):
        open_names = [
            name
            for name in candidates
            if name not in released and _leaves_enough(result.shared, [*released, name], invariant_items)
        ]
        if not open_names or (len(released) + 1) > largest_share * len(candidates):
            break
        best = _best_release(result.shared, now, current, released, candidates, open_names)
        if best is None:
            break
        name, current = best
        released.append(name)
        records.append(_record(name, before.fit, current, result.variant))
    return PartialProposal(
        step=step,
        released=tuple(p for name in released for p in candidates[name]),
        share=len(released) / max(len(candidates), 1),
        succeeded=rule(before.fit, current),
        table=pd.DataFrame.from_records(records),
    )


def cfi_change_within(limit: float, variant: str) -> Callable[[Fit, Fit], bool]:
    """A rule for `propose_partial`: CFI (standard, scaled or robust) falls by no more than the limit."""

    def acceptable(before: Fit, now: Fit) -> bool:
        change = measure(now, "cfi", variant) - measure(before, "cfi", variant)
        return now.usable and not math.isnan(change) and change >= -limit

    return acceptable


def not_significant(level: float) -> Callable[[Fit, Fit], bool]:
    """A rule for `propose_partial`: the difference test against the step before is not significant."""

    def acceptable(before: Fit, now: Fit) -> bool:
        test = fit_difference(before, now)
        return now.usable and test is not None and test.pvalue > level

    return acceptable


def _candidates(
    shared: InvarianceModel, before: InvarianceStep, now: InvarianceStep
) -> dict[str, tuple[str, ...]]:
    """What the step holds beyond the one before: name of a candidate → the parameters that go together."""
    new = set(now.equal) - set(before.equal)
    items = list(shared.variables.not_exogenous)
    found: dict[str, tuple[str, ...]] = {}
    if "loadings" in new:
        names = [f"{f.lhs}=~{f.rhs}" for f in shared.syntax.formulas if f.op == "=~"]
        found |= {name: (name,) for name in names}
    if "thresholds" in new:
        found |= {
            item: tuple(f"{item}|t{k}" for k in range(1, count + 1))
            for item, count in shared.prepared.thresholds.items()
        }
    for kind, pattern, names in (
        ("intercepts", "{0}~1", items),
        ("residuals", "{0}~~{0}", items),
        ("lv.variances", "{0}~~{0}", list(shared.variables.latent)),
        ("means", "{0}~1", list(shared.variables.latent)),
    ):
        if kind in new:
            found |= {pattern.format(v): (pattern.format(v),) for v in names}
    return {name: parts for name, parts in found.items() if not set(parts) & set(now.partial)}


def _leaves_enough(shared: InvarianceModel, released: Sequence[str], least: int) -> bool:
    """Does each factor keep enough items of which nothing has been let go?"""
    touched = {name.split("=~")[-1].split("~")[0] for name in released}
    for latent in shared.variables.latent:
        mine = [f.rhs for f in shared.syntax.formulas if f.op == "=~" and f.lhs == latent]
        if any(v in touched for v in mine) and sum(v not in touched for v in mine) < least:
            return False
    return True


def _best_release(
    shared: InvarianceModel,
    now: InvarianceStep,
    current: Fit,
    released: Sequence[str],
    candidates: dict[str, tuple[str, ...]],
    open_names: Sequence[str],
) -> tuple[str, Fit] | None:
    """The candidate whose release lowers chi-square most, among those that the score tests favour."""
    rank = _ranking(current)
    favoured = sorted(open_names, key=lambda name: -max(rank.get(p, 0.0) for p in candidates[name]))[:TRIES]
    partial = [*now.partial, *(p for name in released for p in candidates[name])]
    best: tuple[str, Fit] | None = None
    for name in favoured:
        _, fit = shared.fit(now.equal, [*partial, *candidates[name]])
        if not fit.usable or fit.solution.standard.df >= current.solution.standard.df:
            continue
        if best is None or fit.solution.standard.statistic < best[1].solution.standard.statistic:
            best = (name, fit)
    return best


def _ranking(fit: Fit) -> dict[str, float]:
    """Expected drop of chi-square by parameter name: held rows and rows fixed in later groups."""
    found: dict[str, float] = {}
    table = modification_indices(fit).table
    rows = [(r, r["mi"]) for r in table[table["group"] > 1].to_dict("records")]
    if fit.solution.model.table.n_theta < fit.solution.model.table.n_free:
        rows += [(r, r["statistic"]) for r in score_tests(fit).table.to_dict("records")]
    for row, value in rows:
        name = f"{row['lhs']}{row['op']}{row['rhs']}"
        found[name] = max(found.get(name, 0.0), float(value))
    return found


def _record(name: str, before: Fit, now: Fit, variant: str) -> dict[str, object]:
    test = fit_difference(before, now)
    return {
        "released": name,
        "chisq": now.solution.standard.statistic,
        "df": now.solution.standard.df,
        "delta_cfi": measure(now, "cfi", variant) - measure(before, "cfi", variant),
        "delta_chisq": math.nan if test is None else test.statistic,
        "delta_df": math.nan if test is None else test.df,
        "delta_pvalue": math.nan if test is None else test.pvalue,
    }
