"""A fitted model as text, in the order in which a lavaan user expects to read it.

Presentation only: numbers are rounded here and nowhere earlier.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import pandas as pd

from analysis.sem.fit import Fit

SECTIONS = (
    ("=~", "Latent Variables:"),
    ("~", "Regressions:"),
    ("~~", "Covariances:"),
    ("~1", "Intercepts:"),
    ("|", "Thresholds:"),
    ("variance", "Variances:"),
    ("~*~", "Scales y*:"),
    (":=", "Defined Parameters:"),
)
ARROWS = {"=~": " =~", "~": " ~", "~~": " ~~"}
WIDTHS = (10, 9, 9, 9, 9, 9)
LABELS = {
    "chisq": "Test statistic (chi-square)",
    "df": "Degrees of freedom",
    "pvalue": "P-value",
    "chisq.scaled": "Scaled test statistic",
    "df.scaled": "Degrees of freedom, scaled",
    "pvalue.scaled": "P-value, scaled",
    "chisq.scaling.factor": "Scaling correction factor",
    "cfi": "Comparative Fit Index (CFI)",
    "cfi.scaled": "CFI, scaled",
    "cfi.robust": "Robust CFI",
    "tli": "Tucker-Lewis Index (TLI)",
    "tli.scaled": "TLI, scaled",
    "tli.robust": "Robust TLI",
    "rmsea": "RMSEA",
    "rmsea.ci.lower": "  90 % interval, lower",
    "rmsea.ci.upper": "  90 % interval, upper",
    "rmsea.pvalue": "  P-value H0: RMSEA <= 0.05",
    "rmsea.scaled": "RMSEA, scaled",
    "rmsea.robust": "Robust RMSEA",
    "rmsea.ci.lower.robust": "  90 % interval, lower",
    "rmsea.ci.upper.robust": "  90 % interval, upper",
    "srmr": "SRMR",
    "logl": "Log-likelihood, user model",
    "unrestricted.logl": "Log-likelihood, unrestricted",
    "aic": "Akaike (AIC)",
    "bic": "Bayesian (BIC)",
    "bic2": "Sample-size adjusted BIC",
}
WHOLE = frozenset({"df"})


def _number(value: object, digits: int = 3) -> str:
    if not isinstance(value, int | float) or not math.isfinite(value):
        return ""
    return f"{value:.{digits}f}"


def _head(fitted: Fit) -> Iterator[str]:
    yield f"Estimator {fitted.estimator}, missing data: {fitted.missing}"
    yield f"{'Status':<44}{fitted.status:>12}"
    yield f"{'Number of free parameters':<44}{fitted.npar:>12}"
    labels = fitted.group_labels or ("",)
    for label, n in zip(labels, fitted.nobs, strict=True):
        name = f"Number of observations{f', group {label}' if label else ''}"
        yield f"{name:<44}{n:>12}"


def _measures(fitted: Fit) -> Iterator[str]:
    yield ""
    yield "Fit:"
    for name, label in LABELS.items():
        value = fitted.fit.get(name)
        if value is not None:
            yield f"  {label:<42}{_number(value, 0 if name in WHOLE else 3):>12}"


def _kind(row: pd.Series) -> str:
    op = str(row["op"])
    return "variance" if op == "~~" and row["lhs"] == row["rhs"] else op


def _section(rows: pd.DataFrame, kind: str) -> Iterator[str]:
    last = None
    for row in rows.to_dict("records"):
        left, right = str(row["lhs"]), str(row["rhs"])
        if kind in ARROWS:
            if left != last:
                yield f"  {left}{ARROWS[kind]}"
                last = left
            name = f"    {right}"
        else:
            name = f"    {left}|{right}" if kind == "|" else f"    {left}"
        label = f" ({row['label']})" if row["label"] else ""
        columns = ("est", "se", "z", "pvalue", "std_lv", "std_all")
        se = row["se"]
        fixed = not isinstance(se, float) or not math.isfinite(se) or se == 0
        values = ["" if fixed and c in {"se", "z", "pvalue"} else _number(row[c]) for c in columns]
        yield f"{name + label:<24}" + "".join(f"{v:>{w}}" for v, w in zip(values, WIDTHS, strict=True))


def _parameters(fitted: Fit) -> Iterator[str]:
    table = fitted.parameters
    kinds = table.apply(_kind, axis=1)
    for number in sorted(table["group"].unique()):
        if len(fitted.nobs) > 1 and number > 0:
            yield f"\nGroup {number} [{fitted.group_labels[number - 1]}]:"
        head = ("Estimate", "Std.Err", "z-value", "P(>|z|)", "Std.lv", "Std.all")
        for kind, title in SECTIONS:
            rows = table[(table["group"] == number) & (kinds == kind)]
            if not rows.empty:
                yield ""
                yield f"{title:<24}" + "".join(f"{h:>{w}}" for h, w in zip(head, WIDTHS, strict=True))
                yield from _section(rows, kind)


def summary(fitted: Fit) -> str:
    """The text of a fit: what was done, fit measures, parameters by kind (and group)."""
    return "\n".join((*_head(fitted), *_measures(fitted), *_parameters(fitted)))
