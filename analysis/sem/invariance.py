"""Measurement invariance across groups in one call: nested models, changes of fit, difference tests.

Meredith (1993), Psychometrika 58; changes of fit: Cheung & Rensvold (2002), Chen (2007), Structural Equation
Modeling 9 and 14; ordinal items in the order of Wu & Estabrook (2016), Psychometrika 81.
"""

from __future__ import annotations

import dataclasses
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import pandas as pd

from analysis.results import Result, plain
from analysis.sem.difference import default_method, difference_test
from analysis.sem.errors import DataError
from analysis.sem.estimators import prepare
from analysis.sem.fit import Fit, report
from analysis.sem.inference import TestStatistic
from analysis.sem.invariance_steps import CONTINUOUS_STEPS, ORDINAL_STEPS, step_model
from analysis.sem.parameter_table import build_table
from analysis.sem.prepared import Prepared, Request
from analysis.sem.solution import solve_prepared, table_options
from analysis.sem.statements import Syntax
from analysis.sem.syntax import parse
from analysis.sem.variables import Variables, classify

__all__ = [
    "InvarianceModel",
    "InvarianceResult",
    "InvarianceStep",
    "fit_difference",
    "invariance",
    "run_steps",
]

INDICES = ("cfi", "tli", "rmsea", "srmr")


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InvarianceModel:
    """What all steps share: the request of the configural model, its parsed text, the sample, read once."""

    request: Request
    syntax: Syntax
    variables: Variables
    prepared: Prepared

    def fit(self, equal: Sequence[str], partial: Sequence[str]) -> tuple[str, Fit]:
        """Fit one step: its model text and the fit."""
        model = step_model(
            self.request.model,
            self.syntax,
            self.variables,
            self.prepared.thresholds,
            len(self.prepared.labels),
            equal,
            partial,
        )
        request = replace(
            self.request,
            model=model.model,
            group_equal=model.group_equal,
            group_partial=model.group_partial,
        )
        table = build_table(
            parse(model.model), table_options(request, self.prepared), self.prepared.thresholds
        )
        return model.model, report(solve_prepared(request, self.prepared, table))


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InvarianceStep(Result):
    """One model of the sequence.

    equal: what is held over groups; partial: what was let go, by lavaan's names. difference: test against the
    step before, None for the first step or where one of the two may not be used.
    """

    name: str
    equal: tuple[str, ...]
    partial: tuple[str, ...]
    model: str
    fit: Fit
    difference: TestStatistic | None


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class InvarianceResult(Result):
    """variant: which cfi, tli, rmsea the table shows, the same for all steps: robust, scaled or standard.

    table: one row a step: status, chisq, df, pvalue, cfi, tli, rmsea, srmr, aic, bic and the changes from the
    step before: delta_cfi, delta_tli, delta_rmsea, delta_srmr, delta_chisq, delta_df, delta_pvalue.
    """

    group: str
    group_labels: tuple[str, ...]
    nobs: tuple[int, ...]
    estimator: str
    ordinal: bool
    variant: str
    steps: tuple[InvarianceStep, ...]
    table: pd.DataFrame
    shared: InvarianceModel = field(repr=False)

    def to_dict(self) -> dict[str, Any]:
        """All fields but what the steps share as JSON-ready data."""
        names = [f.name for f in dataclasses.fields(self) if f.name not in ("shared", "steps")]
        steps = [
            {
                "name": s.name,
                "equal": list(s.equal),
                "partial": list(s.partial),
                "fit": s.fit.to_dict(),
                "difference": plain(s.difference),
            }
            for s in self.steps
        ]
        return {name: plain(getattr(self, name)) for name in names} | {"steps": steps}

    def to_frame(self) -> pd.DataFrame:
        """The table."""
        return self.table

    def step(self, name: str) -> InvarianceStep:
        """One step by its name. Raises KeyError."""
        return {s.name: s for s in self.steps}[name]

    def to_text(self) -> str:
        """The table as a reader expects it, with what was held equal."""
        head = (
            f"Measurement invariance over {self.group} ({', '.join(self.group_labels)}), {self.estimator}, "
            f"n = {', '.join(str(n) for n in self.nobs)}; fit indices: {self.variant}"
        )
        shown = self.table[[c for c in self.table.columns if not self.table[c].isna().all()]]
        lines = [head, "", shown.to_string(index=False, float_format=lambda v: f"{v:.3f}", na_rep=""), ""]
        lines += [f"{s.name}: {', '.join(s.equal) or 'same form only'}" for s in self.steps]
        return "\n".join([*lines, *(f"warning: {w}" for w in self.warnings)])


def invariance(
    model: str,
    data: pd.DataFrame,
    *,
    group: str,
    estimator: str | None = None,
    ordered: Sequence[str] = (),
    missing: str = "listwise",
    steps: Sequence[str] | None = None,
    partial: Sequence[str] = (),
    std_lv: bool = False,
    orthogonal: bool = False,
) -> InvarianceResult:
    """Fit a sequence of ever more equal models over the groups of a column.

    estimator: MLR for continuous items and WLSMV for ordinal ones unless told otherwise. steps: some of
    configural, (thresholds,) metric, scalar, strict, structural; by default all but structural.
    partial: parameters let go from the step that would hold them ("f=~x2", "x3~1", "x3|t1", "x3~~x3").
    Raises DataError and ModelSyntaxError as `fit` does.
    """
    known = ORDINAL_STEPS if ordered else CONTINUOUS_STEPS
    syntax = parse(model)
    request = Request(
        model=model,
        estimator=(estimator or ("WLSMV" if ordered else "MLR")).upper(),
        ordered=tuple(ordered),
        missing=missing,
        group=group,
        std_lv=bool(ordered) or std_lv,
        orthogonal=orthogonal,
        meanstructure=True,
        parameterization="theta" if ordered else "delta",
    )
    prepared = prepare(request, syntax, data)
    variables = classify(syntax.formulas, prepared.thresholds)
    shared = InvarianceModel(request=request, syntax=syntax, variables=variables, prepared=prepared)
    return run_steps(shared, known, steps, partial, over=group, labels=prepared.labels)


def run_steps(
    shared: InvarianceModel,
    known: Mapping[str, tuple[str, ...]],
    steps: Sequence[str] | None,
    partial: Sequence[str],
    *,
    over: str,
    labels: tuple[str, ...],
) -> InvarianceResult:
    """Fit the chosen steps (None: all but the last known one) and compare each with the one before.

    over, labels: what the models are compared over, for the result. Raises DataError for an unknown step.
    """
    chosen = tuple(steps) if steps is not None else tuple(known)[:-1]
    strangers = [name for name in chosen if name not in known]
    if strangers or not chosen:
        raise DataError(f"unknown step {', '.join(strangers) or '(none)'}; known are {', '.join(known)}")
    found: list[InvarianceStep] = []
    for name in (n for n in known if n in chosen):
        text, fit = shared.fit(known[name], partial)
        before = found[-1].fit if found else None
        found.append(
            InvarianceStep(
                name=name,
                equal=known[name],
                partial=tuple(partial),
                model=text,
                fit=fit,
                difference=None if before is None else fit_difference(before, fit),
            )
        )
    variant = _variant([s.fit for s in found])
    warnings = [f"{s.name}: {problem}" for s in found for problem in s.fit.problems]
    return InvarianceResult(
        group=over,
        group_labels=labels,
        nobs=shared.prepared.nobs,
        estimator=shared.request.estimator,
        ordinal=bool(shared.prepared.thresholds),
        variant=variant,
        steps=tuple(found),
        table=_table(found, variant),
        shared=shared,
        warnings=(*shared.prepared.warnings, *warnings),
    )


def fit_difference(less: Fit, more: Fit) -> TestStatistic | None:
    """Chi-square difference test of `more` (restricted) within `less`, by lavaan's method for the estimator.

    None where there is none: a fit that is not to be compared, or no more degrees of freedom.
    """
    a, b = less.solution, more.solution
    known = all(f.status in ("ok", "inadmissible") for f in (less, more))
    if not known or b.standard.df <= a.standard.df:
        return None
    method = default_method(a)
    test = difference_test(a, b, method)
    return TestStatistic(
        name=method,
        statistic=test["chisq_diff"],
        df=int(test["df_diff"]),
        pvalue=test["pvalue"],
        scaling_factor=test.get("scaling_factor", 1.0),
    )


def _variant(fits: Sequence[Fit]) -> str:
    for name in ("robust", "scaled"):
        if all(f.fit.get(f"cfi.{name}") is not None and f.fit.get(f"rmsea.{name}") is not None for f in fits):
            return name
    return "standard"


def measure(fit: Fit, name: str, variant: str) -> float:
    """A fit measure in a variant (standard, scaled, robust), NaN where undefined; SRMR has one only."""
    suffixed = name if variant == "standard" or name == "srmr" else f"{name}.{variant}"
    value = fit.fit.get(suffixed)
    return math.nan if value is None else value


def _table(steps: Sequence[InvarianceStep], variant: str) -> pd.DataFrame:
    records: list[dict[str, Any]] = []
    for step in steps:
        suffix = "" if step.fit.fit.get("chisq.scaled") is None else ".scaled"
        record: dict[str, Any] = {"step": step.name, "status": step.fit.status}
        for name in ("chisq", "df", "pvalue"):
            value = step.fit.fit.get(f"{name}{suffix}")
            record[name] = math.nan if value is None else value
        record |= {name: measure(step.fit, name, variant) for name in INDICES}
        record |= {name: measure(step.fit, name, "standard") for name in ("aic", "bic")}
        last = records[-1] if records else {}
        record |= {f"delta_{name}": record[name] - last.get(name, math.nan) for name in INDICES}
        test = step.difference
        record |= {
            "delta_chisq": math.nan if test is None else test.statistic,
            "delta_df": math.nan if test is None else float(test.df),
            "delta_pvalue": math.nan if test is None else test.pvalue,
        }
        records.append(record)
    return pd.DataFrame.from_records(records)
