"""A fitted model as the engine keeps it: request, model, sample, estimate, inference; and how it is
computed.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import pandas as pd

from analysis.results import FloatArray
from analysis.sem.baseline import independence_table
from analysis.sem.constrained import minimise_constrained
from analysis.sem.definitions import evaluate_definitions
from analysis.sem.errors import ModelSyntaxError
from analysis.sem.estimation import Estimate, minimise
from analysis.sem.estimators import prepare
from analysis.sem.fit_measures import MeasureInput, fit_measures
from analysis.sem.inference import Inference, TestStatistic, infer
from analysis.sem.model import Implied, Model
from analysis.sem.parameter_table import ParameterTable, TableOptions, build_table
from analysis.sem.prepared import Prepared, Request
from analysis.sem.syntax import parse


@dataclass(frozen=True)
class Solution:
    """prepared: the method and its sample moments; estimate and inference: what came out."""

    request: Request
    model: Model
    prepared: Prepared
    estimate: Estimate
    inference: Inference
    warnings: tuple[str, ...] = field(default=())

    @property
    def standard(self) -> TestStatistic:
        """The unscaled test of fit."""
        return self.inference.standard

    @property
    def nobs(self) -> tuple[int, ...]:
        """Rows used per group."""
        return self.prepared.nobs

    @property
    def labels(self) -> tuple[str, ...]:
        """Group labels; empty for a single group."""
        return self.prepared.labels if len(self.prepared.labels) > 1 else ()

    @cached_property
    def implied(self) -> list[Implied]:
        """Implied moments per group."""
        return self.model.implied(self.estimate.x)

    def row_estimates(self) -> FloatArray:
        """Value of every row of the table, derived ones (residuals and scales of ordinal variables)
        included.
        """
        return self.model.reported_values(self.estimate.x)

    def definitions(self, x: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Values (k,) of the `:=` definitions at free rows x, and their Jacobian (k, n_free)."""
        return evaluate_definitions(self.model.table, self.model.fixed, x)

    def counts(self) -> dict[str, float]:
        """What can be said without a usable estimate: npar, df, n."""
        return {"npar": self.inference.npar, "df": self.standard.df, "ntotal": sum(self.prepared.nobs)}

    @property
    def baseline(self) -> tuple[TestStatistic, TestStatistic | None]:
        """Tests of the independence model by the same estimator."""
        closed = self.prepared.baseline_tests(self.model)
        if closed is not None:
            return closed
        inference = self.baseline_solution[2]
        return inference.standard, inference.scaled

    @cached_property
    def baseline_solution(self) -> tuple[Model, Estimate, Inference]:
        """The independence model fitted to the same sample."""
        table = independence_table(self.model.table, self.prepared.thresholds)
        fixed = self.prepared.fixed_values(table)
        model = Model(table, fixed)
        method = self.prepared.method_for(model)
        start = self.prepared.start(table, independent=True)[list(table.free_rows)]
        estimate = minimise(method.discrepancy(), model, start, self.prepared.scales(table))
        return model, estimate, infer(method, model, estimate, standard_errors=False)

    def measures(self) -> dict[str, float]:
        """Fit measures by lavaan's names."""
        standard0, scaled0 = self.baseline
        prepared = self.prepared
        return fit_measures(
            MeasureInput(
                npar=self.inference.npar,
                n=prepared.divisor,
                ntotal=sum(prepared.nobs),
                groups=self.model.n_groups,
                fmin=self.standard.statistic / (2.0 * sum(prepared.nobs)),
                standard=self.standard,
                scaled=self.inference.scaled,
                standard0=standard0,
                scaled0=scaled0,
                robust=prepared.robust_input(
                    self.model, self.estimate.x, self.inference, lambda: self.baseline_solution
                ),
                likelihood=prepared.log_likelihoods(self.estimate.value),
                gfi=prepared.goodness_of_fit(self.model, self.estimate.x),
                n_moments=prepared.n_all_moments(self.model),
                residuals=prepared.residual_measures(self.model, self.estimate.x),
            )
        )


def solve(request: Request, data: pd.DataFrame) -> Solution:
    """Parse, read the sample, minimise, infer."""
    syntax = parse(request.model)
    prepared = prepare(request, syntax, data)
    table = build_table(syntax, table_options(request, prepared), prepared.thresholds)
    if table.inequalities:
        first = table.inequalities[0]
        raise ModelSyntaxError("inequality constraints are not supported", first.line, first.column)
    return solve_prepared(request, prepared, table)


def table_options(request: Request, prepared: Prepared) -> TableOptions:
    """Options of the parameter table; a mean structure is the default with several groups and with fiml."""
    meanstructure = request.meanstructure
    if meanstructure is None:
        meanstructure = len(prepared.labels) > 1 or request.missing == "fiml"
    return TableOptions(
        ngroups=len(prepared.labels),
        std_lv=request.std_lv,
        orthogonal=request.orthogonal,
        meanstructure=meanstructure or request.missing == "fiml",
        fixed_x=request.covariates_fixed,
        parameterization=request.parameterization,
        group_equal=request.group_equal,
        group_partial=request.group_partial,
    )


def solve_prepared(
    request: Request, prepared: Prepared, table: ParameterTable, start: FloatArray | None = None
) -> Solution:
    """Estimate a table on a prepared sample. start: value of every row, (n_rows,), else lavaan's defaults."""
    model = Model(table, prepared.fixed_values(table))
    method = prepared.method_for(model)
    rows = prepared.start(table) if start is None else start
    estimate = minimise_constrained(
        method.discrepancy(), model, rows[list(table.free_rows)], prepared.scales(table)
    )
    inference = infer(method, model, estimate)
    return Solution(request, model, prepared, estimate, inference, prepared.warnings)
