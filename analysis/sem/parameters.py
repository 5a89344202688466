"""One row of the parameter table, and the options that shape its defaults."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from analysis.sem.statements import Modifiers

GROUP_EQUAL = (
    "loadings",
    "intercepts",
    "residuals",
    "residual.covariances",
    "thresholds",
    "lv.variances",
    "lv.covariances",
    "means",
    "regressions",
)


@dataclass(slots=True)
class Parameter:
    """One row. `value` is the fixed value of a fixed row and the user's start of a free one (NaN: none).

    `exogenous` rows are moments of fixed covariates: not free, filled from the sample.
    """

    lhs: str
    op: str
    rhs: str
    group: int = 1
    user: bool = False
    free: bool = True
    value: float = np.nan
    label: str = ""
    exogenous: bool = False
    modifiers: Modifiers | None = None
    name: str = ""

    @property
    def key(self) -> str:
        """lavaan's default label: lhs, op and rhs run together."""
        return f"{self.lhs}{self.op}{self.rhs}"

    @property
    def title(self) -> str:
        """How a message names this parameter."""
        where = f" in group {self.group}" if self.group > 1 else ""
        return (f"{self.lhs} ~1" if self.op == "~1" else f"{self.lhs} {self.op} {self.rhs}") + where


@dataclass(frozen=True, kw_only=True)
class TableOptions:
    """Options of the defaults, with lavaan's names and meanings."""

    ngroups: int = 1
    std_lv: bool = False
    orthogonal: bool = False
    meanstructure: bool = False
    fixed_x: bool = True
    parameterization: str = "delta"
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
