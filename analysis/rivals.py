"""Rival structures of one set of items, fitted to the same people and set side by side.

Fit guides: Hu & Bentler (1999). ΔBIC: Raftery (1995), above 10 very strong. Weak identification of a
second-order factor with two indicators: Rindskopf & Rose (1988). Robust CFI, TLI and RMSEA: Brosseau-Liard,
Savalei & Li (2012), Brosseau-Liard & Savalei (2014), as lavaan gives them.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import pandas as pd

from analysis.results import Result
from analysis.sem import DataError, Fit, ModelSyntaxError, fit

MEASURES = {
    "chisq": "chisq",
    "df": "df",
    "pvalue": "pvalue",
    "cfi": "cfi",
    "tli": "tli",
    "rmsea": "rmsea",
    "rmsea.ci.lower": "rmsea_lower",
    "rmsea.ci.upper": "rmsea_upper",
    "srmr": "srmr",
    "aic": "aic",
    "bic": "bic",
}
TESTED = frozenset({"chisq", "df", "pvalue"})
CORRECTED = frozenset({"cfi", "tli", "rmsea", "rmsea.ci.lower", "rmsea.ci.upper"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Rival:
    """A structure to be tested: lavaan syntax with its options; role says what it stands for."""

    id: str
    syntax: str
    std_lv: bool = False
    orthogonal: bool = False
    role: str = "rival"


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RivalFit(Result):
    """One rival: its fit, or why there is none.

    likelihood: the fit by maximum likelihood to the same people, whose AIC and BIC are given; `fit` itself
    unless that is by least squares. weak_factors: factors measured by two others or two items only, which the
    data identify through their correlations with other factors alone.
    """

    rival: Rival
    fit: Fit | None
    likelihood: Fit | None = None
    weak_factors: tuple[str, ...] = ()
    reason: str = ""

    @property
    def is_admissible(self) -> bool:
        """Converged, identified, and without an estimate that cannot be."""
        return self.fit is not None and self.fit.usable

    def measures(self) -> dict[str, float]:
        """Fit measures under names without dots, as the estimator asks; NaN where the engine gives none.

        MLR: scaled χ², robust CFI, TLI, RMSEA; WLSMV: scaled throughout; ML: as they are.
        """
        found = self.fit.fit if self.fit is not None else {}
        likelihood = self.likelihood.fit if self.likelihood is not None else {}
        corrected = {"MLR": ".robust", "WLSMV": ".scaled"}.get(self.fit.estimator if self.fit else "", "")

        def _value(name: str) -> float:
            source = likelihood if name in ("aic", "bic") else found
            scaled = ".scaled" if corrected and name in TESTED else ""
            suffix = scaled or (corrected if name in CORRECTED else "")
            value = source.get(f"{name}{suffix}")
            return math.nan if value is None else float(value)

        return {ours: _value(name) for name, ours in MEASURES.items()}

    def told(self) -> dict[str, float | None]:
        """The same with None for what there is not."""
        return {name: None if math.isnan(value) else value for name, value in self.measures().items()}

    def loadings(self) -> pd.DataFrame | None:
        """Loadings of the fit: lhs (factor), rhs (item or factor), est, se, std, std_se, pvalue."""
        if self.fit is None or not self.fit.converged:
            return None
        table = self.fit.parameters
        rows = table[table["op"] == "=~"]
        return pd.DataFrame(
            {
                "lhs": rows["lhs"],
                "rhs": rows["rhs"],
                "est": rows["est"],
                "se": rows["se"],
                "std": rows["std_all"],
                "std_se": rows["std_all_se"],
                "pvalue": rows["pvalue"],
            }
        ).reset_index(drop=True)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class RivalFits(Result):
    """Rivals in the order given, fitted to the same n complete cases.

    table: index rival; role, status, the fit measures, delta_bic and delta_aic against the best
    admissible rival. best: the admissible rival of least BIC, None when none is admissible.
    """

    estimator: str
    missing: Literal["listwise", "fiml"]
    n: int
    n_total: int
    fits: dict[str, RivalFit]
    table: pd.DataFrame
    best: str | None

    def to_frame(self) -> pd.DataFrame:
        """The comparison."""
        return self.table


def fit_rivals(
    rivals: Sequence[Rival],
    data: pd.DataFrame,
    *,
    estimator: str = "ML",
    missing: Literal["listwise", "fiml"] = "listwise",
) -> RivalFits:
    """Fit every rival to `data` (respondents × items, keyed): all to the complete cases of all items.

    estimator: ML, MLR, or WLSMV with every item an ordered category (AIC and BIC then come from MLR).
    A rival that cannot be fitted is kept with its reason; the others stand.
    """
    kept = data.dropna() if missing == "listwise" else data.dropna(how="all")
    fits = {rival.id: _fit_one(rival, kept, estimator, missing) for rival in rivals}
    table = _compare(fits)
    admissible = table[table["status"] == "ok"]["bic"].dropna()
    return RivalFits(
        estimator=estimator,
        missing=missing,
        n=len(kept),
        n_total=len(data),
        fits=fits,
        table=table,
        best=str(admissible.idxmin()) if len(admissible) else None,
    )


def _fit_one(rival: Rival, data: pd.DataFrame, estimator: str, missing: str) -> RivalFit:
    ordered = tuple(str(column) for column in data.columns) if estimator == "WLSMV" else ()
    try:
        found = _fit(rival, data, estimator, missing, ordered)
    except (DataError, ModelSyntaxError) as error:
        return RivalFit(rival=rival, fit=None, reason=str(error))
    reason = "" if found.usable else "; ".join(found.problems) or found.status
    return RivalFit(
        rival=rival,
        fit=found,
        likelihood=_likelihood(rival, data, missing) if ordered else found,
        reason=reason,
        weak_factors=_weak_factors(found),
    )


def _likelihood(rival: Rival, data: pd.DataFrame, missing: str) -> Fit | None:
    try:
        return _fit(rival, data, "MLR", missing, ())
    except (DataError, ModelSyntaxError):
        return None


def _fit(rival: Rival, data: pd.DataFrame, estimator: str, missing: str, ordered: tuple[str, ...]) -> Fit:
    return fit(
        rival.syntax,
        data,
        estimator=estimator,
        ordered=ordered,
        missing=missing,
        std_lv=rival.std_lv,
        orthogonal=rival.orthogonal,
    )


def _weak_factors(found: Fit) -> tuple[str, ...]:
    loadings = found.parameters[found.parameters["op"] == "=~"]
    free = loadings[loadings["group"] == loadings["group"].min()]
    counts = free.groupby("lhs", sort=False)["rhs"].count()
    return tuple(str(factor) for factor in counts.index[counts == 2])


def _compare(fits: dict[str, RivalFit]) -> pd.DataFrame:
    rows = {
        name: {
            "role": one.rival.role,
            "status": one.fit.status if one.fit is not None else "not_estimated",
            "npar": one.fit.npar if one.fit is not None else 0,
            **one.measures(),
        }
        for name, one in fits.items()
    }
    columns = ["role", "status", "npar", *MEASURES.values()]
    table = pd.DataFrame.from_dict(rows, orient="index", columns=columns).rename_axis("model")
    usable = table[table["status"] == "ok"]
    for measure in ("aic", "bic"):
        least = usable[measure].min() if len(usable) else math.nan
        table[f"delta_{measure}"] = table[measure].astype(float) - least
    return table
