"""Longitudinal invariance: the same items at several occasions in one group, held equal by labels.

The steps are those of groups (Meredith, 1993; ordinal items: Wu & Estabrook, 2016; Liu et al., 2017,
Psychological Methods 22, 486-506), between factors and items of the first occasion and their counterparts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pandas as pd

from analysis.sem.errors import DataError, ModelSyntaxError
from analysis.sem.estimators import prepare
from analysis.sem.fit import Fit, report
from analysis.sem.invariance import InvarianceModel, InvarianceResult, run_steps
from analysis.sem.invariance_steps import CONTINUOUS_STEPS, ORDINAL_STEPS
from analysis.sem.parameter_table import ParameterTable, build_table
from analysis.sem.prepared import Request
from analysis.sem.solution import solve_prepared, table_options
from analysis.sem.statements import Syntax
from analysis.sem.syntax import parse
from analysis.sem.variables import classify

__all__ = ["longitudinal_invariance"]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _LongitudinalModel(InvarianceModel):
    """factors, items: each entry the name at every occasion, first occasion first."""

    factors: tuple[tuple[str, ...], ...]
    items: tuple[tuple[str, ...], ...]

    def fit(self, equal: Sequence[str], partial: Sequence[str]) -> tuple[str, Fit]:
        """Fit one step: its model text, equality constraints included, and the fit."""
        released = {"".join(name.split()) for name in partial}
        text = "\n".join([self.request.model.rstrip(), *self._identification(set(equal), released)])
        table = self._table(text)
        rows = {(r.lhs, r.op, r.rhs): k for k, r in enumerate(table.rows)}
        held = [
            f".p{rows[first] + 1}. == .p{rows[later] + 1}."
            for first, later in self._pairs(set(equal), released)
            if table.rows[rows[first]].free or table.rows[rows[later]].free
        ]
        whole = "\n".join([text, *held])
        request = replace(self.request, model=whole)
        return whole, report(solve_prepared(request, self.prepared, self._table(whole)))

    def _table(self, text: str) -> ParameterTable:
        return build_table(parse(text), table_options(self.request, self.prepared), self.prepared.thresholds)

    def _pairs(
        self, equal: set[str], released: set[str]
    ) -> list[tuple[tuple[str, str, str], tuple[str, str, str]]]:
        """Rows of the first occasion and of a later one that a step holds equal."""
        found = []
        kinds: list[tuple[str, str, list[tuple[tuple[str, str], ...]]]] = [
            ("loadings", "=~", self._loadings()),
            ("intercepts", "~1", [tuple((v, "") for v in item) for item in self.items]),
            ("residuals", "~~", [tuple((v, v) for v in item) for item in self.items]),
            ("lv.variances", "~~", [tuple((v, v) for v in factor) for factor in self.factors]),
            ("means", "~1", [tuple((v, "") for v in factor) for factor in self.factors]),
            ("thresholds", "|", self._thresholds()),
        ]
        for kind, op, sets in kinds:
            if kind not in equal:
                continue
            for names in sets:
                rows = [(lhs, op, rhs) for lhs, rhs in names]
                if "".join(rows[0]) not in released:
                    found += [(rows[0], row) for row in rows[1:]]
        return found

    def _loadings(self) -> list[tuple[tuple[str, str], ...]]:
        loadings = {(f.lhs, f.rhs) for f in self.syntax.formulas if f.op == "=~"}
        return [
            tuple(zip(factor, item, strict=True))
            for factor in self.factors
            for item in self.items
            if (factor[0], item[0]) in loadings
        ]

    def _thresholds(self) -> list[tuple[tuple[str, str], ...]]:
        counts = self.prepared.thresholds
        return [
            tuple((v, f"t{k}") for v in item)
            for item in self.items
            if item[0] in counts
            for k in range(1, counts[item[0]] + 1)
        ]

    def _identification(self, equal: set[str], released: set[str]) -> list[str]:
        """Zero intercepts and unit residuals of ordinal items until they may differ; free later factors."""
        written = {(f.lhs, f.op, f.rhs) for f in self.syntax.formulas}
        lines: dict[tuple[str, str, str], str] = {}
        for item in self.items:
            if item[0] in self.prepared.thresholds:
                lines |= self._item_lines(item, equal, released)
        ordinal = bool(self.prepared.thresholds)
        for factor in self.factors:
            mine = [pair for pair in self._loadings() if pair[0][0] == factor[0]]
            loading = "loadings" in equal and any(f"{factor[0]}=~{p[0][1]}" not in released for p in mine)
            intercept = "intercepts" in equal and any(f"{p[0][1]}~1" not in released for p in mine)
            for later, name in enumerate(factor):
                free_mean = later > 0 and intercept and "means" not in equal
                lines[name, "~1", ""] = f"{name} ~ {'NA' if free_mean else '0'}*1"
                if ordinal or self.request.std_lv:
                    free_variance = later > 0 and loading and "lv.variances" not in equal
                    lines[name, "~~", name] = f"{name} ~~ {'NA' if free_variance else '1'}*{name}"
        return [line for key, line in lines.items() if key not in written]

    def _item_lines(
        self, item: Sequence[str], equal: set[str], released: set[str]
    ) -> dict[tuple[str, str, str], str]:
        first = item[0]
        cuts = [f"{first}|t{k}" for k in range(1, self.prepared.thresholds[first] + 1)]
        held = sum(cut not in released for cut in cuts) if "thresholds" in equal else 0
        intercept_held = "intercepts" in equal and f"{first}~1" not in released
        residual_held = "residuals" in equal and f"{first}~~{first}" not in released
        free_intercept = held >= 1 and not intercept_held
        free_residual = (held >= 2 or (held >= 1 and intercept_held)) and not residual_held
        lines = {}
        for later, name in enumerate(item):
            lines[name, "~1", ""] = f"{name} ~ {'NA' if later and free_intercept else '0'}*1"
            lines[name, "~~", name] = f"{name} ~~ {'NA' if later and free_residual else '1'}*{name}"
        return lines


def longitudinal_invariance(
    model: str,
    data: pd.DataFrame,
    *,
    factors: Sequence[Sequence[str]],
    estimator: str | None = None,
    ordered: Sequence[str] = (),
    missing: str = "listwise",
    steps: Sequence[str] | None = None,
    partial: Sequence[str] = (),
    std_lv: bool = False,
) -> InvarianceResult:
    """Fit a sequence of ever more equal models over occasions.

    model: all occasions in one model, residual covariances over time included. factors: each construct's
    factor at every occasion, [["anx1", "anx2"], ...]; indicators correspond in the order written. steps,
    partial (by first-occasion names) and estimator as for `invariance`. Raises DataError, ModelSyntaxError.
    """
    known = ORDINAL_STEPS if ordered else CONTINUOUS_STEPS
    syntax = parse(model)
    request = Request(
        model=model,
        estimator=(estimator or ("WLSMV" if ordered else "MLR")).upper(),
        ordered=tuple(ordered),
        missing=missing,
        std_lv=bool(ordered) or std_lv,
        meanstructure=True,
        parameterization="theta" if ordered else "delta",
    )
    prepared = prepare(request, syntax, data)
    shared = _LongitudinalModel(
        request=request,
        syntax=syntax,
        variables=classify(syntax.formulas, prepared.thresholds),
        prepared=prepared,
        factors=tuple(tuple(f) for f in factors),
        items=_corresponding_items(syntax, factors, prepared.thresholds),
    )
    occasions = tuple(f"occasion {k + 1}" for k in range(len(factors[0])))
    return run_steps(shared, known, steps, partial, over="occasions", labels=occasions)


def _corresponding_items(
    syntax: Syntax, factors: Sequence[Sequence[str]], thresholds: dict[str, int]
) -> tuple[tuple[str, ...], ...]:
    """Each item's name at every occasion. Raises DataError when occasions do not correspond."""
    if not factors or len({len(f) for f in factors}) != 1 or len(factors[0]) < 2:
        raise DataError("every construct needs one factor at each of two or more occasions")
    found: dict[tuple[str, ...], None] = {}
    for factor in factors:
        lists = [[f.rhs for f in syntax.formulas if f.op == "=~" and f.lhs == name] for name in factor]
        if not all(lists):
            missing = [n for n, names in zip(factor, lists, strict=True) if not names]
            raise ModelSyntaxError(f"{', '.join(missing)} has no indicators in the model")
        if len({len(names) for names in lists}) != 1:
            raise DataError(f"{', '.join(factor)} do not have the same number of items")
        found |= dict.fromkeys(zip(*lists, strict=True))
    for item in found:
        if len({thresholds.get(v) for v in item}) != 1:
            raise DataError(f"{', '.join(item)} do not have the same categories at every occasion")
    return tuple(found)
