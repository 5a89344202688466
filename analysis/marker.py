"""The CFA marker technique: how much of what constructs share goes with a scale that should share nothing.

Williams, Hartman & Cavazotte (2010), Organizational Research Methods 13, 477-514: the models CFA, Baseline,
Method-C, Method-U and Method-R, and the tests between them; here with robust (scaled) differences.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.nesting import scaled_difference
from analysis.results import Result
from analysis.sem import DataError, Fit, fit

Z = 1.959963984540054
LEAST_ITEMS = 2
PER_ITEM = 3  # people an item, fewer are refused
MODELS = ("CFA", "Baseline", "Method-C", "Method-U", "Method-R")
ALPHA = 0.05
Correlations = Mapping[tuple[str, str], float]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MarkerTests(Result):
    """The five models in the same n people, empty with a reason where they cannot be had.

    models: model, status, chisq and df (scaled), pvalue, cfi and rmsea (robust), srmr. tests: model, against,
    chisq_diff, df_diff, pvalue, note. retained: the method model kept, "Method-U" where it fits better than
    equal method loadings (p < .05). loading: mean standardised loading of the items on the marker there;
    share: mean of its square, in the items' variance. correlations: one, other, baseline and retained with
    its interval (lower, upper).
    """

    marker: str
    n: int
    models: pd.DataFrame
    tests: pd.DataFrame
    correlations: pd.DataFrame
    retained: str = ""
    loading: float | None = None
    share: float | None = None
    reason: str = ""

    def to_frame(self) -> pd.DataFrame:
        """The tests."""
        return self.tests


@dataclass(frozen=True, slots=True)
class _Plan:
    """Constructs with their items, the marker with its own, and the rows."""

    constructs: dict[str, list[str]]
    marker: list[str]
    rows: pd.DataFrame
    missing: str

    @property
    def items(self) -> list[str]:
        return [item for items in self.constructs.values() for item in items]

    @property
    def pairs(self) -> list[tuple[str, str]]:
        return list(itertools.combinations(self.constructs, 2))

    def fitted(self, syntax: str) -> Fit:
        """Raises DataError where the model has no usable estimates."""
        found = fit(syntax, self.rows, estimator="MLR", missing=self.missing, std_lv=True)
        if not found.usable:
            raise DataError("; ".join(found.problems) or found.status)
        return found


def marker_tests(
    data: pd.DataFrame,
    constructs: Mapping[str, Sequence[str]],
    marker: Sequence[str],
    *,
    name: str = "marker",
    missing: str = "listwise",
) -> MarkerTests:
    """The marker technique for `constructs` (name → items) and the items of a `marker` scale, by MLR."""
    kept = {key: [i for i in items if i in data] for key, items in constructs.items()}
    kept = {key: items for key, items in kept.items() if len(items) >= LEAST_ITEMS}
    used = list(dict.fromkeys([*(i for items in kept.values() for i in items), *marker]))
    rows = data[used].dropna(how="any" if missing == "listwise" else "all")
    plan = _Plan(kept, list(marker), rows, missing)
    reason = _refusal(plan)
    if reason:
        return _nothing(name, len(rows), reason)
    try:
        return _tested(plan, name)
    except (ValueError, np.linalg.LinAlgError) as error:
        return _nothing(name, len(rows), str(error))


def _refusal(plan: _Plan) -> str:
    if len(plan.marker) < LEAST_ITEMS:
        return "标记变量不足两题 / a marker needs two items at least"
    if len(plan.constructs) < 2:
        return "不足两个构念 / fewer than two constructs"
    if len(plan.rows) < PER_ITEM * plan.rows.shape[1]:
        return "人数不足题数的三倍 / fewer than three people an item"
    return ""


def _nothing(name: str, n: int, reason: str) -> MarkerTests:
    empty = pd.DataFrame()
    return MarkerTests(marker=name, n=n, models=empty, tests=empty, correlations=empty, reason=reason)


def _tested(plan: _Plan, name: str) -> MarkerTests:
    fits = {"CFA": plan.fitted(_factors(plan) + "\nM_ =~ " + " + ".join(plan.marker))}
    fixed = _measured_marker(plan, fits["CFA"])
    fits["Baseline"] = plan.fitted(f"{_factors(plan)}\nM_ =~ {fixed}")
    equal, free = (" + ".join(f"{label}{item}" for item in plan.items) for label in ("c_*", ""))
    fits["Method-C"] = plan.fitted(f"{_factors(plan)}\nM_ =~ {equal} + {fixed}")
    fits["Method-U"] = plan.fitted(f"{_factors(plan)}\nM_ =~ {free} + {fixed}")
    tests = [_test(fits, "Baseline", "Method-C"), _test(fits, "Method-C", "Method-U")]
    retained = "Method-U" if float(str(tests[1]["pvalue"])) < ALPHA else "Method-C"
    method = free if retained == "Method-U" else equal
    held = "\n".join(f"{a} ~~ {r:.15g}*{b}" for (a, b), r in _between(fits["Baseline"], plan).items())
    fits["Method-R"] = plan.fitted(f"{_factors(plan)}\nM_ =~ {method} + {fixed}\n{held}")
    tests.append(_test(fits, "Method-R", retained))
    loadings = _method_loadings(plan, fits[retained])
    return MarkerTests(
        marker=name,
        n=sum(fits["CFA"].nobs),
        models=pd.DataFrame([_measures(model, fits[model]) for model in MODELS]),
        tests=pd.DataFrame(tests),
        correlations=_correlations(plan, fits["Baseline"], fits[retained]),
        retained=retained,
        loading=float(np.mean(loadings)),
        share=float(np.mean(np.square(loadings))),
    )


def _factors(plan: _Plan) -> str:
    return "\n".join(f"F_{key} =~ {' + '.join(items)}" for key, items in plan.constructs.items())


def _measured_marker(plan: _Plan, found: Fit) -> str:
    """The marker's loadings and unique variances as the CFA has them, and no correlation with a construct."""
    table = found.parameters
    loadings = table[(table["op"] == "=~") & (table["lhs"] == "M_")].set_index("rhs")["est"]
    own = table[(table["op"] == "~~") & (table["lhs"] == table["rhs"])].set_index("lhs")["est"]
    lines = [" + ".join(f"{float(loadings[item]):.15g}*{item}" for item in plan.marker)]
    lines += [f"{item} ~~ {float(own[item]):.15g}*{item}" for item in plan.marker]
    return "\n".join([*lines, *(f"M_ ~~ 0*F_{key}" for key in plan.constructs)])


def _between(found: Fit, plan: _Plan) -> dict[tuple[str, str], float]:
    """Correlations of the constructs."""
    return {pair: r for pair, (r, _) in _with_errors(found, plan).items()}


def _with_errors(found: Fit, plan: _Plan) -> dict[tuple[str, str], tuple[float, float]]:
    table = found.parameters
    rows = table[(table["op"] == "~~") & (table["lhs"] != table["rhs"])]
    known = {
        frozenset((str(a), str(b))): (float(r), float(se))
        for a, b, r, se in zip(rows["lhs"], rows["rhs"], rows["std_all"], rows["std_all_se"], strict=True)
    }
    return {(f"F_{a}", f"F_{b}"): known[frozenset((f"F_{a}", f"F_{b}"))] for a, b in plan.pairs}


def _correlations(plan: _Plan, baseline: Fit, retained: Fit) -> pd.DataFrame:
    before, after = _between(baseline, plan), _with_errors(retained, plan)
    return pd.DataFrame(
        [
            {
                "one": one.removeprefix("F_"),
                "other": other.removeprefix("F_"),
                "baseline": before[one, other],
                "retained": r,
                "lower": max(r - Z * se, -1.0),
                "upper": min(r + Z * se, 1.0),
            }
            for (one, other), (r, se) in after.items()
        ]
    )


def _method_loadings(plan: _Plan, found: Fit) -> list[float]:
    table = found.parameters
    rows = table[(table["op"] == "=~") & (table["lhs"] == "M_")].set_index("rhs")["std_all"]
    return [float(rows[item]) for item in plan.items]


def _test(fits: Mapping[str, Fit], restricted: str, wider: str) -> dict[str, object]:
    found = {"chisq_diff": math.nan, "df_diff": math.nan, "pvalue": math.nan}
    found |= scaled_difference(fits[wider], fits[restricted])  # type: ignore[arg-type]
    note = found.pop("reason", "")
    return {"model": wider, "against": restricted, **found, "note": note}


def _measures(name: str, found: Fit) -> dict[str, object]:
    asked = {
        "chisq": "chisq.scaled", "df": "df.scaled", "pvalue": "pvalue.scaled", "cfi": "cfi.robust",
        "rmsea": "rmsea.robust", "srmr": "srmr",
    }  # fmt: skip
    values = {ours: found.fit.get(theirs) for ours, theirs in asked.items()}
    return {
        "model": name,
        "status": found.status,
        **{ours: math.nan if value is None else float(value) for ours, value in values.items()},
    }
