"""How far measurement is the same over a grouping: the steps read against published changes of fit.

Chen (2007, SEM 14): ΔCFI with ΔRMSEA or ΔSRMR, stricter for small or unequal groups; Cheung & Rensvold
(2002). Partial invariance is proposed and shown as a step of its own, never in the place of what was asked
(Byrne, Shavelson & Muthén, 1989). Ordered categories: thresholds before loadings and intercepts (Wu &
Estabrook, 2016).
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.results import Result
from analysis.rivals import Rival
from analysis.sem import Fit
from analysis.sem.invariance import InvarianceResult, invariance, measure
from analysis.sem.partial_invariance import PartialProposal, propose_partial

Level = Literal["none", "configural", "metric", "partial scalar", "scalar", "strict"]
MIN_GROUP = 100  # usable people; smaller groups are left out
GATE_GROUP = 200  # below it non-invariance may go unseen: shown, but no ground for comparing groups
SMALL_N, UNEQUAL = 300, 2.0  # people in all, largest group over smallest: the stricter limits hold
FAIR_CFI, FAIR_SRMR = 0.90, 0.08  # the same form must itself fit


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangeLimits:
    """What a step may change: CFI may fall by `cfi`, and RMSEA or SRMR may rise by these."""

    cfi: float
    rmsea: float
    srmr_metric: float
    srmr_scalar: float

    def allow(self, step: str, cfi: float, rmsea: float, srmr: float) -> bool:
        """Whether changes of CFI, RMSEA and SRMR at this step are within the limits."""
        if math.isnan(cfi) or cfi < -self.cfi:
            return False
        is_early = step in ("thresholds", "metric")
        return rmsea <= self.rmsea or srmr <= (self.srmr_metric if is_early else self.srmr_scalar)


USUAL = ChangeLimits(cfi=0.010, rmsea=0.015, srmr_metric=0.030, srmr_scalar=0.010)
STRICT = ChangeLimits(cfi=0.005, rmsea=0.010, srmr_metric=0.025, srmr_scalar=0.005)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class GroupInvariance(Result):
    """Invariance over one grouping; level None where it could not be tested, with the reason
    (the table stands when only the first model's estimates are not admissible).

    sizes: usable people in every group; left_out: groups below `MIN_GROUP`. table: one row a step; step,
    status, chisq, df, pvalue, cfi, rmsea, srmr, bic, their changes, holds. released: parameters let go in
    the proposed partial step; proposed_step: "scalar" or "metric", or "".
    """

    grouping: str
    sizes: dict[str, int]
    left_out: dict[str, int]
    estimator: str
    variant: str
    limits: ChangeLimits | None
    table: pd.DataFrame
    level: Level | None
    proposed_step: str
    released: tuple[str, ...]
    released_share: float | None
    proposal_holds: bool | None
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The steps."""
        return self.table


def limits_for(sizes: dict[str, int]) -> ChangeLimits:
    """The stricter limits for 300 people or fewer, or for groups of very unequal size."""
    unequal = max(sizes.values()) > UNEQUAL * min(sizes.values())
    return STRICT if sum(sizes.values()) <= SMALL_N or unequal else USUAL


def group_invariance(
    rival: Rival,
    data: pd.DataFrame,
    groups: pd.Series,
    *,
    missing: str = "listwise",
    grouping: str = "",
    ordinal: bool = False,
) -> GroupInvariance:
    """Test `rival` over `groups` (labels aligned with `data`: respondents × items, keyed) by MLR.

    ordinal: every item an ordered category instead, by WLSMV, with the step "thresholds" before "metric";
    no partial invariance is then proposed. Every category must be in use in every group.
    """
    how: Literal["any", "all"] = "any" if missing == "listwise" else "all"
    known = data.assign(group_=groups.astype(object)).dropna(subset=["group_"])
    known = known[known[list(data.columns)].notna().agg("all" if how == "any" else "any", axis=1)]
    counts = {str(k): int(v) for k, v in known["group_"].value_counts(sort=False).items()}
    sizes = {k: v for k, v in counts.items() if v >= MIN_GROUP}
    left_out = {k: v for k, v in counts.items() if v < MIN_GROUP}
    if len(sizes) < 2:
        listed = "，".join(f"{k} {v}" for k, v in counts.items()) or "0"
        words = f"不足两组达到 {MIN_GROUP} 人（{listed}）"
        reason = f"{words} / fewer than two groups of {MIN_GROUP} people ({listed})"
        return _untested(grouping, sizes, left_out, reason)
    kept = known[known["group_"].astype(str).isin(list(sizes))]
    try:
        found = invariance(
            rival.syntax, kept, group="group_", missing=missing, std_lv=rival.std_lv,
            orthogonal=rival.orthogonal, ordered=tuple(map(str, data.columns)) if ordinal else (),
        )  # fmt: skip
    except ValueError as error:
        return _untested(grouping, sizes, left_out, str(error), "WLSMV" if ordinal else "MLR")
    return _judged(grouping, sizes, left_out, found)


def _untested(
    grouping: str, sizes: dict[str, int], left_out: dict[str, int], reason: str, estimator: str = "MLR"
) -> GroupInvariance:
    return GroupInvariance(
        grouping=grouping, sizes=sizes, left_out=left_out, estimator=estimator, variant="", limits=None,
        table=pd.DataFrame(), level=None, proposed_step="", released=(), released_share=None,
        proposal_holds=None, reason=reason,
    )  # fmt: skip


def _judged(
    grouping: str, sizes: dict[str, int], left_out: dict[str, int], found: InvarianceResult
) -> GroupInvariance:
    limits = limits_for(sizes)
    table = found.table.copy()
    holds = [_form_holds(found)]
    for place in range(1, len(table)):
        row = table.iloc[place]
        step = str(row["step"])
        is_usable = found.step(step).fit.usable
        allowed = limits.allow(step, row["delta_cfi"], row["delta_rmsea"], row["delta_srmr"])
        holds.append(is_usable and bool(allowed))
    table["holds"] = holds
    first = found.steps[0].fit
    reason = "" if first.usable else "; ".join(first.problems) or first.status
    level = level_of([str(s) for s in table["step"]], holds) if first.usable else None
    proposal = None if found.ordinal else _proposal(found, limits, level)
    if proposal is not None and proposal.succeeded and proposal.step == "scalar":
        level = "partial scalar"
    return GroupInvariance(
        grouping=grouping,
        sizes=sizes,
        left_out=left_out,
        estimator=found.estimator,
        variant=found.variant,
        limits=limits,
        table=table,
        level=level,
        proposed_step=proposal.step if proposal else "",
        released=proposal.released if proposal else (),
        released_share=proposal.share if proposal else None,
        proposal_holds=proposal.succeeded if proposal else None,
        reason=reason,
    )


def _form_holds(found: InvarianceResult) -> bool:
    first = found.steps[0].fit
    cfi, srmr = measure(first, "cfi", found.variant), measure(first, "srmr", found.variant)
    return first.usable and cfi >= FAIR_CFI and srmr <= FAIR_SRMR


def level_of(steps: list[str], holds: list[bool]) -> Level:
    """The last step up to which all hold; equal thresholds alone are no level of their own.

    >>> level_of(["configural", "metric", "scalar"], [True, True, False])
    'metric'
    >>> level_of(["configural", "thresholds", "metric"], [True, True, False])
    'configural'
    """
    reached: Level = "none"
    names: dict[str, Level] = {
        "configural": "configural", "thresholds": "configural", "metric": "metric", "scalar": "scalar",
        "strict": "strict",
    }  # fmt: skip
    for step, is_held in zip(steps, holds, strict=True):
        if not is_held:
            break
        reached = names[step]
    return reached


def _proposal(found: InvarianceResult, limits: ChangeLimits, level: Level | None) -> PartialProposal | None:
    """What could be let go at the first step that fails; None where none does or the form itself fails."""
    failing = {"configural": "metric", "metric": "scalar"}.get(level or "")
    if failing is None:
        return None
    return propose_partial(found, failing, acceptable=_within(limits, failing, found.variant))


def _within(limits: ChangeLimits, step: str, variant: str) -> Callable[[Fit, Fit], bool]:
    def acceptable(before: Fit, now: Fit) -> bool:
        change = [
            measure(now, name, variant) - measure(before, name, variant) for name in ("cfi", "rmsea", "srmr")
        ]
        return now.usable and limits.allow(step, *change)

    return acceptable
