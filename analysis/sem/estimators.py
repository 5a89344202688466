"""Which estimators there are, which data each takes, and the one place where a sample is prepared for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from analysis.sem.continuous import ContinuousSample
from analysis.sem.errors import DataError, ModelSyntaxError
from analysis.sem.ordinal import ORDINAL_ESTIMATORS
from analysis.sem.ordinal_sample import OrdinalSample
from analysis.sem.prepared import Prepared, Request
from analysis.sem.statements import Syntax
from analysis.sem.variables import classify

CONTINUOUS = ("ML", "MLM", "MLR", "GLS", "ULS")
ORDINAL = tuple(ORDINAL_ESTIMATORS)
MISSING = ("listwise", "fiml", "pairwise")
EVERY_ITEM = "all"  # ordered=("all",): every observed variable of the model that is not exogenous


def check_thresholds(syntax: Syntax, thresholds: Mapping[str, int]) -> None:
    """Raise ModelSyntaxError for a threshold beyond the categories that the data have."""
    for formula in syntax.formulas:
        if formula.op == "|" and int(formula.rhs[1:]) > thresholds[formula.lhs]:
            raise ModelSyntaxError(
                f"{formula.lhs} has {thresholds[formula.lhs] + 1} categories in the data, so there is no "
                f"threshold {formula.rhs}",
                formula.line,
                formula.column,
            )


def prepare(request: Request, syntax: Syntax, data: pd.DataFrame) -> Prepared:
    """Read the sample as the estimator needs it. Raises DataError for a combination that makes no sense."""
    known = dict.fromkeys((*CONTINUOUS, *ORDINAL))
    if request.estimator not in known:
        raise DataError(f"unknown estimator {request.estimator!r}; known are {', '.join(known)}")
    if request.missing not in MISSING:
        raise DataError(
            f"unknown treatment of missing values {request.missing!r}; known are {', '.join(MISSING)}"
        )
    if request.missing == "fiml" and request.estimator not in ("ML", "MLR"):
        raise DataError(f"fiml needs the estimator ML or MLR, not {request.estimator}")
    if request.missing == "pairwise" and request.estimator not in ORDINAL:
        raise DataError(f"pairwise needs an ordinal estimator, not {request.estimator}")
    if request.parameterization not in ("delta", "theta"):
        raise DataError(f"unknown parameterization {request.parameterization!r}; known are delta, theta")
    variables = classify(syntax.formulas, {})
    if request.group is not None and request.group in variables.observed:
        raise DataError(f"the grouping column {request.group!r} is also a variable of the model")
    if tuple(request.ordered) == (EVERY_ITEM,) and EVERY_ITEM not in data.columns:
        request = replace(request, ordered=tuple(variables.not_exogenous))
    if variables.ordered or set(request.ordered).intersection(variables.not_exogenous):
        sample = OrdinalSample(request, variables, data)
        check_thresholds(syntax, sample.thresholds)
        return sample
    if request.estimator not in CONTINUOUS:
        raise DataError(f"estimator {request.estimator} is for ordinal items: name them (ordered), or all")
    return ContinuousSample(request, variables, data)
