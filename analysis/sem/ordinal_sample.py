"""A sample with ordinal variables, read once: the `Prepared` of DWLS and its kin."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from analysis.results import FloatArray
from analysis.sem.conditional_moments import conditional_moments
from analysis.sem.errors import DataError
from analysis.sem.estimation import Estimate
from analysis.sem.fit_measures import RobustInput
from analysis.sem.inference import Inference, TestStatistic
from analysis.sem.model import Model, lower_indices
from analysis.sem.moments import split_rows
from analysis.sem.ordinal import ORDINAL_ESTIMATORS, OrdinalMethod
from analysis.sem.ordinal_moments import OrdinalMoments, ordinal_moments
from analysis.sem.ordinal_start import ordinal_start, split_locations
from analysis.sem.parameter_table import ParameterTable
from analysis.sem.polychoric_likelihood import robust_input
from analysis.sem.prepared import Request
from analysis.sem.start_values import parameter_scales
from analysis.sem.variables import Variables

__all__ = ["OrdinalSample"]

MOST_CATEGORIES = 30


class OrdinalSample:
    """Thresholds, correlations and their asymptotic covariance per group (see prepared.py for the interface).

    moments: one `OrdinalMoments` a group. Raises DataError naming the item and the group for a column that is
    not there, an item with one category, a category that is empty in one group, or a continuous constant.
    """

    def __init__(self, request: Request, variables: Variables, data: pd.DataFrame) -> None:
        self.estimator = request.estimator
        if self.estimator not in ORDINAL_ESTIMATORS:
            known = ", ".join(ORDINAL_ESTIMATORS)
            raise DataError(f"estimator {self.estimator} cannot take ordinal items; these can: {known}")
        ordered = ordered_names(request.ordered, variables, data)
        parts, self.labels = split_rows(data, variables, group=request.group, missing=request.missing)
        names = variables.observed
        given = list(variables.exogenous) if request.covariates_fixed else []
        responses = [k for k, name in enumerate(names) if name not in given]
        levels = category_levels(
            [values[:, responses] for values, _ in parts], [names[k] for k in responses], ordered
        )
        wheres = [f" in group {label}" if label else "" for label in self.labels]
        reader = _Reader(
            names=names,
            responses=responses,
            given=[k for k in range(len(names)) if k not in responses],
            levels=levels,
            gamma=self.estimator != "ULS",
        )
        read = [reader.read(values, where) for (values, _), where in zip(parts, wheres, strict=True)]
        self.moments: tuple[OrdinalMoments, ...] = tuple(moments for moments, _, _ in read)
        self.nobs = tuple(group.nobs for group in self.moments)
        self.divisor = sum(self.nobs) - len(self.nobs)
        self.means = [mean for _, mean, _ in read]
        self.covariances = [covariance for _, _, covariance in read]
        self.thresholds = {
            name: len(level) - 1
            for name, level in zip([names[k] for k in responses], levels, strict=True)
            if level is not None
        }
        self.problems = tuple(
            f"perfectly associated items{where}: {a} with {b}"
            for group, where in zip(self.moments, wheres, strict=True)
            for a, b in group.identical
        )
        if self.estimator == "WLS":
            check_weights(self.moments, wheres)
        self.warnings = tuple(
            sentence
            for group, where in zip(self.moments, wheres, strict=True)
            for sentence in cautions(group, where)
        )

    def method_for(self, model: Model) -> OrdinalMethod:
        """The estimator asked for, bound to a model."""
        return OrdinalMethod(model, self.moments, self.estimator)

    def fixed_values(self, table: ParameterTable) -> FloatArray:
        """Value of every row, sample moments of fixed covariates included; NaN: free without a start."""
        values = np.array([row.value for row in table.rows])
        place = {name: k for k, name in enumerate(table.variables.observed)}
        for k, row in enumerate(table.rows):
            if row.exogenous and row.op == "~1":
                values[k] = self.means[row.group - 1][place[row.lhs]]
            elif row.exogenous:
                values[k] = self.covariances[row.group - 1][place[row.lhs], place[row.rhs]]
        return values

    def start(self, table: ParameterTable, *, independent: bool = False) -> FloatArray:
        """Principal axes and sample thresholds; for the independence model these are its solution."""
        del independent
        return ordinal_start(table, self.moments, self.means, self.covariances)

    def scales(self, table: ParameterTable) -> FloatArray:
        """Typical sizes of the free rows."""
        return parameter_scales(table, self.covariances)

    def baseline_tests(self, model: Model) -> tuple[TestStatistic, TestStatistic | None]:
        """Tests of the independence model, in closed form."""
        return self.method_for(model).baseline_tests()

    def robust_input(
        self,
        model: Model,
        x: FloatArray,
        inference: Inference,
        baseline: Callable[[], tuple[Model, Estimate, Inference]],
    ) -> RobustInput | None:
        """Savalei (2021), for the robust estimators with purely ordinal data."""
        del baseline
        if inference.scaled is None:
            return None
        method = self.method_for(model)
        return robust_input(model, x, self.moments, method.samples, inference.inverse_information)

    def log_likelihoods(self, value: float) -> tuple[float, float] | None:
        """Least squares has none."""
        del value
        return None

    def goodness_of_fit(self, model: Model, x: FloatArray) -> float:
        """GFI = 1 - r'Wr / s'Ws, averaged over groups by n."""
        method = self.method_for(model)
        total = 0.0
        for sample, residual in zip(method.samples, method.discrepancy().residuals(x), strict=True):
            below = float(sample.vector @ sample.weigh(sample.vector))
            total += sample.nobs * (1.0 - float(residual @ sample.weigh(residual)) / below)
        return total / sum(self.nobs)

    def n_all_moments(self, model: Model) -> int:
        """All thresholds, means, variances and correlations."""
        del model
        return sum(len(group.vector) for group in self.moments)

    def residual_measures(self, model: Model, x: FloatArray) -> dict[str, float]:
        """RMR, SRMR and CRMR, over correlations and over correlations and thresholds together; WRMR."""
        total = sum(self.nobs)
        method = self.method_for(model)
        place = [k for k, name in enumerate(model.observed) if name in self.moments[0].names]
        parts = [
            ordinal_residual_summaries(
                group, own.cov[np.ix_(place, place)], own.thresholds, len(model.observed)
            )
            for group, own in zip(self.moments, method.model.implied(x), strict=True)
        ]
        averaged = {
            name: sum(n / total * part[name] for n, part in zip(self.nobs, parts, strict=True))
            for name in parts[0]
        }
        chisq = method.n * method.discrepancy().value(x)
        wrmr = math.sqrt(chisq / len(self.moments[0].vector))
        return {"srmr": averaged["srmr_bentler_nomean"], **averaged, "wrmr": wrmr}


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class _Reader:
    """Which columns are responses and which covariates; reads the statistics of a group."""

    names: Sequence[str]
    responses: Sequence[int]
    given: Sequence[int]
    levels: Sequence[FloatArray | None]
    gamma: bool

    def read(self, values: FloatArray, where: str) -> tuple[OrdinalMoments, FloatArray, FloatArray]:
        """Statistics of the responses (given the covariates); mean and covariance of all variables."""
        own = [self.names[k] for k in self.responses]
        if not self.given:
            moments = ordinal_moments(values, own, self.levels, gamma=self.gamma, group=where)
            return moments, split_locations(moments)[0], moments.covariance
        covariates = values[:, self.given]
        moments = conditional_moments(
            values[:, self.responses], covariates, own, self.levels, gamma=self.gamma, group=where
        )
        assert moments.slopes is not None
        spread = np.cov(covariates, rowvar=False).reshape(len(self.given), len(self.given))
        mean, covariance = np.zeros(len(self.names)), np.zeros((len(self.names), len(self.names)))
        mean[list(self.given)] = covariates.mean(axis=0)
        covariance[np.ix_(self.given, self.given)] = spread
        cross = moments.slopes @ spread
        covariance[np.ix_(self.responses, self.given)] = cross
        covariance[np.ix_(self.given, self.responses)] = cross.T
        covariance[np.ix_(self.responses, self.responses)] = moments.covariance + cross @ moments.slopes.T
        return moments, mean, covariance


def ordered_names(asked: Sequence[str], variables: Variables, data: pd.DataFrame) -> frozenset[str]:
    """Ordinal variables of the model. Raises DataError for a name that is not in the data."""
    strangers = [name for name in asked if name not in data.columns]
    if strangers:
        raise DataError(f"ordered names {', '.join(strangers)}, which the data do not have")
    return frozenset(asked) & frozenset(variables.not_exogenous) | frozenset(variables.ordered)


def category_levels(
    parts: Sequence[FloatArray], names: Sequence[str], ordered: frozenset[str]
) -> list[FloatArray | None]:
    """Values that occur over all groups, ascending, for each ordinal variable; None for the others."""
    levels: list[FloatArray | None] = []
    for place, name in enumerate(names):
        if name not in ordered:
            levels.append(None)
            continue
        seen = np.unique(np.concatenate([values[:, place] for values in parts]))
        seen = seen[~np.isnan(seen)]
        if len(seen) < 2:
            raise DataError(f"item {name} has {len(seen)} categories in the data; at least two are needed")
        if len(seen) > MOST_CATEGORIES:
            raise DataError(
                f"item {name} has {len(seen)} different values: too many for an ordinal item "
                f"(at most {MOST_CATEGORIES}); is it continuous?"
            )
        levels.append(seen)
    return levels


def check_weights(moments: Sequence[OrdinalMoments], wheres: Sequence[str]) -> None:
    """Raise DataError when the asymptotic covariance cannot be inverted: full WLS needs many cases."""
    for group, where in zip(moments, wheres, strict=True):
        assert group.gamma is not None
        variances = np.diag(group.gamma)
        few = group.nobs <= len(group.vector) or not (variances > 0).all()
        if few or np.linalg.eigvalsh(group.gamma / np.sqrt(np.outer(variances, variances)))[0] < 1e-10:
            raise DataError(
                f"WLS cannot invert the asymptotic covariance of {len(group.vector)} moments{where} "
                f"(n = {group.nobs}); use WLSMV"
            )


def cautions(moments: OrdinalMoments, where: str) -> list[str]:
    """What a reader should know of the tables: pairs correlated one, pairs with empty cells."""
    found = []
    if moments.perfect:
        pairs = ", ".join(f"{a} with {b}" for a, b in moments.perfect[:5])
        found.append(f"correlation of (nearly) one{where}: {pairs}")
    if moments.empty_tables:
        pairs = ", ".join(f"{a} with {b}" for a, b in moments.empty_tables[:5])
        more = f" and {len(moments.empty_tables) - 5} more" if len(moments.empty_tables) > 5 else ""
        found.append(f"empty cells in the table of {pairs}{more}{where}")
    return found


def ordinal_residual_summaries(
    moments: OrdinalMoments, implied: FloatArray, thresholds: FloatArray, variables: int
) -> dict[str, float]:
    """Root mean square residuals of one group; `_nomean` leaves out thresholds and means.

    implied: (p, p), thresholds: implied ones; variables: all observed, with covariates. RMR and SRMR divide
    by the number of correlations, variables (and thresholds), CRMR leaves variables out; thresholds count as
    they are, means do not (as in lavaan 0.6-14).
    """
    i, j = lower_indices(len(moments.names), diagonal=False)
    deviation, implied_deviation = np.sqrt(np.diag(moments.covariance)), np.sqrt(np.diag(implied))
    raw = (moments.covariance - implied)[i, j]
    bentler = raw / (deviation[i] * deviation[j])
    own = moments.covariance[i, j] / (deviation[i] * deviation[j])
    correlation = own - implied[i, j] / (implied_deviation[i] * implied_deviation[j])
    shift = moments.locations[moments.ordered[moments.location_variable]] - thresholds
    out: dict[str, float] = {}
    for name, values in (("rmr", raw), ("srmr_bentler", bentler), ("crmr", correlation)):
        count = len(values) + (0 if name == "crmr" else variables)
        square = float(values @ values)
        out[f"{name}_nomean"] = math.sqrt(square / count)
        out[name] = math.sqrt((square + float(shift @ shift)) / (count + len(shift)))
    return out | {"srmr_mplus": math.nan, "srmr_mplus_nomean": math.nan}
