"""Reads the lavaan references and compares a fit with them; the tolerances are stated here, once."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pandas as pd

from analysis.sem import Fit, fit

GOLDEN = Path(__file__).parents[1] / "golden" / "sem"
COLUMNS = ("est", "se", "std_lv", "std_all", "std_all_se")
TOLERANCE = 1e-4  # absolute, relative for numbers beyond 1
CHISQ_TOLERANCE = 1e-3  # relative
ESTIMATORS = {"ML", "MLM", "MLR", "GLS", "ULS"}


def load(name: str) -> dict[str, Any]:
    return json.loads((GOLDEN / f"{name}.json").read_text(encoding="utf-8"))


def continuous_cases() -> list[str]:
    """Every reference of an estimator for continuous variables."""
    names = []
    for path in sorted(GOLDEN.glob("*.json")):
        case = json.loads(path.read_text(encoding="utf-8"))
        estimator = re.split(r"[, ]", case.get("estimator", ""))[0]
        if "options" in case and estimator in ESTIMATORS and "ordered" not in case["call"]:
            names.append(path.stem)
    return names


def options_of(case: dict[str, Any]) -> dict[str, Any]:
    """Arguments of fit() that ask for what the reference was asked for."""
    given = case["options"]
    equal = given["group.equal"]
    options: dict[str, Any] = {
        "estimator": re.split(r"[, ]", case["estimator"])[0],
        "std_lv": bool(given["std.lv"]),
        "orthogonal": bool(given["orthogonal"]),
        "group_equal": equal if isinstance(equal, list) else [equal],
    }
    if given["missing"] == "ml":
        options["missing"] = "fiml"
    if "meanstructure=TRUE" in case["call"]:
        options["meanstructure"] = True
    group = re.search(r"group='(\w+)'", case["call"])
    if group:
        options["group"] = group[1]
    partial = re.search(r"group\.partial=c\(([^)]*)\)", case["call"])
    if partial:
        options["group_partial"] = [name.strip(" '") for name in partial[1].split(",")]
    return options


def fit_case(case: dict[str, Any]) -> Fit:
    return fit(case["model"], pd.read_csv(GOLDEN / case["data"]), **options_of(case))


def parameter_differences(found: Fit, case: dict[str, Any], tolerance: float = TOLERANCE) -> list[str]:
    """Parameters that are missing, superfluous or off by more than the tolerance."""
    rows = {(r.lhs, r.op, r.rhs, r.group): r for r in found.parameters.itertuples()}
    wanted = {(p["lhs"], p["op"], p["rhs"], p["group"]): p for p in case["parameters"] if p["op"] != "=="}
    wrong = [f"only here: {key}" for key in rows.keys() - wanted.keys()]
    for key, parameter in wanted.items():
        if key not in rows:
            wrong.append(f"not found: {key}")
            continue
        for column in COLUMNS:
            ours, theirs = getattr(rows[key], column), parameter.get(column)
            if theirs is not None and not abs(ours - theirs) <= tolerance * max(1.0, abs(theirs)):
                wrong.append(f"{key} {column}: {ours} instead of {theirs}")
    return wrong


def measure_differences(found: Fit, case: dict[str, Any], tolerance: float = TOLERANCE) -> list[str]:
    """Fit measures that are missing or off."""
    wrong = []
    for name, theirs in case["fit"].items():
        if theirs is None:
            continue
        ours = found.fit.get(name)
        allowed = CHISQ_TOLERANCE if "chisq" in name and "factor" not in name else tolerance
        if ours is None or not abs(ours - theirs) <= allowed * max(1.0, abs(theirs)):
            wrong.append(f"{name}: {ours} instead of {theirs}")
    return wrong
