"""Continuous variables: the sample as means and covariances, and the estimators that work on them."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pandas as pd

from analysis.results import FloatArray
from analysis.sem import incomplete_h1
from analysis.sem.covariance_structure import LeastSquaresMethod, unbiased_covariance
from analysis.sem.covariance_structure import goodness_of_fit as least_squares_gfi
from analysis.sem.errors import DataError
from analysis.sem.estimation import Estimate
from analysis.sem.fit_indices import residual_summaries
from analysis.sem.fit_measures import RobustInput, weighted_residuals
from analysis.sem.inference import Inference, Method
from analysis.sem.likelihood import log_likelihood, saturated_value
from analysis.sem.model import Model
from analysis.sem.moments import SampleMoments, sample_moments
from analysis.sem.normal_theory import NormalMethod
from analysis.sem.parameter_table import ParameterTable
from analysis.sem.patterns import available_moments
from analysis.sem.prepared import Request
from analysis.sem.start_values import parameter_scales, start_values
from analysis.sem.variables import Variables

LIKELIHOOD = ("ML", "MLM", "MLR")


class ContinuousSample:
    """A sample of continuous variables, read once (see prepared.py for the interface)."""

    def __init__(self, request: Request, variables: Variables, data: pd.DataFrame) -> None:
        self.estimator = request.estimator
        self.sample: SampleMoments = sample_moments(
            data,
            variables,
            group=request.group,
            missing=request.missing,
            fixed_x=request.covariates_fixed,
        )
        self.exogenous = variables.exogenous if request.covariates_fixed else ()
        check_positive_definite(self.sample)
        self.labels = self.sample.labels
        self.nobs = tuple(group.n for group in self.sample.groups)
        likelihood = self.estimator in LIKELIHOOD
        self.divisor = self.sample.n - (0 if likelihood else len(self.sample.groups))
        self.means = [group.mean for group in self.sample.groups]
        self.covariances = [
            group.cov if likelihood else unbiased_covariance(group) for group in self.sample.groups
        ]
        self.thresholds: dict[str, int] = {}
        self.problems: tuple[str, ...] = ()
        self.warnings = self.sample.warnings

    def method_for(self, model: Model) -> Method:
        """The estimator asked for, bound to a model."""
        if self.estimator in LIKELIHOOD:
            return NormalMethod(model, self.sample, self.estimator)
        return LeastSquaresMethod(model, self.sample, self.estimator)

    def fixed_values(self, table: ParameterTable) -> FloatArray:
        """Row values with the sample moments of fixed covariates."""
        place = {name: i for i, name in enumerate(self.sample.observed)}
        values = np.array([row.value for row in table.rows])
        for index, row in enumerate(table.rows):
            if row.exogenous:
                group = row.group - 1
                values[index] = (
                    self.means[group][place[row.lhs]]
                    if row.op == "~1"
                    else self.covariances[group][place[row.lhs], place[row.rhs]]
                )
        return values

    def start(self, table: ParameterTable, *, independent: bool = False) -> FloatArray:
        """lavaan's starting values; the independence model starts at its solution."""
        values = start_values(table, self.means, self.covariances)
        if independent:
            place = {name: i for i, name in enumerate(self.sample.observed)}
            for index, row in enumerate(table.rows):
                if row.op == "~~" and row.lhs == row.rhs:
                    values[index] = self.covariances[row.group - 1][place[row.lhs], place[row.lhs]]
        return values

    def scales(self, table: ParameterTable) -> FloatArray:
        """Typical sizes of the free rows."""
        return parameter_scales(table, self.covariances)

    def baseline_tests(self, model: Model) -> None:
        """None: the independence model is fitted."""
        del model

    def robust_input(
        self,
        model: Model,
        x: FloatArray,
        inference: Inference,
        baseline: Callable[[], tuple[Model, Estimate, Inference]],
    ) -> RobustInput | None:
        """Brosseau-Liard & Savalei: unscaled chi-squares and their scaling factors; Zhang & Savalei with
        missing data.
        """
        if not self.sample.complete:
            return self._incomplete_robust(model, x, inference, baseline())
        fitted = baseline()[2]
        scaled, scaled0 = inference.scaled, fitted.scaled
        if scaled is None or scaled0 is None:
            return None
        return RobustInput(
            chisq=inference.standard.statistic,
            df=inference.standard.df,
            scale=scaled.scaling_factor,
            chisq0=fitted.standard.statistic,
            df0=fitted.standard.df,
            scale0=scaled0.scaling_factor,
            interval_chisq=scaled.statistic,
        )

    def _incomplete_robust(
        self, model: Model, x: FloatArray, inference: Inference, baseline: tuple[Model, Estimate, Inference]
    ) -> RobustInput | None:
        df, df0 = inference.standard.df, baseline[2].standard.df
        if df <= 0 or df0 <= 0:
            return None
        h1 = incomplete_h1.unrestricted_information(model, self.sample)
        robust = self.estimator == "MLR"
        chisq, trace = incomplete_h1.fiml_correction(h1, model, self.sample, x, robust=robust)
        chisq0, trace0 = incomplete_h1.fiml_correction(
            h1, baseline[0], self.sample, baseline[1].x, robust=robust
        )
        scale = trace / df
        return RobustInput(
            chisq=chisq,
            df=df,
            scale=scale,
            chisq0=chisq0,
            df0=df0,
            scale0=trace0 / df0,
            interval_chisq=chisq / scale,
        )

    def log_likelihoods(self, value: float) -> tuple[float, float] | None:
        """Of the model and of the unrestricted model; without the part of fixed covariates."""
        if self.estimator not in LIKELIHOOD:
            return None
        saturated = saturated_value(self.sample)
        covariates = self._covariate_log_likelihood()
        unrestricted_logl = log_likelihood(self.sample, saturated) - covariates
        return unrestricted_logl - 0.5 * self.sample.n * value, unrestricted_logl

    def _covariate_log_likelihood(self) -> float:
        places = [self.sample.observed.index(v) for v in self.exogenous]
        if not places:
            return 0.0
        total, k = 0.0, len(places)
        for group in self.sample.groups:
            _, log_determinant = np.linalg.slogdet(group.cov[np.ix_(places, places)])
            total -= 0.5 * group.n * (k * math.log(2 * math.pi) + float(log_determinant) + k)
        return total

    def goodness_of_fit(self, model: Model, x: FloatArray) -> float:
        """GFI = 1 - r'Vr/s'Vs with V the normal-theory weight at the implied moments."""
        if self.estimator not in LIKELIHOOD:
            method = LeastSquaresMethod(model, self.sample, self.estimator)
            return least_squares_gfi(method.samples, method.discrepancy().residuals(x))
        total = 0.0
        for group, implied in zip(self.sample.groups, model.implied(x), strict=True):
            seen, cov = (group.mean, group.cov) if self.sample.complete else available_moments(group.data)
            residual = cov - implied.cov
            shift = seen - implied.mean if model.meanstructure else np.zeros(len(seen))
            mean = seen.copy() if model.meanstructure else np.zeros(len(seen))
            fixed = [self.sample.observed.index(v) for v in self.exogenous]
            cov = cov.copy()
            for matrix, vector in ((residual, shift), (cov, mean)):
                matrix[np.ix_(fixed, fixed)] = 0.0
                vector[fixed] = 0.0
            if self.sample.complete:
                inverse = np.linalg.inv(implied.cov)
                above, below = (
                    0.5 * float(np.sum((inverse @ m) * (inverse @ m).T)) + float(v @ inverse @ v)
                    for m, v in ((residual, shift), (cov, mean))
                )
            else:
                above, below = (
                    incomplete_h1.weighted_squares(group, implied.cov, implied.mean, v, m)
                    for m, v in ((residual, shift), (cov, mean))
                )
            total += group.n / self.sample.n * (1 - above / below)
        return total

    def residual_measures(self, model: Model, x: FloatArray) -> dict[str, float]:
        """RMR, SRMR and CRMR families over all groups."""
        parts, implied = [], model.implied(x)
        for n, mean, cov, own in zip(self.nobs, self.means, self.covariances, implied, strict=True):
            means = (mean, own.mean) if model.meanstructure else (None, None)
            parts.append((n, residual_summaries(cov, own.cov, *means)))
        return weighted_residuals(parts)

    def n_all_moments(self, model: Model) -> int:
        """All variances, covariances (and means), those of covariates included."""
        p = len(model.observed)
        return len(self.sample.groups) * (p * (p + 1) // 2 + (p if model.meanstructure else 0))


def check_positive_definite(sample: SampleMoments) -> None:
    """Raise DataError when rows are too few or items are exact combinations of one another, naming them."""
    for label, group in zip(sample.labels, sample.groups, strict=True):
        where = f" in group {label}" if label else ""
        p = len(group.mean)
        if sample.complete and group.n <= p:
            raise DataError(
                f"{group.n} complete rows{where} for {p} observed variables: the covariance is singular"
            )
        sd = np.sqrt(np.diag(group.cov))
        values, vectors = np.linalg.eigh(group.cov / np.outer(sd, sd))
        if values[0] < 1e-10:
            weights = np.abs(vectors[:, 0])
            names = [sample.observed[i] for i in np.flatnonzero(weights > 0.05 * weights.max())]
            raise DataError(f"perfectly collinear{where}: {', '.join(names)}")
