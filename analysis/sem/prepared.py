"""What an estimator needs from the data, as one interface: a sample read once, whatever its kind."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from analysis.results import FloatArray
from analysis.sem.estimation import Estimate
from analysis.sem.fit_measures import RobustInput
from analysis.sem.inference import Inference, Method, TestStatistic
from analysis.sem.model import Model
from analysis.sem.parameter_table import ParameterTable


@dataclass(frozen=True, kw_only=True)
class Request:
    """Everything that was asked of `fit()`, so that it can be rerun."""

    model: str
    estimator: str = "ML"
    ordered: tuple[str, ...] = ()
    missing: str = "listwise"
    group: str | None = None
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    std_lv: bool = False
    orthogonal: bool = False
    meanstructure: bool | None = None
    parameterization: str = "delta"
    fixed_x: bool | None = None

    @property
    def covariates_fixed(self) -> bool:
        """Are the moments of exogenous observed variables fixed? By default for all estimators but GLS and
        ULS.
        """
        return self.estimator not in ("GLS", "ULS") if self.fixed_x is None else self.fixed_x


class Prepared(Protocol):
    """A sample ready for estimation.

    labels: groups by first appearance ("" for one). means (p,), covariances (p, p): of the unrestricted
    model, per group. thresholds: ordinal variable → number of thresholds (empty when all are continuous).
    divisor: what lavaan divides a chi-square by in fit indices: N, or N - G for the least squares family.
    problems: what makes any estimate from this sample unusable, by name.
    """

    labels: tuple[str, ...]
    nobs: tuple[int, ...]
    means: list[FloatArray]
    covariances: list[FloatArray]
    thresholds: dict[str, int]
    divisor: int
    warnings: tuple[str, ...]
    problems: tuple[str, ...]

    def method_for(self, model: Model) -> Method:
        """The estimator asked for, bound to a model of this sample."""
        ...

    def fixed_values(self, table: ParameterTable) -> FloatArray:
        """Value of every row (n_rows,), moments of fixed covariates filled in; NaN for free rows without a
        start.
        """
        ...

    def start(self, table: ParameterTable, *, independent: bool = False) -> FloatArray:
        """Starting value of every row (n_rows,). independent: the table is the independence model."""
        ...

    def scales(self, table: ParameterTable) -> FloatArray:
        """Size of a typical change of each free row, (n_free,): bounds the steps of the minimiser."""
        ...

    def baseline_tests(self, model: Model) -> tuple[TestStatistic, TestStatistic | None] | None:
        """Tests of the independence model where they have a closed form; None: it is to be fitted."""
        ...

    def robust_input(
        self,
        model: Model,
        x: FloatArray,
        inference: Inference,
        baseline: Callable[[], tuple[Model, Estimate, Inference]],
    ) -> RobustInput | None:
        """What the `*.robust` indices need; None where lavaan gives none."""
        ...

    def log_likelihoods(self, value: float) -> tuple[float, float] | None:
        """Log-likelihood of the model, whose discrepancy is `value`, and of the unrestricted model."""
        ...

    def goodness_of_fit(self, model: Model, x: FloatArray) -> float:
        """GFI."""
        ...

    def n_all_moments(self, model: Model) -> int:
        """Sample moments that GFI counts, all groups."""
        ...

    def residual_measures(self, model: Model, x: FloatArray) -> dict[str, float]:
        """RMR, SRMR and CRMR families over all groups."""
        ...
